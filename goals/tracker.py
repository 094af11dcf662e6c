"""What a tenant or one of its clones wants, and where that stands."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from crm.access import actor_of
from crm.fields import FIRST_YEAR, LAST_YEAR
from crm.models import Clone, Tenant
from crm.references import find_id
from crm.tenancy import tenant_scope
from goals.metrics import Scope, measure
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import Pace, pace_of, status_after
from goals.periods import Period, period_of
from goals.suggestions import Suggestion, suggestions
from record import journal
from record.actors import SCHEDULE, Actor

METRIC_OF: Mapping[str, str] = MappingProxyType(
    {
        GoalType.PIPELINE.value: "pipeline_value",
        GoalType.REVENUE.value: "revenue_closed",
        GoalType.ACTIVITY.value: "activity_count",
        GoalType.QUALITY.value: "quality_score",
    }
)
MOST = Decimal(10) ** 13  # what numeric(18,4) holds, with a digit to spare
DECIMALS = Decimal("0.0001")
CHANGEABLE = ("target_value", "period_start", "period_end")


class GoalTracker:
    """Sets goals, measures them against the records, and says where they stand."""

    def create_goal(
        self,
        *,
        tenant: Tenant,
        goal_type: str,
        target_value: Decimal | int | float | str,
        period_start: date,
        period_end: date,
        clone: Clone | UUID | str | None = None,
        actor: Any = SCHEDULE,
    ) -> Goal:
        """Set a goal and measure it. `target_value` is in the metric's unit: the tenant's currency, a number of
        interactions, or a share from 0 to 1. Raises ValueError, beginning with the argument's name."""
        if goal_type not in GoalType.values:
            raise ValueError(f"goal_type: one of {', '.join(GoalType.values)}.")
        target = _target(target_value, goal_type)
        _period(period_start, period_end)
        who = actor_of(actor)
        with tenant_scope(tenant):
            goal = Goal(
                tenant=tenant,
                clone_id=_clone_id(clone),
                goal_type=goal_type,
                target_value=target,
                period_start=period_start,
                period_end=period_end,
                set_by=who.label[:200],
            )
            goal.save(force_insert=True)
            _record(goal, "goal.set", who, **_told(goal))
            return self.update_progress(goal=goal)

    def update_progress(self, *, goal: Goal, now: datetime | None = None) -> Goal:
        """Measure an active goal: save its value, complete it at the target, mark it missed after its end.

        A goal that is completed, missed or cancelled stays as it is, also where somebody cancels it meanwhile.
        """
        moment = now or timezone.now()
        with tenant_scope(goal.tenant_id):
            fresh = Goal.objects.select_for_update(of=("self",)).select_related("tenant", "clone").get(pk=goal.pk)
            if fresh.status == GoalStatus.ACTIVE:
                save_measured(fresh, metric_value(fresh, moment), moment)
        return fresh

    def change_goal(self, *, goal: Goal, actor: Any, **changes: Any) -> Goal:
        """Give a goal another target or period (some of CHANGEABLE) and measure it anew; one that had ended is active
        again. Raises ValueError for a value that does not fit and for a cancelled goal."""
        unknown = sorted(set(changes) - set(CHANGEABLE))
        if unknown:
            raise ValueError(f"{unknown[0]}: cannot be changed; set another goal.")
        with tenant_scope(goal.tenant_id):
            fresh = Goal.objects.select_for_update(of=("self",)).select_related("tenant", "clone").get(pk=goal.pk)
            if fresh.status == GoalStatus.CANCELLED:
                raise ValueError("status: a cancelled goal cannot be changed; set another one.")
            before = _told(fresh)
            _change(fresh, changes)
            _record(fresh, "goal.changed", actor_of(actor), before=before, **_told(fresh))
            return self.update_progress(goal=fresh)

    def cancel_goal(self, *, goal: Goal, actor: Any) -> bool:
        """Give a goal up. Returns False where it was cancelled before."""
        with tenant_scope(goal.tenant_id):
            standing = Goal.objects.filter(pk=goal.pk).exclude(status=GoalStatus.CANCELLED)
            cancelled = standing.update(status=GoalStatus.CANCELLED)
            if cancelled:
                _record(goal, "goal.cancelled", actor_of(actor))
        return bool(cancelled)

    def get_active_goals(self, *, tenant: Tenant, clone: Clone | UUID | str | None = None) -> list[Goal]:
        """The goals of the tenant (or of one of its clones) that are neither reached, missed nor given up."""
        with tenant_scope(tenant):
            goals: QuerySet[Goal] = Goal.objects.filter(status=GoalStatus.ACTIVE).select_related("tenant", "clone")
            if clone is not None:
                goals = goals.filter(clone=_clone_id(clone))
            return list(goals.order_by("period_end", "id"))

    def check_goal_status(self, *, goal: Goal, now: datetime | None = None) -> dict[str, Any]:
        """Return where a goal stands: {progress_pct, on_track, days_remaining, elapsed_days, total_days, expected_value,
        current_value, target_value, status}. Percentages and values are Decimals, `progress_pct` and `current_value`
        None before the first measuring."""
        pace = self.pace(goal=goal, now=now)
        return {
            "status": goal.status,
            "current_value": goal.current_value,
            "target_value": goal.target_value,
            "progress_pct": pace.progress_pct,
            "on_track": pace.on_track,
            "days_remaining": pace.days_remaining,
            "elapsed_days": pace.elapsed_days,
            "total_days": pace.total_days,
            "expected_value": pace.expected_value,
        }

    def pace(self, *, goal: Goal, now: datetime | None = None) -> Pace:
        """The goal against the calendar of its tenant."""
        return pace_of(
            current=goal.current_value,
            target=goal.target_value,
            start=goal.period_start,
            end=goal.period_end,
            today=_today(goal.tenant, now or timezone.now()),
        )

    def suggest_actions(self, *, goal: Goal, now: datetime | None = None) -> list[Suggestion]:
        """What would help a goal that is below 80 % of the expected, the most worthwhile first; [] where it is not."""
        moment = now or timezone.now()
        if goal.status != GoalStatus.ACTIVE or not self.pace(goal=goal, now=moment).needs_a_push():
            return []
        with tenant_scope(goal.tenant_id):
            return suggestions(goal, moment)

    def compute_metrics(
        self,
        *,
        tenant: Tenant,
        clone: Clone | UUID | str | None = None,
        period_start: date | None = None,
        period_end: date | None = None,
    ) -> dict[str, Any]:
        """Return {pipeline_value, revenue_closed, activity_count, quality_score, excluded, as_of}.

        Both values are Decimals in the tenant's currency; `excluded` counts the deals in another one that were left out
        of them. `pipeline_value` is what is open now, whatever the period; `quality_score` is a float from 0 to 1, or
        None where no open deal is in qualification or later; `as_of` is the moment of asking. `clone` is a Clone, its
        id or its external id: only the rows that name it count. Both days belong to the period, in the tenant's time
        zone; without them it is the current month there (see goals.periods). Takes three statements in an open scope.

        Raises ValueError, beginning with the argument's name, for an unknown clone, a period that is not of dates in the
        years 1900 to 2999, and an end before its start.
        """
        for name, day in (("period_start", period_start), ("period_end", period_end)):
            if day is not None:
                _day(name, day)
        now = timezone.now()
        period = period_of(start=period_start, end=period_end, today=_today(tenant, now))
        with tenant_scope(tenant):
            return measure(Scope(tenant, _clone_id(clone), period, now))


def metric_value(goal: Goal, now: datetime) -> Decimal | None:
    """The goal's metric now, in the tenant's scope; None where there is nothing to measure."""
    period = Period(goal.period_start, goal.period_end)
    return as_decimal(measure(Scope(goal.tenant, goal.clone_id, period, now))[METRIC_OF[goal.goal_type]])


def as_decimal(value: Any) -> Decimal | None:
    """A metric as a goal keeps it."""
    return None if value is None else Decimal(str(value)).quantize(DECIMALS)


def save_measured(goal: Goal, current: Decimal | None, now: datetime) -> bool:
    """Save what an active goal was measured at, in the tenant's scope; False where it is active no longer."""
    today = _today(goal.tenant, now)
    status = status_after(
        status=goal.status, current=current, target=goal.target_value, end=goal.period_end, today=today
    )
    active = Goal.objects.filter(pk=goal.pk, status=GoalStatus.ACTIVE)
    if not active.update(current_value=current, measured_at=now, status=status):
        return False
    goal.current_value, goal.measured_at, goal.status = current, now, status
    if status != GoalStatus.ACTIVE:
        _record(goal, f"goal.{status}", SCHEDULE, current_value=str(current), target_value=str(goal.target_value))
    return True


def _change(goal: Goal, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(goal, name, _target(value, goal.goal_type) if name == "target_value" else value)
    _period(goal.period_start, goal.period_end)
    goal.status = GoalStatus.ACTIVE
    goal.save(update_fields=[*changes, "status"])


def _target(value: Any, goal_type: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise ValueError("target_value: must be a number.")
    try:
        target = Decimal(str(value))
    except (InvalidOperation, ValueError) as error:
        raise ValueError("target_value: must be a number.") from error
    if not target.is_finite() or not 0 < target < MOST or target != target.quantize(DECIMALS):
        raise ValueError("target_value: must be above 0, below 10 trillion, with at most four decimals.")
    if goal_type == GoalType.QUALITY and target > 1:
        raise ValueError("target_value: a quality goal is a share, above 0 and at most 1.")
    return target


def _period(start: Any, end: Any) -> None:
    _day("period_start", start)
    _day("period_end", end)
    if end <= start:
        raise ValueError("period_end: must lie after period_start.")


def _day(name: str, day: Any) -> None:
    if not isinstance(day, date) or isinstance(day, datetime) or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{name}: must be a date in the years {FIRST_YEAR} to {LAST_YEAR}.")


def _today(tenant: Tenant, now: datetime) -> date:
    return now.astimezone(ZoneInfo(tenant.time_zone)).date()


def _clone_id(clone: Clone | UUID | str | None) -> UUID | None:
    if clone is None:
        return None
    if isinstance(clone, Clone):
        return clone.pk
    found = find_id(Clone, str(clone))
    if found is None:
        raise ValueError("clone: no clone of this tenant has this id or external_id.")
    return found


def _told(goal: Goal) -> dict[str, Any]:
    return {
        "goal_type": goal.goal_type,
        "clone": str(goal.clone_id) if goal.clone_id else None,
        "target_value": str(goal.target_value),
        "period_start": goal.period_start.isoformat(),
        "period_end": goal.period_end.isoformat(),
    }


def _record(goal: Goal, kind: str, actor: Actor, **facts: Any) -> None:
    journal.write(tenant_id=goal.tenant_id, kind=kind, subject=("goal", goal.pk), actor=actor, facts=facts)
