"""From the relative times of the tables to instants."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.demo.rows import At

_SATURDAY = 5


class Calendar:
    """The days around `now` in a company's time zone. What falls on a weekend moves to the next working day, away from
    today."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.now = now
        self.zone = ZoneInfo(zone)
        self.today = now.astimezone(self.zone).date()

    def day(self, days_ahead: int) -> date:
        """The date so many days ahead, or ago where negative."""
        return self.today + timedelta(days=days_ahead)

    def instant(self, days_ahead: int, clock: str) -> datetime:
        """That working day at `clock`, a time such as 09:30, in UTC."""
        local = datetime.combine(_working_day(self.day(days_ahead), days_ahead), time.fromisoformat(clock), self.zone)
        return local.astimezone(UTC)

    def hours_ago(self, hours: float) -> datetime:
        """So many hours before now."""
        return self.now - timedelta(hours=hours)

    def resolved(self, value: Any) -> Any:
        """A payload with every At in it as the text of its instant."""
        if isinstance(value, At):
            return self.instant(value.days, value.clock).astimezone(self.zone).isoformat()
        if isinstance(value, dict):
            return {name: self.resolved(part) for name, part in value.items()}
        return [self.resolved(part) for part in value] if isinstance(value, list) else value


def _working_day(day: date, days_ahead: int) -> date:
    beyond = day.weekday() - _SATURDAY  # 0 on a Saturday, 1 on a Sunday
    if beyond < 0:
        return day
    return day + timedelta(days=2 - beyond) if days_ahead > 0 else day - timedelta(days=1 + beyond)
