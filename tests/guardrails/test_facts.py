"""What the facts do to a verdict: suppression, recipients, pauses and edits."""

from itertools import product

import pytest

from guardrails.policy import MESSAGE_TYPES, TIERS, Facts, Tier, decide, status_for

MESSAGES = sorted(MESSAGE_TYPES)
AUTONOMOUS_MESSAGES = [name for name in MESSAGES if TIERS[name] is Tier.AUTONOMOUS]
APPROVED_MESSAGES = [name for name in MESSAGES if TIERS[name] is Tier.APPROVAL_REQUIRED]
AUTONOMOUS = [name for name, tier in TIERS.items() if tier is Tier.AUTONOMOUS]
STRANGER = ("eve@elsewhere.example",)


@pytest.mark.parametrize("action_type", MESSAGES)
def test_nobody_suppressed_is_written_to(action_type):
    result = decide(action_type, "discovery", Facts(suppressed=True))
    assert (result.reason, status_for(result)) == ("suppressed_contact", "blocked")
    assert result.tier == TIERS[action_type]
    assert (result.allowed, result.requires_human) == (False, True)


@pytest.mark.parametrize("action_type", sorted(TIERS.keys() - MESSAGE_TYPES))
def test_a_suppression_leaves_what_writes_to_nobody_alone(action_type):
    assert decide(action_type, None, Facts(suppressed=True)) == decide(action_type, None)


@pytest.mark.parametrize("action_type", [*TIERS, "send_sms"])
def test_what_lost_its_deal_or_contact_is_blocked_whatever_it_is(action_type):
    result = decide(action_type, None, Facts(target_moved=True))
    assert "target_moved" in result.rules
    assert status_for(result) == "blocked"


def test_an_unknown_action_may_be_a_message_so_a_suppression_blocks_it():
    result = decide("send_sms", None, Facts(suppressed=True))
    assert result.rules == ("suppressed_contact", "unknown_action_type")
    assert status_for(result) == "blocked"


@pytest.mark.parametrize("action_type", AUTONOMOUS_MESSAGES)
@pytest.mark.parametrize(
    "facts", [Facts(unknown_recipients=STRANGER), Facts(recipient_count=6)], ids=["stranger", "six"]
)
def test_an_autonomous_message_to_a_stranger_or_to_six_needs_a_person(action_type, facts):
    result = decide(action_type, "discovery", facts)
    assert (result.reason, result.tier, status_for(result)) == ("unknown_recipient", "autonomous", "pending")


@pytest.mark.parametrize("action_type", AUTONOMOUS_MESSAGES)
def test_an_autonomous_message_to_five_known_people_runs(action_type):
    assert decide(action_type, "discovery", Facts(recipient_count=5)).allowed


@pytest.mark.parametrize("action_type", APPROVED_MESSAGES)
def test_who_approves_a_message_is_told_of_its_strangers(action_type):
    result = decide(action_type, None, Facts(unknown_recipients=STRANGER))
    assert result.rules == ("approval_required", "unknown_recipient")


@pytest.mark.parametrize("action_type", AUTONOMOUS)
def test_under_a_pause_an_autonomous_action_waits(action_type):
    result = decide(action_type, "discovery", Facts(paused=True))
    assert (result.reason, status_for(result)) == ("paused", "pending")


@pytest.mark.parametrize("action_type", AUTONOMOUS)
def test_a_pause_is_named_after_the_gate(action_type):
    assert decide(action_type, "negotiation", Facts(paused=True)).rules == ("stage_gate", "paused")


@pytest.mark.parametrize("action_type", AUTONOMOUS)
def test_an_edited_action_needs_a_person(action_type):
    result = decide(action_type, "discovery", Facts(tightened_by_edit=True))
    assert (result.reason, result.tier, status_for(result)) == ("edited", "autonomous", "pending")


@pytest.mark.parametrize("action_type", [name for name, tier in TIERS.items() if tier is Tier.HARD_STOP])
def test_no_fact_changes_a_hard_stop(action_type):
    everything = Facts(
        claimed_stage="discovery", suppressed=True, unknown_recipients=STRANGER, paused=True, tightened_by_edit=True
    )
    assert decide(action_type, "discovery", everything) == decide(action_type)


@pytest.mark.parametrize("action_type", AUTONOMOUS_MESSAGES)
def test_everything_that_fired_is_named_strictest_first(action_type):
    everything = Facts(suppressed=True, unknown_recipients=STRANGER, paused=True, tightened_by_edit=True)
    rules = decide(action_type, "negotiation", everything).rules
    assert rules == ("suppressed_contact", "stage_gate", "unknown_recipient", "paused", "edited")


def expected_rules(action_type, *, gated, suppressed, stranger, paused, edited):
    """The rules that fire on a catalogued action, strictest first, written out once more."""
    tier, is_message = TIERS[action_type], action_type in MESSAGE_TYPES
    autonomous = tier is Tier.AUTONOMOUS
    fires = {
        "hard_stop": tier is Tier.HARD_STOP,
        "suppressed_contact": suppressed and is_message,
        "approval_required": tier is Tier.APPROVAL_REQUIRED,
        "stage_gate": gated and autonomous,
        "unknown_recipient": stranger and is_message,
        "paused": paused and autonomous,
        "edited": edited and autonomous,
    }
    return tuple(rule for rule, fired in fires.items() if fired) or ("autonomous",)


@pytest.mark.parametrize("action_type", TIERS)
def test_over_the_whole_matrix_of_facts_the_right_rules_fire(action_type):
    for gated, suppressed, stranger, paused, edited in product((False, True), repeat=5):
        facts = Facts(
            suppressed=suppressed,
            unknown_recipients=STRANGER if stranger else (),
            paused=paused,
            tightened_by_edit=edited,
        )
        result = decide(action_type, "evaluation" if gated else "stalled", facts)
        assert result.rules == expected_rules(
            action_type, gated=gated, suppressed=suppressed, stranger=stranger, paused=paused, edited=edited
        )


def test_a_list_of_strangers_is_kept_as_it_is_now():
    strangers = ["eve@elsewhere.example"]
    facts = Facts(unknown_recipients=strangers)
    strangers.clear()
    assert facts.unknown_recipients == STRANGER


@pytest.mark.parametrize(
    "unreadable",
    [
        {"suppressed": None},
        {"suppressed": "no"},
        {"paused": 0},
        {"tightened_by_edit": None},
        {"recipient_count": None},
        {"recipient_count": True},
        {"unknown_recipients": "eve@elsewhere.example"},
        {"unknown_recipients": None},
    ],
    ids=repr,
)
def test_a_fact_that_could_not_be_read_is_refused(unreadable):
    with pytest.raises(TypeError):
        Facts(**unreadable)
