"""Where many goals will end, and what they need, out of the tenant's past and their own readings.

The past is read once for all of them, and back-tested once; each goal then takes its place in the arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import isnan, nan
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from goals.backtest import Backtest, backtest, root_of_rest
from goals.drift import Drift, drift_of
from goals.forecast import Flow, Model, Stock, Window
from goals.history import History, activity_of, history_of
from goals.measuring import Survey, Values
from goals.models import Goal, GoalType
from goals.pace import STEP
from goals.scopes import Numbers

LOW, HIGH = 10, 90  # percentiles: of ten goals like this one, eight ended between them
READINGS_OF = timedelta(days=56)
_CENTS = Decimal("0.01")


class Outcome(NamedTuple):
    """A forecast with its band and the odds of reaching the target, 0 to 1; None where nothing can be said."""

    forecast: float | None
    low: float | None
    high: float | None
    likelihood: float | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is foreseen for a goal: the outcome, and (`facts`) what it was made of."""

    outcome: Outcome
    facts: dict[str, Any] = field(default_factory=dict)
    step: Decimal = _CENTS

    @property
    def band(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The forecast, its low and its high end as a reading keeps them."""
        low, high, step = self.outcome.low, self.outcome.high, self.step
        return _decimal(self.outcome.forecast, step), _decimal(low, step), _decimal(high, step)

    @property
    def as_json(self) -> dict[str, Any]:
        """As a goal keeps it: {forecast, low, high, likelihood, methods, weights, backtest?, rate?, pipeline?, drift?,
        open_pipeline, win_rate, won, ended}; values are texts in the goal's unit."""
        forecast, low, high = (None if value is None else str(value) for value in self.band)
        return {
            "forecast": forecast,
            "low": low,
            "high": high,
            "likelihood": None if self.outcome.likelihood is None else round(self.outcome.likelihood, 4),
            **self.facts,
        }


def foresee(goals: Sequence[Goal], values: Values, survey: Survey) -> Mapping[UUID, Foreseen]:
    """What is foreseen for each goal that has not ended, in the tenant's scope. At most four statements beside the
    survey's own."""
    asking = [goal for goal in goals if goal.period_end >= survey.today]
    eye = _Eye(asking, survey)
    return {goal.pk: eye.foreseen(goal, values[goal.pk]) for goal in asking}


class _Eye:
    """Everything that is read for some goals of a tenant, each part when it is first asked for."""

    def __init__(self, goals: Sequence[Goal], survey: Survey) -> None:
        self._goals, self._survey, self._today = goals, survey, survey.today
        self._told: dict[tuple[str, Window], tuple[Numbers, Numbers]] = {}

    def foreseen(self, goal: Goal, value: Decimal | None) -> Foreseen:
        """One goal's forecast, with what it needs."""
        found = self._by_drift(goal, value) if goal.goal_type == GoalType.QUALITY else self._by_past(goal, value)
        return replace(found, facts=found.facts | self._needs(goal))

    @cached_property
    def _since(self) -> date:
        return min(goal.period_start for goal in self._goals)

    @cached_property
    def _history(self) -> History:
        return history_of(self._survey, since=self._since)

    @cached_property
    def _drifts(self) -> Mapping[UUID, Drift]:
        return _drifts_of([goal.pk for goal in self._goals if goal.goal_type == GoalType.QUALITY], self._survey)

    @cached_property
    def _revenue(self) -> tuple[Model, Backtest]:
        past, today = self._history, self._today.toordinal()
        return self._tested(Flow(past.won, past.deals, today=today, deals_today=past.open))

    @cached_property
    def _activity(self) -> tuple[Model, Backtest]:
        series = activity_of(self._survey, since=self._since)
        return self._tested(Flow(series, None, today=self._today.toordinal()))

    @cached_property
    def _pipeline(self) -> tuple[Model, Backtest]:
        return self._tested(Stock(self._history.won, self._history.valued))

    def _model_of(self, goal_type: str) -> tuple[Model, Backtest]:
        if goal_type == GoalType.PIPELINE:
            return self._pipeline
        return self._revenue if goal_type == GoalType.REVENUE else self._activity

    def _tested(self, model: Model) -> tuple[Model, Backtest]:
        return model, backtest(model, self._today)

    def _by_past(self, goal: Goal, value: Decimal | None) -> Foreseen:
        model, tested = self._model_of(goal.goal_type)
        place = model.scopes.place(goal.clone_id, goal.team)
        if place is None:
            return Foreseen(Outcome(None, None, None, None))
        start, end = goal.period_start.toordinal(), goal.period_end.toordinal()
        window = Window(start, end, self._today.toordinal(), self._survey.share_of_today)
        told, usual = self._estimates(goal.goal_type, model, window)
        level = int(model.scopes.levels[place])
        methods, weights = _weighed(model, told[place], tested.weights(level, window.elapsed / window.total))
        forecast = sum(weights[name] * methods[name] for name in methods) if methods else nan
        misses = tested.spread(level) * usual[place] * root_of_rest(window)
        floor = float(value or 0) if isinstance(model, Flow) else 0.0
        outcome = _outcome(forecast, misses, target=float(goal.target_value), floor=floor)
        facts = {"methods": {name: _text(one, _CENTS) for name, one in methods.items()}, "weights": weights}
        return Foreseen(outcome, facts | _more_facts(model, tested, window, place))

    def _estimates(self, goal_type: str, model: Model, window: Window) -> tuple[Numbers, Numbers]:
        """Of all scopes at once: goals of one period share it."""
        key = goal_type, window
        if key not in self._told:
            self._told[key] = model.estimates(window), model.usual(window)
        return self._told[key]

    def _by_drift(self, goal: Goal, value: Decimal | None) -> Foreseen:
        """A share goes on as its own readings went."""
        drift = self._drifts.get(goal.pk)
        if value is None or drift is None:
            stays = None if value is None else float(value)
            return Foreseen(
                Outcome(stays, None, None, None), {"methods": _numbers({"stays": stays}), "weights": {"stays": 1}}
            )
        days = (goal.period_end - self._today).days
        forecast, misses = drift.after(float(value), days)
        outcome = _outcome(forecast, misses, target=float(goal.target_value), floor=0.0, ceiling=1.0)
        return Foreseen(outcome, {"methods": _numbers(drift.methods(float(value), days)), **drift.facts}, STEP)

    def _needs(self, goal: Goal) -> dict[str, Any]:
        """What the arithmetic of what is needed starts from."""
        if goal.goal_type != GoalType.REVENUE:
            return {}
        winning = self._history.winning
        return {
            "open_pipeline": str(self._survey.open_deals.value(goal)),
            "win_rate": None if winning.rate is None else round(winning.rate, 4),
            "won": winning.won,
            "ended": winning.ended,
        }


def _outcome(forecast: float, misses: Numbers, *, target: float, floor: float, ceiling: float | None = None) -> Outcome:
    """`misses` are what came less what was foretold; none: no band, for nothing is known of how wrong it is."""
    if isnan(forecast):
        return Outcome(None, None, None, None)
    ends = np.clip(forecast + misses[~np.isnan(misses)], floor, ceiling)
    middle = float(np.clip(forecast, floor, ceiling))
    if not len(ends):
        return Outcome(middle, None, None, None)
    low, high = np.percentile(ends, [LOW, HIGH])
    likely = 1.0 if floor >= target else (int(np.count_nonzero(ends >= target)) + 0.5) / (len(ends) + 1)
    return Outcome(middle, min(float(low), middle), max(float(high), middle), likely)


def _weighed(model: Model, told: Numbers, weights: Numbers) -> tuple[dict[str, float], dict[str, float]]:
    """What each method that tells anything foretells and how much it counts, both rounded so that who reads them can add
    them up: cents, and hundredths of a percent that sum to one. Where none of them counts, all count alike."""
    methods = {name: round(one, 2) for name, one in zip(model.methods, told.tolist(), strict=True) if not isnan(one)}
    counted = {name: one for name, one in zip(model.methods, weights.tolist(), strict=True) if name in methods}
    whole = sum(counted.values())
    shares = {name: round(one / whole if whole else 1 / len(counted), 4) for name, one in counted.items()}
    if shares:
        largest = max(shares, key=lambda name: shares[name])
        shares[largest] = round(shares[largest] + 1 - sum(shares.values()), 4)
    return methods, shares


def _more_facts(model: Model, tested: Backtest, window: Window, place: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if missed := tested.misses(place):
        found["backtest"] = {"months": tested.months, "ours": _text(missed[0]), "line": _text(missed[1])}
    if isinstance(model, Flow):
        found |= _flow_facts(model, window, place)
    return found


def _flow_facts(model: Flow, window: Window, place: int) -> dict[str, Any]:
    found: dict[str, Any] = {"so_far": _text(float(model.so_far(window)[place]), _CENTS)}
    if rate := model.rate(window):
        names = {"past_a_day": rate.past, "now_a_day": rate.now, "worth": rate.worth}
        found["rate"] = {name: round(float(value[place]), 6) for name, value in names.items()}
        found["rate"]["days"] = round(window.total - window.lived, 4)
    if expected := model.brought(window):
        names = {"won": expected.won, "worth": expected.worth, "new": expected.new, "each": expected.each}
        found["pipeline"] = {name: round(float(value[place]), 6) for name, value in names.items()}
        pipeline = model.pipeline(window.today)
        found["pipeline"]["calibration"] = round(float(pipeline.calibration[place]), 4) if pipeline else 1.0
    return found


def _numbers(values: Mapping[str, float | None]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items() if value is not None and not isnan(value)}


def _text(value: float, step: Decimal = STEP) -> str:
    return str(_decimal(value, step))


def _decimal(value: float | None, step: Decimal = STEP) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(step)


def _drifts_of(goals: Sequence[UUID], survey: Survey) -> Mapping[UUID, Drift]:
    """How each goal's own readings moved in the last eight weeks, the last one of each day. One statement."""
    if not goals:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DRIFTS, [survey.tenant.time_zone, list(goals), survey.now - READINGS_OF, survey.now])
        rows = cursor.fetchall()
    found = (
        (goal, drift_of(slope=slope, deviation=deviation, readings=number)) for goal, slope, deviation, number in rows
    )
    return {goal: drift for goal, drift in found if drift}


# Of each goal: the slope of its values a day, the standard deviation of a day's change, and how many days there are.
_DRIFTS = """
SELECT goal_id, regr_slope(value, day), stddev_samp(change / sqrt(gap)), count(*)
FROM (
    SELECT goal_id, day, value, value - lag(value) OVER w AS change, day - lag(day) OVER w AS gap
    FROM (
        SELECT DISTINCT ON (goal_id, day) goal_id, day, value
        FROM (
            SELECT goal_id, taken_at, (taken_at AT TIME ZONE %s)::date - date '1970-01-01' AS day, value::float8 AS value
            FROM goals_reading WHERE goal_id = ANY(%s::uuid[]) AND taken_at > %s AND taken_at <= %s AND value IS NOT NULL
        ) AS reading
        ORDER BY goal_id, day, taken_at DESC
    ) AS daily
    WINDOW w AS (PARTITION BY goal_id ORDER BY day)
) AS moved
GROUP BY goal_id
"""
