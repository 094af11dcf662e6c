"""Approving and rejecting: who may, what was shown, and what else can get in between."""

import pytest
from django.db import connection

from crm.models import Membership, Suppression
from crm.people import change_role
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import reject, undo
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.models import Action
from engine.proposals import Proposal, propose
from record.actors import SCHEDULE, SYSTEM, WORKER
from record.models import Entry
from tests.cast import Company


def expire(action: Action) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET expires_at = clock_timestamp() WHERE id = %s", [action.pk])


def kinds(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))


def test_a_manager_approves_what_was_shown(acme: Company) -> None:
    decided = acme.approve(acme.propose_proposal(), comment="Fine.")
    assert (decided.status, decided.decided_by, decided.decision_comment) == ("approved", acme.manager, "Fine.")
    assert decided.not_before is None
    assert kinds(acme, decided) == ["action.proposed", "action.approved"]


def test_a_second_approval_learns_who_was_first(acme: Company) -> None:
    action = acme.propose_proposal()
    acme.approve(action)
    with pytest.raises(Conflict, match=r"approved by manager-acme already") as conflict:
        acme.approve(action, actor=acme.actor(acme.second_manager))
    assert conflict.value.action is not None
    assert conflict.value.action.decided_by == acme.manager


@pytest.mark.parametrize("content_hash", ["", "   "])
def test_without_the_hash_that_was_shown_nothing_is_approved(acme: Company, content_hash: str) -> None:
    action = acme.propose_proposal()
    with pytest.raises(InvalidProposal, match="content_hash"):
        acme.approve(action, content_hash=content_hash)
    assert acme.read(action).status == "pending"


def test_another_hash_is_a_conflict(acme: Company) -> None:
    action = acme.propose_proposal()
    with pytest.raises(Conflict):
        acme.approve(action, content_hash="0" * 64)
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_other_roles_do_not_decide(acme: Company, who: str) -> None:
    action = acme.propose_proposal()
    with pytest.raises(NotAllowed, match=who):
        acme.approve(action, actor=acme.actor(getattr(acme, who)))
    assert acme.read(action).status == "pending"


@pytest.mark.parametrize("actor", [SYSTEM, WORKER, SCHEDULE])
def test_machines_do_not_decide(acme: Company, actor: object) -> None:
    with pytest.raises(NotAllowed):
        acme.approve(acme.propose_proposal(), actor=actor)


def test_an_agents_key_does_not_decide(acme: Company) -> None:
    with pytest.raises(NotAllowed):
        acme.approve(acme.propose_proposal(), actor=acme.agent)


def test_a_superuser_without_a_role_does_not_decide(acme: Company, rival: Company) -> None:
    rival.manager.is_superuser = True
    rival.manager.save()
    with pytest.raises(NotAllowed, match="not a member"):
        acme.approve(acme.propose_proposal(), actor=rival.actor())


def test_a_manager_who_was_switched_off_does_not_decide(acme: Company) -> None:
    action = acme.propose_proposal()
    acme.manager.is_active = False
    acme.manager.save()
    with pytest.raises(NotAllowed):
        acme.approve(action)


def test_a_person_does_not_decide_what_they_proposed(acme: Company) -> None:
    proposal = Proposal(
        tenant=acme.tenant,
        clone_id=acme.clone.pk,
        action_type="send_proposal",
        account="A-1",
        payload=acme.email(),
    )
    action = propose(proposal, actor=acme.actor())
    with pytest.raises(NotAllowed, match="proposed"):
        acme.approve(action)
    assert acme.approve(action, actor=acme.actor(acme.second_manager)).status == "approved"


def test_an_expired_action_cannot_be_approved_even_before_the_sweep(acme: Company) -> None:
    action = acme.propose_proposal()
    expire(action)
    with pytest.raises(Conflict, match="deadline"):
        acme.approve(action)
    assert acme.read(action).status == "pending"


def test_a_stage_that_moved_is_shown_again_before_it_is_approved(acme: Company) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    with pytest.raises(Conflict) as conflict:
        acme.approve(action)
    stamped = acme.read(action)
    assert conflict.value.differences == [{"field": "stage", "shown": "discovery", "now": "negotiation"}]
    assert (stamped.status, stamped.stage, stamped.version) == ("pending", "negotiation", 2)
    assert stamped.content_hash not in ("", action.content_hash)
    assert acme.approve(stamped).status == "approved"


def test_the_hash_from_before_a_restamp_says_what_moved(acme: Company) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    with pytest.raises(Conflict):
        acme.approve(action)
    with pytest.raises(Conflict) as conflict:
        acme.approve(action)
    assert conflict.value.differences == [{"field": "stage", "shown": "discovery", "now": "negotiation"}]


def test_a_contact_suppressed_in_between_blocks_the_action(acme: Company) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, contact=acme.contact, reason="Asked us to stop.", set_by="test")
    with pytest.raises(Conflict, match="suppressed_contact"):
        acme.approve(action)
    assert acme.read(action).status == "blocked"


def test_a_rejection_keeps_its_reason(acme: Company) -> None:
    rejected = reject(action=acme.propose_proposal(), actor=acme.actor(), reason="Too early.")
    assert (rejected.status, rejected.decision_comment) == ("rejected", "Too early.")


def test_a_rejection_without_a_reason_is_refused(acme: Company) -> None:
    action = acme.propose_proposal()
    with pytest.raises(InvalidProposal, match="reason"):
        reject(action=action, actor=acme.actor(), reason=" ")


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_a_console_decision_can_be_undone_within_its_hold(acme: Company, verdict: str) -> None:
    action = acme.propose_proposal()
    if verdict == "approved":
        acme.approve(action, hold=True)
    else:
        reject(action=action, actor=acme.actor(), reason="No.", hold=True)
    undone = undo(action=action, actor=acme.actor())
    assert (undone.status, undone.decided_by, undone.not_before) == ("pending", None, None)
    assert kinds(acme, undone)[-1] == "action.undone"


def test_after_the_hold_a_decision_stands(acme: Company) -> None:
    action = acme.approve(acme.propose_proposal(), hold=True)
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET not_before = clock_timestamp() WHERE id = %s", [action.pk])
    with pytest.raises(Conflict, match="passed"):
        undo(action=action, actor=acme.actor())
    assert acme.read(action).status == "approved"


def test_a_decision_without_a_hold_cannot_be_undone(acme: Company) -> None:
    action = acme.approve(acme.propose_proposal())
    with pytest.raises(Conflict):
        undo(action=action, actor=acme.actor())


def test_a_role_lost_between_showing_and_deciding_is_lost(acme: Company) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        membership = Membership.objects.get(person=acme.manager)
    change_role(membership, role="auditor", actor=SYSTEM)
    with pytest.raises(NotAllowed):
        acme.approve(action)
