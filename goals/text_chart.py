"""A goal's course in letters, for a terminal. Knows no Django."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from goals.burnup import Course
from goals.scopes import Numbers

WIDTH, HEIGHT = 64, 12
# What covers what, where two fall on one place: the last wins.
BAND, EXPECTED, TARGET, FORECAST, REACHED = ":", ".", "=", "o", "#"
LEGEND = (
    f"{REACHED} reached   {EXPECTED} expected   {TARGET} target   {FORECAST} forecast   {BAND} eight of ten end within"
)


def chart(course: Course, *, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """The drawing, top down: `height` lines of `width` letters, then one that names the first and the last day."""
    sheet = _Sheet(course, width, height)
    total = (course.end - course.start).days
    within = [(point.day, point.value) for point in course.points if course.start <= point.day <= course.end]
    ahead = [within[-1]] if within and course.forecast is not None else []
    if ahead and course.low is not None and course.high is not None:
        sheet.fill([*ahead, (course.end, course.low)], [*ahead, (course.end, course.high)])
    sheet.put(EXPECTED, [(course.start, course.target / (total + 1)), (course.end, course.target)])
    sheet.put(TARGET, [(course.start, course.target), (course.end, course.target)])
    if ahead and course.forecast is not None:
        sheet.put(FORECAST, [*ahead, (course.end, course.forecast)])
    sheet.put(REACHED, within)
    ends = f"{course.start:%-d %b %Y}", f"{course.end:%-d %b %Y}"
    return [*sheet.lines(), f"{ends[0]}{ends[1].rjust(width - len(ends[0]))}"]


class _Sheet:
    """Letters by line and column; what is put later covers what was there."""

    def __init__(self, course: Course, width: int, height: int) -> None:
        values = [course.target, *(point.value for point in course.points)]
        values += [value for value in (course.forecast, course.high) if value is not None]
        self._top = float(max(values)) * 1.02 or 1.0
        self._first, self._height = course.start, height
        self._days = np.linspace(0, max((course.end - course.start).days, 1), width)
        self._letters = np.full((height, width), " ")

    def put(self, letter: str, knots: Sequence[tuple[date, Decimal]]) -> None:
        """A line through days and values: one letter in each column it reaches over."""
        for column, value in self._along(knots):
            self._letters[self._line(value), column] = letter

    def fill(self, low: Sequence[tuple[date, Decimal]], high: Sequence[tuple[date, Decimal]]) -> None:
        """The band between two lines."""
        for (column, bottom), (_, top) in zip(self._along(low), self._along(high), strict=True):
            self._letters[self._line(top) : self._line(bottom) + 1, column] = BAND

    def lines(self) -> list[str]:
        """The sheet, top down."""
        return ["".join(line).rstrip() for line in self._letters]

    def _along(self, knots: Sequence[tuple[date, Decimal]]) -> list[tuple[int, float]]:
        """The columns that a line reaches over, with its value in each; a single day has the one it is nearest to."""
        if not knots:
            return []
        days: Numbers = np.array([(day - self._first).days for day, _ in knots], dtype=float)
        values = np.interp(self._days, days, [float(value) for _, value in knots])
        reached = (self._days >= days[0]) & (self._days <= days[-1])
        reached[np.abs(self._days - days[-1]).argmin()] = True
        return [(int(column), float(values[column])) for column in np.flatnonzero(reached)]

    def _line(self, value: float) -> int:
        return round((1 - min(max(value / self._top, 0.0), 1.0)) * (self._height - 1))
