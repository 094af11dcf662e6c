"""The life of an action is the contract's drawing, and nothing beside it."""

import re
from itertools import product

import pytest

from engine.lifecycle import BEGINNINGS, FINAL, MOVES, Status, is_final, sources
from guardrails.policy import TIERS, Facts, decide, status_for

# Section 3 of the contract, word for word but for its remarks.
DRAWING = """
propose   -> approved | pending | blocked
pending   -> approved | rejected | blocked | expired | withdrawn | superseded
approved  -> executing | pending | blocked | expired | withdrawn | superseded
executing -> executed | failed | unknown | approved
rejected  -> pending
failed, unknown -> approved; unknown -> executed | failed
"""
FINAL_WORDS = "blocked, rejected, expired, withdrawn, superseded, executed"


def arrows():
    for arrow in re.split(r"[\n;]", DRAWING.strip()):
        origins, targets = arrow.split("->")
        yield from product(re.findall(r"\w+", origins), re.findall(r"\w+", targets))


def test_the_moves_are_the_drawing():
    drawn = {(origin, target) for origin, target in arrows() if origin != "propose"}
    assert {(origin, target) for origin, targets in MOVES.items() for target in targets} == drawn


def test_an_action_begins_as_the_drawing_says():
    assert {target for origin, target in arrows() if origin == "propose"} == BEGINNINGS


def test_there_are_eleven_states_and_each_has_its_row():
    assert len(Status) == 11
    assert MOVES.keys() == set(Status)


def test_the_final_states_are_the_contracts():
    assert set(FINAL_WORDS.split(", ")) == FINAL


def test_nothing_leads_on_from_a_final_state_but_the_undo_of_a_rejection():
    leading_on = {(status, target) for status in FINAL for target in MOVES[status]}
    assert leading_on == {("rejected", "pending")}


@pytest.mark.parametrize("status", Status)
def test_the_sources_of_a_state_are_all_that_lead_to_it(status):
    assert sources(status) == {origin for origin, target in arrows() if target == status} - {"propose"}


@pytest.mark.parametrize("status", Status)
def test_a_state_may_be_named_by_its_plain_word(status):
    assert sources(str(status)) == sources(status)
    assert MOVES[status.value] == MOVES[status]
    assert is_final(status.value, held=True) == is_final(status, held=True)


@pytest.mark.parametrize("status", Status)
def test_an_action_is_final_where_nothing_leads_on(status):
    assert is_final(status) == (not MOVES[status] or status == "rejected")


def test_a_rejection_is_final_when_its_hold_is_over():
    assert not is_final(Status.REJECTED, held=True)
    assert is_final(Status.REJECTED, held=False)


def test_a_hold_keeps_no_other_final_state_open():
    assert all(is_final(status, held=True) for status in FINAL - {Status.REJECTED})


def test_nothing_blocked_can_ever_come_to_run():
    assert not MOVES[Status.BLOCKED]


def test_nothing_runs_that_was_not_approved():
    assert sources(Status.EXECUTING) == {"approved"}
    assert sources(Status.EXECUTED) == {"executing", "unknown"}


def test_only_a_moment_of_execution_can_end_unknown():
    assert sources(Status.UNKNOWN) == {"executing"}


def test_every_verdict_begins_a_life():
    begun = {status_for(decide(name, None, Facts(suppressed=True))) for name in TIERS}
    assert begun == BEGINNINGS
