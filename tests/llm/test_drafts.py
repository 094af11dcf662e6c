"""A rewording may be kinder; it may not say more."""

from typing import Any

import pytest

from engine.llm.drafts import LONGEST_REFINED, Draft, refined, refusals

DRAFT = Draft(
    "Following up: Globex 100 seats",
    "Hello Hank,\n\nYou wrote on 3 November: 'we need it before the audit'. Is it still on your list? "
    "I would be glad to set up a short call.\n",
)
KINDER = "Hello Hank,\n\nOn 3 November you wrote: 'we need it before the audit'. Is that still so? I would love a call."


def after(body: str = KINDER, subject: str = DRAFT.subject) -> Draft:
    return refined(DRAFT, lambda _: {"subject": subject, "body": body})


def test_better_words_take_the_drafts_place() -> None:
    assert after() == Draft(DRAFT.subject, KINDER + "\n")


def test_without_an_answer_the_draft_stands() -> None:
    assert refined(DRAFT, lambda _: None) is DRAFT


def test_the_model_sees_the_draft_and_nothing_else() -> None:
    asked: list[Any] = []
    refined(DRAFT, asked.append)
    assert asked[0].material == {"subject": DRAFT.subject, "body": DRAFT.body}


def test_a_draft_that_is_very_long_is_left_alone() -> None:
    long = Draft("Subject", "Word " * LONGEST_REFINED)
    assert refined(long, lambda _: pytest.fail("asked")) is long


ADDED = {
    "new_number": [
        "We have 250 seats.",
        "It takes 4 minutes.",
        "On 3/11 we wait.",
        "\uff15 of us wait.",
        "Twenty of us wait.",
        "Fifty or so.",
    ],
    "new_address": [
        "Write to eve@evil.example.",
        "See https://evil.example/x",
        "See www.evil.example",
        "See evil.com now",
        "Write eve (at) evil",
        "See EVIL.IO",
        "javascript://x",
    ],
    "promise": [
        "The price is held.",
        "You get a discount.",
        "You get ten percent off.",
        "It is free of charge.",
        "We guarantee it.",
        "We commit to it.",
        "We approve your request.",
        "Here is the contract.",
        "We accept the terms.",
        "You have it by Friday.",
        "It arrives next week.",
        "It is yours for \u20ac.",
        "Legal agreed.",
        "PRICES drop.",
        "Wir geben Rabatt.",
    ],
    "placeholder": ["[Your name]", "{{ name }}", "<b>now</b>", "**now**", "# Now"],
    "hidden_letters": ["now\u200bhere", "\u202etxt", "p\u0440ice", "\x07", "\ud83d\u200d"],
}


@pytest.mark.parametrize(("check", "added"), [(check, added) for check, rows in ADDED.items() for added in rows])
def test_what_a_rewording_adds_refuses_it(check: str, added: str) -> None:
    body = f"Hello Hank, is it still on your list? {added}"
    assert check in refusals(DRAFT, Draft(DRAFT.subject, body))
    assert after(body) is DRAFT
    assert after(subject=f"Following up {added}"[:40]) is DRAFT or len(added) > 26


@pytest.mark.parametrize("subject", ["Next\nBcc: eve", "Next\r\nTo: eve", "Next\u2028step", "Next\x0bstep", "", "   "])
def test_a_subject_is_one_line(subject: str) -> None:
    assert after(subject=subject) is DRAFT


@pytest.mark.parametrize("body", ["", " \n "])
def test_a_body_says_something(body: str) -> None:
    assert after(body) is DRAFT


def test_a_rewording_stays_near_the_drafts_length() -> None:
    assert after("Hello Hank, is it still on your list? " * 6) is DRAFT
    assert after(subject="Following up on what we talked about when we met") is DRAFT


def test_a_number_of_the_draft_may_stay() -> None:
    assert after("Hello Hank, is it still so with the 100 seats, as you wrote on 3 November?").body.endswith(
        "November?\n"
    )
