"""The whole table: every action in every stage, and in words that are no stage."""

import pytest

from guardrails.checker import GuardrailChecker
from guardrails.policy import CATALOGUE, HARD_STOPS, MESSAGE_TYPES, TIERS, Facts, decide, status_for

AUTONOMOUS = [
    "send_follow_up_email",
    "send_routine_response",
    "send_chat_message",
    "schedule_meeting",
    "qualify_conversation",
    "progress_early_stage",
    "update_account_context",
    "create_briefing",
    "log_interaction",
]
APPROVAL_REQUIRED = [
    "send_proposal",
    "discuss_pricing",
    "negotiate_terms",
    "progress_past_evaluation",
    "contact_c_suite",
    "share_minutes_externally",
    "modify_account_plan",
    "escalate_to_management",
]
HARD_STOP = [
    "commit_pricing",
    "modify_contract",
    "approve_discount",
    "strategic_decision",
    "initiate_executive_relationship",
    "legal_commitment",
    "market_positioning_change",
]
UNKNOWN = ["send_sms", "commit", "pricing_commit", "commit_pricings", "", "__", "价格承诺"]

TIER_OF = (
    dict.fromkeys(AUTONOMOUS, "autonomous")
    | dict.fromkeys(APPROVAL_REQUIRED, "approval_required")
    | dict.fromkeys(HARD_STOP, "hard_stop")
    | dict.fromkeys(UNKNOWN, "approval_required")
)

UNGATED = [None, "prospecting", "discovery", "qualification", "stalled"]
GATED = ["evaluation", "negotiation", "closed_won", "closed_lost"]
NO_STAGES = [
    "",
    " ",
    "Prospecting",
    "prospecting ",
    "won",
    "null",
    "pr\u043especting",
    0,
    7,
    False,
    [],
    {},
    b"discovery",
]


def expected(action_type, *, gated):
    """(allowed, requires_human, tier, reason, status) as the contract's table of cases has them."""
    tier = TIER_OF[action_type]
    if action_type in UNKNOWN:
        return False, True, tier, "unknown_action_type", "pending"
    if tier == "hard_stop":
        return False, True, tier, "hard_stop", "blocked"
    if tier == "approval_required":
        return False, True, tier, "approval_required", "pending"
    return (False, True, tier, "stage_gate", "pending") if gated else (True, False, tier, "autonomous", "approved")


def said(result):
    return result.allowed, result.requires_human, result.tier, result.reason, status_for(result)


@pytest.mark.parametrize("action_type", TIER_OF)
def test_where_no_gate_stands_the_tier_decides(action_type):
    verdicts = [said(GuardrailChecker().check(action_type, stage)) for stage in UNGATED]
    assert verdicts == [expected(action_type, gated=False)] * len(UNGATED)


@pytest.mark.parametrize("action_type", TIER_OF)
def test_in_a_gated_stage_or_a_word_that_is_no_stage_nothing_is_allowed(action_type):
    verdicts = [said(GuardrailChecker().check(action_type, stage)) for stage in GATED + NO_STAGES]
    assert verdicts == [expected(action_type, gated=True)] * len(GATED + NO_STAGES)


@pytest.mark.parametrize("action_type", TIER_OF)
def test_a_claimed_stage_gates_whatever_our_records_say(action_type):
    claims = [Facts(claimed_stage=claim) for claim in GATED + NO_STAGES]
    verdicts = [said(decide(action_type, "prospecting", claim)) for claim in claims]
    assert verdicts == [expected(action_type, gated=True)] * len(claims)


@pytest.mark.parametrize("action_type", AUTONOMOUS)
def test_a_claimed_stage_never_opens_the_gate_of_our_records(action_type):
    claims = [Facts(claimed_stage=claim) for claim in UNGATED]
    assert {decide(action_type, "negotiation", claim).reason for claim in claims} == {"stage_gate"}


@pytest.mark.parametrize("action_type", TIER_OF)
def test_the_reason_is_the_only_rule_where_no_fact_is_known(action_type):
    results = [GuardrailChecker().check(action_type, stage) for stage in UNGATED + GATED]
    assert [result.rules for result in results] == [(result.reason,) for result in results]


def test_every_action_has_its_tier():
    checker = GuardrailChecker()
    assert {name: checker.classify_action(name) for name in TIER_OF} == TIER_OF


def test_the_table_holds_the_contracts_24_actions_and_no_other():
    assert list(TIERS) == [*AUTONOMOUS, *APPROVAL_REQUIRED, *HARD_STOP]
    assert frozenset(HARD_STOP) == HARD_STOPS


def test_every_action_is_described_in_a_sentence():
    assert all(entry.description.endswith(".") for entry in CATALOGUE.values())


def test_the_allowed_actions_are_the_nine():
    assert GuardrailChecker().get_allowed_actions() == set(AUTONOMOUS)


def test_the_restricted_actions_are_the_other_fifteen_with_their_tiers():
    restricted = GuardrailChecker().get_restricted_actions()
    assert restricted == {name: TIER_OF[name] for name in [*APPROVAL_REQUIRED, *HARD_STOP]}


def test_changing_what_the_checker_hands_out_changes_no_rule():
    checker = GuardrailChecker()
    checker.get_allowed_actions().add("commit_pricing")
    checker.get_restricted_actions().clear()
    checker.check("commit_pricing").remedy.clear()
    assert checker.check("commit_pricing").remedy
    assert "commit_pricing" not in checker.get_allowed_actions()
    assert len(checker.get_restricted_actions()) == 15


def test_the_messages_are_the_nine_actions_that_write_to_people():
    assert len(MESSAGE_TYPES) == 9
    assert not MESSAGE_TYPES - TIERS.keys()
    assert not MESSAGE_TYPES & HARD_STOPS
