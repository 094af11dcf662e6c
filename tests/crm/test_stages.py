"""The eight stages, and the one that speaks for an account with several deals."""

from datetime import date
from itertools import pairwise, permutations, product

import pytest

from crm.stages import (
    CLOSED_STAGES,
    GATED_STAGES,
    OPEN_STAGES,
    STAGES,
    STRICTEST_FIRST,
    governing_stage,
    strictest,
)

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 1)


def test_there_are_eight_stages_open_or_closed():
    assert STAGES == (
        "prospecting",
        "discovery",
        "qualification",
        "evaluation",
        "negotiation",
        "closed_won",
        "closed_lost",
        "stalled",
    )
    assert set(STAGES) == OPEN_STAGES | CLOSED_STAGES
    assert {"closed_won", "closed_lost"} == CLOSED_STAGES


def test_four_stages_are_gated():
    assert {"evaluation", "negotiation", "closed_won", "closed_lost"} == GATED_STAGES


def test_the_open_stages_are_ordered_as_the_contract_orders_them():
    assert STRICTEST_FIRST == (
        "negotiation",
        "evaluation",
        "stalled",
        "qualification",
        "discovery",
        "prospecting",
    )


@pytest.mark.parametrize(("stricter", "milder"), [*pairwise(STRICTEST_FIRST)])
def test_of_two_open_deals_the_stricter_speaks_whatever_their_order(stricter, milder):
    assert strictest([stricter, milder]) == strictest([milder, stricter]) == stricter


def test_an_account_without_deals_has_no_stage():
    assert governing_stage([]) is None


@pytest.mark.parametrize("closed", sorted(CLOSED_STAGES))
def test_an_open_deal_speaks_before_every_closed_one(closed):
    for stage in OPEN_STAGES:
        assert governing_stage([(closed, APRIL), (stage, None)]) == stage


@pytest.mark.parametrize(
    ("deals", "stage"),
    [
        ([("closed_won", MARCH), ("closed_lost", APRIL)], "closed_lost"),
        ([("closed_lost", MARCH), ("closed_won", APRIL)], "closed_won"),
        ([("closed_lost", None), ("closed_won", MARCH)], "closed_won"),
        ([("closed_lost", MARCH), ("closed_won", None)], "closed_lost"),
        ([("closed_won", APRIL), ("closed_lost", APRIL)], "closed_lost"),
        ([("closed_won", None), ("closed_lost", None)], "closed_lost"),
        ([("closed_won", None)], "closed_won"),
    ],
)
def test_with_none_open_the_deal_closed_last_speaks(deals, stage):
    assert {governing_stage(order) for order in permutations(deals)} == {stage}


def test_an_account_with_only_closed_deals_is_gated():
    for stages in product(CLOSED_STAGES, repeat=3):
        assert governing_stage([(stage, None) for stage in stages]) in GATED_STAGES


def test_the_deals_may_come_from_a_stream():
    assert governing_stage((stage, None) for stage in ("closed_won", "stalled")) == "stalled"


def test_a_word_that_is_no_stage_does_not_speak():
    assert governing_stage([("won", APRIL), ("Negotiation", None)]) is None
