"""A goal's numbers as a page tells them: each with its value in words and the arithmetic it opens to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from goals.arithmetic import of_a_hundred, times
from goals.burnup import Course
from goals.models import Goal
from goals.standing import about, in_unit

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Number:
    """One number: what it is called, its value, and how it comes about ("": it says so itself)."""

    label: str
    value: str
    arithmetic: str
    more: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One day of a goal's course, in words."""

    day: date
    value: str
    expected: str
    target: str
    is_read: bool


def numbers_of(goal: Goal, status: Mapping[str, Any]) -> list[Number]:
    """Those numbers of GoalTracker.check_goal_status that there are, in the order in which one asks for them."""

    def said(value: Decimal | None) -> str:
        return about(goal, value, goal.tenant.currency)

    told, cover = status["arithmetic"], status["coverage"]
    chance = status["likelihood"]
    numbers = [
        Number("Reached", f"{status['progress_pct']:,.1f} %", told.get("progress_pct", "")),
        Number("The pace asks for", said(status["expected_value"]), told.get("expected_value", "")),
        Number("Standing", status["band"].replace("_", " "), told.get("band", "")),
        Number("Left", in_unit(goal, status["left"], goal.tenant.currency), told.get("left", "")),
        Number("Needed a week", said(status["needed_per_week"]), told.get("needed_per_week", "")),
        Number("Coverage", "" if cover is None else times(cover), told.get("coverage", "")),
        Number("Pipeline needed", said(status["pipeline_needed"]), told.get("pipeline_needed", "")),
        Number("Forecast", said(status["forecast"]), told.get("forecast", ""), _methods(told)),
        Number("Eight of ten end within", range_of(goal, status, joined=" to "), told.get("range", "")),
        Number(
            "Likely to be reached", "" if chance is None else f"{of_a_hundred(chance)} %", told.get("likelihood", "")
        ),
        Number("Such forecasts missed by", _missed(status, said), told.get("backtest", "")),
    ]
    return [number for number in numbers if number.value]


def table_of(goal: Goal, course: Course) -> list[Line]:
    """The drawing as a table, the latest day first; thinned to a hundred rows."""
    days = (course.end - course.start).days + 1
    points = [point for point in course.points if course.start <= point.day <= course.end]
    step = max(-(-len(points) // MOST_ROWS), 1)

    def said(value: Decimal) -> str:
        return in_unit(goal, value, goal.tenant.currency)

    return [
        Line(
            point.day,
            said(point.value),
            about(goal, point.target * ((point.day - course.start).days + 1) / days, goal.tenant.currency),
            said(point.target),
            point.is_read,
        )
        for point in points[::-1][::step]
    ]


def _methods(told: Mapping[str, str]) -> list[str]:
    return [told[name] for name in ("rate", "pipeline") if name in told]


def range_of(goal: Goal, status: Mapping[str, Any], *, joined: str) -> str:
    """The band of the forecast in words; "" where there is none."""
    if status["low"] is None:
        return ""
    return joined.join(about(goal, status[name], goal.tenant.currency) for name in ("low", "high"))


def _missed(status: Mapping[str, Any], said: Any) -> str:
    return said(status["backtest"]["ours"]) if status["backtest"] else ""
