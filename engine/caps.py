"""Limits, counted: how often a contact and an account were written to, and how many of a clone's proposals wait.

Whoever counts takes turns with the others of the tenant (`take_turns`) before locking anything, until the transaction ends:
of many at once each sees those that came before it. Nothing is locked and nothing asked where the tenant has no limit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from crm.tenancy import current_tenant_id
from engine.facts import Situation
from engine.lifecycle import Status
from guardrails.policy import MESSAGE_TYPES, may_write_to_people
from guardrails.scopes import PENDING_LIMIT, SEND_LIMIT, TOUCH_LIMIT, StandingRule, of_kind, reached_by

TOUCH_DAYS = 7
SEND_HOURS = 24


@dataclass(frozen=True, slots=True)
class Counted:
    """What has been used of the limits: `touches` by address, `sends` of the account, `pending` of the clone."""

    touches: Mapping[str, int]
    sends: int
    pending: int


def take_turns() -> None:
    """One at a time in a tenant that has limits, until the transaction ends.

    Called before the row of an action is locked and before anything is counted: who waits here holds nothing that another
    one waits for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURNS, {"tenant": str(current_tenant_id()), "limits": [*_OF_MESSAGES, PENDING_LIMIT]})


def with_limits(
    situations: Sequence[Situation], ids: Sequence[UUID | None], *, is_new: bool = False
) -> list[Situation]:
    """The situations with what their limits say; `ids` are the actions' own, which do not count against themselves (None:
    not stored yet). `is_new`: they would join the queue now, so that its limit counts."""
    limits = {place: limits_of(situation, is_new=is_new) for place, situation in enumerate(situations)}
    asked = {place: (situations[place], ids[place]) for place, rules in limits.items() if rules}
    counted = _count(asked) if asked else {}
    return [
        _limited(situation, limits[place], counted[place]) if place in counted else situation
        for place, situation in enumerate(situations)
    ]


def limits_of(situation: Situation, *, is_new: bool) -> list[StandingRule]:
    """The limits that the tenant's rules put on an action."""
    of_messages = _OF_MESSAGES if may_write_to_people(situation.case.action_type) else ()
    kinds = (*of_messages, PENDING_LIMIT) if is_new else of_messages
    return [rule for kind in kinds for rule in of_kind(situation.rules, kind, situation.case)]


def _limited(situation: Situation, limits: Sequence[StandingRule], counted: Counted) -> Situation:
    used_up = {rule.kind for rule in limits if rule.limit is not None and _used(rule, situation, counted) >= rule.limit}
    facts = replace(
        situation.facts,
        touches_used_up=TOUCH_LIMIT in used_up,
        sends_used_up=SEND_LIMIT in used_up,
        queue_full=PENDING_LIMIT in used_up,
    )
    return replace(situation, facts=facts)


def _used(rule: StandingRule, situation: Situation, counted: Counted) -> int:
    if rule.kind == TOUCH_LIMIT:
        return max((counted.touches.get(one, 0) for one in reached_by(rule, situation.case)), default=0)
    return counted.sends if rule.kind == SEND_LIMIT else counted.pending


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
        return {
            place: Counted(json.loads(touches), sends, pending) for place, touches, sends, pending in cursor.fetchall()
        }


_OF_MESSAGES = (TOUCH_LIMIT, SEND_LIMIT)
_TAKE_TURNS = """
SELECT pg_advisory_xact_lock(hashtext('engine.caps'), hashtext(%(tenant)s))
WHERE EXISTS (SELECT FROM guardrails_tenantrule WHERE lifted_at IS NULL AND kind = ANY (%(limits)s))
"""
_KNOWN: dict[str, Any] = {
    "messages": sorted(MESSAGE_TYPES),
    "counted": [Status.APPROVED, Status.EXECUTING, Status.EXECUTED, Status.UNKNOWN],
    "touch_days": TOUCH_DAYS,
    "send_hours": SEND_HOURS,
    "pending": Status.PENDING,
}
# A message counts from its approval on: it is certain to go unless somebody stops it. Of two approved ones that are claimed
# the earlier one counts against the later, not the other way round. What carries no address reaches its contact; one
# without an address goes by its id. The same person may be on record under several accounts.
_SQL = r"""
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS a(n int, own uuid, account uuid, clone uuid, reached jsonb)
), sent AS (
    SELECT asked.n, asked.reached, m.account_id = asked.account AS is_theirs, m.id, m.executed_at, m.payload, m.contact_id
    FROM asked JOIN engine_action m ON m.account_id IN (
            SELECT asked.account UNION SELECT c.account_id FROM crm_contact c
            WHERE lower(c.email) IN (SELECT jsonb_array_elements_text(asked.reached)))
        AND m.action_type = ANY (%(messages)s) AND m.status = ANY (%(counted)s)
        AND (m.executed_at IS NULL AND m.status <> 'executed'
            OR m.executed_at > clock_timestamp() - make_interval(days => %(touch_days)s))
        AND m.id IS DISTINCT FROM asked.own
        AND NOT coalesce(m.status = 'approved' AND m.id > asked.own
            AND (SELECT o.status FROM engine_action o WHERE o.id = asked.own) = 'approved', false)
), touched AS (
    SELECT sent.n, r.address, count(DISTINCT sent.id) AS times FROM sent
    CROSS JOIN LATERAL (
        SELECT unnest(ARRAY[lower(x.address), regexp_replace(lower(x.address), '(?<=[^+@])\+[^@]*@', '@')])
        FROM jsonb_array_elements_text(
            coalesce(sent.payload -> 'to', '[]') || coalesce(sent.payload -> 'cc', '[]')
            || coalesce(sent.payload -> 'attendees', '[]')
            || jsonb_build_array(coalesce(sent.payload -> 'channel', '""'))) AS x(address)
        UNION
        SELECT coalesce(nullif(lower(c.email), ''), c.id::text) FROM crm_contact c
        WHERE NOT sent.payload ?| ARRAY['to', 'attendees']
        AND c.id = sent.contact_id) AS r(address)
    WHERE sent.reached ? r.address
    GROUP BY sent.n, r.address
)
SELECT asked.n,
    coalesce((SELECT jsonb_object_agg(touched.address, times) FROM touched WHERE touched.n = asked.n), '{}'),
    (SELECT count(*) FROM sent WHERE sent.n = asked.n AND sent.is_theirs AND (sent.executed_at IS NULL
        OR sent.executed_at > clock_timestamp() - make_interval(hours => %(send_hours)s))),
    (SELECT count(*) FROM engine_action p
        WHERE p.clone_id = asked.clone AND p.status = %(pending)s AND p.id IS DISTINCT FROM asked.own)
FROM asked
"""
