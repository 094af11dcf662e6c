"""A goal's course in letters, for a terminal. Knows no Django."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from goals.burnup import Course, Point

WIDTH, HEIGHT = 64, 12
# What covers what, where two fall on one place: the first wins.
REACHED, FORECAST, TARGET, EXPECTED, BAND = "#", "o", "=", ".", ":"
LEGEND = (
    f"{REACHED} reached   {EXPECTED} expected   {TARGET} target   {FORECAST} forecast   {BAND} eight of ten end within"
)


def chart(course: Course, *, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """The drawing, top down: `height` lines of `width` letters, then one that names the first and the last day."""
    sheet = _Sheet(course, width, height)
    days = [course.start + timedelta(days=number) for number in range((course.end - course.start).days + 1)]
    last = course.points[-1] if course.points else None
    if last and course.low is not None and course.high is not None:
        for day in days:
            if day > last.day:
                sheet.fill(day, _between(last, course, course.low, day), _between(last, course, course.high, day))
    sheet.put(EXPECTED, ((day, course.target * ((day - course.start).days + 1) / len(days)) for day in days))
    sheet.put(TARGET, ((day, course.target) for day in days))
    if last and course.forecast is not None:
        sheet.put(FORECAST, ((day, _between(last, course, course.forecast, day)) for day in days if day > last.day))
    sheet.put(REACHED, ((point.day, point.value) for point in course.points if course.start <= point.day <= course.end))
    ends = f"{course.start:%-d %b %Y}", f"{course.end:%-d %b %Y}"
    return [*sheet.lines(), f"{ends[0]}{ends[1].rjust(width - len(ends[0]))}"]


class _Sheet:
    """Letters by line and column; what is put later covers what was there."""

    def __init__(self, course: Course, width: int, height: int) -> None:
        values = [course.target, *(point.value for point in course.points)]
        values += [value for value in (course.forecast, course.high) if value is not None]
        self._top = float(max(values)) * 1.02 or 1.0
        self._first, self._days = course.start, max((course.end - course.start).days, 1)
        self._letters = [[" "] * width for _ in range(height)]

    def put(self, letter: str, places: Iterable[tuple[date, Decimal]]) -> None:
        """The same letter in many places."""
        for day, value in places:
            self._letters[self._line(value)][self._column(day)] = letter

    def fill(self, day: date, low: Decimal, high: Decimal) -> None:
        """The band of one day."""
        for line in range(self._line(high), self._line(low) + 1):
            self._letters[line][self._column(day)] = BAND

    def lines(self) -> list[str]:
        return ["".join(line).rstrip() for line in self._letters]

    def _column(self, day: date) -> int:
        return round((day - self._first).days / self._days * (len(self._letters[0]) - 1))

    def _line(self, value: Decimal) -> int:
        share = min(max(float(value) / self._top, 0.0), 1.0)
        return round((1 - share) * (len(self._letters) - 1))


def _between(last: Point, course: Course, end: Decimal, day: date) -> Decimal:
    """On a straight line from the last point to a value at the end."""
    days = (course.end - last.day).days
    return last.value + (end - last.value) * (day - last.day).days / days if days else end
