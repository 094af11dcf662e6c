"""Signs that decisions were made without reading: what is one, and what is not held against anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stamping import (
    FAST_AT_LEAST,
    LARGE_RUN,
    LONG_STREAK,
    SITTING,
    BulkRun,
    Decision,
    Hand,
    hands,
    reading_time,
)

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXT = 250  # words: a minute of reading


def decision(second: float, *, words: int = TEXT, approved: bool = True, edited: bool = False) -> Decision:
    return Decision("ann", NINE + timedelta(seconds=second), approved, edited, words)


def every(seconds: float, number: int, **changes: int) -> list[Decision]:
    """So many decisions, one every so many seconds."""
    return [decision(place * seconds, **changes) for place in range(number)]


def hand(decisions: list[Decision], runs: list[BulkRun] | None = None) -> Hand:
    (found,) = hands(decisions, runs or [])
    return found


def test_reading_takes_a_minute_for_250_words() -> None:
    assert reading_time(TEXT) == timedelta(minutes=1)


@pytest.mark.parametrize(("gap", "fast"), [(59, 3), (60, 0), (61, 0)])
def test_a_decision_is_fast_when_it_took_less_than_reading_takes(gap: float, fast: int) -> None:
    found = hand(every(gap, 4))
    assert (found.measured, found.fast) == (3, fast)


def test_the_first_decision_and_one_after_a_break_are_not_measured() -> None:
    found = hand([decision(0), decision(30), decision(30 + SITTING.total_seconds() + 1)])
    assert (found.measured, found.fast) == (1, 1)


def test_a_short_text_is_read_fast() -> None:
    assert hand(every(2, 10, words=8)).fast == 0


def test_few_fast_ones_and_a_small_share_are_no_sign() -> None:
    few = every(1, FAST_AT_LEAST)
    assert hand(few).fast == FAST_AT_LEAST - 1
    assert hand(few).signs == []
    slow = [decision(1000 + 100 * place) for place in range(40)]
    assert hand([*every(1, FAST_AT_LEAST + 1), *slow]).fast == FAST_AT_LEAST
    assert not any("reading" in sign for sign in hand([*every(1, FAST_AT_LEAST + 1), *slow]).signs)


def test_many_fast_ones_are_a_sign_with_its_numbers() -> None:
    assert hand(every(5, 7)).signs == ["6 of 6 decisions took less time than reading the text takes."]


def test_a_rejection_and_an_edit_each_end_a_streak() -> None:
    row = [
        *every(100, 3),
        decision(400, approved=False),
        decision(500),
        decision(600, edited=True),
        decision(700),
        decision(800),
    ]
    found = hand(row)
    assert (found.longest_streak, found.streak, found.edited, found.approved) == (3, 2, 1, 7)


def test_a_long_streak_is_a_sign() -> None:
    assert hand(every(100, LONG_STREAK - 1)).signs == []
    assert hand(every(100, LONG_STREAK)).signs == ["25 approvals in a row without a rejection or an edit."]


def test_what_was_decided_in_a_run_is_told_as_such_and_not_as_fast_too() -> None:
    row = every(0.01, 12)
    run = BulkRun("ann", row[-1].at + timedelta(seconds=1), 12)
    found = hand(row, [run])
    assert (found.measured, found.fast, found.runs, found.in_runs, found.largest_run) == (0, 0, 1, 12, 12)
    assert found.signs == ["12 decided at once, in one run."]
    assert hand(row).fast == 11


def test_only_the_last_ones_before_a_run_was_over_were_in_it() -> None:
    row = every(10, 6)
    found = hand(row, [BulkRun("ann", row[3].at, 2)])
    assert found.measured == 3  # the first has none before it, the third and fourth were in the run


def test_a_small_run_is_no_sign() -> None:
    assert hand([], [BulkRun("ann", NINE, LARGE_RUN - 1)]).signs == []
    assert hand([], [BulkRun("ann", NINE, LARGE_RUN)]).signs == ["10 decided at once, in one run."]


def test_people_are_told_apart_and_who_has_signs_comes_first() -> None:
    calm = [Decision("bob", NINE + timedelta(hours=place), True, False, 10) for place in range(20)]
    assert [one.person for one in hands([*calm, *every(1, 10)], [])] == ["ann", "bob"]


def test_the_pace_is_the_usual_time_between_two_decisions() -> None:
    assert hand([decision(0), decision(10), decision(30), decision(130)]).pace == timedelta(seconds=20)
    assert hand([decision(0)]).pace is None


def test_nobody_decided_nothing() -> None:
    assert hands([], []) == []


@given(st.lists(st.tuples(st.integers(0, 10**6), st.booleans(), st.booleans(), st.integers(0, 5000)), max_size=60))
def test_the_numbers_fit_each_other_whatever_was_decided(rows: list[tuple[int, bool, bool, int]]) -> None:
    given_rows = [decision(at, approved=yes, edited=edited, words=words) for at, yes, edited, words in rows]
    for found in hands(given_rows, [BulkRun("ann", NINE + timedelta(seconds=500), 5)]):
        assert 0 <= found.fast <= found.measured <= max(found.decisions - 1, 0)
        assert found.streak <= found.longest_streak <= found.approved <= found.decisions
        assert 0 <= found.fast_share <= 1
