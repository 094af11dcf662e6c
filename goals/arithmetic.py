"""How each number of a goal comes about, in a sentence with its numbers: what "see the math" opens. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from goals.needs import Need
from goals.pace import BEHIND_BELOW, Pace

Written = Callable[[Decimal | None], str]

# Source: docs/goals.md.
METHOD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "pace": "the straight line",
        "rate": "the period's own rate, held against the 90 days before it",
        "pipeline": "the open deals by their age and stage, and the new ones",
        "stays": "as it is today",
        "trend": "as it moved lately",
        "turnover": "what of today's deals stays open, and the new ones",
    }
)


@dataclass(frozen=True, slots=True)
class Sums:
    """Everything the arithmetic is made of. `foreseen` is a goal's, {} where nothing was foreseen; `written` puts a value in
    the goal's unit."""

    current: Decimal | None
    target: Decimal
    pace: Pace
    need: Need
    foreseen: Mapping[str, Any]
    written: Written
    about: Written  # the same for what was reckoned, not counted


def arithmetic(sums: Sums) -> dict[str, str]:
    """By the number's name (as in GoalTracker.check_goal_status), its arithmetic."""
    return {name: told for name, tell in _TELLERS.items() if (told := tell(sums))}


def _progress(sums: Sums) -> str:
    said = sums.written
    return f"{said(sums.current)} / {said(sums.target)} × 100 = {sums.pace.progress_pct:,.1f} %."


def _expected(sums: Sums) -> str:
    pace, said = sums.pace, sums.written
    asked = said(pace.expected_value)
    return (
        f"The linear pace: {said(sums.target)} × {pace.elapsed_days} / {pace.total_days} days, today counted = {asked}."
    )


def _band(sums: Sums) -> str:
    if not sums.pace.elapsed_days:
        return "It has not begun: nothing is asked for yet."
    asked = sums.pace.expected_value
    edge = sums.written(asked * BEHIND_BELOW.numerator / BEHIND_BELOW.denominator)
    return f"On track from {sums.written(asked)} on, at risk below it, behind below 80 % of it ({edge})."


def _left(sums: Sums) -> str:
    said, beyond = sums.written, (sums.current or Decimal(0)) - sums.target
    if beyond >= 0:
        there = f"{said(beyond)} beyond the target" if beyond else "the target"
        return f"{said(sums.current)} is {there} of {said(sums.target)}: {said(sums.need.left)} left."
    return f"{said(sums.target)} − {said(sums.current)} = {said(sums.need.left)} left to the target."


def _per_week(sums: Sums) -> str:
    need, said = sums.need, sums.written
    if need.per_week is None:
        return ""
    counted = ", today counted" if sums.pace.elapsed_days else ""
    if need.weeks_left < 1:
        return f"Less than a week is left: all of the {said(need.left)}."
    return (
        f"{said(need.left)} left / {need.weeks_left:.1f} weeks ({need.days_left} days{counted})"
        f" = {said(need.per_week)} a week."
    )


def _coverage(sums: Sums) -> str:
    if sums.need.coverage is None:
        return ""
    pipeline = sums.written(Decimal(sums.foreseen["open_pipeline"]))
    return f"{pipeline} open / {sums.written(sums.need.left)} left = {times(sums.need.coverage)}."


def _pipeline_needed(sums: Sums) -> str:
    need, said, told = sums.need, sums.written, sums.foreseen
    if need.pipeline_needed is None:
        return ""
    share = f"{told['win_rate'] * 100:.2f} % ({told['won']:,} of {told['ended']:,} deals that ended in a year were won)"
    missing = f"{said(need.pipeline_missing)} more than is open" if need.pipeline_missing else "as much is open"
    return f"{said(need.left)} left / {share} = {said(need.pipeline_needed)}: {missing}."


def _forecast(sums: Sums) -> str:
    told, said = sums.foreseen, sums.about
    if not told.get("forecast"):
        return ""
    parts = [
        f"{weight * 100:.2f} % × {said(Decimal(told['methods'][name]))} ({METHOD_NAMES[name]})"
        for name, weight in told["weights"].items()
        if name in told["methods"] and weight
    ]
    return f"{' + '.join(parts)} = {said(Decimal(told['forecast']))}{_or_at_least(sums)}."


def _or_at_least(sums: Sums) -> str:
    """What is reached is not lost again, whatever the methods say."""
    told = sums.foreseen
    parts = (Decimal(str(weight)) * Decimal(told["methods"].get(name, 0)) for name, weight in told["weights"].items())
    mean = sum(parts, Decimal(0))
    forecast = Decimal(told["forecast"])
    differs = abs(mean - forecast) > max(abs(forecast) / 1_000, Decimal("0.001"))
    return f" at least, or at most (they would say {sums.about(mean)})" if differs else ""


def _rate(sums: Sums) -> str:
    told, said = sums.foreseen.get("rate"), sums.about
    if not told:
        return ""
    each = f" × {sums.written(_two(told['worth']))} each" if told["worth"] != 1 else ""
    return (
        f"{told['past_a_day']:.4g} a day are usual, by the 90 days before the period and what its like have;"
        f" {told['now_a_day']:.8g} with what came in since. {_so_far(sums)} + {told['now_a_day']:.8g} ×"
        f" {told['days']:.4g} days{each} ≈ {said(Decimal(sums.foreseen['methods']['rate']))}."
    )


def _pipeline(sums: Sums) -> str:
    told, said = sums.foreseen.get("pipeline"), sums.about
    if not told or "pipeline" not in sums.foreseen["methods"]:
        return ""
    return (
        f"By how deals of their age and stage ended, and × {told['calibration']:.2f}, as the last 28 days went against that:"
        f" {told['won']:.4g} of the open ones are won in it, worth {said(_two(told['worth']))}, and {told['new']:.8g} that"
        f" are yet to come. {_so_far(sums)} + {said(_two(told['worth']))} + {told['new']:.8g} ×"
        f" {sums.written(_two(told['each']))} each ≈ {said(Decimal(sums.foreseen['methods']['pipeline']))}."
    )


def _so_far(sums: Sums) -> str:
    return sums.written(Decimal(sums.foreseen["so_far"]))


def _range(sums: Sums) -> str:
    told, said = sums.foreseen, sums.about
    if not told.get("low"):
        return "No band: too little is known of how far such forecasts miss." if told.get("forecast") else ""
    ends = f"{said(Decimal(told['low']))} to {said(Decimal(told['high']))}"
    if drift := told.get("drift"):
        return f"{ends}: eight of ten, as its readings of {drift['readings']} days moved from one to the next."
    return (
        f"{ends}: eight of ten end within, by what this reckoning missed in the back-test as a share of such a period."
    )


def _likelihood(sums: Sums) -> str:
    chance = sums.foreseen.get("likelihood")
    if chance is None:
        return ""
    reached = f"came to {sums.written(sums.target)} or more"
    by = (
        "Moving on as its readings did, it"
        if sums.foreseen.get("drift")
        else "Missed as in the back-test, such a forecast"
    )
    return f"{by} {reached} in {of_a_hundred(chance)} of 100 cases."


def _backtest(sums: Sums) -> str:
    told, said = sums.foreseen.get("backtest"), sums.about
    if not told:
        return ""
    line = "what was there" if "stays" in sums.foreseen["methods"] else "the straight line"
    return (
        f"{told['months']} ended months, each foretold from four of its days by what was known then: this reckoning missed"
        f" by {said(_two(told['ours']))} on average, {line} by {said(_two(told['line']))}."
    )


def times(coverage: float) -> str:
    """How often something is covered, with the figures that say something."""
    return f"{coverage:,.1f} times" if coverage >= 1 or not coverage else f"{coverage:.2g} times"


def of_a_hundred(chance: float) -> str:
    """A likelihood as cases of a hundred; hardly anything is certain."""
    if 0.99 < chance < 1:
        return "more than 99"
    return "less than 1" if 0 < chance < 0.01 else f"{chance * 100:.0f}"


_TELLERS: Mapping[str, Callable[[Sums], str]] = MappingProxyType(
    {
        "progress_pct": _progress,
        "expected_value": _expected,
        "band": _band,
        "left": _left,
        "needed_per_week": _per_week,
        "coverage": _coverage,
        "pipeline_needed": _pipeline_needed,
        "forecast": _forecast,
        "rate": _rate,
        "pipeline": _pipeline,
        "range": _range,
        "likelihood": _likelihood,
        "backtest": _backtest,
    }
)


def _two(value: Any) -> Decimal:
    return round(Decimal(str(value)), 2)
