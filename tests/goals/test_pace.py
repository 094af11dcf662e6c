"""The pace: the contract's rules as a table, and against a plain reading of them on anything at all."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goals.models import GoalStatus
from goals.pace import ACTIVE, CANCELLED, COMPLETED, MISSED, Pace, is_measured, pace_of, status_after

START, END = date(2026, 3, 1), date(2026, 3, 10)  # ten days


def pace(today: date, current: str | None = "0", target: str = "100") -> Pace:
    value = None if current is None else Decimal(current)
    return pace_of(current=value, target=Decimal(target), start=START, end=END, today=today)


def day(number: int) -> date:
    """The day of the period with this number; 0 is the day before it."""
    return START + timedelta(days=number - 1)


@pytest.mark.parametrize(
    ("number", "elapsed", "remaining", "expected"),
    [(-5, 0, 15, "0"), (0, 0, 10, "0"), (1, 1, 9, "10"), (5, 5, 5, "50"), (10, 10, 0, "100"), (11, 10, 0, "100")],
)
def test_days_count_today_and_both_ends(number: int, elapsed: int, remaining: int, expected: str) -> None:
    found = pace(day(number))
    assert (found.elapsed_days, found.total_days, found.days_remaining) == (elapsed, 10, remaining)
    assert found.expected_value == Decimal(expected)


@pytest.mark.parametrize(
    ("number", "current", "on_track", "is_behind"),
    [
        (0, None, True, False),
        (0, "0", True, False),
        (1, "10", True, False),
        (1, "9.9999", False, False),
        (1, "8", False, False),  # 80 % of the expected is not below it
        (1, "7.9999", False, True),
        (5, "50", True, False),
        (5, "40", False, False),
        (5, "39.99", False, True),
        (5, None, False, True),
        (10, "99.9999", False, False),
        (10, "100", True, False),
        (11, "100", True, False),
        (11, "250", True, False),
        (99, "79", False, True),
    ],
)
def test_on_track_and_behind(number: int, current: str | None, on_track: bool, is_behind: bool) -> None:
    found = pace(day(number), current)
    assert (found.on_track, found.is_behind) == (on_track, is_behind)


@pytest.mark.parametrize(
    ("current", "target", "percent"),
    [
        (None, "100", 0),
        ("0", "100", 0),
        ("50", "100", 50),
        ("250", "100", 250),
        ("0.4", "0.8", 50),
        ("1", "3", 100 / 3),
    ],
)
def test_progress_is_a_number_that_is_not_capped(current: str | None, target: str, percent: float) -> None:
    found = pace(day(5), current, target).progress_pct
    assert type(found) is float
    assert found == pytest.approx(percent)


@pytest.mark.parametrize(("start", "days"), [(date(2024, 2, 28), 3), (date(2026, 2, 28), 2), (date(2026, 12, 31), 2)])
def test_leap_days_and_years_ends_are_days_like_others(start: date, days: int) -> None:
    end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    found = pace_of(current=Decimal(1), target=Decimal(days), start=start, end=end, today=start)
    assert (found.total_days, found.elapsed_days, found.on_track) == (days, 1, True)


def test_a_share_that_no_decimal_can_write_is_compared_exactly() -> None:
    """A third of the days and a third of the target: rounding either one first would put it off the track."""
    end = START + timedelta(days=2)
    third = pace_of(current=Decimal("1"), target=Decimal("3"), start=START, end=end, today=START)
    assert third.on_track
    almost = pace_of(
        current=Decimal("99999999999999999999.9999"),
        target=Decimal("299999999999999999999.9997"),
        start=START,
        end=end,
        today=START,
    )
    assert almost.on_track


@pytest.mark.parametrize("target", ["0", "-1"])
def test_a_target_of_nothing_has_no_pace(target: str) -> None:
    with pytest.raises(ValueError, match=r"^target:"):
        pace(START, target=target)


@pytest.mark.parametrize("end", [START, START - timedelta(days=1)])
def test_a_period_must_end_after_its_start(end: date) -> None:
    with pytest.raises(ValueError, match=r"^end:"):
        pace_of(current=None, target=Decimal(1), start=START, end=end, today=START)


AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)
DAYS = st.integers(min_value=-400, max_value=800)


@given(
    current=st.none() | AMOUNTS,
    target=AMOUNTS.filter(lambda amount: amount > 0),
    length=st.integers(min_value=1, max_value=400),
    offset=DAYS,
)
def test_it_is_what_counting_the_days_one_by_one_says(
    current: Decimal | None, target: Decimal, length: int, offset: int
) -> None:
    end, today = START + timedelta(days=length), START + timedelta(days=offset)
    found = pace_of(current=current, target=target, start=START, end=end, today=today)
    days = [START + timedelta(days=n) for n in range(length + 1)]
    passed = [one for one in days if one <= today]
    reached = Fraction(current or 0)
    expected = Fraction(target) * len(passed) / len(days)
    assert found.total_days == len(days)
    assert found.elapsed_days == len(passed)
    assert found.days_remaining == max((end - today).days, 0)
    assert found.on_track == (today < START or reached >= expected)
    assert found.is_behind == (today >= START and reached < expected * 8 / 10)
    assert abs(Fraction(found.expected_value) - expected) <= Fraction(1, 20_000)
    assert found.progress_pct == pytest.approx(float(reached / Fraction(target) * 100))


@given(current=AMOUNTS, more=AMOUNTS, offset=DAYS)
def test_more_never_stands_worse_and_a_day_later_never_better(current: Decimal, more: Decimal, offset: int) -> None:
    today = START + timedelta(days=offset)
    here, richer = pace(today, str(current)), pace(today, str(current + more))
    later = pace(today + timedelta(days=1), str(current))
    assert (richer.on_track, not richer.is_behind) >= (here.on_track, not here.is_behind)
    assert (later.on_track, not later.is_behind) <= (here.on_track, not here.is_behind)


BEFORE, LAST, AFTER = END - timedelta(days=1), END, END + timedelta(days=1)
BECOMES = [
    (ACTIVE, "99.9999", BEFORE, ACTIVE),
    (ACTIVE, "99.9999", LAST, ACTIVE),
    (ACTIVE, "99.9999", AFTER, MISSED),
    (ACTIVE, None, AFTER, MISSED),
    (ACTIVE, "100", BEFORE, COMPLETED),
    (ACTIVE, "100", AFTER, COMPLETED),
    (ACTIVE, "300", LAST, COMPLETED),
    (COMPLETED, "100", LAST, COMPLETED),
    (COMPLETED, "99", LAST, ACTIVE),
    (COMPLETED, None, BEFORE, ACTIVE),
    (COMPLETED, "99", AFTER, COMPLETED),
    (MISSED, "99", AFTER, MISSED),
    (MISSED, "100", AFTER, COMPLETED),
    (CANCELLED, "100", BEFORE, CANCELLED),
    (CANCELLED, "0", AFTER, CANCELLED),
]


@pytest.mark.parametrize(("status", "current", "today", "expected"), BECOMES)
def test_what_becomes_of_a_goal(status: str, current: str | None, today: date, expected: str) -> None:
    value = None if current is None else Decimal(current)
    assert status_after(status=status, current=value, target=Decimal(100), end=END, today=today) == expected


def test_the_table_has_every_status_and_the_words_are_the_models() -> None:
    assert {row[0] for row in BECOMES} == {ACTIVE, COMPLETED, MISSED, CANCELLED} == set(GoalStatus.values)


MEASURED = [
    (ACTIVE, 500, True, True),
    (ACTIVE, 500, False, True),
    (COMPLETED, 0, False, True),
    (COMPLETED, 1, False, False),
    (MISSED, 1, False, False),
    (COMPLETED, 31, True, True),
    (MISSED, 31, True, True),
    (COMPLETED, 32, True, False),
    (MISSED, 32, True, False),
    (CANCELLED, -5, True, False),
    (CANCELLED, -5, False, False),
]


@pytest.mark.parametrize(("status", "days_after_the_end", "is_dated", "expected"), MEASURED)
def test_how_long_a_goal_is_measured(status: str, days_after_the_end: int, is_dated: bool, expected: bool) -> None:
    today = END + timedelta(days=days_after_the_end)
    assert is_measured(status=status, end=END, today=today, is_dated=is_dated) == expected
