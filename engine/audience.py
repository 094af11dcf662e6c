"""Who is to be told of what waits for a decision: the people who may decide it, and how each of them wants to hear.

One statement over all of a tenant's people and all that waits. engine.deciders asks the same of one person at the moment
they decide, and has the last word: to be told of an action gives no right to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection

from crm.stages import CLOSED_STAGES
from engine.models import NoticeKind, Reach, Way

TEAM_CHANNEL = "#sales"
# How far before a mark is looked once more. Whether somebody was told is asked of what they were told, by id; the marks
# only spare looking at everything each time. A proposal is seen once its transaction commits, and none takes this long.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Untold:
    """An action that waits, and that a person was not told of since it became news."""

    person_id: int
    action_id: UUID
    presses: bool
    since: datetime


def untold(*, tenant_id: UUID, person_id: int | None = None) -> list[Untold]:
    """What is to be told now, of everybody or of one person: what presses, and the rest of those whose batch is due.

    In the tenant's scope. Left out are people who do not want to hear or cannot be reached, and what is snoozed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD, _parameters(tenant_id, person_id=person_id, overlap=OVERLAP))
        return [Untold(*row) for row in cursor.fetchall()]


def who_decides(actions: Iterable[UUID], *, tenant_id: UUID) -> dict[int, list[UUID]]:
    """By person, those of `actions` that wait and that they may decide; in the tenant's scope, one statement."""
    found: dict[int, list[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WHO, _parameters(tenant_id, person_id=None, actions=list(actions)))
        for person, action in cursor.fetchall():
            found.setdefault(person, []).append(action)
    return found


def theirs(person_id: int, actions: Sequence[UUID], *, tenant_id: UUID, whoever_has_it: bool = False) -> list[UUID]:
    """Those of `actions` that wait for this person, in the tenant's scope; none for who does not decide (any more). With
    `whoever_has_it` also what is snoozed or assigned to somebody else, which could be handed on to them."""
    given = {"actions": list(actions), "whoever_has_it": whoever_has_it}
    with connection.cursor() as cursor:
        cursor.execute(_WHO, _parameters(tenant_id, person_id=person_id, **given))
        return [action for _, action in cursor.fetchall()]


def channels(person: User, reach: Reach, *ways: str) -> list[tuple[str, str]]:
    """Where a person hears by the first of `ways` that leads to them: [(channel, recipient)]; [] where none does."""
    return next(filter(None, (_by(person, reach, way) for way in ways)), [])


def _by(person: User, reach: Reach, way: str) -> list[tuple[str, str]]:
    mail = [("email", person.email)] if way in (Way.EMAIL, Way.BOTH) and person.email else []
    chat = [("chat", reach.chat_channel or TEAM_CHANNEL)] if way in (Way.CHAT, Way.BOTH) else []
    return mail + chat


def _parameters(tenant_id: UUID, **more: Any) -> dict[str, Any]:
    defaults = Reach()
    return {
        "tenant": tenant_id,
        "urgent_way": defaults.urgent_way,
        "other_way": defaults.other_way,
        "batch_minutes": defaults.batch_minutes,
        "urgent_hours": defaults.urgent_hours,
        "closed": sorted(CLOSED_STAGES),
        "whoever_has_it": False,
        "kinds": [NoticeKind.APPROVAL.value, NoticeKind.REMINDER.value],
        **more,
    }


# Whether rule `r` takes action `w` in. The value is that of the deal, else of the largest open deal of the account, 0 where
# there is none. One that cannot be told (no amount, another currency) counts as taken in, but never lets somebody decide.
TAKES_IN = """
    r.lifted_at IS NULL AND r.action_type IN ('', w.action_type)
    AND (r.stage = '' OR r.stage = w.stage)
    AND (r.clone_id IS NULL OR r.clone_id = w.clone_id) AND (r.account_id IS NULL OR r.account_id = w.account_id)
    AND (r.value_from IS NULL AND r.value_below IS NULL OR (
        SELECT CASE WHEN coalesce(bool_and(x.amount IS NOT NULL AND x.currency = t.currency), true)
            THEN coalesce(max(x.amount), 0) >= coalesce(r.value_from, '-Infinity')
                AND coalesce(max(x.amount), 0) < coalesce(r.value_below, 'Infinity')
            ELSE r.kind <> 'reps_decide' END
        FROM crm_opportunity x JOIN crm_tenant t ON t.id = x.tenant_id
        WHERE x.account_id = w.account_id
        AND (x.id = w.opportunity_id OR (w.opportunity_id IS NULL AND x.stage <> ALL (%(closed)s)))))
"""

# What waits and is not put off, and since when it is news: it began to wait, its snooze ended, it was handed on.
# (The record's clock is another one than the database's: they may be some seconds apart.)
_WAITING = """
waiting AS MATERIALIZED (
    SELECT a.id, a.action_type, a.stage, a.clone_id, a.account_id, a.opportunity_id, a.assignee_id, a.proposer_kind,
        a.proposer_id, a.expires_at, a.escalated_at, deal.amount, clone.owner_id,
        CASE WHEN a.decided_at IS NULL OR a.first_vote_at > a.decided_at THEN a.first_vote_by_id END AS first_vote_by,
        greatest(coalesce(a.waiting_since, a.proposed_at), a.snoozed_until, a.escalated_at, handed.at) AS since
    FROM engine_action a
    JOIN crm_clone clone ON clone.id = a.clone_id
    LEFT JOIN crm_opportunity deal ON deal.id = a.opportunity_id
    LEFT JOIN LATERAL (
        SELECT max(e.created_at) - interval '10 seconds' AS at FROM record_entry e
        WHERE a.assignee_id IS NOT NULL AND e.tenant_id = a.tenant_id AND e.subject_id = a.id::text
        AND e.kind = 'action.reassigned') handed ON true
    WHERE a.tenant_id = %(tenant)s AND a.status = 'pending' AND a.expires_at > clock_timestamp()
    AND (%(whoever_has_it)s OR a.snoozed_until IS NULL OR a.snoozed_until <= clock_timestamp())
    {of_these}
)"""

_MEMBERS = """
members AS (
    SELECT m.person_id, m.role, u.email, r.urgent_told_at, r.others_told_at, r.urgent_value,
        coalesce(r.urgent_way, %(urgent_way)s) AS urgent_way, coalesce(r.other_way, %(other_way)s) AS other_way,
        make_interval(mins => least(coalesce(r.batch_minutes, %(batch_minutes)s), 525600)) AS batch,
        make_interval(hours => least(coalesce(r.urgent_hours, %(urgent_hours)s), 8760)) AS near
    FROM crm_membership m JOIN auth_user u ON u.id = m.person_id
    LEFT JOIN engine_reach r ON r.tenant_id = m.tenant_id AND r.person_id = m.person_id
    WHERE m.tenant_id = %(tenant)s AND u.is_active AND m.role IN ('manager', 'rep')
)"""

# Managers decide everything, representatives what their own clones propose where a rule says so; nobody what they proposed
# themselves, and nobody twice where two are asked. What is assigned to somebody who decides it is told to them alone.
_DECIDES = f"""
    ({{who}}.role = 'manager' OR (w.owner_id = {{who}}.person_id AND EXISTS (
        SELECT FROM guardrails_tenantrule r WHERE r.tenant_id = %(tenant)s AND r.kind = 'reps_decide' AND {TAKES_IN})))
    AND NOT (w.proposer_kind = 'person' AND w.proposer_id = {{who}}.person_id::text)
    AND w.first_vote_by IS DISTINCT FROM {{who}}.person_id
"""
_IS_TOLD = f"""
    {_DECIDES.format(who="p")}
    AND (%(whoever_has_it)s OR w.assignee_id IS NULL OR w.assignee_id = p.person_id OR NOT EXISTS (
        SELECT FROM members m WHERE m.person_id = w.assignee_id AND {_DECIDES.format(who="m")}))
    AND (%(person_id)s IS NULL OR p.person_id = %(person_id)s)
"""

_WHO = f"""
WITH {_WAITING.format(of_these="AND a.id = ANY (%(actions)s)")}, {_MEMBERS}
SELECT p.person_id, w.id FROM members p JOIN waiting w ON {_IS_TOLD} ORDER BY w.id
"""

# A deadline begins to press by itself; everything else from when it is news.
_UNTOLD = f"""
WITH {_WAITING.format(of_these="")}, {_MEMBERS}
SELECT p.person_id, w.id, pressing.is_so, w.since
FROM members p JOIN waiting w ON true
CROSS JOIN LATERAL (SELECT w.escalated_at IS NOT NULL OR coalesce(w.amount >= p.urgent_value, false) AS by_itself) always
CROSS JOIN LATERAL (SELECT always.by_itself OR w.expires_at <= clock_timestamp() + p.near AS is_so) pressing
WHERE (
    (pressing.is_so AND (p.urgent_way IN ('chat', 'both') OR (p.urgent_way = 'email' AND p.email <> ''))
        AND CASE WHEN always.by_itself THEN w.since ELSE greatest(w.since, w.expires_at - p.near) END
            > coalesce(p.urgent_told_at - %(overlap)s, '-infinity'))
    OR ((p.other_way IN ('chat', 'both') OR (p.other_way = 'email' AND p.email <> ''))
        AND (p.others_told_at IS NULL OR p.others_told_at <= clock_timestamp() - p.batch)
        AND w.since > coalesce(p.others_told_at - %(overlap)s, '-infinity'))
)
AND {_IS_TOLD}
AND NOT EXISTS (
    SELECT FROM engine_notice n WHERE n.tenant_id = %(tenant)s AND n.person_id = p.person_id AND n.kind = ANY (%(kinds)s)
    AND n.created_at > w.since AND w.id = ANY (n.about))
ORDER BY p.person_id, w.id
"""
