"""Periods moved by months, the period before, whole months and quarters, against a calendar counted out by hand."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.periods import Period, moved, period_before, quarter_of, whole_months

FIRST, LAST = date(2023, 1, 1), date(2029, 12, 31)
DAY = timedelta(days=1)
DAYS = [FIRST + DAY * number for number in range((LAST - FIRST).days + 1)]

days = st.dates(date(1900, 1, 1), date(2999, 12, 31))
months = st.integers(-1200, 1200)


def month_of(day: date) -> list[date]:
    """Every day of the month a day lies in, walked from the first."""
    walking, found = day.replace(day=1), []
    while walking.month == day.month:
        found.append(walking)
        walking += DAY
    return found


def first_of_month(day: date, months: int) -> date:
    """The first day of the month so many months away, walked month by month."""
    found = day.replace(day=1)
    for _ in range(abs(months)):
        found = month_of(found)[-1] + DAY if months > 0 else (found - DAY).replace(day=1)
    return found


def carried(day: date, months: int) -> date:
    """A day so many months away: the last stays the last, what the month has not becomes its last."""
    here, there = month_of(day), month_of(first_of_month(day, months))
    return there[-1] if day == here[-1] else there[min(day.day, len(there)) - 1]


def runs_of_months() -> Iterator[tuple[Period, int]]:
    """Every period of one to six whole months within the table, with how many they are."""
    for day in DAYS:
        if day.day == 1:
            for number in range(1, 7):
                last = first_of_month(day, number) - DAY
                if last <= LAST:
                    yield Period(day, last), number


WHOLE = dict(runs_of_months())


@pytest.mark.parametrize("by", [-13, -12, -3, -1, 0, 1, 3, 12])
def test_every_day_of_seven_years_moves_as_a_calendar_is_turned(by: int) -> None:
    for day in DAYS:
        assert moved(Period(day, day), by) == Period(carried(day, by), carried(day, by)), day


@pytest.mark.parametrize(
    ("start", "end", "by", "there"),
    [
        ("2026-01-31", "2026-03-31", 1, ("2026-02-28", "2026-04-30")),
        ("2024-01-31", "2024-03-31", 1, ("2024-02-29", "2024-04-30")),
        ("2024-02-29", "2024-06-29", 12, ("2025-02-28", "2025-06-29")),
        ("2025-02-28", "2025-03-28", 12, ("2026-02-28", "2026-03-28")),
        ("2023-02-28", "2023-03-28", 12, ("2024-02-29", "2024-03-28")),  # the last day stays the last one
        ("2025-11-30", "2025-12-30", 3, ("2026-02-28", "2026-03-30")),
        ("2025-10-01", "2025-12-31", 3, ("2026-01-01", "2026-03-31")),
        ("2025-12-01", "2025-12-31", 1, ("2026-01-01", "2026-01-31")),
        ("2026-01-15", "2026-02-14", -1, ("2025-12-15", "2026-01-14")),
    ],
)
def test_ends_of_months_and_leap_days(start: str, end: str, by: int, there: tuple[str, str]) -> None:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    assert moved(period, by) == Period(*map(date.fromisoformat, there))


def test_whole_months_are_counted_in_every_pair_of_days_that_are_ends_of_them() -> None:
    for period, number in WHOLE.items():
        assert whole_months(period) == number


def test_no_other_period_of_the_table_is_made_of_whole_months() -> None:
    for day in DAYS:
        for length in (0, 1, 26, 27, 28, 29, 30, 31, 58, 60, 89, 90, 91, 364, 365):
            period = Period(day, day + DAY * length)
            begins_and_ends = day.day == 1 and (period.end + DAY).day == 1
            assert (whole_months(period) > 0) == begins_and_ends, period


def test_before_whole_months_lie_as_many_whole_months() -> None:
    for period, number in WHOLE.items():
        assert period_before(period) == Period(first_of_month(period.start, -number), period.start - DAY)


def test_before_any_other_period_lie_as_many_days() -> None:
    for day in DAYS:
        for length in (0, 6, 27, 30, 90):
            period = Period(day, day + DAY * length)
            if period not in WHOLE:
                assert period_before(period) == Period(day - DAY * (length + 1), day - DAY)


def test_every_day_lies_in_the_quarter_of_its_three_months() -> None:
    for day in DAYS:
        names = {1: (1, 3), 2: (4, 6), 3: (7, 9), 4: (10, 12)}
        first, last = names[(day.month + 2) // 3]
        ends = date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])
        assert quarter_of(day) == Period(*ends)
        assert whole_months(quarter_of(day)) == 3


def test_quarters_follow_each_other_without_a_gap() -> None:
    quarters = sorted({quarter_of(day) for day in DAYS}, key=lambda quarter: quarter.start)
    assert len(quarters) == 28
    for earlier, later in pairwise(quarters):
        assert later.start == earlier.end + DAY
        assert period_before(later) == earlier
        assert moved(earlier, 3) == later


@given(start=days, number=st.integers(1, 40), by=months)
def test_whole_months_moved_there_and_back_are_what_they_were(start: date, number: int, by: int) -> None:
    first = start.replace(day=1)
    index = first.year * 12 + first.month - 2 + number
    year, month = divmod(index, 12)
    period = Period(first, date(year, month + 1, monthrange(year, month + 1)[1]))
    there = moved(period, by)
    assert whole_months(period) == whole_months(there) == number
    assert moved(there, -by) == period


@given(start=days, length=st.integers(0, 4000))
def test_the_period_before_ends_the_day_before_and_overlaps_nothing(start: date, length: int) -> None:
    period = Period(start, start + DAY * length)
    before = period_before(period)
    assert before.end == period.start - DAY
    assert before.start <= before.end
    if whole_months(period):
        assert whole_months(before) == whole_months(period)
    else:
        assert before.end - before.start == period.end - period.start


@given(start=days, length=st.integers(0, 4000), by=months)
def test_what_is_moved_never_ends_before_it_starts(start: date, length: int, by: int) -> None:
    there = moved(Period(start, start + DAY * length), by)
    assert there.start <= there.end
    assert abs((there.end - there.start).days - length) <= 6


@given(day=days)
def test_a_day_lies_in_its_quarter(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter.start <= day <= quarter.end
    assert whole_months(quarter) == 3
