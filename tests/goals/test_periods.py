"""Periods of whole days in a tenant's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from goals.periods import Period, period_of

TODAY = date(2026, 2, 10)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 1, 5), None, (date(2026, 1, 5), date(2026, 1, 31))),
        (None, date(2024, 2, 29), (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2025, 1, 1), date(2025, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
        (date(2025, 1, 1), date(2025, 1, 1), (date(2025, 1, 1), date(2025, 1, 1))),
    ],
)
def test_a_missing_day_is_an_end_of_the_month_of_the_other(
    start: date | None, end: date | None, expected: tuple[date, date]
) -> None:
    assert period_of(start=start, end=end, today=TODAY) == Period(*expected)


def test_an_end_before_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="period_end: must not lie before period_start"):
        period_of(start=date(2026, 1, 2), end=date(2026, 1, 1), today=TODAY)


def test_its_edges_are_midnights_of_the_zone_on_days_of_23_24_and_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    edges = Period(date(2026, 3, 29), date(2026, 3, 29)).edges(berlin)
    assert [edge.astimezone(UTC) for edge in edges] == [
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    ]
    first, after = Period(date(2026, 10, 25), date(2026, 10, 26)).edges(berlin)
    assert (after.astimezone(UTC) - first.astimezone(UTC)).total_seconds() == 49 * 3600
