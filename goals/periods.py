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


def period_of(*, start: date | None, end: date | None, today: date) -> Period:
    """The period between two days. A missing day is the first or last one of the month that the other lies in; with
    neither, of the current month. One day is a period. Raises ValueError for an end before its start."""
    first = start or (end or today).replace(day=1)
    last = end or _last_of_month(start or today)
    if last < first:
        raise ValueError("period_end: must not lie before period_start.")
    return Period(first, last)


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
