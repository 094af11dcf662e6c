"""Claiming: what is due is judged once more and taken under a lease, in one transaction.

The tenant's policy row is locked for share first, so that a pause, which locks it for update, is either seen here or comes
after everything claimed here. The attempt is written in the same transaction and so is there before any outside call.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm.tenancy import tenant_scope
from engine.caps import take_turns, with_limits
from engine.clock import ClockTimestamp, from_now
from engine.connectors.registry import CONNECTORS
from engine.consent_check import block, judge_again, new_stamp, unseen_rules
from engine.deciders import still_decides, who_still_decides
from engine.facts import Situation, read, subject_of
from engine.judgement import has_moved
from engine.lifecycle import Status
from engine.models import Action, Attempt
from engine.moves import move, note
from engine.quiet import quiet_ends
from guardrails.pauses import holding
from guardrails.policy import GuardrailResult, status_for
from record.actors import WORKER, Actor
from record.canonical import digest
from record.models import instant

MOST_BATCHES = 100  # looked at in one go, each in a transaction of its own, for one that may run
LEASE = timedelta(seconds=90)  # longer than the worker's hard time limit, so that a lease outlives whoever holds it


@dataclass(frozen=True, slots=True)
class Claim:
    """An action taken for execution: every later write carries `fence`, and fails once somebody else has claimed it."""

    action: Action
    fence: int
    key: str


def due(queue: str) -> QuerySet[Action]:
    """The approved actions of a queue that nothing holds back, of the tenant in scope. A retry may pass its deadline."""
    now = ClockTimestamp()
    paused = holding(clone=OuterRef("clone"), action_type=OuterRef("action_type"))
    return Action.objects.filter(
        ~Exists(paused),
        Q(not_before=None) | Q(not_before__lte=now),
        Q(retry_at=None) | Q(retry_at__lte=now),
        Q(quiet_until=None) | Q(quiet_until__lte=now),
        Q(expires_at__gt=now) | Q(attempts__gt=0),
        status=Status.APPROVED,
        queue=queue,
    )


def claim(tenant_id: UUID, queue: str, *, ids: Iterable[UUID] | None = None, actor: Actor = WORKER) -> list[Claim]:
    """Take up to the connector's batch of what is due, or of `ids` where given; whatever may no longer run goes back.

    Where all of a batch went back or waits for the morning the next one is looked at: it holds up nothing behind it.
    """
    wanted = None if ids is None else list(ids)
    for _ in range(MOST_BATCHES):
        looked_at, taken = _claim(tenant_id, queue, wanted, actor)
        if taken or not looked_at:
            return taken
    return []


def _claim(tenant_id: UUID, queue: str, ids: list[UUID] | None, actor: Actor) -> tuple[int, list[Claim]]:
    with tenant_scope(tenant_id):
        if not _policy_locked():
            return 0, []
        take_turns()
        wanted = due(queue) if ids is None else due(queue).filter(pk__in=ids)
        rows = list(
            wanted.select_for_update(skip_locked=True, of=("self",))
            .select_related("account", "opportunity", "contact", "clone", "tenant", "decided_by")
            .order_by("id")[: CONNECTORS[queue].batch]
        )
        return len(rows), [_taken(action, actor) for action in _still_allowed(rows, actor)]


def _policy_locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM guardrails_policy FOR SHARE")
        return cursor.fetchone() is not None


def _still_allowed(rows: list[Action], actor: Actor) -> list[Action]:
    if not rows:
        return []
    roles = who_still_decides(rows)
    read_now = read([subject_of(action) for action in rows])
    situations = with_limits(read_now, [action.pk for action in rows])
    quiet = quiet_ends(rows, situations)
    return [
        action
        for action, situation in zip(rows, situations, strict=True)
        if _goes_on(action, situation, roles, actor) and not _waits_for_the_morning(action, quiet.get(action.pk), actor)
    ]


def _goes_on(action: Action, situation: Situation, roles: Mapping[int, str], actor: Actor) -> bool:
    verdict = judge_again(action, situation)
    if status_for(verdict) == Status.BLOCKED:
        block(action, situation, verdict, actor=actor)
        return False
    why_not = _why_a_person_is_needed(action, situation, verdict, roles)
    if why_not:
        _hand_back(action, situation, verdict, why_not, actor)
        return False
    if has_moved(action, situation):
        for column, value in new_stamp(action, situation, verdict).items():
            setattr(action, column, value)
    return True


def _waits_for_the_morning(action: Action, until: datetime | None, actor: Actor) -> bool:
    """Whether it is quiet for whom it would reach; then it stays approved until that is over."""
    if until is not None:
        changes = {**_stamped(action), "quiet_until": until}
        facts = {"until": instant(until)}
        note(action, actor=actor, kind="action.held_for_quiet_hours", changes=changes, facts=facts)
    return until is not None


def _why_a_person_is_needed(
    action: Action, situation: Situation, verdict: GuardrailResult, roles: Mapping[int, str]
) -> str | None:
    """A person's approval holds while what they saw does; without one the guardrails must still allow the action."""
    if action.decided_by_id is None:
        return None if verdict.allowed else verdict.reason
    if situation.facts.four_eyes and action.first_vote_by_id in (None, action.decided_by_id):
        return "four_eyes"
    voters = {action.decided_by_id, *([action.first_vote_by_id] if situation.facts.four_eyes else [])}
    if not all(voter and still_decides(voter, action, situation, roles) for voter in voters):
        return "approver_may_no_longer_decide"
    if has_moved(action, situation) or unseen_rules(action, verdict):
        return "consent_no_longer_fits"
    return None


def _hand_back(action: Action, situation: Situation, verdict: GuardrailResult, why: str, actor: Actor) -> None:
    undecided = {"decided_by": None, "decided_at": None, "decision_comment": "", "not_before": None, "retry_at": None}
    changes = {**new_stamp(action, situation, verdict), **undecided}
    move([action.pk], Status.PENDING, actor=actor, changes=changes, facts={"why": why}, kind="action.handed_back")


def _taken(action: Action, actor: Actor) -> Claim:
    action.fence += 1
    claimed = Claim(action, action.fence, effect_key(action))
    move([action.pk], Status.EXECUTING, actor=actor, changes=_lease(action), facts={"fence": action.fence})
    Attempt.objects.create(
        tenant_id=action.tenant_id, action=action, fence=action.fence, key=claimed.key, worker=worker_name()
    )
    return claimed


def _stamped(action: Action) -> dict[str, Any]:
    return {name: getattr(action, name) for name in ("stage", "policy_version", "content_hash", *_VERDICT)}


def _lease(action: Action) -> dict[str, Any]:
    return {
        **_stamped(action),
        "fence": action.fence,
        "attempts": F("attempts") + 1,
        "lease_until": from_now(LEASE),
        "retry_at": None,
        "quiet_until": None,
    }


_VERDICT = ("tier", "allowed", "requires_human", "rules", "remedy")


def effect_key(action: Action) -> str:
    """What names this action's effect to the outside: equal at every try, different for every version of the content."""
    return digest({"tenant": str(action.tenant_id), "action": str(action.pk), "content_hash": action.content_hash})


def worker_name() -> str:
    """This process, for people who look at an attempt."""
    return f"{socket.gethostname()}:{os.getpid()}"
