"""Keeping what goals were measured at: their value and status, a reading each, the milestones that were passed, and what the
record says of it. A handful of statements, however many goals there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg2.extras import Json
from uuid_utils.compat import uuid7

from crm.models import Tenant
from goals.foreseeing import Foreseen
from goals.measuring import Value, Values
from goals.models import Goal, GoalStatus, Milestone
from goals.pace import MILESTONES, STEP, milestone_of, status_after
from goals.periods import local_day
from record import journal
from record.actors import Actor
from record.models import Entry


@dataclass(slots=True)
class Kept:
    """What came of measuring: the goals that were saved, by id, with their new status; the milestones that were passed;
    and what went wrong, by id."""

    saved: dict[UUID, str] = field(default_factory=dict)
    passed: list[Milestone] = field(default_factory=list)
    failed: dict[UUID, str] = field(default_factory=dict)


class _Judged(NamedTuple):
    """A goal as it was read, and what it is now."""

    goal: Goal
    value: Value
    status: str
    passed: int
    foreseen: dict[str, Any] | None
    band: tuple[Value, Value, Value]


def keep(
    goals: Sequence[Goal],
    values: Values,
    foreseen: Mapping[UUID, Foreseen],
    *,
    tenant: Tenant,
    now: datetime,
    actor: Actor,
    judging: bool = True,
) -> Kept:
    """Save what the goals were measured at and what they become by it, with a reading of each, the milestones passed and
    the entries in the record, in the tenant's scope. A goal that was changed, cancelled or measured since it was read is
    left alone. Measured twice at one moment, a goal has one reading. Without `judging` they keep their status."""
    today = local_day(now, tenant.time_zone)
    done, judged = Kept(), []
    for goal in goals:
        try:
            one = _judged(goal, values[goal.pk], foreseen.get(goal.pk), today)
            judged.append(one if judging else one._replace(status=goal.status))
        except Exception as error:
            # The edge of one goal: whatever is wrong with it, the others are measured.
            done.failed[goal.pk] = f"{type(error).__name__}: {error}"
    done.saved = _save(judged, now)
    saved = [one for one in judged if one.goal.pk in done.saved]
    done.passed = _note_milestones(saved, now)
    _record(saved, done.passed, actor)
    return done


def as_kept(value: Value) -> Value:
    """A value as a goal keeps it."""
    return None if value is None else value.quantize(STEP)


def _judged(goal: Goal, value: Value, foreseen: Foreseen | None, today: date) -> _Judged:
    current = as_kept(value)
    status = status_after(
        status=goal.status, current=current, target=goal.target_value, end=goal.period_end, today=today
    )
    passed = max(goal.passed, milestone_of(current=current, target=goal.target_value))
    if foreseen is None:
        return _Judged(goal, current, status, passed, None, (None, None, None))
    return _Judged(goal, current, status, passed, foreseen.as_json, foreseen.band)


def _save(judged: Sequence[_Judged], now: datetime) -> dict[UUID, str]:
    """One conditional UPDATE with the readings of what it changed: a row counts as it was when it was read, or not at
    all."""
    if not judged:
        return {}
    rows = [
        (
            *(one.goal.pk, one.value, one.status, one.passed, Json(one.foreseen) if one.foreseen else None),
            *(one.goal.status, one.goal.measured_at, one.goal.target_value, one.goal.period_start, one.goal.period_end),
            *(uuid7(), *one.band),
        )
        for one in judged
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [*(list(column) for column in zip(*rows, strict=True)), now, now])
        return dict(cursor.fetchall())


def _note_milestones(saved: Sequence[_Judged], now: datetime) -> list[Milestone]:
    """Those that are passed for the first time. The row's `passed` was raised under its lock: nobody else does it."""
    return Milestone.objects.bulk_create(
        Milestone(
            tenant_id=one.goal.tenant_id,
            goal=one.goal,
            percent=percent,
            target_value=one.goal.target_value,
            value=one.value or 0,
            reached_at=now,
        )
        for one in saved
        for percent in MILESTONES
        if one.goal.passed < percent <= one.passed
    )


def _record(saved: Sequence[_Judged], passed: Sequence[Milestone], actor: Actor) -> None:
    moved = [_entry(one, actor) for one in saved if one.status != one.goal.status]
    entries = [*moved, *(_milestone_entry(one, actor) for one in passed)]
    if entries:
        journal.write_all(entries)


def _entry(one: _Judged, actor: Actor) -> Entry:
    return journal.entry(
        tenant_id=one.goal.tenant_id,
        kind=_KINDS[one.status],
        subject=("goal", one.goal.pk),
        actor=actor,
        facts={
            "was": one.goal.status,
            "current_value": None if one.value is None else str(one.value),
            "target_value": str(one.goal.target_value),
            "period_end": one.goal.period_end.isoformat(),
        },
    )


def _milestone_entry(one: Milestone, actor: Actor) -> Entry:
    return journal.entry(
        tenant_id=one.tenant_id,
        kind="goal.milestone",
        subject=("goal", one.goal_id),
        actor=actor,
        facts={"percent": one.percent, "value": str(one.value), "target_value": str(one.target_value)},
    )


_KINDS = {
    GoalStatus.ACTIVE.value: "goal.reopened",
    GoalStatus.COMPLETED.value: "goal.completed",
    GoalStatus.MISSED.value: "goal.missed",
}

_SAVE = """
WITH new AS (
    SELECT * FROM unnest(
        %s::uuid[], %s::numeric[], %s::text[], %s::int[], %s::jsonb[],
        %s::text[], %s::timestamptz[], %s::numeric[], %s::date[], %s::date[],
        %s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[]
    ) AS new (id, value, status, passed, foreseen, was, measured_at, target, period_start, period_end,
        reading, forecast, low, high)
), saved AS (
    UPDATE goals_goal AS goal SET
        current_value = new.value, measured_at = %s, status = new.status, passed = new.passed, foreseen = new.foreseen
    FROM new
    WHERE goal.id = new.id AND goal.status = new.was AND goal.measured_at IS NOT DISTINCT FROM new.measured_at
        AND goal.target_value = new.target
        AND goal.period_start = new.period_start AND goal.period_end = new.period_end
    RETURNING goal.id, goal.tenant_id, goal.status
), noted AS (
    INSERT INTO goals_reading (id, tenant_id, goal_id, taken_at, value, target_value, status, forecast, low, high)
    SELECT new.reading, saved.tenant_id, saved.id, %s, new.value, new.target, saved.status, new.forecast, new.low, new.high
    FROM saved JOIN new ON new.id = saved.id
    ON CONFLICT (tenant_id, goal_id, taken_at) DO NOTHING
)
SELECT id, status FROM saved
"""
