"""What was suggested for goals, and what came of it: judged by what the records say of the two weeks after an action."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from crm.models import Tenant
from crm.stages import STAGES, Stage
from engine.lifecycle import FINAL, Status
from engine.models import Action, Effort
from goals.models import Goal

COUNTS_FOR = timedelta(days=14)  # after an action was carried out
# In the order in which a deal goes on; a stalled one that goes anywhere has moved.
_ORDER = [stage.value for stage in STAGES if stage not in (Stage.STALLED, Stage.CLOSED_LOST)]
_NEVER = sorted(FINAL - {Status.EXECUTED, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Effects:
    """Of so many suggestions of one kind, how many were carried out and what followed; `value` of the deals won."""

    action_type: str
    suggested: int
    executed: int
    answered: int
    moved: int
    won: int
    value: Decimal | None


def note_effort(action: Action, *, goal: Goal, reasons: Sequence[str]) -> Effort:
    """Keep for which goal an action was proposed and why, in the transaction that is open."""
    left = max(goal.target_value - (goal.current_value or Decimal(0)), Decimal(0))
    return Effort.objects.create(
        tenant_id=action.tenant_id, action=action, goal=goal, reasons=list(reasons), left=left, stage=action.stage or ""
    )


def efforts_to_judge() -> int:
    """How many efforts of the tenant in scope are not settled."""
    return Effort.objects.filter(is_final=False).count()


def judge_efforts(tenant: Tenant, now: datetime) -> int:
    """See what came of the efforts that are not settled, in the tenant's scope, and return how many were looked at. Two
    statements; the same whenever it is done again."""
    asked: dict[str, Any] = {
        "now": now,
        "since": now - COUNTS_FOR,
        "days": COUNTS_FOR,
        "order": _ORDER,
        "never": _NEVER,
        "currency": tenant.currency,
        "tenant": tenant.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, asked)
        cursor.execute(_JUDGE, asked)
        return int(cursor.rowcount)


def effects_of(goals: Iterable[Goal] | None = None) -> list[Effects]:
    """What came of the suggestions for some goals, or for all of the tenant in scope, by kind of action. A deal that several
    of them were about has moved, or was won, once. One statement."""
    ids = None if goals is None else [goal.pk for goal in goals]
    with connection.cursor() as cursor:
        cursor.execute(_EFFECTS, {"goals": ids})
        return [Effects(*row) for row in cursor.fetchall()]


_EFFECTS = """
SELECT action_type, count(*), count(executed_at), count(*) FILTER (WHERE outcome IN ('answered', 'moved', 'won')),
    count(*) FILTER (WHERE outcome IN ('moved', 'won') AND is_first), count(*) FILTER (WHERE outcome = 'won' AND is_first),
    sum(won_value) FILTER (WHERE is_first)
FROM (
    SELECT action.action_type, effort.executed_at, effort.outcome, effort.won_value, row_number() OVER (
        PARTITION BY action.action_type, coalesce(action.opportunity_id, action.id)
        ORDER BY effort.outcome = 'won' DESC, effort.outcome = 'moved' DESC, effort.id
    ) = 1 AS is_first
    FROM engine_effort AS effort JOIN engine_action AS action ON action.id = effort.action_id
    WHERE %(goals)s::uuid[] IS NULL OR effort.goal_id = ANY(%(goals)s::uuid[])
) AS told
GROUP BY action_type ORDER BY count(*) DESC, action_type
"""

# An edited action lives on in its successor.
_FOLLOW = """
WITH RECURSIVE later AS (
    SELECT effort.id, action.superseded_by_id AS action_id FROM engine_effort AS effort
    JOIN engine_action AS action ON action.id = effort.action_id
    WHERE NOT effort.is_final AND effort.tenant_id = %(tenant)s AND action.superseded_by_id IS NOT NULL
    UNION ALL
    SELECT later.id, action.superseded_by_id FROM later JOIN engine_action AS action ON action.id = later.action_id
    WHERE action.superseded_by_id IS NOT NULL
)
UPDATE engine_effort AS effort SET action_id = last.action_id
FROM (SELECT DISTINCT ON (id) id, action_id FROM later ORDER BY id, action_id DESC) AS last
WHERE effort.id = last.id
"""

_JUDGE = """
UPDATE engine_effort AS effort SET
    executed_at = found.executed_at,
    outcome = CASE
        WHEN found.status = ANY(%(never)s) THEN 'not_done'
        WHEN found.won THEN 'won' WHEN found.moved_to IS NOT NULL THEN 'moved' WHEN found.answered THEN 'answered'
        WHEN found.executed_at <= %(since)s THEN 'nothing' ELSE '' END,
    moved_to = coalesce(found.moved_to, ''),
    won_value = CASE WHEN found.won THEN found.amount END,
    judged_at = %(now)s,
    is_final = found.status = ANY(%(never)s) OR coalesce(found.executed_at <= %(since)s, false)
FROM (
    SELECT mine.id, action.status, done.executed_at, moved.moved_to, coalesce(moved.moved_to = 'closed_won', false) AS won,
        CASE WHEN deal.currency = %(currency)s THEN deal.amount END AS amount, answer.answered
    FROM engine_effort AS mine
    JOIN engine_action AS action ON action.id = mine.action_id
    LEFT JOIN crm_opportunity AS deal ON deal.id = action.opportunity_id
    LEFT JOIN LATERAL (
        SELECT max(ended_at) AS executed_at FROM engine_attempt
        WHERE action_id = action.id AND outcome = 'executed' AND action.status = 'executed'
    ) AS done ON true
    LEFT JOIN LATERAL (
        SELECT change.to_stage AS moved_to FROM crm_stagechange AS change
        WHERE change.opportunity_id = action.opportunity_id AND change.created_at > done.executed_at
            AND change.created_at <= done.executed_at + %(days)s AND change.created_at <= %(now)s
            AND array_position(%(order)s, change.to_stage::text)
                > coalesce(array_position(%(order)s, change.from_stage::text), 0)
        ORDER BY array_position(%(order)s, change.to_stage::text) DESC LIMIT 1
    ) AS moved ON true
    LEFT JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM crm_interaction AS said
            WHERE said.account_id = action.account_id AND said.tenant_id = mine.tenant_id AND said.direction = 'in'
                AND said.status = 'completed' AND said.occurred_at > done.executed_at
                AND said.occurred_at <= least(done.executed_at + %(days)s, %(now)s)
        ) AS answered
    ) AS answer ON true
    WHERE NOT mine.is_final AND mine.tenant_id = %(tenant)s
) AS found
WHERE effort.id = found.id
"""
