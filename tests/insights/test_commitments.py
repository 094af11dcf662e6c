"""Commitments: what a draft promises is found, and what is asked, denied or said by the customer is not."""

import json
from time import monotonic

import pytest

from insights.clauses import without_their_words
from insights.commitments import KINDS, evaluate, find_commitments
from insights.labelled import BadCase, UnknownLabel
from tests.insights.commitment_cases import NO_PROMISES, PROMISES

SAID = [(kind, text) for kind, texts in PROMISES.items() for text in texts]


def kinds(text: str) -> set[str]:
    return {one.kind for one in find_commitments(text)}


@pytest.mark.parametrize(("kind", "text"), SAID, ids=[text[:40] for _, text in SAID])
def test_a_promise_is_found_as_what_it_is(kind: str, text: str) -> None:
    assert kinds(text) == {kind}


@pytest.mark.parametrize("text", NO_PROMISES, ids=lambda text: text[:40])
def test_what_promises_nothing_is_let_be(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize(("kind", "text"), SAID[::5])
def test_a_promise_stands_where_it_was_written(kind: str, text: str) -> None:
    whole = f"Hello Hank,\n\nthank you for the talk.\n\n{text}\n\nWhich days suit you?\n"
    (found,) = find_commitments(whole)
    assert whole[found.start : found.end] == found.quote == text


@pytest.mark.parametrize(("kind", "text"), SAID[::5])
def test_the_customers_words_are_not_our_promise(kind: str, text: str) -> None:
    assert kinds(f"On 12 November you wrote: \u201c{text}\u201d") == set()
    assert kinds(f'You wrote: "{text}"') == set()
    assert kinds(f"Thank you.\n\n> {text}\n") == set()
    assert kinds(f"Thank you.\n\nOn Mon, 1 Nov 2026, Hank <hank@globex.example> wrote:\n{text}\n") == set()


def test_several_promises_are_all_found() -> None:
    assert kinds("We will give you 15% off. We will deliver by 1 March, and we sign your NDA.") == {
        "discount",
        "date",
    } | {"legal"}


def test_curly_apostrophes_are_read_like_straight_ones() -> None:
    assert kinds("We\u2019ll match their quote.") == {"price"}
    assert len(without_their_words("it\u2019s \u201cso\u201d")) == len("it\u2019s \u201cso\u201d")


@pytest.mark.parametrize(
    "text", ["we will " * 2_500, "a" * 20_000, "$1 " * 7_000, "\u201c" * 20_000, "if we will price " * 1_200]
)
def test_hostile_texts_are_read_quickly(text: str) -> None:
    began = monotonic()
    find_commitments(text)
    assert monotonic() - began < 5


def line(**case: object) -> str:
    return json.dumps({"id": "1", **case})


def test_a_file_is_measured_kind_by_kind() -> None:
    scores = evaluate(
        [
            line(text="We will give you 15% off.", commitments=["discount"]),
            line(text="We accept net 60.", commitments=["legal"]),
            "",
            line(text="Hello.", commitments=[]),
        ]
    )
    assert list(scores) == list(KINDS)
    assert scores["discount"] == {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0}
    assert scores["terms"] == {"tp": 0, "fp": 1, "fn": 0, "precision": 0.0, "recall": None}
    assert scores["legal"] == {"tp": 0, "fp": 0, "fn": 1, "precision": None, "recall": 0.0}
    assert scores["price"] == {"tp": 0, "fp": 0, "fn": 0, "precision": None, "recall": None}


def test_an_unknown_kind_names_the_line_and_the_kinds() -> None:
    with pytest.raises(UnknownLabel, match=r"Line 2: prices is no kind of commitment; they are price, discount, date"):
        evaluate([line(text="", commitments=[]), line(text="", commitments=["prices"])])


@pytest.mark.parametrize(
    "bad", ["{", "[]", "7", line(text=1, commitments=[]), line(text=""), line(text="", commitments=[1])]
)
def test_a_line_that_is_no_case_is_named(bad: str) -> None:
    with pytest.raises(BadCase, match=r"Line 1: "):
        evaluate([bad])
