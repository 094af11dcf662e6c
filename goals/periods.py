"""Periods of whole days, both ends included, in a tenant's time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day's first moment to the last day's last."""

    start: date
    end: date

    def edges(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first moment of the period and the first one after it, in the zone."""
        after = self.end + timedelta(days=1)
        return datetime.combine(self.start, time.min, zone), datetime.combine(after, time.min, zone)


def local_day(now: datetime, time_zone: str) -> date:
    """The day it is at a moment in a time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def period_of(*, start: date | None, end: date | None, today: date) -> Period:
    """The period between two days. A missing day is the first or last one of the month that the other lies in; with
    neither, of the current month. One day is a period. Raises ValueError for an end before its start."""
    first = start or (end or today).replace(day=1)
    last = end or _last_of_month(start or today)
    if last < first:
        raise ValueError("period_end: must not lie before period_start.")
    return Period(first, last)


def period_before(period: Period) -> Period:
    """The period of the same kind before this one: months before whole months, else as many days."""
    return moved(period, -months) if (months := whole_months(period)) else _days_before(period)


def whole_months(period: Period) -> int:
    """How many whole calendar months a period is made of; 0 where it does not begin and end with one."""
    if period.start.day != 1 or period.end != _last_of_month(period.end):
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1


def moved(period: Period, months: int) -> Period:
    """The period so many months later (or earlier): the last day of a month stays the last one, and a day that the other
    month has not becomes its last."""
    return Period(_moved(period.start, months), _moved(period.end, months))


def quarter_of(day: date) -> Period:
    """The calendar quarter a day lies in."""
    start = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return Period(start, _last_of_month(_moved(start, 2)))


def _days_before(period: Period) -> Period:
    length = period.end - period.start
    end = period.start - timedelta(days=1)
    return Period(end - length, end)


def _moved(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    last = _last_of_month(first).day
    return first.replace(day=last if day == _last_of_month(day) else min(day.day, last))


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
