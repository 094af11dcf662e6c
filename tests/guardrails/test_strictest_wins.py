"""Verdicts combine by "the strictest wins", and no fact ever loosens one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.stages import STAGES
from guardrails.policy import TIERS, Facts, GuardrailResult, Tier, decide, status_for, strictest

quick = settings(deadline=None, max_examples=200)
ORDER = ["approved", "pending", "blocked"]

actions = st.sampled_from([*TIERS, "send_sms"])
stages = st.sampled_from([None, *STAGES, "", "won", 3])
facts = st.builds(
    Facts,
    claimed_stage=stages,
    suppressed=st.booleans(),
    unknown_recipients=st.sampled_from([(), ("eve@elsewhere.example",)]),
    recipient_count=st.integers(0, 8),
    paused=st.booleans(),
    tightened_by_edit=st.booleans(),
    target_moved=st.booleans(),
)
results = st.builds(decide, actions, stages, facts)
added_facts = st.sampled_from(
    [
        {"claimed_stage": "negotiation"},
        {"claimed_stage": "no such stage"},
        {"suppressed": True},
        {"unknown_recipients": ("eve@elsewhere.example",)},
        {"recipient_count": 9},
        {"paused": True},
        {"tightened_by_edit": True},
    ]
)


def strictness(result):
    return ORDER.index(status_for(result))


@quick
@given(actions, stages, facts, added_facts)
def test_another_fact_never_loosens_a_verdict(action_type, stage, known, added):
    before = decide(action_type, stage, known)
    after = decide(action_type, stage, replace(known, **added))
    assert strictness(after) >= strictness(before)
    assert after.tier == before.tier
    assert not (after.allowed and not before.allowed)


@quick
@given(actions, stages, facts, st.sampled_from([None, *STAGES, "", "won"]))
def test_no_claim_loosens_a_verdict(action_type, stage, known, claim):
    unclaimed = decide(action_type, stage, replace(known, claimed_stage=None))
    assert strictness(decide(action_type, stage, replace(known, claimed_stage=claim))) >= strictness(unclaimed)


@quick
@given(actions, stages)
def test_checking_without_facts_is_checking_with_harmless_ones(action_type, stage):
    assert decide(action_type, stage) == decide(action_type, stage, Facts(recipient_count=1))


@quick
@given(results, results)
def test_it_does_not_matter_which_verdict_came_first(one, other):
    assert strictest([one, other]) == strictest([other, one])


@quick
@given(results, results, results)
def test_it_does_not_matter_how_verdicts_are_grouped(one, two, three):
    assert strictest([strictest([one, two]), three]) == strictest([one, strictest([two, three])])


@quick
@given(results)
def test_a_verdict_combined_with_itself_is_itself(result):
    assert strictest([result]) == strictest([result, result]) == result


@quick
@given(st.lists(results, min_size=1, max_size=4))
def test_the_combination_is_as_strict_as_the_strictest_and_names_every_rule(verdicts):
    combined = strictest(verdicts)
    assert strictness(combined) == max(map(strictness, verdicts))
    assert combined.allowed == all(verdict.allowed for verdict in verdicts)
    assert set(combined.rules) - {"autonomous"} == {r for v in verdicts for r in v.rules} - {"autonomous"}


def test_without_a_check_there_is_no_verdict():
    with pytest.raises(ValueError, match="at least one check"):
        strictest([])


@pytest.mark.parametrize(
    ("allowed", "reason", "requires_human", "rules"),
    [
        (True, "autonomous", False, ()),
        (True, "stage_gate", False, ("stage_gate",)),
        (True, "autonomous", False, ("autonomous", "paused")),
        (False, "paused", True, ("stage_gate", "paused")),
        (False, "stage_gate", False, ("stage_gate",)),
        (False, "autonomous", True, ("autonomous",)),
    ],
)
def test_a_verdict_cannot_say_other_than_its_rules(allowed, reason, requires_human, rules):
    with pytest.raises(ValueError, match="what its rules say"):
        GuardrailResult(
            allowed=allowed, reason=reason, requires_human=requires_human, tier=Tier.AUTONOMOUS, rules=rules
        )


def test_a_rule_nobody_knows_makes_no_verdict():
    with pytest.raises(KeyError):
        GuardrailResult(allowed=True, reason="fine", requires_human=False, tier=Tier.AUTONOMOUS, rules=("fine",))
