"""Limits, counted: how often a contact and an account were written to, and how many of a clone's proposals wait.

Whoever counts first locks what is counted (an account's messages, a clone's queue) until the transaction ends, so that of
many at once each sees those that came before it. Nothing is locked and nothing asked where no limit concerns the action.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from engine.facts import Situation
from engine.lifecycle import Status
from guardrails.policy import MESSAGE_TYPES
from guardrails.scopes import PENDING_LIMIT, SEND_LIMIT, TOUCH_LIMIT, limit_of

TOUCH_DAYS = 7
SEND_HOURS = 24


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that one action is under; None: none of that kind."""

    touches: int | None
    sends: int | None
    pending: int | None

    @property
    def any(self) -> bool:
        return any(limit is not None for limit in (self.touches, self.sends, self.pending))


@dataclass(frozen=True, slots=True)
class Counted:
    """What has been used of them: `touches` of the contact that has most, `sends` of the account, `pending` of the clone."""

    touches: int
    sends: int
    pending: int


def with_limits(
    situations: Sequence[Situation], ids: Sequence[UUID | None], *, is_new: bool, locks: bool = True
) -> list[Situation]:
    """The situations with what their limits say; `ids` are the actions' own, which do not count against themselves (None:
    not stored yet). `is_new`: they would join the queue now, so that its limit counts."""
    limits = [limits_of(situation, is_new=is_new) for situation in situations]
    asked = [place for place, limit in enumerate(limits) if limit.any]
    if not asked:
        return list(situations)
    if locks:
        _lock([situations[place] for place in asked])
    counted = _count({place: (situations[place], ids[place]) for place in asked})
    return [
        _limited(situation, limits[place], counted[place]) if place in counted else situation
        for place, situation in enumerate(situations)
    ]


def limits_of(situation: Situation, *, is_new: bool) -> Limits:
    """The limits the tenant's rules put on an action."""
    case, rules = situation.case, situation.rules
    return Limits(
        touches=limit_of(rules, TOUCH_LIMIT, case),
        sends=limit_of(rules, SEND_LIMIT, case),
        pending=limit_of(rules, PENDING_LIMIT, case) if is_new else None,
    )


def _limited(situation: Situation, limits: Limits, counted: Counted) -> Situation:
    facts = replace(
        situation.facts,
        touches_used_up=limits.touches is not None and counted.touches >= limits.touches,
        sends_used_up=limits.sends is not None and counted.sends >= limits.sends,
        queue_full=limits.pending is not None and counted.pending >= limits.pending,
    )
    return replace(situation, facts=facts)


def _lock(situations: Sequence[Situation]) -> None:
    """Take the locks in one order, whoever takes them."""
    names = {f"account:{one.account_id}" for one in situations} | {f"clone:{one.clone_id}" for one in situations}
    keys = sorted(int.from_bytes(sha256(f"limits:{name}".encode()).digest()[:8], signed=True) for name in names)
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _count(asked: Mapping[int, tuple[Situation, UUID | None]]) -> dict[int, Counted]:
    questions = [
        {
            "n": place,
            "own": str(own) if own else None,
            "account": str(situation.account_id),
            "clone": str(situation.clone_id),
            "reached": list(situation.case.recipients),
        }
        for place, (situation, own) in asked.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SQL, _KNOWN | {"asked": json.dumps(questions)})
        return {place: Counted(touches, sends, pending) for place, touches, sends, pending in cursor.fetchall()}


_KNOWN: dict[str, Any] = {
    "messages": sorted(MESSAGE_TYPES),
    "counted": [Status.APPROVED, Status.EXECUTING, Status.EXECUTED, Status.UNKNOWN],
    "touch_days": TOUCH_DAYS,
    "send_hours": SEND_HOURS,
    "pending": Status.PENDING,
}
# A message counts from its approval on: it is certain to go unless somebody stops it. Of two approved ones that are claimed
# the earlier one counts against the later, not the other way round. What reaches no address reaches its contact.
_SQL = """
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS a(n int, own uuid, account uuid, clone uuid, reached jsonb)
), sent AS (
    SELECT asked.n, asked.reached, m.id, m.executed_at, m.payload, m.contact_id
    FROM asked JOIN engine_action m ON m.account_id = asked.account
        AND m.action_type = ANY (%(messages)s) AND m.status = ANY (%(counted)s)
        AND (m.executed_at IS NULL AND m.status <> 'executed'
            OR m.executed_at > clock_timestamp() - make_interval(days => %(touch_days)s))
        AND m.id IS DISTINCT FROM asked.own
        AND NOT (m.status = 'approved' AND m.id > asked.own
            AND (SELECT o.status FROM engine_action o WHERE o.id = asked.own) = 'approved')
), touched AS (
    SELECT sent.n, r.address, count(DISTINCT sent.id) AS times FROM sent
    CROSS JOIN LATERAL (
        SELECT lower(x.address) FROM jsonb_array_elements_text(
            coalesce(sent.payload -> 'to', '[]') || coalesce(sent.payload -> 'cc', '[]')
            || coalesce(sent.payload -> 'attendees', '[]')) AS x(address)
        UNION
        SELECT lower(c.email) FROM crm_contact c
        WHERE c.id = sent.contact_id AND NOT sent.payload ?| ARRAY['to', 'attendees']) AS r(address)
    WHERE sent.reached ? r.address
    GROUP BY sent.n, r.address
)
SELECT asked.n,
    coalesce((SELECT max(times) FROM touched WHERE touched.n = asked.n), 0),
    (SELECT count(*) FROM sent WHERE sent.n = asked.n AND (sent.executed_at IS NULL
        OR sent.executed_at > clock_timestamp() - make_interval(hours => %(send_hours)s))),
    (SELECT count(*) FROM engine_action p
        WHERE p.clone_id = asked.clone AND p.status = %(pending)s AND p.id IS DISTINCT FROM asked.own)
FROM asked
"""
