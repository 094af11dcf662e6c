"""Facts that several sources tell: the most recent wins, and who says otherwise is shown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.account_facts import Telling, fact_name, facts_of

MARCH, MAY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def told(*tellings: tuple[str, Any, str, datetime | None]) -> list[tuple[str, Any, str, list[Any]]]:
    facts = facts_of(Telling(*one) for one in tellings)
    return [
        (fact.told.name, fact.told.value, fact.told.source, [other.value for other in fact.others]) for fact in facts
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("owner", "Ann", "CRM", MARCH), ("owner", "Bob", "agent", MAY)),
        (("owner", "Ann", "CRM", None), ("owner", "Bob", "agent", MARCH)),
        (("Fiscal Year-End", "June", "CRM", MARCH), ("fiscal_year_end", "July", "agent", MAY)),
    ],
)
def test_the_most_recent_wins_whatever_the_order(first: Any, second: Any) -> None:
    for order in ((first, second), (second, first)):
        assert told(*order) == [(second[0], second[1], "agent", [first[1]])]


def test_of_one_time_or_of_none_the_first_told_wins() -> None:
    assert told(("a", 1, "CRM", MAY), ("a", 2, "agent", MAY))[0][1:] == (1, "CRM", [2])
    assert told(("a", 1, "CRM", None), ("a", 2, "agent", None))[0][1:] == (1, "CRM", [2])


@pytest.mark.parametrize(
    ("one", "other"),
    [(500, "500"), ("Retail", " retail "), ({"a": 1, "b": [2]}, {"b": ["2"], "a": "1"}), (["x"], ["X"])],
)
def test_those_who_say_the_same_do_not_disagree(one: Any, other: Any) -> None:
    assert told(("a", one, "CRM", MARCH), ("a", other, "agent", MAY)) == [("a", other, "agent", [])]


def test_each_other_value_is_shown_once_newest_first() -> None:
    tellings = [("a", value, f"s{n}", datetime(2026, 1, n, tzinfo=UTC)) for n, value in enumerate("xyxzx", start=1)]
    assert told(*tellings) == [("a", "x", "s5", ["z", "y"])]


def test_what_is_empty_says_nothing() -> None:
    assert told(("a", "", "CRM", MAY), ("a", None, "CRM", MAY), ("b", {}, "x", MAY), ("--", "x", "y", MAY)) == []
    assert told(("a", "x", "CRM", MARCH), ("a", " ", "agent", MAY)) == [("a", "x", "CRM", [])]
    assert told(("a", False, "CRM", MAY), ("b", 0, "CRM", MAY)) == [("a", False, "CRM", []), ("b", 0, "CRM", [])]


TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.builds(Telling, st.text(max_size=4), VALUES, st.text(max_size=3), TIMES), max_size=20))
def test_of_anything_told_each_name_is_one_fact_and_nobody_newer_disagrees(tellings: list[Telling]) -> None:
    facts = facts_of(tellings)
    names = [fact_name(fact.told.name) for fact in facts]
    assert names == sorted(set(names))
    for fact in facts:
        times = [one.at for one in (fact.told, *fact.others)]
        known = [at for at in times if at]
        assert known == sorted(known, reverse=True)
        assert times == known + [None] * (len(times) - len(known))
