"""What people and agents do beside deciding: put an action off, hand it to somebody, ask about it, answer.

None of it is a move: the action stays pending, its version goes up, and the record tells of it in the same transaction.
Each verb locks the row first, so that of a question and an approval at one moment the later one sees the earlier.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from crm.access import role_in
from crm.fields import FieldError, Text
from crm.models import Membership, Role
from crm.tenancy import unit_of_work
from engine.clock import ClockTimestamp
from engine.deciders import require_decider
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.lifecycle import Status
from engine.locks import fresh, locked
from engine.models import Action, Question
from engine.moves import ALIVE, note
from guardrails.models import RuleKind, TenantRule
from record.actors import Actor, ActorKind

LONGEST_QUESTION = 2_000
LONGEST_ANSWER = 10_000


def snooze(*, action: Action, actor: Actor, until: datetime | None) -> Action:
    """Keep a waiting action out of the queue's way until `until`; None brings it back at once.

    Raises NotAllowed, InvalidProposal for a moment that has passed or lies beyond the deadline, Conflict.
    """
    with unit_of_work(action.tenant_id):
        now = _waiting(action, actor)
        if until is not None:
            _refuse_moment(now, until)
        facts = {"until": until.isoformat() if until else None}
        return _noted(now, "action.snoozed", actor, facts, snoozed_until=until)


def reassign(*, action: Action, actor: Actor, person: User | None) -> Action:
    """Hand a waiting action to somebody who may decide it; None: to nobody. Whoever else may decide it still may.

    Raises NotAllowed, InvalidProposal for a person who may not decide it, Conflict.
    """
    with unit_of_work(action.tenant_id):
        now = _waiting(action, actor)
        if person is not None:
            _refuse_person(now, person)
        facts = {"from_person": _text(now.assignee_id), "to_person": _text(person.pk if person else None)}
        return _noted(now, "action.reassigned", actor, facts, assignee=person.pk if person else None)


def ask(*, action: Action, actor: Actor, text: str) -> Action:
    """Put a question to the agent about a waiting action, which stays where it is.

    The record keeps the question's SHA-256, not its text. Raises NotAllowed, InvalidProposal without a text, Conflict.
    """
    said = _read(text, LONGEST_QUESTION)
    with unit_of_work(action.tenant_id):
        now = _waiting(action, actor)
        asked = Question.objects.create(
            tenant_id=now.tenant_id, action=now, text=said, asked_by_id=int(actor.id), asked_at=ClockTimestamp()
        )
        return _noted(now, "action.asked", actor, {"question": str(asked.pk), "sha256": _digest(said)})


def answer(*, action: Action, actor: Actor, clone_id: UUID | None, text: str) -> Action:
    """Answer the latest open question about a waiting action, as the clone that proposed it.

    The record keeps the answer's SHA-256, not its text. Raises NotAllowed for another clone, InvalidProposal without a
    text, Conflict where nothing is asked or the action no longer waits.
    """
    said = _read(text, LONGEST_ANSWER)
    with unit_of_work(action.tenant_id):
        now = locked(action)
        if clone_id is None or now.clone_id != clone_id:
            raise NotAllowed("Only the clone that proposed an action answers questions about it.")
        _refuse_unless_pending(now)
        question = now.questions.filter(answered_at=None).order_by("-id").first()
        if question is None:
            raise Conflict("No question about this action is open.", action=now)
        question.answer, question.answered_by, question.answered_at = said, actor.label[:200], ClockTimestamp()
        question.save(update_fields=["answer", "answered_by", "answered_at"])
        return _noted(now, "action.answered", actor, {"question": str(question.pk), "sha256": _digest(said)})


def candidates(action: Action) -> QuerySet[Membership]:
    """Who an action can be handed to: the managers, and its clone's owner where a rule lets representatives decide, but
    not who proposed it. `reassign` has the last word."""
    rule = TenantRule.objects.filter(kind=RuleKind.REPS_DECIDE, lifted_at=None)
    may = Q(role=Role.MANAGER) | Q(role=Role.REP, person=action.clone.owner_id) & Q(Exists(rule))
    people = Membership.objects.filter(may, tenant_id=action.tenant_id, person__is_active=True)
    if action.proposer_kind == ActorKind.PERSON:
        people = people.exclude(person_id=int(action.proposer_id))
    return people.order_by("person__username")


def _waiting(action: Action, actor: Actor) -> Action:
    """The action, locked, asked of by who may decide it. Raises NotAllowed, Conflict where it does not wait."""
    now = locked(action)
    require_decider(now, actor)
    _refuse_unless_pending(now)
    return now


def _noted(action: Action, kind: str, actor: Actor, facts: dict[str, Any], **changes: Any) -> Action:
    waits = Q(status=Status.PENDING) & ALIVE
    if not note(action, kind=kind, actor=actor, only=waits, changes=changes, facts=facts):
        raise Conflict("The deadline of this action has passed; it no longer waits.", action=fresh(action))
    return fresh(action)


def _refuse_unless_pending(action: Action) -> None:
    if action.status != Status.PENDING:
        who = f" by {action.decided_by}" if action.decided_by else ""
        raise Conflict(f"This action is {action.status}{who} already.", action=action)


def _refuse_moment(action: Action, until: datetime) -> None:
    if timezone.is_naive(until):
        raise _misfit("until", "naive", "A moment with its time zone.")
    if until <= timezone.now():
        raise _misfit("until", "past", "A moment that lies ahead.")
    if until > action.expires_at:
        last = f"{timezone.localtime(action.expires_at):%a %-d %b %Y, %H:%M}"
        raise _misfit("until", "too_late", f"At most until the deadline, {last}; then it expires, which means no.")


def _refuse_person(action: Action, person: User) -> None:
    if role_in(action.tenant_id, person.pk) is None:
        raise _misfit("person", "unknown", "Nobody of this company has this name.")
    try:
        require_decider(action, Actor(ActorKind.PERSON, str(person.pk), person.get_username()))
    except NotAllowed as why:
        raise _misfit("person", "may_not_decide", f"{person.get_username()} may not decide this. {why}") from why


def _read(text: Any, longest: int) -> str:
    try:
        return Text(longest, filled=True).read(text)
    except FieldError as refusal:
        raise _misfit("text", refusal.code, refusal.detail) from refusal


def _misfit(field: str, code: str, detail: str) -> InvalidProposal:
    return InvalidProposal([{"pointer": f"/{field}", "code": code, "detail": detail}])


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _text(identifier: int | None) -> str | None:
    return None if identifier is None else str(identifier)
