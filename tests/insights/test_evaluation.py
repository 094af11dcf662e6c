"""Measuring detection against labelled cases."""

import json

import pytest

from insights import evaluation
from insights.evaluation import BadCase, UnknownLabel, evaluate
from insights.signals import TEXT_SIGNALS
from tests.insights.said import NOTHING, PLAINLY

QUOTE = PLAINLY["pricing_requested"]
NONE = NOTHING[0]


def case(text: str, *signals: str, **more: str) -> str:
    return json.dumps({"id": "x", "channel": "email", "direction": "in", "text": text, "signals": [*signals], **more})


def test_every_text_signal_has_its_score() -> None:
    assert list(evaluate([])) == list(TEXT_SIGNALS)


def test_what_is_undefined_is_null() -> None:
    assert evaluate([])["opt_out"] == {"tp": 0, "fp": 0, "fn": 0, "precision": None, "recall": None}


def test_right_wrong_and_missed_are_counted() -> None:
    lines = [case(QUOTE, "pricing_requested"), case(QUOTE), case(NONE, "pricing_requested"), case(NONE, "opt_out")]
    scores = evaluate(lines)
    assert scores["pricing_requested"] == {"tp": 1, "fp": 1, "fn": 1, "precision": 0.5, "recall": 0.5}
    assert scores["opt_out"] == {"tp": 0, "fp": 0, "fn": 1, "precision": None, "recall": 0.0}


def test_outgoing_text_counts_for_nothing() -> None:
    assert evaluate([case(QUOTE, direction="out")])["pricing_requested"]["fp"] == 0


def test_the_threshold_decides_what_is_found() -> None:
    assert evaluate([case(QUOTE, "pricing_requested")], threshold=1.0)["pricing_requested"]["fn"] == 1


def test_blank_lines_are_passed_over() -> None:
    assert evaluate(["", "  \n", case(QUOTE, "pricing_requested")])["pricing_requested"]["tp"] == 1


def test_more_cases_than_are_read_at_once_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "BATCH", 2)
    assert evaluate([case(QUOTE, "pricing_requested")] * 5)["pricing_requested"]["tp"] == 5


def test_an_unknown_label_is_named_with_its_line() -> None:
    with pytest.raises(UnknownLabel, match=r"Line 2: budgets is no text signal"):
        evaluate([case(QUOTE), case(QUOTE, "budgets")])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "Line 1: not JSON"),
        ("[]", "Line 1: an object"),
        (case(QUOTE, channel="fax"), "Line 1: channel must be one of email"),
        (case(QUOTE, direction="none"), "Line 1: direction must be one of in, out"),
        ('{"channel": "email", "direction": "in", "text": 1, "signals": []}', "Line 1: text"),
        ('{"channel": "email", "direction": "in", "text": "a"}', "Line 1: signals must be a list"),
        ('{"channel": "email", "direction": "in", "text": "a", "signals": [1]}', "Line 1: signals must be a list"),
        ('{"channel": ["email"], "direction": "in", "text": "a", "signals": []}', "Line 1: channel"),
    ],
)
def test_a_broken_line_is_named_with_its_number(line: str, complaint: str) -> None:
    with pytest.raises(BadCase, match=complaint):
        evaluate([line])
