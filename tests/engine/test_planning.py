"""What the planner proposes, and when it keeps quiet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Clone, Contact, Interaction, Opportunity, Suppression
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.autonomy import AutonomyEngine
from engine.models import Action
from tests.cast import Company


def plan(company: Company) -> list[Action]:
    return AutonomyEngine().plan_proactive_actions(tenant=company.tenant, account=company.account)


def heard(company: Company, days_ago: float, status: str = "completed") -> None:
    with tenant_scope(company.tenant):
        Interaction.objects.create(
            tenant=company.tenant,
            account=company.account,
            contact=company.contact,
            external_id=f"I{days_ago}",
            channel="email",
            status=status,
            occurred_at=timezone.now() - timedelta(days=days_ago),
        )


def test_a_silent_deal_gets_a_follow_up_to_whoever_can_be_reached(acme: Company) -> None:
    heard(acme, 20)
    (action,) = plan(acme)
    assert (action.action_type, action.status, action.proposer_kind) == ("send_follow_up_email", "approved", "schedule")
    assert action.payload["to"] == ["hank@globex.example"]
    assert "silent for 20 days" in action.rationale


def test_what_was_heard_of_lately_or_lies_ahead_is_left_alone(acme: Company) -> None:
    heard(acme, 3)
    assert plan(acme) == []


def test_a_date_ahead_is_a_next_step(acme: Company) -> None:
    heard(acme, 40)
    heard(acme, -5, status="scheduled")
    assert plan(acme) == []


def test_without_an_open_deal_nothing_is_proposed(acme: Company) -> None:
    acme.move_deal(Stage.CLOSED_LOST)
    assert plan(acme) == []


@pytest.mark.parametrize("how", ["no address", "no valid address", "suppressed contact", "suppressed address"])
def test_where_nobody_can_be_written_to_a_briefing_says_so(acme: Company, how: str) -> None:
    with tenant_scope(acme.tenant):
        if how in ("no address", "no valid address"):
            Contact.objects.update(email="" if how == "no address" else "nobody at all")
        else:
            whom = {"contact": acme.contact} if how == "suppressed contact" else {"address": "hank@globex.example"}
            Suppression.objects.create(tenant=acme.tenant, reason="Opt-out", set_by="test", **whom)
    (action,) = plan(acme)
    assert action.action_type == "create_briefing"
    assert "Globex" in action.payload["title"]


def test_the_same_account_is_not_proposed_for_twice(acme: Company) -> None:
    assert len(plan(acme)) == 1
    assert plan(acme) == []


def test_the_planner_passes_the_stage_gate_like_anybody_else(acme: Company) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    (action,) = plan(acme)
    assert (action.status, action.reason) == ("pending", "stage_gate")


def test_a_deal_of_nobody_is_the_only_clones(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.update(clone=None)
    (action,) = plan(acme)
    assert action.clone_id == acme.clone.pk


def test_a_deal_of_nobody_is_that_of_whoever_spoke_last(acme: Company) -> None:
    heard(acme, 30)
    with tenant_scope(acme.tenant):
        other = Clone.objects.create(tenant=acme.tenant, name="Bob")
        Opportunity.objects.update(clone=None)
        Interaction.objects.update(clone=other)
    (action,) = plan(acme)
    assert action.clone_id == other.pk


def test_without_a_clone_nobody_speaks(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.create(tenant=acme.tenant, name="Bob")
        Opportunity.objects.update(clone=None)
    assert plan(acme) == []
    (action,) = AutonomyEngine().plan_proactive_actions(tenant=acme.tenant, account=acme.account, clone=acme.clone)
    assert action.clone_id == acme.clone.pk


def test_a_closed_deal_beside_the_open_one_hides_no_silence(acme: Company) -> None:
    another_deal(acme, Stage.CLOSED_WON)
    assert len(plan(acme)) == 1


def test_a_deal_in_a_later_stage_counts_whichever_the_mail_names(acme: Company) -> None:
    another_deal(acme, Stage.NEGOTIATION, amount=1)
    (action,) = plan(acme)
    assert (action.opportunity_id, action.status, action.reason) == (acme.deal.pk, "pending", "stage_gate")


def test_a_deal_that_nobody_touched_is_not_said_to_have_been_talked_about(acme: Company) -> None:
    (action,) = plan(acme)
    assert "for a while" not in action.payload["body"]
    assert action.cause == "silence"


def another_deal(company: Company, stage: Stage, amount: int = 99_000) -> None:
    with tenant_scope(company.tenant):
        Opportunity.objects.create(
            tenant=company.tenant,
            account=company.account,
            clone=company.clone,
            external_id="O-2",
            name="Another",
            stage=stage.value,
            amount=amount,
            currency="USD",
        )
