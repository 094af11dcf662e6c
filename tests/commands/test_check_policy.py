"""check_policy."""

import pytest

from crm.stages import GATED_STAGES
from guardrails.pauses import set_pause
from guardrails.policy import TIERS, decide
from record.actors import SYSTEM
from tests.cast import Company


def test_it_answers_with_the_six_names_of_a_verdict(run) -> None:
    assert run("check_policy", "send_proposal") == decide("send_proposal").as_dict()
    assert set(run("check_policy", "send_proposal")) == {
        "allowed",
        "reason",
        "requires_human",
        "tier",
        "rules",
        "remedy",
    }


@pytest.mark.parametrize("action_type", TIERS)
def test_every_action_type_has_its_tier(run, action_type: str) -> None:
    assert run("check_policy", action_type)["tier"] == TIERS[action_type]


@pytest.mark.parametrize("stage", sorted(GATED_STAGES))
def test_a_gated_stage_needs_a_person(run, stage: str) -> None:
    answer = run("check_policy", "send_follow_up_email", "--stage", stage)
    assert (answer["allowed"], answer["reason"]) == (False, "stage_gate")


def test_an_early_stage_is_allowed(run) -> None:
    answer = run("check_policy", "send_follow_up_email", "--stage", "discovery")
    assert (answer["allowed"], answer["reason"], answer["remedy"]) == (True, "autonomous", None)


def test_a_disguised_hard_stop_is_one(run) -> None:
    assert run("check_policy", "Commit-Pricing")["tier"] == "hard_stop"


def test_an_unknown_name_needs_a_person(run) -> None:
    assert run("check_policy", "send_flowers")["reason"] == "unknown_action_type"


def test_a_pause_of_the_tenant_counts(run, acme: Company, rival: Company) -> None:
    set_pause(tenant=acme.tenant, actor=SYSTEM, reason="A wrong price list is out.", action_type="send_follow_up_email")
    words = ["check_policy", "send_follow_up_email", "--tenant"]
    assert run(*words, "acme")["reason"] == "paused"
    assert run(*words, "rival")["reason"] == "autonomous"
    assert run("check_policy", "create_briefing", "--tenant", "acme")["reason"] == "autonomous"


def test_a_pause_of_one_clone_is_not_everybodys(run, acme: Company) -> None:
    set_pause(tenant=acme.tenant, actor=SYSTEM, reason="Its signature is wrong.", clone=acme.clone)
    assert run("check_policy", "send_follow_up_email", "--tenant", "acme")["allowed"] is True


def test_an_unknown_tenant_is_refused(refused, acme: Company) -> None:
    code, sentence = refused("check_policy", "send_proposal", "--tenant", "x")
    assert code == 2
    assert sentence.startswith("--tenant: there is no tenant 'x'")


@pytest.mark.parametrize(
    ("action_type", "sentence"),
    [
        ("create_briefing", "create_briefing (autonomous): an agent may do it on its own."),
        ("send_proposal", "send_proposal (approval_required): a person has to approve it."),
        ("Commit Pricing", "commit_pricing (hard_stop): it is blocked, and nobody can approve it."),
    ],
)
def test_people_are_told_the_verdict_first(told, action_type: str, sentence: str) -> None:
    assert told("check_policy", action_type).startswith(sentence)


def test_people_are_told_why_and_what_to_do(told) -> None:
    text = told("check_policy", "send_proposal")
    assert "A person decides every action of this kind." in text
    assert "Approve, edit or reject the action. (manager)" in text
