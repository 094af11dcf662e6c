"""Deciding: approve, reject, take back, decide again, and say what became of an unknown one.

Each verb locks the row, asks who may decide, checks again what was shown, and moves the action in one UPDATE that holds
the same conditions; of two people at once one decides and the other learns who and when.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from django.db.models import Q

from crm.tenancy import unit_of_work
from engine import hints
from engine.caps import take_turns
from engine.clock import ClockTimestamp, from_now
from engine.consent_check import refuse_other_content, refuse_unless_current
from engine.deciders import require_decider, require_voter
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.facts import Situation, situation_of
from engine.lifecycle import Status
from engine.locks import fresh, locked
from engine.models import Action
from engine.moves import ALIVE, move, note
from record.actors import Actor


def approve(*, action: Action, actor: Actor, content_hash: str, comment: str = "", hold: bool = False) -> Action:
    """Approve what was shown, which `content_hash` names; with `hold` it can be undone for the tenant's hold time.

    Where a rule asks for two people the first one's approval is their vote: the action stays pending until another's.

    Raises NotAllowed, InvalidProposal without a hash, Conflict where the action was decided, expired, changed or is no
    longer what the guardrails judged (then it is judged anew and stays, or is blocked).
    """
    _require("content_hash", content_hash, "The hash of the action as it was shown; read the action and send its hash.")
    with unit_of_work(action.tenant_id):
        take_turns()
        now = locked(action)
        person_id = require_decider(now, actor)
        _refuse_unless(now, Status.PENDING)
        situation = _consented(now, content_hash, actor)
        if _is_first_of_two(now, person_id, situation):
            return _vote(now, person_id, actor=actor, comment=comment)
        return _decide(
            now, Status.APPROVED, person_id, actor=actor, hold=hold, situation=situation, comment=comment, only=ALIVE
        )


def reject(*, action: Action, actor: Actor, reason: str, hold: bool = False) -> Action:
    """Say no, with a reason the agent will read. Raises NotAllowed, InvalidProposal without a reason, Conflict."""
    _require("reason", reason, "Say why, so that the agent can do better.")
    with unit_of_work(action.tenant_id):
        now = locked(action)
        person_id = require_decider(now, actor)
        _refuse_unless(now, Status.PENDING)
        situation = situation_of(now)
        return _decide(
            now, Status.REJECTED, person_id, actor=actor, hold=hold, situation=situation, comment=reason, only=ALIVE
        )


def undo(*, action: Action, actor: Actor) -> Action:
    """Take a console decision back while its hold lasts; of two votes the first stays, unless it is the actor's own.

    Raises NotAllowed, Conflict once the hold has passed.
    """
    with unit_of_work(action.tenant_id):
        now = locked(action)
        person_id = require_decider(now, actor)
        taken_back = {"decided_by": None, "decided_at": None, "decision_comment": "", "not_before": None}
        if now.first_vote_by_id == person_id:
            taken_back |= _NO_VOTE
        held = Q(not_before__gt=ClockTimestamp(), status__in=[Status.APPROVED, Status.REJECTED])
        if not move([now.pk], Status.PENDING, actor=actor, only=held, changes=taken_back, kind="action.undone"):
            _conflict(now, "The time to undo this decision has passed.")
        return fresh(now)


def decide_again(*, action: Action, actor: Actor, content_hash: str) -> Action:
    """Have a failed or unknown action tried again: a new decision with a full check and a new deadline.

    Raises NotAllowed, InvalidProposal without a hash, Conflict as `approve` does.
    """
    _require("content_hash", content_hash, "The hash of the action as it was shown; read the action and send its hash.")
    with unit_of_work(action.tenant_id):
        take_turns()
        now = locked(action)
        person_id = require_decider(now, actor)
        _refuse_unless(now, Status.FAILED, Status.UNKNOWN)
        situation = _consented(now, content_hash, actor)
        if _is_first_of_two(now, person_id, situation):
            return _vote(now, person_id, actor=actor)
        renewed = {"expires_at": from_now(situation.deadline), "attempts": 0, "retry_at": None, "result": None}
        return _decide(now, Status.APPROVED, person_id, actor=actor, situation=situation, changes=renewed)


def settle(*, action: Action, happened: bool, actor: Actor, note: str) -> Action:
    """Say what became of an unknown action. Raises NotAllowed, InvalidProposal without a note, Conflict."""
    _require("note", note, "Say how you know, for whoever reads the record.")
    to = Status.EXECUTED if happened else Status.FAILED
    with unit_of_work(action.tenant_id):
        now = locked(action)
        require_decider(now, actor)
        result = {"outcome": to.value, "settled_by": actor.label, "detail": note}
        if not move([now.pk], to, actor=actor, only=Q(status=Status.UNKNOWN), changes={"result": result}):
            _conflict(now, f"Only an unknown action can be settled; this one is {now.status}.")
        return fresh(now)


_NO_VOTE: Mapping[str, Any] = MappingProxyType({"first_vote_by": None, "first_vote_at": None})


def _consented(action: Action, content_hash: str, actor: Actor) -> Situation:
    refuse_other_content(action, content_hash)
    return refuse_unless_current(action, actor=actor)


def _is_first_of_two(action: Action, person_id: int, situation: Situation) -> bool:
    """Whether this approval is the first of two that are asked for. Raises NotAllowed where it may be neither."""
    if not situation.facts.four_eyes:
        return False
    require_voter(action, person_id)
    if not has_first_vote(action):
        return True
    if action.first_vote_by_id == person_id:
        raise NotAllowed("You gave the first of two votes; another person gives the second.")
    return False


def has_first_vote(action: Action) -> bool:
    """Whether one of two votes has been given for what the action is now: after its last decision, if there was one."""
    given = action.first_vote_at
    return given is not None and (action.decided_at is None or given > action.decided_at)


def _vote(action: Action, person_id: int, *, actor: Actor, comment: str = "") -> Action:
    voted = {"first_vote_by": person_id, "first_vote_at": ClockTimestamp()}
    facts = {"comment_given": bool(comment)}
    if not note(
        action,
        actor=actor,
        kind="action.voted",
        changes=voted,
        facts=facts,
        only=ALIVE if action.status == Status.PENDING else None,
    ):
        _conflict(fresh(action), "The deadline of this action has passed; it can no longer be decided.")
    return fresh(action)


def _decide(
    action: Action,
    to: Status,
    person_id: int,
    *,
    actor: Actor,
    situation: Situation,
    hold: bool = False,
    comment: str = "",
    only: Q | None = None,
    changes: dict[str, Any] | None = None,
) -> Action:
    held = hold and situation.hold.total_seconds() > 0
    decision = {
        **({} if situation.facts.four_eyes else _NO_VOTE),  # one of an earlier try must not count for a later one
        "decided_by": person_id,
        "decided_at": ClockTimestamp(),
        "decision_comment": comment,
        "not_before": from_now(situation.hold) if held else None,
        **(changes or {}),
    }
    if not move([action.pk], to, actor=actor, only=only, changes=decision, facts={"held": held}):
        _conflict(fresh(action), "The deadline of this action has passed; it can no longer be decided.")
    decided = fresh(action)
    hints.work_may_be_due(decided)
    return decided


def _refuse_unless(action: Action, *expected: Status) -> None:
    if action.status not in expected:
        who = f" by {action.decided_by}" if action.decided_by else ""
        _conflict(action, f"This action is {action.status}{who} already.")


def _conflict(action: Action, detail: str) -> NoReturn:
    raise Conflict(detail, action=action)


def _require(field: str, value: str, detail: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidProposal([{"pointer": f"/{field}", "code": "required", "detail": detail}])
