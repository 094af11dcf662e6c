"""An error while deciding is a refusal, never permission."""

import logging

import pytest

from guardrails import policy
from guardrails.checker import GuardrailChecker
from guardrails.policy import HARD_STOPS, TIERS, decide, status_for


def broken(*_):
    raise RuntimeError("the rules are on fire")


@pytest.fixture
def broken_rules(monkeypatch):
    monkeypatch.setattr(policy, "_walk", broken)
    monkeypatch.setattr(policy, "_WITHOUT_FACTS", {})


@pytest.mark.usefixtures("broken_rules")
@pytest.mark.parametrize("action_type", [*sorted(TIERS.keys() - HARD_STOPS), "send_sms"])
def test_where_the_rules_break_a_person_decides(action_type):
    result = GuardrailChecker().check(action_type, "discovery")
    assert (result.allowed, result.requires_human, result.reason) == (False, True, "check_failed")
    assert (result.tier, status_for(result)) == ("approval_required", "pending")


@pytest.mark.usefixtures("broken_rules")
@pytest.mark.parametrize("action_type", [*sorted(HARD_STOPS), "Commit\u2011Pricing"])
def test_where_the_rules_break_a_hard_stop_stays_one(action_type):
    result = GuardrailChecker().check(action_type, "discovery")
    assert (result.reason, result.tier, status_for(result)) == ("hard_stop", "hard_stop", "blocked")


@pytest.mark.usefixtures("broken_rules")
def test_a_failed_check_leaves_its_error_in_the_log(caplog):
    with caplog.at_level(logging.ERROR, logger="guardrails.checker"):
        GuardrailChecker().check("send_proposal")
    assert "the rules are on fire" in caplog.text


@pytest.mark.parametrize("action_type", [None, 5, b"log_interaction", ["log_interaction"], {}], ids=repr)
def test_an_action_without_a_name_is_not_allowed(action_type):
    assert GuardrailChecker().check(action_type).reason == "check_failed"


@pytest.mark.parametrize("facts", [{}, {"suppressed": True}, [], 0, "none"], ids=repr)
def test_facts_that_are_none_of_ours_are_not_taken_for_harmless(facts):
    assert GuardrailChecker().check("log_interaction", facts=facts).reason == "check_failed"


def test_the_rules_themselves_raise_so_that_only_the_checker_decides_what_an_error_means():
    with pytest.raises(TypeError, match="facts"):
        decide("log_interaction", None, {})
