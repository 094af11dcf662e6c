"""What a rule takes in: each field of a scope alone and with every other, at its edges, and where something is not known."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from guardrails.scopes import (
    FOUR_EYES,
    NEEDS_PERSON,
    NEVER,
    REPS_DECIDE,
    TOUCH_LIMIT,
    Case,
    StandingRule,
    asked_by,
    limit_of,
    of_kind,
    takes_in,
)

CASE = Case(
    action_type="send_proposal",
    stages=frozenset({"discovery"}),
    clone_id="clone",
    account_id="account",
    recipients=("hank@globex.example", "x@a.b.com"),
    value=Decimal("5000.00"),
)
# Field by field: a scope that takes CASE in, and one that does not.
FITS: dict[str, dict[str, Any]] = {
    "action_type": {"action_type": "send_proposal"},
    "stage": {"stage": "discovery"},
    "clone": {"clone_id": "clone"},
    "account": {"account_id": "account"},
    "recipient": {"recipient": "hank@globex.example"},
    "value_from": {"value_from": Decimal(5000)},
    "value_below": {"value_below": Decimal("5000.01")},
}
MISSES: dict[str, dict[str, Any]] = {
    "action_type": {"action_type": "discuss_pricing"},
    "stage": {"stage": "negotiation"},
    "clone": {"clone_id": "another"},
    "account": {"account_id": "another"},
    "recipient": {"recipient": "bob@globex.example"},
    "value_from": {"value_from": Decimal("5000.01")},
    "value_below": {"value_below": Decimal(5000)},
}


def rule(kind: str = NEEDS_PERSON, **scope: Any) -> StandingRule:
    return StandingRule(id="r", kind=kind, **scope)


def test_a_rule_without_a_scope_takes_everything_in() -> None:
    assert takes_in(rule(), CASE)
    assert takes_in(rule(), Case(action_type="send_flowers", value=None))


@pytest.mark.parametrize("field", FITS)
def test_each_field_alone_takes_in_or_leaves_out(field: str) -> None:
    assert takes_in(rule(**FITS[field]), CASE)
    assert not takes_in(rule(**MISSES[field]), CASE)


@pytest.mark.parametrize(("one", "other"), list(combinations(FITS, 2)))
def test_of_two_fields_both_must_fit(one: str, other: str) -> None:
    assert takes_in(rule(**FITS[one], **FITS[other]), CASE)
    assert not takes_in(rule(**MISSES[one], **FITS[other]), CASE)
    assert not takes_in(rule(**FITS[one], **MISSES[other]), CASE)


@pytest.mark.parametrize(
    ("value", "inside"),
    [("999.99", False), ("1000.00", True), ("1000.01", True), ("1999.99", True), ("2000.00", False)],
)
def test_a_value_counts_from_the_first_and_below_the_second(value: str, inside: bool) -> None:
    scope = {"value_from": Decimal(1000), "value_below": Decimal(2000)}
    case = replace(CASE, value=Decimal(value))
    for kind in (NEEDS_PERSON, NEVER, FOUR_EYES, TOUCH_LIMIT, REPS_DECIDE):
        assert takes_in(rule(kind, **scope), case) is inside


@pytest.mark.parametrize("scope", [{"value_from": Decimal(1000)}, {"value_below": Decimal(1000)}])
def test_a_value_that_cannot_be_told_counts_as_taken_in_but_lets_no_rep_decide(scope: dict[str, Decimal]) -> None:
    case = replace(CASE, value=None)
    for kind in (NEEDS_PERSON, NEVER, FOUR_EYES, TOUCH_LIMIT):
        assert takes_in(rule(kind, **scope), case)
    assert not takes_in(rule(REPS_DECIDE, **scope), case)
    assert takes_in(rule(REPS_DECIDE), case)


def test_of_several_deals_a_tightening_rule_asks_for_any_and_the_loosening_one_for_all() -> None:
    case = replace(CASE, value=Decimal(9000), least=Decimal(500))
    for scope in ({"value_from": Decimal(9000)}, {"value_below": Decimal(501)}):
        assert takes_in(rule(FOUR_EYES, **scope), case)
        assert not takes_in(rule(REPS_DECIDE, **scope), case)
    assert takes_in(rule(REPS_DECIDE, value_from=Decimal(500), value_below=Decimal(9001)), case)


def test_a_stage_that_is_only_claimed_tightens_but_lets_no_rep_decide() -> None:
    case = replace(CASE, stages=frozenset({"negotiation", "discovery"}))
    assert takes_in(rule(NEVER, stage="discovery"), case)
    assert takes_in(rule(NEVER, stage="negotiation"), case)
    assert not takes_in(rule(REPS_DECIDE, stage="discovery"), case)
    assert takes_in(rule(REPS_DECIDE, stage="discovery"), CASE)


def test_without_a_deal_no_rule_of_a_stage_holds() -> None:
    case = replace(CASE, stages=frozenset())
    assert not takes_in(rule(NEVER, stage="discovery"), case)
    assert not takes_in(rule(REPS_DECIDE, stage="discovery"), case)


@pytest.mark.parametrize(
    ("recipient", "reached"),
    [
        ("hank@globex.example", True),
        ("@globex.example", True),
        ("@a.b.com", True),
        ("@b.com", False),
        ("@com", False),
        ("ank@globex.example", False),
        ("hank@globex.example.evil.example", False),
        ("@x@a.b.com", False),
    ],
)
def test_a_recipient_is_an_address_or_exactly_one_domain(recipient: str, reached: bool) -> None:
    assert takes_in(rule(recipient=recipient), CASE) is reached


def test_what_reaches_nobody_is_no_matter_of_recipients() -> None:
    assert not takes_in(rule(recipient="@globex.example"), replace(CASE, recipients=()))


def test_the_least_limit_that_takes_it_in_counts() -> None:
    rules = [
        rule(TOUCH_LIMIT, limit=5),
        rule(TOUCH_LIMIT, limit=2, action_type="send_proposal"),
        rule(TOUCH_LIMIT, limit=1, action_type="discuss_pricing"),
    ]
    assert limit_of(rules, TOUCH_LIMIT, CASE) == 2
    assert limit_of(rules, TOUCH_LIMIT, replace(CASE, action_type="send_chat_message")) == 5
    assert limit_of(rules[1:], TOUCH_LIMIT, replace(CASE, action_type="send_chat_message")) is None


def test_each_kind_asks_for_its_own() -> None:
    for kind, fact in ((NEVER, "stopped_by_rule"), (NEEDS_PERSON, "person_by_rule"), (FOUR_EYES, "four_eyes")):
        asked = asked_by([rule(kind)], CASE)
        assert asked.pop(fact) is True
        assert not any(asked.values())
        assert of_kind([rule(kind)], kind, CASE)
    assert not any(asked_by([rule(REPS_DECIDE), rule(TOUCH_LIMIT, limit=1)], CASE).values())
