"""What the planner proposes, and when it keeps quiet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Contact, Interaction, Opportunity, Suppression
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


@pytest.mark.parametrize("how", ["no address", "suppressed contact", "suppressed address"])
def test_where_nobody_can_be_written_to_a_briefing_says_so(acme: Company, how: str) -> None:
    with tenant_scope(acme.tenant):
        if how == "no address":
            Contact.objects.update(email="")
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


def test_without_a_clone_nobody_speaks(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.update(clone=None)
    assert plan(acme) == []
