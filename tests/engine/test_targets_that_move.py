"""A deal or a contact that goes to another account takes no action with it, neither past the gate nor past a suppression."""

import pytest

from crm.models import Account, Contact, Opportunity, Suppression
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.claims import claim
from engine.edits import edit
from engine.errors import Conflict
from engine.execution import drain, run
from tests.cast import Company

EARLY = {"to_stage": "qualification"}


def move_to_another_account(acme: Company, model: type) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
        model._default_manager.update(account=other)  # type: ignore[attr-defined]


def test_an_approved_action_whose_deal_went_elsewhere_never_runs(acme: Company) -> None:
    action = acme.propose("progress_early_stage", EARLY, opportunity="O-1")
    assert action.status == "approved"
    move_to_another_account(acme, Opportunity)
    acme.move_deal(Stage.NEGOTIATION)
    assert drain("crm") == 0
    assert (acme.read(action).status, acme.read(action).reason) == ("blocked", "target_moved")
    with tenant_scope(acme.tenant):
        assert Opportunity.objects.get().stage == "negotiation"


def test_a_deal_that_goes_elsewhere_after_the_claim_is_left_alone(acme: Company) -> None:
    action = acme.propose("progress_early_stage", EARLY, opportunity="O-1")
    (claimed,) = claim(acme.tenant.pk, "crm")
    move_to_another_account(acme, Opportunity)
    run(claimed)
    assert acme.read(action).status == "failed"
    with tenant_scope(acme.tenant):
        assert Opportunity.objects.get().stage == "discovery"


def test_a_person_cannot_approve_it_either(acme: Company) -> None:
    action = acme.propose("progress_past_evaluation", {"to_stage": "closed_won"}, opportunity="O-1")
    move_to_another_account(acme, Opportunity)
    with pytest.raises(Conflict, match="target_moved"):
        acme.approve(action)
    assert acme.read(action).status == "blocked"


def test_nor_edit_it(acme: Company) -> None:
    action = acme.propose("progress_past_evaluation", {"to_stage": "closed_won"}, opportunity="O-1")
    move_to_another_account(acme, Opportunity)
    with pytest.raises(Conflict, match="target_moved"):
        edit(action=action, payload={"to_stage": "negotiation"}, actor=acme.actor())
    assert acme.read(action).status == "pending"


def test_a_suppressed_contact_who_went_elsewhere_is_still_not_written_to(acme: Company) -> None:
    message = {"channel": "#globex", "text": "Shall we talk?"}
    action = acme.propose("send_chat_message", message, contact="C-1", deal_stage="negotiation")
    with tenant_scope(acme.tenant):
        Contact.objects.update(email="")
        Suppression.objects.create(tenant=acme.tenant, contact=acme.contact, reason="Opt-out", set_by="test")
    move_to_another_account(acme, Contact)
    with pytest.raises(Conflict):
        acme.approve(action)
    assert acme.read(action).status == "blocked"
