"""Actions, money, time and edits as people read them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.console.formats import money, span, words
from engine.console.differences import Span, changes_of, spans_between
from engine.console.words import LONGEST_LINE, TITLES, line_of, title_of, why_of
from guardrails.policy import TIERS
from guardrails.rules import RULES
from tests.engine.payload_cases import FULL


def test_every_action_of_the_catalogue_has_a_title_and_no_two_share_one() -> None:
    assert set(TITLES) == set(TIERS)
    assert len(set(TITLES.values())) == len(TITLES)


@pytest.mark.parametrize("action_type", sorted(FULL))
def test_every_payload_has_a_line_of_one_line(action_type: str) -> None:
    line = line_of(action_type, FULL[action_type])
    assert line
    assert "\n" not in line
    assert len(line) <= LONGEST_LINE


@pytest.mark.parametrize(
    ("action_type", "payload", "expected"),
    [
        (
            "send_proposal",
            {"to": ["a@b.example", "c@d.example"], "subject": "Hi", "body": ""},
            "To a@b.example and 1 more: Hi",
        ),
        (
            "schedule_meeting",
            {
                "attendees": ["a@b.example"],
                "starts_at": "2026-03-01T09:30:00Z",
                "duration_minutes": 30,
                "title": "Review",
            },
            "Review, Sun 1 Mar 2026, 10:30, 30 min, with a@b.example",
        ),
        ("progress_past_evaluation", {"to_stage": "closed_won"}, "To Closed won"),
        ("qualify_conversation", {"framework": "BANT", "fields": {"budget": "1", "need": "2"}}, "BANT: budget, need"),
        ("order_cake", {"for": "Hank", "pieces": 2}, "for: Hank; pieces: 2"),
    ],
)
def test_a_line_says_what_the_payload_carries(action_type: str, payload: dict[str, Any], expected: str) -> None:
    assert line_of(action_type, payload, ZoneInfo("Europe/Berlin")) == expected


@pytest.mark.parametrize(
    "payload", [{}, {"to": "x"}, {"to": []}, {"starts_at": "never"}, {"context": None}, {"fields": 1}]
)
@pytest.mark.parametrize("action_type", sorted(TIERS))
def test_a_payload_of_another_shape_is_still_a_line(action_type: str, payload: dict[str, Any]) -> None:
    assert isinstance(line_of(action_type, payload), str)


def test_what_is_not_in_the_catalogue_says_so() -> None:
    assert title_of("order_cake") == "Order cake (not in the catalogue)"


def test_every_rule_has_a_reason_in_one_sentence() -> None:
    assert all(why_of(rule).endswith(".") for rule in RULES)
    assert why_of("moon_phase") == "The rule moon phase asks for a person."


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("12000.00", "USD", "$12,000"),
        ("0.50", "EUR", "€0.50"),
        ("1234567.8", "CHF", "CHF 1,234,567.80"),
        ("0", "GBP", "£0"),
    ],
)
def test_money(amount: str, currency: str, expected: str) -> None:
    assert money(Decimal(amount), currency) == expected
    assert money(None, currency) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (273600, "3 d 4 h"),
    ],
)
def test_spans_of_time(seconds: int, expected: str) -> None:
    assert span(timedelta(seconds=seconds)) == expected


def test_names_as_words() -> None:
    assert words("closed_won") == "Closed won"


def test_an_edit_is_told_word_by_word() -> None:
    assert spans_between("Shall we talk on Monday?", "Shall we talk on Friday?") == [
        Span("same", "Shall we talk on "),
        Span("gone", "Monday"),
        Span("new", "Friday"),
        Span("same", "?"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("a", ""),
        ("", "a"),
        ("a b c", "a x c"),
        ("one two\n\nthree", "one\n\ntwo three"),
        ("x " * 5000, "y " * 5000),
    ],
)
def test_both_texts_can_be_read_out_of_the_spans(old: str, new: str) -> None:
    spans = spans_between(old, new)
    assert "".join(one.text for one in spans if one.kind != "new") == old
    assert "".join(one.text for one in spans if one.kind != "gone") == new


def test_lists_and_objects_are_compared_as_text() -> None:
    (to, fields) = changes_of(
        {
            "to": {"old": ["a@b.example"], "new": ["a@b.example", "c@d.example"]},
            "fields": {"old": {"need": "x"}, "new": None},
        }
    )
    assert (to.label, to.spans[-1]) == ("To", Span("new", ", c@d.example"))
    assert fields.spans == [Span("gone", "need: x")]
