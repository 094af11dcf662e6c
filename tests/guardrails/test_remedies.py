"""Whoever is refused is told why and what can be done about it."""

import json

import pytest

from guardrails.policy import TIERS, Facts, decide
from guardrails.rules import RULES, Effect

WHO = {"agent", "manager", "operator", "person"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_explained_in_one_sentence(rule):
    assert rule.explanation[0].isupper()
    assert rule.explanation.endswith(".")
    assert ". " not in rule.explanation


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.effect is not Effect.ALLOW])
def test_every_refusal_has_a_way_out_that_says_what_who_and_how(rule):
    assert rule.remedies
    for remedy in rule.remedies:
        assert remedy.who in WHO
        assert remedy.do.endswith(".")
        assert remedy.how.endswith(".")


def test_the_rules_stand_strictest_first():
    effects = [rule.effect for rule in RULES.values()]
    assert effects == sorted(effects, key=[Effect.BLOCK, Effect.PERSON, Effect.ALLOW].index)


def test_what_is_allowed_needs_no_remedy():
    result = decide("log_interaction")
    assert result.remedy is None
    assert result.as_dict() == {
        "allowed": True,
        "reason": "autonomous",
        "requires_human": False,
        "tier": "autonomous",
        "rules": ["autonomous"],
        "remedy": None,
    }


def test_a_way_out_that_two_rules_share_is_named_once():
    result = decide("schedule_meeting", "negotiation", Facts(recipient_count=6, paused=True))
    steps = [remedy["do"] for remedy in result.remedy]
    assert len(steps) == len(set(steps))
    assert steps[0] == "Approve, edit or reject the action."


def test_a_hard_stop_offers_nobody_an_approval():
    assert "pprov" not in json.dumps([remedy["do"] for remedy in decide("commit_pricing").remedy])


@pytest.mark.parametrize("action_type", [*TIERS, "send_sms"])
def test_a_verdict_is_plain_json(action_type):
    said = decide(action_type, "negotiation", Facts(paused=True)).as_dict()
    assert json.loads(json.dumps(said)) == said
    assert said["remedy"] is None or all(way.keys() == {"do", "who", "how"} for way in said["remedy"])


def test_every_rule_that_fired_is_explained_to_the_manager():
    result = decide("schedule_meeting", "negotiation", Facts(paused=True))
    assert result.explanations == [RULES["stage_gate"].explanation, RULES["paused"].explanation]
