"""An account's past by stretches, and the sentences that are kept of each."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.summaries import MOST_LINES, MOST_OF_ONE, Kind, Said, Stretch, lines_of, stretch_of

TODAY = date(2026, 11, 24)  # a Tuesday
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


def said(text: str, n: int = 0, **changes: object) -> Said:
    given = {
        "interaction": f"i-{n}",
        "at": datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=n),
        "channel": "email",
        "direction": "in",
        "who": "Hank Scorpio",
        "subject": "",
        "text": text,
        **changes,
    }
    return Said(**given)  # type: ignore[arg-type]


def texts(kind: Kind, *things: Said, **how: object) -> list[str]:
    return [line.text for line in lines_of(kind, things, **how)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "stretch"),
    [
        (date(2026, 11, 24), Stretch(Kind.FULL, date(2026, 10, 26), date(2026, 11, 24))),
        (date(2026, 10, 26), Stretch(Kind.FULL, date(2026, 10, 26), date(2026, 11, 24))),
        (date(2026, 10, 25), Stretch(Kind.WEEK, date(2026, 10, 19), date(2026, 10, 25))),
        (date(2026, 10, 18), Stretch(Kind.WEEK, date(2026, 10, 12), date(2026, 10, 18))),
        (date(2026, 8, 27), Stretch(Kind.WEEK, date(2026, 8, 27), date(2026, 8, 30))),  # cut at 90 days
        (date(2026, 8, 26), Stretch(Kind.MONTH, date(2026, 8, 1), date(2026, 8, 26))),  # cut there, too
        (date(2026, 7, 31), Stretch(Kind.MONTH, date(2026, 7, 1), date(2026, 7, 31))),
        (date(2024, 2, 29), Stretch(Kind.MONTH, date(2024, 2, 1), date(2024, 2, 29))),
    ],
)
def test_thirty_days_in_full_then_weeks_then_months(day: date, stretch: Stretch) -> None:
    assert stretch_of(day, today=TODAY) == stretch


def test_a_week_that_the_thirty_days_reach_into_is_cut() -> None:
    wednesday = date(2026, 11, 25)
    assert stretch_of(date(2026, 10, 26), today=wednesday) == Stretch(Kind.WEEK, date(2026, 10, 26), date(2026, 10, 26))


@given(today=DAYS, ago=st.integers(0, 2_000))
def test_every_day_is_in_one_stretch_which_every_day_of_it_names(today: date, ago: int) -> None:
    day = today - timedelta(days=ago)
    stretch = stretch_of(day, today=today)
    assert stretch.starts_on <= day <= stretch.ends_on
    for edge in (stretch.starts_on, stretch.ends_on):
        assert stretch_of(edge, today=today) == stretch
    assert stretch_of(stretch.starts_on - timedelta(days=1), today=today) != stretch


@given(today=DAYS)
def test_the_stretches_of_two_years_follow_each_other_without_gap_or_overlap_under_different_names(today: date) -> None:
    days = [today - timedelta(days=ago) for ago in range(730)]
    stretches = list(dict.fromkeys(stretch_of(day, today=today) for day in days))
    assert len({one.name for one in stretches}) == len(stretches)
    for later, earlier in pairwise(stretches):
        assert later.starts_on - earlier.ends_on == timedelta(days=1)


@given(today=DAYS, ago=st.integers(0, 400), later=st.integers(1, 40))
def test_a_day_only_ever_moves_from_full_to_week_to_month(today: date, ago: int, later: int) -> None:
    day = today - timedelta(days=ago)
    order = [Kind.FULL, Kind.WEEK, Kind.MONTH]
    now, then = (stretch_of(day, today=one).kind for one in (today, today + timedelta(days=later)))
    assert order.index(now) <= order.index(then)


def test_in_full_every_interaction_is_a_line_newest_first() -> None:
    lines = lines_of(Kind.FULL, [said(f"Number {n} says nothing.", n) for n in range(5)])
    assert [line.interaction for line in lines] == ["i-4", "i-3", "i-2", "i-1", "i-0"]
    assert lines[0].text == "Number 4 says nothing."
    assert {(line.channel, line.direction, line.who, line.why) for line in lines} == {
        ("email", "in", "Hank Scorpio", "")
    }


def test_in_full_the_newest_sixty_stand_where_there_are_more() -> None:
    lines = lines_of(Kind.FULL, [said("Hello.", n) for n in range(200)])
    assert len(lines) == MOST_LINES[Kind.FULL]
    assert lines[0].interaction == "i-199"


def test_in_full_a_mail_without_a_body_says_its_subject_and_a_quoted_mail_is_left_out() -> None:
    assert texts(Kind.FULL, said("", subject="Lunch?")) == ["Lunch?"]
    assert texts(Kind.FULL, said("Yes.\n\nOn Mon, 5 Jan 2026 Ada wrote:\n> Lunch?")) == ["Yes."]


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("We agreed on the pilot.", "decision"),
        ("The board approved it.", "decision"),
        ("Our lawyer signed the papers.", "decision"),
        ("We will start in the north.", "decision"),
        ("That comes to $12,000.", "number"),
        ("A discount of 15 % was mentioned.", "number"),
        ("It is about 100 seats.", "number"),
        ("See you on 3 March.", "number"),
        ("Ask Marge Bouvier.", "name"),
        ("Scorpio was not there.", "name"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.WEEK, Kind.MONTH])
def test_a_sentence_with_a_decision_a_number_or_a_name_is_kept(kind: Kind, sentence: str, why: str) -> None:
    text = f"It was nice out there. {sentence} The coffee was good."
    [line] = lines_of(kind, [said(text)], names=["Hank Scorpio", "Marge Bouvier"])
    assert (line.text, line.why) == (sentence, why)


def test_the_words_an_insight_quotes_come_first_with_their_signal() -> None:
    filler = [said(f"We agreed on item {n} for $5.", n) for n in range(20)]
    text = "Nice weather. Money is there for this."
    quoted = said(text, 30, quotes=[("budget_mentioned", "Money is there")])
    lines = lines_of(Kind.MONTH, [*filler, quoted])
    assert lines[0].text == "Money is there for this."
    assert lines[0].why == "signal: budget mentioned"
    assert len(lines) == MOST_LINES[Kind.MONTH]


def test_a_quote_that_spans_sentences_stands_by_itself() -> None:
    quoted = said("Well. Budget is set. It is yours.", quotes=[("budget_mentioned", "Budget is set. It is yours.")])
    assert "Budget is set. It is yours." in texts(Kind.WEEK, quoted)


def test_a_long_mail_does_not_crowd_out_the_rest() -> None:
    long = said(" ".join(f"We agreed on point {n}." for n in range(50)), 5)
    lines = lines_of(Kind.WEEK, [long, said("They signed.", 1)])
    assert [line.interaction for line in lines] == ["i-5"] * MOST_OF_ONE + ["i-1"]


def test_what_was_said_twice_is_told_once() -> None:
    assert texts(Kind.WEEK, said("We agreed on it.", 1), said("we  AGREED on it.", 2)) == ["we AGREED on it."]


def test_where_nothing_stands_out_the_latest_one_begins() -> None:
    [line] = lines_of(Kind.WEEK, [said("Nice out. Really.", 1), said("Hello there. Bye.", 2)])
    assert (line.text, line.why, line.interaction) == ("Hello there.", "latest", "i-2")


def test_nothing_said_makes_no_line() -> None:
    assert lines_of(Kind.WEEK, []) == []
    assert lines_of(Kind.MONTH, [said("")]) == []


@given(
    kind=st.sampled_from(Kind),
    things=st.lists(st.text(max_size=400), max_size=30),
    names=st.lists(st.text(max_size=20), max_size=5),
    quote=st.text(max_size=60),
)
def test_whatever_the_texts_hold_there_are_never_too_many_lines_nor_long_ones(
    kind: Kind, things: list[str], names: list[str], quote: str
) -> None:
    told = [said(text, n, quotes=[("silence", quote)]) for n, text in enumerate(things)]
    lines = lines_of(kind, told, names=names)
    assert len(lines) <= MOST_LINES[kind]
    assert all(len(line.text) <= 2_000 for line in lines)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert lines == lines_of(kind, list(reversed(told)), names=names)
