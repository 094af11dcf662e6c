"""What becomes of a proposal: its status, its hash, its record."""

import pytest

from crm.stages import STAGES, Stage
from crm.tenancy import tenant_scope
from engine.consent import content_hash
from engine.errors import InvalidProposal
from engine.models import Action
from record.models import Entry
from tests.cast import Company


def test_a_follow_up_to_a_known_contact_is_approved_at_once(acme: Company) -> None:
    action = acme.propose()
    assert (action.status, action.tier, action.reason) == ("approved", "autonomous", "autonomous")
    assert action.queue == "email"


def test_a_proposal_that_needs_approval_waits(acme: Company) -> None:
    action = acme.propose_proposal()
    assert (action.status, action.reason) == ("pending", "approval_required")


@pytest.mark.parametrize("name", ["Commit-Pricing", "commit__pricing", "commitpricing", "COMMIT PRICING"])
def test_a_hard_stop_is_blocked_under_every_name(acme: Company, name: str) -> None:
    action = acme.propose(name, {"anything": 1})
    assert (action.status, action.action_type, action.reason) == ("blocked", "commit_pricing", "hard_stop")


@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_comes_from_our_records(acme: Company, stage: Stage) -> None:
    acme.move_deal(stage)
    action = acme.propose(deal_stage="discovery")
    gated = stage in {Stage.EVALUATION, Stage.NEGOTIATION, Stage.CLOSED_WON, Stage.CLOSED_LOST}
    assert action.stage == stage
    assert action.status == ("pending" if gated else "approved")


def test_a_claimed_stage_can_only_make_it_stricter(acme: Company) -> None:
    action = acme.propose(deal_stage="negotiation")
    assert (action.stage, action.status, action.reason) == ("discovery", "pending", "stage_gate")


def test_the_hash_covers_what_is_stored(acme: Company) -> None:
    action = acme.read(acme.propose(opportunity="O-1", contact="C-1"))
    assert action.content_hash == content_hash(
        tenant_slug="acme",
        clone_id=acme.clone.pk,
        action_type="send_follow_up_email",
        payload=action.payload,
        account_id=acme.account.pk,
        opportunity_id=acme.deal.pk,
        contact_id=acme.contact.pk,
        stage="discovery",
        policy_version=1,
    )


def test_a_proposal_and_its_record_entry_are_written_together(acme: Company) -> None:
    action = acme.propose("Send Proposal", rationale="They asked for it.")
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(subject_id=str(action.pk))
    assert entry.kind == "action.proposed"
    assert entry.facts["raw_action_type"] == "Send Proposal"
    assert entry.facts["content_hash"] == action.content_hash
    assert entry.hash == entry.computed_hash()
    assert "Shall we talk" not in str(entry.facts)


def test_a_foreign_account_is_an_unknown_account(acme: Company, rival: Company) -> None:
    with pytest.raises(InvalidProposal) as refusal:
        acme.propose(account=str(rival.account.pk))
    assert [error["pointer"] for error in refusal.value.errors] == ["/account"]
    with tenant_scope(acme.tenant):
        assert not Action.objects.exists()


def test_a_stranger_among_the_recipients_needs_a_person(acme: Company) -> None:
    action = acme.propose(payload=acme.email(cc=["someone@elsewhere.example"]))
    assert (action.status, action.reason) == ("pending", "unknown_recipient")


def test_a_colleague_in_the_account_domain_is_no_stranger(acme: Company) -> None:
    assert acme.propose(payload=acme.email(to=["New.Person@GLOBEX.example"])).status == "approved"
