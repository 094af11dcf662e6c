"""What a tenant, one of its teams or one of its clones wants, and where that stands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from crm.access import actor_of
from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from goals.arithmetic import Sums, arithmetic
from goals.foreseeing import foresee
from goals.keeping import keep
from goals.measuring import Survey, values_of
from goals.metrics import Scope, measure
from goals.models import Goal, GoalStatus
from goals.needs import Need, need_of
from goals.pace import Pace, is_measured, pace_of
from goals.periods import local_day, period_of
from goals.standing import about, in_unit
from goals.suggestions import Suggestion, suggestions
from goals.terms import (
    DATED,
    Known,
    checked_day,
    checked_period,
    checked_target,
    checked_type,
    clone_id_of,
    shown,
    team_of,
)
from record import journal
from record.actors import SCHEDULE, SYSTEM, Actor
from record.models import Entry

CHANGEABLE = ("target_value", "period_start", "period_end")


class GoalIsCancelled(ValueError):
    """A cancelled goal stays as it is; set another one."""


class NewGoal(NamedTuple):
    """What a goal shall be, in the words of GoalTracker.create_goal."""

    goal_type: str
    target_value: Decimal | int | float | str
    period_start: date
    period_end: date
    clone: Clone | UUID | str | None = None
    team: str = ""


class GoalTracker:
    """Sets goals, measures them against the records, and says where they stand.

    Every change leaves an entry in the record in its transaction. What does not fit is a ValueError that begins with the
    argument's name. `now` is for whoever has a clock of their own; without it, it is now.
    """

    def create_goal(
        self,
        tenant: Tenant,
        goal_type: str,
        target_value: Decimal | int | float | str,
        period_start: date,
        period_end: date,
        clone: Clone | UUID | str | None = None,
        *,
        team: str = "",
        actor: Any = SYSTEM,
    ) -> Goal:
        """Set a goal. `target_value` is in the metric's unit: the tenant's currency, a number of interactions, or a share
        from 0 to 1; both days belong to the period, in the tenant's time zone. `clone` is a Clone, its id or external id;
        `team` is the name of a team of clones, and excludes `clone`.

        The goal is measured at once and begins as active, also where it is reached already or its period is over: what
        becomes of it is judged by `update_progress` and the daily task.
        """
        wanted = NewGoal(goal_type, target_value, period_start, period_end, clone, team)
        return self.create_goals(tenant, [wanted], actor=actor)[0]

    def create_goals(
        self, tenant: Tenant, wanted: Iterable[NewGoal], *, actor: Any = SYSTEM, now: datetime | None = None
    ) -> list[Goal]:
        """Set several goals together, all of them or, where one does not fit, none. Measured by the same few statements."""
        who, moment = actor_of(actor), now or timezone.now()
        with tenant_scope(tenant):
            known = Known()
            goals = Goal.objects.bulk_create([_new(tenant, one, who, known) for one in wanted])
            journal.write_all([_set_entry(goal, who) for goal in goals])
            _measure(goals, tenant, moment, actor=who, judging=False)
        return goals

    def update_progress(self, goal: Goal, *, now: datetime | None = None) -> Goal:
        """Measure a goal, save its value and what it becomes by it (goals.pace.status_after), and return it.

        What is no longer measured (cancelled, or over: goals.pace.is_measured) stays as it is. Whoever cancels it meanwhile
        has the last word.
        """
        moment = now or timezone.now()
        with tenant_scope(goal.tenant_id):
            goal.refresh_from_db(from_queryset=Goal.objects.select_for_update(of=("self",)))
            today, is_dated = _today(goal.tenant, moment), goal.goal_type in DATED
            if is_measured(status=goal.status, end=goal.period_end, today=today, is_dated=is_dated):
                _measure([goal], goal.tenant, moment)
        return goal

    def update_goal(self, goal: Goal, *, actor: Any, now: datetime | None = None, **changes: Any) -> Goal:
        """Give a goal another target or period (some of CHANGEABLE); it is active again and measured and judged anew.

        What it has already changes nothing. Raises GoalIsCancelled.
        """
        _refuse_unknown(changes)
        with tenant_scope(goal.tenant_id):
            goal.refresh_from_db(from_queryset=Goal.objects.select_for_update(of=("self",)))
            if goal.status == GoalStatus.CANCELLED:
                raise GoalIsCancelled("status: a cancelled goal cannot be changed; set another one.")
            before = _terms(goal)
            if _change(goal, changes):
                told = {name: value for name, value in _terms(goal).items() if value != before[name]}
                _record(goal, "goal.changed", actor_of(actor), before={name: before[name] for name in told}, after=told)
                _measure([goal], goal.tenant, now or timezone.now())
        return goal

    def cancel_goal(self, goal: Goal, *, actor: Any) -> bool:
        """Give a goal up, whatever has become of it. Returns False where it was cancelled before."""
        with tenant_scope(goal.tenant_id):
            standing = Goal.objects.filter(pk=goal.pk).exclude(status=GoalStatus.CANCELLED)
            was = standing.select_for_update(of=("self",)).values_list("status", flat=True).first()
            if was is not None:
                standing.update(status=GoalStatus.CANCELLED)
                _record(goal, "goal.cancelled", actor_of(actor), was=was)
        goal.status = GoalStatus.CANCELLED
        return was is not None

    def get_active_goals(
        self, tenant: Tenant, clone: Clone | UUID | str | None = None, *, team: str = ""
    ) -> list[Goal]:
        """The goals of the tenant, of one of its clones or of a team, that are active; the one that ends first first."""
        with tenant_scope(tenant):
            goals: QuerySet[Goal] = Goal.objects.filter(status=GoalStatus.ACTIVE).select_related("tenant", "clone")
            if clone is not None:
                goals = goals.filter(clone=clone_id_of(clone))
            if team:
                goals = goals.filter(team=team_of(team))
            return list(goals.order_by("period_end", "pk"))

    def check_goal_status(self, goal: Goal, *, now: datetime | None = None) -> dict[str, Any]:
        """Return where a goal stands today and where it will land, by what it was last measured at.

        {status, current_value, target_value, progress_pct, on_track, band, days_remaining, elapsed_days, total_days,
        expected_value}: values are Decimals in the goal's unit; `current_value` is None while there is nothing to measure,
        which counts as 0 in `progress_pct`, a float that is not capped; `band` is on_track, at_risk or behind (goals.pace).

        {left, days_left, needed_per_week, coverage, pipeline_needed, pipeline_missing, open_pipeline, win_rate}: what is
        needed (goals.needs); the last five are None but for revenue.

        {forecast, low, high, likelihood, methods, weights, backtest}: what is foreseen (goals.foreseeing); None, or {},
        where nothing is. `arithmetic` says by name how each number comes about.
        """
        pace, foreseen = self.pace(goal, now=now), _foreseen(goal)
        need = self.need(goal, now=now)
        return {
            "status": goal.status,
            "current_value": goal.current_value,
            "target_value": goal.target_value,
            "progress_pct": pace.progress_pct,
            "on_track": pace.on_track,
            "band": pace.band.value,
            "days_remaining": pace.days_remaining,
            "elapsed_days": pace.elapsed_days,
            "total_days": pace.total_days,
            "expected_value": shown(pace.expected_value, goal.goal_type),
            "left": shown(need.left, goal.goal_type),
            "days_left": need.days_left,
            "needed_per_week": _shown(need.per_week, goal),
            "coverage": need.coverage,
            "pipeline_needed": _shown(need.pipeline_needed, goal),
            "pipeline_missing": _shown(need.pipeline_missing, goal),
            "open_pipeline": _decimal(foreseen.get("open_pipeline")),
            "win_rate": foreseen.get("win_rate"),
            **{name: _shown(_decimal(foreseen.get(name)), goal) for name in ("forecast", "low", "high")},
            "likelihood": foreseen.get("likelihood"),
            "methods": {name: _shown(Decimal(told), goal) for name, told in foreseen.get("methods", {}).items()},
            "weights": foreseen.get("weights", {}),
            "backtest": _backtest(foreseen.get("backtest"), goal),
            "arithmetic": arithmetic(_sums(goal, pace, need)),
        }

    def need(self, goal: Goal, *, now: datetime | None = None) -> Need:
        """What the goal still needs."""
        foreseen = _foreseen(goal)
        return need_of(
            current=goal.current_value,
            target=goal.target_value,
            start=goal.period_start,
            end=goal.period_end,
            today=_today(goal.tenant, now or timezone.now()),
            open_pipeline=_decimal(foreseen.get("open_pipeline")),
            win_rate=foreseen.get("win_rate"),
        )

    def pace(self, goal: Goal, *, now: datetime | None = None) -> Pace:
        """The goal against the calendar of its tenant."""
        return pace_of(
            current=goal.current_value,
            target=goal.target_value,
            start=goal.period_start,
            end=goal.period_end,
            today=_today(goal.tenant, now or timezone.now()),
        )

    def suggest_actions(self, goal: Goal, *, now: datetime | None = None) -> list[Suggestion]:
        """What would help an active goal that is below 80 % of the expected, the most worthwhile first; else []."""
        moment = now or timezone.now()
        today = _today(goal.tenant, moment)
        if goal.status != GoalStatus.ACTIVE or today > goal.period_end or not self.pace(goal, now=moment).is_behind:
            return []
        with tenant_scope(goal.tenant_id):
            return suggestions(goal, moment)

    def compute_metrics(
        self,
        tenant: Tenant,
        clone: Clone | UUID | str | None = None,
        period_start: date | None = None,
        period_end: date | None = None,
        *,
        team: str = "",
    ) -> dict[str, Any]:
        """Return {pipeline_value, revenue_closed, activity_count, quality_score, excluded, as_of}.

        Both values are Decimals in the tenant's currency; `excluded` counts the deals in another one that were left out
        of them. `pipeline_value` is what is open now, whatever the period; `quality_score` is a float from 0 to 1, or
        None where no open deal is in qualification or later; `as_of` is the moment of asking. `clone` is a Clone, its
        id or its external id: only the rows that name it count; with `team`, those that name a clone of the team.
        Both days belong to the period, in the tenant's time zone; without them it is the current month there (see
        goals.periods). Takes three statements in an open scope.

        Raises ValueError, beginning with the argument's name, for an unknown clone or team, for both together, a period
        that is not of dates in the years 1900 to 2999, and an end before its start.
        """
        for name, day in (("period_start", period_start), ("period_end", period_end)):
            if day is not None:
                checked_day(name, day)
        now = timezone.now()
        period = period_of(start=period_start, end=period_end, today=_today(tenant, now))
        with tenant_scope(tenant):
            scope = Scope(tenant, clone_id_of(clone), period, now, team_of(team))
            if scope.clone_id and scope.team:
                raise ValueError("team: ask for a clone or for a team, not for both.")
            return measure(scope)


def _sums(goal: Goal, pace: Pace, need: Need) -> Sums:
    return Sums(
        current=goal.current_value,
        target=goal.target_value,
        pace=pace,
        need=need,
        foreseen=_foreseen(goal),
        written=lambda value: in_unit(goal, value, goal.tenant.currency),
        about=lambda value: about(goal, value, goal.tenant.currency),
    )


def _foreseen(goal: Goal) -> Mapping[str, Any]:
    """What is foreseen for it; of a goal that was given up nothing is."""
    return {} if goal.status == GoalStatus.CANCELLED else goal.foreseen or {}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _shown(value: Decimal | None, goal: Goal) -> Decimal | None:
    return None if value is None else shown(value, goal.goal_type)


def _backtest(told: Mapping[str, Any] | None, goal: Goal) -> dict[str, Any] | None:
    """The back-test's error for this goal's own rows: {months, ours, line}, in the goal's unit."""
    if told is None:
        return None
    return {"months": told["months"], **{name: _shown(Decimal(told[name]), goal) for name in ("ours", "line")}}


def _today(tenant: Tenant, now: datetime) -> date:
    return local_day(now, tenant.time_zone)


def _measure(
    goals: Sequence[Goal], tenant: Tenant, now: datetime, *, actor: Actor = SCHEDULE, judging: bool = True
) -> None:
    """Measure goals whose rows are locked or new, and save what they become. A new one begins as active."""
    survey = Survey(tenant, now)
    values = values_of(goals, survey)
    foreseen = foresee(goals, values, survey)
    kept = keep(goals, values, foreseen, tenant=tenant, now=now, actor=actor, judging=judging)
    fresh = Goal.objects.in_bulk([goal.pk for goal in goals])
    for goal in goals:
        if goal.pk in kept.failed:
            raise ValueError(f"goal: cannot be measured ({kept.failed[goal.pk]}).")
        for name in ("current_value", "measured_at", "status", "passed", "foreseen"):
            setattr(goal, name, getattr(fresh[goal.pk], name))


def _refuse_unknown(changes: Mapping[str, Any]) -> None:
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise ValueError(f"{unknown[0]}: cannot be changed; set another goal.")


def _change(goal: Goal, changes: Mapping[str, Any]) -> bool:
    """Save what differs, the goal being active again. False where nothing does."""
    wanted = dict(changes)
    if "target_value" in wanted:
        wanted["target_value"] = checked_target(wanted["target_value"], goal.goal_type)
    checked_period(wanted.get("period_start", goal.period_start), wanted.get("period_end", goal.period_end))
    differing = {name: value for name, value in wanted.items() if getattr(goal, name) != value}
    for name, value in differing.items():
        setattr(goal, name, value)
    if differing:
        goal.status = GoalStatus.ACTIVE
        if "target_value" in differing:
            goal.passed = 0  # another target has milestones of its own
        goal.save(update_fields=[*differing, "status", "passed"])
    return bool(differing)


def _new(tenant: Tenant, wanted: NewGoal, who: Actor, known: Known) -> Goal:
    goal_type = checked_type(wanted.goal_type)
    goal = Goal(
        tenant=tenant,
        goal_type=goal_type,
        target_value=checked_target(wanted.target_value, goal_type),
        period_start=wanted.period_start,
        period_end=wanted.period_end,
        clone_id=known.clone_id(wanted.clone),
        team=known.team(wanted.team),
        set_by=who.label[:200],
    )
    checked_period(goal.period_start, goal.period_end)
    if goal.clone_id and goal.team:
        raise ValueError("team: a goal is of a clone or of a team, not of both.")
    return goal


def _terms(goal: Goal) -> dict[str, Any]:
    return {
        "goal_type": goal.goal_type,
        "clone": str(goal.clone_id) if goal.clone_id else None,
        "team": goal.team,
        "target_value": str(shown(goal.target_value, goal.goal_type)),
        "period_start": goal.period_start.isoformat(),
        "period_end": goal.period_end.isoformat(),
    }


def _set_entry(goal: Goal, actor: Actor) -> Entry:
    return journal.entry(
        tenant_id=goal.tenant_id, kind="goal.set", subject=("goal", goal.pk), actor=actor, facts=_terms(goal)
    )


def _record(goal: Goal, kind: str, actor: Actor, **facts: Any) -> None:
    journal.write(tenant_id=goal.tenant_id, kind=kind, subject=("goal", goal.pk), actor=actor, facts=facts)
