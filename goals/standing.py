"""How a goal stands, as people say it: a word, a colour, and the values in their unit."""

from dataclasses import dataclass
from decimal import Decimal

from crm.console.formats import money, number
from goals.bar import Bar, bar_of
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import Pace
from goals.terms import MONEY


@dataclass(frozen=True, slots=True)
class Standing:
    """`word` says it in two words, `mood` colours it, `days` says how much time there is."""

    word: str
    mood: str
    days: str
    bar: Bar


_OVER = {
    GoalStatus.COMPLETED.value: ("reached", "good"),
    GoalStatus.MISSED.value: ("missed", "late"),
    GoalStatus.CANCELLED.value: ("cancelled", "still"),
}


def standing_of(goal: Goal, pace: Pace) -> Standing:
    """How `goal` stands at its `pace`."""
    word, mood = _OVER.get(goal.status) or _under_way(goal, pace)
    has_pace = goal.status == GoalStatus.ACTIVE and pace.elapsed_days > 0
    expected = 100 * pace.elapsed_days / pace.total_days if has_pace else None
    bar = bar_of(progress_pct=pace.progress_pct, expected_pct=expected, mood=mood)
    return Standing(word, mood, _days(pace), bar)


def in_unit(goal: Goal, value: Decimal | None, currency: str) -> str:
    """A value as people read it: money in the tenant's currency, a share in percent, a number."""
    if value is None:
        return "nothing to measure yet"
    if goal.goal_type in MONEY:
        return money(value, currency)
    if goal.goal_type == GoalType.QUALITY:
        return f"{_trimmed(value * 100, 2)} %"
    return _trimmed(value, 4)


def about(goal: Goal, value: Decimal | None, currency: str) -> str:
    """A value that was reckoned, not counted: without cents, or what is finer than a hundredth of it."""
    if value is None:
        return ""
    places = 0 if abs(value) >= 100 else 1
    return in_unit(goal, value if goal.goal_type == GoalType.QUALITY else round(value, places), currency)


def forecast_of(goal: Goal) -> str:
    """Where a goal was last foreseen to end; "" where nothing was."""
    told = (goal.foreseen or {}).get("forecast")
    return about(goal, Decimal(told), goal.tenant.currency) if told else ""


def in_short(goal: Goal, value: Decimal) -> str:
    """A value beside an axis: 1.5M, 40k, 0.5."""
    if goal.goal_type == GoalType.QUALITY:
        return f"{_trimmed(value * 100, 0)} %"
    for edge, letter in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if value >= edge:
            return f"{_trimmed(value / edge, 1)}{letter}"
    return _trimmed(value, 1 if value >= 1 else 4)


def _under_way(goal: Goal, pace: Pace) -> tuple[str, str]:
    if goal.current_value is not None and goal.current_value >= goal.target_value:
        return "at its target", "good"
    if pace.elapsed_days == 0:
        return "not begun", "still"
    if pace.on_track:
        return "on track", "good"
    return ("behind", "late") if pace.is_behind else ("at risk", "close")


def _days(pace: Pace) -> str:
    if pace.elapsed_days == 0:
        ahead = pace.days_remaining - pace.total_days + 1
        return f"begins in {_counted(ahead)}, {pace.total_days} days long"
    left = f"{_counted(pace.days_remaining)} left" if pace.days_remaining else "the last"
    return f"day {pace.elapsed_days} of {pace.total_days}, {left}"


def _counted(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _trimmed(value: Decimal, decimals: int) -> str:
    places = next((places for places in range(decimals) if round(value, places) == round(value, decimals)), decimals)
    return number(value, places)
