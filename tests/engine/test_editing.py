"""A person's version in the place of the agent's."""

import pytest

from crm.models import Suppression
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.edits import edit, edit_and_approve
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.models import Action
from record.models import Entry
from tests.cast import Company


def test_an_edit_takes_the_place_of_what_it_changes(acme: Company) -> None:
    old = acme.propose_proposal(rationale="They asked.")
    new = edit(action=old, payload=acme.email(subject="A better subject"), actor=acme.actor())
    before = acme.read(old)
    assert (before.status, before.superseded_by_id) == ("superseded", new.pk)
    assert (new.status, new.supersedes_id, new.expires_at) == ("pending", old.pk, before.expires_at)
    assert new.edit_diff == {"subject": {"old": "Next steps", "new": "A better subject"}}
    assert new.content_hash != old.content_hash


def test_an_edited_autonomous_action_needs_a_person(acme: Company) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    old = acme.propose()
    acme.move_deal(Stage.DISCOVERY)
    new = edit(action=old, payload=acme.email(subject="Changed"), actor=acme.actor())
    assert (new.status, new.reason) == ("pending", "edited")


def test_who_edits_may_approve_the_edited_version(acme: Company) -> None:
    old = acme.propose_proposal()
    new = edit_and_approve(
        action=old, payload=acme.email(body="Changed."), actor=acme.actor(), content_hash=old.content_hash
    )
    assert (new.status, new.decided_by) == ("approved", acme.manager)


def test_an_edit_with_a_stale_hash_changes_nothing(acme: Company) -> None:
    old = acme.propose_proposal()
    with pytest.raises(Conflict):
        edit_and_approve(action=old, payload=acme.email(body="x"), actor=acme.actor(), content_hash="0" * 64)
    assert acme.read(old).status == "pending"


def test_a_stage_that_moved_is_shown_again_before_an_edit_is_approved(acme: Company) -> None:
    old = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    changed = {"payload": acme.email(body="Changed."), "actor": acme.actor()}
    with pytest.raises(Conflict) as conflict:
        edit_and_approve(action=old, content_hash=old.content_hash, **changed)
    stamped = acme.read(old)
    assert conflict.value.differences == [{"field": "stage", "shown": "discovery", "now": "negotiation"}]
    assert (stamped.status, stamped.stage) == ("pending", "negotiation")
    assert edit_and_approve(action=stamped, content_hash=stamped.content_hash, **changed).status == "approved"


def test_an_edit_that_would_be_blocked_leaves_the_old_one(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, address="stop@globex.example", reason="Opted out.", set_by="t")
    old = acme.propose_proposal()
    with pytest.raises(Conflict, match="suppressed_contact"):
        edit(action=old, payload=acme.email(to=["Stop@Globex.example"]), actor=acme.actor())
    with tenant_scope(acme.tenant):
        assert Action.objects.count() == 1
    assert acme.read(old).status == "pending"


def test_a_refused_edit_leaves_nothing_behind_inside_a_larger_scope(acme: Company) -> None:
    old = acme.approve(acme.propose_proposal())
    edit(action=old, payload=acme.email(body="One."), actor=acme.actor())
    with tenant_scope(acme.tenant):
        with pytest.raises(Conflict):
            edit(action=old, payload=acme.email(body="Two."), actor=acme.actor())
        assert Action.objects.count() == 2
        assert Entry.objects.filter(kind="action.edited").count() == 1


@pytest.mark.parametrize("payload", [{"to": ["hank@globex.example"]}, {"to": "hank", "subject": "a\nb", "body": ""}])
def test_an_edit_is_checked_like_a_proposal(acme: Company, payload: dict) -> None:
    old = acme.propose_proposal()
    with pytest.raises(InvalidProposal):
        edit(action=old, payload=payload, actor=acme.actor())
    assert acme.read(old).status == "pending"


def test_an_edit_that_changes_nothing_is_refused(acme: Company) -> None:
    old = acme.propose_proposal()
    with pytest.raises(InvalidProposal, match="Nothing was changed"):
        edit(action=old, payload=acme.email(), actor=acme.actor())


def test_only_deciders_edit(acme: Company) -> None:
    with pytest.raises(NotAllowed):
        edit(action=acme.propose_proposal(), payload=acme.email(body="x"), actor=acme.actor(acme.rep))
