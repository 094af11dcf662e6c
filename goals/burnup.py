"""A goal's course as a drawing: what was reached day by day, the expected line, the target, and the forecast with its band.
Knows no Django.

Places are shares of the drawing, in percent, so that it fits any screen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from crm.console.formats import at

MOST_POINTS = 120
HEADROOM = 1.08  # above the highest value


class Point(NamedTuple):
    """What a goal was at, on a day. `is_read`: as it was measured then; else as the records tell today."""

    day: date
    value: Decimal
    target: Decimal
    is_read: bool


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that is drawn of a goal."""

    points: Sequence[Point]
    start: date
    end: date
    today: date
    target: Decimal
    forecast: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    passed: Sequence[tuple[date, int, Decimal]] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with what is said there."""

    x: str
    y: str
    said: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Burnup:
    """Lines are the `points` of an SVG polyline in a box of 1000 by 1000; marks are in percent."""

    reached: str
    told: str  # from the records, before the first reading
    expected: str
    targets: str
    forecast: str
    band: str
    now: Mark | None
    end: Mark | None
    milestones: Sequence[Mark]
    days: Sequence[Mark]
    values: Sequence[tuple[str, Decimal]]
    spoken: str


def draw(course: Course) -> Burnup:
    """Lay a course out over its period."""
    frame = _Frame(course)
    points = _thinned([point for point in course.points if course.start <= point.day <= course.end])
    told, read = [p for p in points if not p.is_read], [p for p in points if p.is_read]
    last = points[-1] if points else None
    return Burnup(
        reached=frame.line((p.day, p.value) for p in [*told[-1:], *read]) if read else "",
        told=frame.line((p.day, p.value) for p in told),
        expected=frame.line(_pace(course)),
        targets=frame.line(_targets(course, read)),
        forecast=frame.line([(last.day, last.value), (course.end, course.forecast)])
        if last and course.forecast is not None and last.day < course.end
        else "",
        band=_band(course, frame, last),
        now=frame.mark(last.day, last.value, "") if last else None,
        end=frame.mark(course.end, course.forecast, "") if course.forecast is not None else None,
        milestones=[
            frame.mark(day, value, f"{percent} %") for day, percent, value in course.passed if frame.holds(day)
        ],
        days=frame.days(),
        values=frame.values(),
        spoken=_spoken(course, last),
    )


class _Frame:
    """Where days and values lie."""

    def __init__(self, course: Course) -> None:
        self._first, self._days = course.start, max((course.end - course.start).days, 1)
        heights = [p.value for p in course.points] + [p.target for p in course.points if p.is_read]
        told = [value for value in (course.target, course.forecast, course.high) if value is not None]
        self._top = float(max([*heights, *told])) * HEADROOM or 1.0

    def x(self, day: date) -> float:
        """In thousandths from the left."""
        return min(max((day - self._first).days / self._days, 0.0), 1.0) * 1000

    def y(self, value: Decimal) -> float:
        """In thousandths from above."""
        return 1000 - min(max(float(value) / self._top, 0.0), 1.0) * 1000

    def holds(self, day: date) -> bool:
        return self._first <= day <= self._first + timedelta(days=self._days)

    def line(self, places: Iterable[tuple[date, Decimal]]) -> str:
        """The points of a polyline."""
        return " ".join(f"{self.x(day):.1f},{self.y(value):.1f}" for day, value in places)

    def mark(self, day: date, value: Decimal, said: str) -> Mark:
        """A place in percent."""
        return Mark(f"{self.x(day) / 10:.2f}%", f"{self.y(value) / 10:.2f}%", said)

    def days(self) -> list[Mark]:
        """The first day, the last one, and two between where there is room."""
        shares = (0, 1 / 3, 2 / 3, 1) if self._days >= 12 else (0, 1)
        marks = []
        for share in shares:
            day = self._first + timedelta(days=round(self._days * share))
            anchor = "start" if share == 0 else "end" if share == 1 else "middle"
            marks.append(Mark(f"{self.x(day) / 10:.2f}%", "0", at(day, "short_day"), anchor))
        return marks

    def values(self) -> list[tuple[str, Decimal]]:
        """Three or four round values with where they lie."""
        step = _round_step(self._top / 4)
        count = int(self._top / step)
        steps = [Decimal(str(step)) * number for number in range(count + 1)]
        return [(f"{self.y(value) / 10:.2f}%", value) for value in steps]


def _pace(course: Course) -> list[tuple[date, Decimal]]:
    """What is asked for day by day: from nothing to the target."""
    days = (course.end - course.start).days + 1
    return [(course.start, course.target / days), (course.end, course.target)]


def _targets(course: Course, read: Sequence[Point]) -> list[tuple[date, Decimal]]:
    """The target as it was changed: a step on each day on which a reading knew of another one."""
    steps: list[tuple[date, Decimal]] = [(course.start, read[0].target if read else course.target)]
    for point in read:
        if point.target != steps[-1][1]:
            steps += [(point.day, steps[-1][1]), (point.day, point.target)]
    if steps[-1][1] != course.target:
        steps += [(course.today, steps[-1][1]), (course.today, course.target)]
    return [*steps, (course.end, steps[-1][1])]


def _band(course: Course, frame: _Frame, last: Point | None) -> str:
    if last is None or course.low is None or course.high is None or last.day >= course.end:
        return ""
    return frame.line([(last.day, last.value), (course.end, course.high), (course.end, course.low)])


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """At most 120 of them, evenly, the last one always."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(MOST_POINTS)]


def _round_step(about: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, not below `about`."""
    power = 10.0 ** len(str(int(about))) / 10 if about >= 1 else 0.01
    while power * 10 <= about:
        power *= 10
    while power > about:
        power /= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= about)


def _spoken(course: Course, last: Point | None) -> str:
    """The drawing in a sentence, for who does not see it."""
    reached = (
        f"{float(last.value / course.target) * 100:.0f} % of the target reached on {at(last.day, 'long_day')}"
        if last
        else ""
    )
    if course.forecast is None:
        return reached or "Nothing was measured yet."
    foretold = (
        f"the forecast for {at(course.end, 'long_day')} is {float(course.forecast / course.target) * 100:.0f} % of it"
    )
    return f"{reached}; {foretold}" if reached else foretold.capitalize()
