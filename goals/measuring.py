"""Measuring many goals at once: by the same few statements, however many they are and however many clones and periods.

Each metric is read once, summed by clone (and by day, where it is made of dated records); what a goal asks for is added up
from there. goals.metrics measures one scope and is what this is held against.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from crm.models import Interaction, Opportunity, Tenant
from goals.metrics import IS_OPEN, IS_QUALIFIED, IS_WON, NO_MONEY, happened, share_filled
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import LATE_ENTRIES, status_after
from goals.periods import Period
from goals.terms import DATED
from record import journal
from record.actors import Actor
from record.models import Entry

_KEPT = Decimal("0.0001")

Value = Decimal | None
Values = Mapping[UUID, Value]


@dataclass(slots=True)
class Kept:
    """What came of measuring: the goals that were saved, by id, with their new status; and what went wrong, by id."""

    saved: dict[UUID, str] = field(default_factory=dict)
    failed: dict[UUID, str] = field(default_factory=dict)


def measured_goals(today: date) -> QuerySet[Goal]:
    """The goals that are still measured on `today` (goals.pace.is_measured as a query)."""
    ended = Q(status__in=(GoalStatus.COMPLETED, GoalStatus.MISSED))
    dated = ended & Q(goal_type__in=sorted(DATED), period_end__gte=today - LATE_ENTRIES)
    return Goal.objects.filter(Q(status=GoalStatus.ACTIVE) | (ended & Q(period_end__gte=today)) | dated)


def values_of(goals: Iterable[Goal], *, tenant: Tenant, now: datetime) -> Values:
    """What each goal's metric is now, by the goal's id. One statement for each type there is among them, in the tenant's
    scope."""
    by_type: defaultdict[str, list[Goal]] = defaultdict(list)
    for goal in goals:
        by_type[goal.goal_type].append(goal)
    found: dict[UUID, Value] = {}
    for goal_type, asking in by_type.items():
        value = _READERS[goal_type](asking, tenant, now)
        found |= {goal.pk: value(goal) for goal in asking}
    return found


def keep(goals: Sequence[Goal], values: Values, *, tenant: Tenant, now: datetime, actor: Actor) -> Kept:
    """Save what the goals were measured at and what they become by it, with their entries in the record, in the tenant's
    scope. Two statements. A goal that was changed or cancelled since it was read is left alone."""
    today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
    done, judged = Kept(), []
    for goal in goals:
        try:
            judged.append((goal, *_judged(goal, values[goal.pk], today)))
        except Exception as error:
            # The edge of one goal: whatever is wrong with it, the others are measured.
            done.failed[goal.pk] = f"{type(error).__name__}: {error}"
    done.saved = _save(judged, now)
    _record([row for row in judged if row[0].pk in done.saved], actor)
    return done


def as_kept(value: Value) -> Value:
    """A value as a goal keeps it."""
    return None if value is None else value.quantize(_KEPT)


_Judged = tuple[Goal, Value, str]
_Reader = Callable[[Goal], Value]


def _judged(goal: Goal, value: Value, today: date) -> tuple[Value, str]:
    current = as_kept(value)
    status = status_after(
        status=goal.status, current=current, target=goal.target_value, end=goal.period_end, today=today
    )
    return current, status


def _save(judged: Sequence[_Judged], now: datetime) -> dict[UUID, str]:
    """One conditional UPDATE: a row counts as it was when it was read, or not at all."""
    if not judged:
        return {}
    rows = [
        (goal.pk, value, status, goal.status, goal.target_value, goal.period_start, goal.period_end)
        for goal, value, status in judged
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [now, *(list(column) for column in zip(*rows, strict=True))])
        return dict(cursor.fetchall())


def _record(judged: Sequence[_Judged], actor: Actor) -> None:
    moved = [row for row in judged if row[2] != row[0].status]
    if moved:
        journal.write_all([_entry(goal, value, status, actor) for goal, value, status in moved])


def _entry(goal: Goal, value: Value, status: str, actor: Actor) -> Entry:
    return journal.entry(
        tenant_id=goal.tenant_id,
        kind=_KINDS[status],
        subject=("goal", goal.pk),
        actor=actor,
        facts={
            "was": goal.status,
            "current_value": None if value is None else str(value),
            "target_value": str(goal.target_value),
            "period_end": goal.period_end.isoformat(),
        },
    )


_KINDS = {
    GoalStatus.ACTIVE.value: "goal.reopened",
    GoalStatus.COMPLETED.value: "goal.completed",
    GoalStatus.MISSED.value: "goal.missed",
}

_SAVE = """
UPDATE goals_goal AS goal SET current_value = new.value, measured_at = %s, status = new.status
FROM unnest(%s::uuid[], %s::numeric[], %s::text[], %s::text[], %s::numeric[], %s::date[], %s::date[])
    AS new (id, value, status, was, target, period_start, period_end)
WHERE goal.id = new.id AND goal.status = new.was AND goal.target_value = new.target
    AND goal.period_start = new.period_start AND goal.period_end = new.period_end
RETURNING goal.id, goal.status
"""


# --- the four metrics ----------------------------------------------------------------------------------------------------


def _pipeline(goals: Sequence[Goal], tenant: Tenant, now: datetime) -> _Reader:
    ours = Sum("amount", filter=Q(currency=tenant.currency))
    rows = Opportunity.objects.filter(IS_OPEN).order_by().values_list("clone").annotate(value=Coalesce(ours, NO_MONEY))
    of_clone: dict[UUID | None, Decimal] = dict(rows)
    whole = sum(of_clone.values(), NO_MONEY)
    return lambda goal: whole if goal.clone_id is None else of_clone.get(goal.clone_id, NO_MONEY)


def _quality(goals: Sequence[Goal], tenant: Tenant, now: datetime) -> _Reader:
    """Shares and deals by clone; the company's mean is not the mean of its clones' means."""
    deals = Opportunity.objects.filter(IS_QUALIFIED).order_by().values("clone")
    rows = deals.annotate(shares=Sum(share_filled()), deals=Count("pk")).values_list("clone", "shares", "deals")
    of_clone = {clone: (shares, count) for clone, shares, count in rows}
    whole = sum(shares for shares, _ in of_clone.values()), sum(count for _, count in of_clone.values())

    def value(goal: Goal) -> Value:
        shares, count = whole if goal.clone_id is None else of_clone.get(goal.clone_id, (0, 0))
        return Decimal(str(shares / count)) if count else None

    return value


def _revenue(goals: Sequence[Goal], tenant: Tenant, now: datetime) -> _Reader:
    period = _around(goals)
    won = Opportunity.objects.filter(IS_WON, closed_on__gte=period.start, closed_on__lte=period.end)
    rows = won.filter(currency=tenant.currency).order_by().values_list("clone", "closed_on").annotate(Sum("amount"))
    return _Days((clone, day, amount or NO_MONEY) for clone, day, amount in rows).value


def _activity(goals: Sequence[Goal], tenant: Tenant, now: datetime) -> _Reader:
    zone = ZoneInfo(tenant.time_zone)
    first, after = _around(goals).edges(zone)
    dated = Interaction.objects.filter(happened(now), occurred_at__gte=first, occurred_at__lt=after)
    days = dated.order_by().annotate(day=TruncDate("occurred_at", tzinfo=zone)).values_list("clone", "day")
    return _Days((clone, day, Decimal(number)) for clone, day, number in days.annotate(Count("pk"))).value


def _around(goals: Sequence[Goal]) -> Period:
    return Period(min(goal.period_start for goal in goals), max(goal.period_end for goal in goals))


_READERS: Mapping[str, Callable[[Sequence[Goal], Tenant, datetime], _Reader]] = MappingProxyType(
    {
        GoalType.PIPELINE.value: _pipeline,
        GoalType.QUALITY.value: _quality,
        GoalType.REVENUE.value: _revenue,
        GoalType.ACTIVITY.value: _activity,
    }
)


class _Days:
    """Amounts by clone and day, ready to be summed over any period of one clone or of all."""

    def __init__(self, rows: Iterable[tuple[UUID | None, date, Decimal]]) -> None:
        whole: defaultdict[date, Decimal] = defaultdict(Decimal)
        by_clone: defaultdict[UUID, dict[date, Decimal]] = defaultdict(dict)
        for clone, day, amount in rows:
            whole[day] += amount
            if clone is not None:
                by_clone[clone][day] = amount
        self._running: dict[UUID | None, tuple[list[date], list[Decimal]]] = {
            clone: _running(days) for clone, days in [(None, whole), *by_clone.items()]
        }

    def value(self, goal: Goal) -> Decimal:
        """The sum over the goal's period, both ends included, of its clone or of everybody."""
        days, sums = self._running.get(goal.clone_id, ([], [Decimal(0)]))
        return sums[bisect_right(days, goal.period_end)] - sums[bisect_left(days, goal.period_start)]


def _running(amounts: Mapping[date, Decimal]) -> tuple[list[date], list[Decimal]]:
    days = sorted(amounts)
    return days, list(accumulate((amounts[day] for day in days), initial=Decimal(0)))
