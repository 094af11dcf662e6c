"""The engine's five verbs, for callers inside the process."""

import pytest
from django.core import mail

from engine.autonomy import AutonomyEngine
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.representation import as_json
from tests.cast import Company

ENGINE = AutonomyEngine()


def propose(company: Company, action_type: str, **changes: object):
    given = {
        "tenant": company.tenant,
        "clone": company.clone,
        "action_type": action_type,
        "account": company.account,
        "payload": company.email(),
        "rationale": "They asked.",
        "actor": company.key,
    }
    return ENGINE.propose_action(**{**given, **changes})


def test_propose_decide_and_carry_out(acme: Company) -> None:
    action = propose(acme, "send_proposal", opportunity=acme.deal, contact=acme.contact)
    assert [waiting.pk for waiting in ENGINE.get_pending_approvals(tenant=acme.tenant)] == [action.pk]
    ENGINE.resolve_approval(action=action, approved=True, actor=acme.manager, content_hash=action.content_hash)
    done = ENGINE.execute_approved_action(action=action)
    assert done.status == "executed"
    assert [message.to for message in mail.outbox] == [["hank@globex.example"]]


def test_a_key_read_afresh_proposes_outside_any_scope(acme: Company) -> None:
    from crm.models import AgentKey
    from crm.tenancy import tenant_scope

    with tenant_scope(acme.tenant):
        key = AgentKey.objects.get(pk=acme.key.pk)
    assert propose(acme, "send_proposal", actor=key).status == "pending"


def test_a_no_needs_its_reason(acme: Company) -> None:
    action = propose(acme, "send_proposal")
    given = {"action": action, "approved": False, "actor": acme.manager, "content_hash": action.content_hash}
    with pytest.raises(InvalidProposal):
        ENGINE.resolve_approval(**given)
    assert ENGINE.resolve_approval(**given, reason="Too early.").status == "rejected"


def test_an_agents_key_resolves_nothing(acme: Company) -> None:
    action = propose(acme, "send_proposal")
    with pytest.raises(NotAllowed):
        ENGINE.resolve_approval(action=action, approved=True, actor=acme.key, content_hash=action.content_hash)


@pytest.mark.parametrize("action_type", ["send_proposal", "commit_pricing"])
def test_what_is_not_approved_is_refused(acme: Company, action_type: str) -> None:
    with pytest.raises(Conflict, match="Only an approved action"):
        ENGINE.execute_approved_action(action=propose(acme, action_type))
    assert mail.outbox == []


def test_an_action_runs_once_however_often_it_is_asked_for(acme: Company) -> None:
    action = propose(acme, "send_follow_up_email")
    ENGINE.execute_approved_action(action=action)
    with pytest.raises(Conflict, match="is executed"):
        ENGINE.execute_approved_action(action=action)
    assert len(mail.outbox) == 1


def test_the_representation_has_the_contracts_names(acme: Company) -> None:
    from crm.tenancy import tenant_scope

    action = acme.read(propose(acme, "send_proposal"))
    with tenant_scope(acme.tenant):
        shown = as_json(action)
    contract = (
        "id action_type tier status version waiting_for decision content_hash payload account opportunity contact clone"
        " stage proposed_at expires_at not_before decided_by decided_at result supersedes superseded_by"
    )
    assert set(contract.split()) <= set(shown)
    assert set(shown["decision"]) == {"allowed", "reason", "requires_human", "rules", "remedy"}
    assert shown["waiting_for"] == "person"
