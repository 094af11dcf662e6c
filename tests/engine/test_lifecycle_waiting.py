"""What an action that stands still waits for."""

from itertools import product

import pytest

from engine.lifecycle import WAITING_FOR, Status, waiting_for

CLEAR = {
    "paused": False,
    "held": False,
    "retry_due_later": False,
    "runner": "connector",
    "connector_ready": True,
    "quiet_hours": False,
}
IN_THE_WAY = [
    ("pause", {"paused": True}),
    ("hold", {"held": True}),
    ("quiet_hours", {"quiet_hours": True}),
    ("retry", {"retry_due_later": True}),
    ("agent", {"runner": "agent"}),
    ("connector", {"connector_ready": False}),
]


@pytest.mark.parametrize(("word", "obstacle"), IN_THE_WAY)
def test_an_approved_action_waits_for_what_stands_in_its_way(word, obstacle):
    assert waiting_for(Status.APPROVED, **{**CLEAR, **obstacle}) == word


def test_an_approved_action_with_nothing_in_its_way_waits_for_nothing():
    assert waiting_for(Status.APPROVED, **CLEAR) is None


@pytest.mark.parametrize("first", range(len(IN_THE_WAY)))
def test_of_several_obstacles_the_first_is_named(first):
    facts = dict(CLEAR)
    for _, obstacle in IN_THE_WAY[first:]:
        facts |= obstacle
    assert waiting_for(Status.APPROVED, **facts) == IN_THE_WAY[first][0]


def every_mix_of_facts():
    for paused, held, retry, runner, ready, quiet in product(
        (False, True), (False, True), (False, True), ("connector", "agent"), (False, True), (False, True)
    ):
        yield {
            "paused": paused,
            "held": held,
            "retry_due_later": retry,
            "runner": runner,
            "connector_ready": ready,
            "quiet_hours": quiet,
        }


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNKNOWN])
def test_a_pending_and_an_unknown_action_wait_for_a_person_whatever_else_is_so(status):
    assert {waiting_for(status, **facts) for facts in every_mix_of_facts()} == {"person"}


@pytest.mark.parametrize("status", ["blocked", "expired", "withdrawn", "superseded", "executing", "executed", "failed"])
def test_what_runs_or_has_ended_waits_for_nothing(status):
    assert {waiting_for(status, **facts) for facts in every_mix_of_facts()} == {None}


def test_a_rejection_under_its_hold_waits_for_the_end_of_it():
    assert waiting_for(Status.REJECTED, **{**CLEAR, "held": True}) == "hold"
    assert waiting_for(Status.REJECTED, **CLEAR) is None


def test_every_word_is_one_of_the_contracts_and_each_is_said():
    said = {waiting_for(status, **facts) for status in Status for facts in every_mix_of_facts()}
    assert said == {*WAITING_FOR, None}
    assert set(WAITING_FOR) == {"person", "hold", "pause", "quiet_hours", "retry", "connector", "agent"}


@pytest.mark.parametrize("status", Status)
def test_a_state_may_come_as_its_plain_word(status):
    assert [waiting_for(status.value, **facts) for facts in every_mix_of_facts()] == [
        waiting_for(status, **facts) for facts in every_mix_of_facts()
    ]
