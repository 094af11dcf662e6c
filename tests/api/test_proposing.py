"""POST actions/ and actions/check/: what an agent sends, and what it is told."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.keys import issue_agent_key
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.models import Action
from record.actors import SYSTEM
from record.models import Entry
from tests.api.callers import Caller, caller, follow_up, pointers, problem, proposal
from tests.cast import Company

ACTION_FIELDS = {
    *("id", "action_type", "tier", "status", "version", "waiting_for", "decision", "content_hash", "payload"),
    *("account", "opportunity", "contact", "clone", "stage", "proposed_at", "expires_at", "not_before"),
    *("decided_by", "decided_at", "result", "supersedes", "superseded_by"),
}


def test_a_proposal_that_may_run_is_approved(acme: Company, agent: Caller) -> None:
    response = agent.post("actions/", follow_up())
    assert response.status_code == 201
    action = response.json()
    assert action.keys() >= ACTION_FIELDS
    assert (action["status"], action["tier"]) == ("approved", "autonomous")
    assert action["decision"] == {
        "allowed": True,
        "reason": "autonomous",
        "requires_human": False,
        "rules": ["autonomous"],
        "remedy": None,
    }
    assert action["account"] == str(acme.account.pk)
    assert response["Location"] == f"/api/v1/actions/{action['id']}/"


def test_a_proposal_in_a_late_stage_waits_for_a_person(acme: Company, agent: Caller) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    action = agent.post("actions/", follow_up()).json()
    assert (action["status"], action["waiting_for"], action["stage"]) == ("pending", "person", "negotiation")
    assert action["decision"]["reason"] == "stage_gate"


@pytest.mark.parametrize("name", ["commit_pricing", "Commit-Pricing", "commit__pricing", "commitpricing"])
def test_a_hard_stop_in_any_spelling_is_stored_and_blocked(agent: Caller, name: str) -> None:
    action = agent.post("actions/", follow_up(action_type=name)).json()
    assert (action["status"], action["action_type"], action["tier"]) == ("blocked", "commit_pricing", "hard_stop")


def test_references_take_ids_and_external_ids(acme: Company, agent: Caller) -> None:
    by_id = agent.post(
        "actions/",
        follow_up(str(acme.account.pk), opportunity=str(acme.deal.pk), contact=str(acme.contact.pk)),
    ).json()
    by_external_id = agent.post("actions/", follow_up("A-1", opportunity="O-1", contact="C-1")).json()
    for field in ("account", "opportunity", "contact"):
        assert by_id[field] == by_external_id[field]


@pytest.mark.parametrize("field", ["account", "opportunity", "contact"])
def test_a_reference_to_another_tenant_is_a_400_that_names_the_field(
    acme: Company, rival: Company, agent: Caller, field: str
) -> None:
    foreign = {"account": rival.account, "opportunity": rival.deal, "contact": rival.contact}[field]
    body = problem(agent.post("actions/", follow_up() | {field: str(foreign.pk)}), 400)
    assert f"/{field}" in pointers(body)


def test_a_missing_field_is_named(agent: Caller) -> None:
    for field in ("action_type", "account", "payload", "rationale"):
        body = {name: value for name, value in follow_up().items() if name != field}
        assert pointers(problem(agent.post("actions/", body), 400)) == [f"/{field}"]


NOT_THE_AGENTS = ("tenant", "status", "tier", "approved_by", "requires_approval", "clone", "id", "decided_by")


def test_a_field_that_is_not_the_agents_to_set_is_refused(agent: Caller) -> None:
    for field in NOT_THE_AGENTS:
        body = problem(agent.post("actions/", follow_up() | {field: "approved"}), 400)
        assert [(fault["pointer"], fault["code"]) for fault in body["errors"]] == [(f"/{field}", "unknown_field")]


UNFIT_VALUES: list[tuple[str, object]] = [
    ("action_type", 7),
    ("action_type", ""),
    ("action_type", "123"),
    ("action_type", "письмо"),
    ("action_type", "x" * 65),
    ("account", 1),
    ("account", None),
    ("account", ""),
    ("payload", []),
    ("payload", "text"),
    ("payload", None),
    ("rationale", 5),
    ("rationale", "x" * 10_001),
    ("deal_stage", True),
    ("deal_stage", "x" * 65),
    ("runner", "Connector"),
    ("runner", None),
    ("opportunity", ["O-1"]),
    ("contact", {}),
]


def test_a_value_that_does_not_fit_is_named(agent: Caller) -> None:
    for field, value in UNFIT_VALUES:
        assert pointers(problem(agent.post("actions/", follow_up() | {field: value}), 400)) == [f"/{field}"]


def test_a_body_that_is_no_object_is_refused_as_a_whole(agent: Caller) -> None:
    for body in [[], "text", 1, None, True]:
        assert pointers(problem(agent.post("actions/", json.dumps(body).encode()), 400)) == [""]


def test_an_empty_body_says_what_is_needed(agent: Caller) -> None:
    body = problem(agent.post("actions/"), 400)
    assert pointers(body) == ["/action_type", "/account", "/payload", "/rationale"]


def test_a_fault_in_the_payload_is_pointed_at(agent: Caller) -> None:
    sent = follow_up(payload={"to": ["hank@globex.example", "nobody"], "subject": "a\nb"})
    body = problem(agent.post("actions/", sent), 400)
    assert pointers(body) == ["/payload/body", "/payload/to/1", "/payload/subject"]


def test_what_is_refused_leaves_nothing_behind(acme: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up(account="nobody's"))
    with tenant_scope(acme.tenant):
        assert not Action.objects.exists()
        assert not Entry.objects.filter(kind="action.proposed").exists()


def test_checking_gives_the_decision_and_stores_nothing(acme: Company, agent: Caller) -> None:
    response = agent.post("actions/check/", proposal())
    assert response.status_code == 200
    decision = response.json()
    assert (decision["allowed"], decision["requires_human"]) == (False, True)
    assert decision["reason"] == decision["tier"] == "approval_required"
    with tenant_scope(acme.tenant):
        assert not Action.objects.exists()


def test_the_raw_name_is_in_the_record(acme: Company, agent: Caller) -> None:
    action = agent.post("actions/", follow_up(action_type="Send-Follow  Up_Email")).json()
    with tenant_scope(acme.tenant):
        facts = Entry.objects.get(kind="action.proposed", subject_id=action["id"]).facts
    assert facts["raw_action_type"] == "Send-Follow  Up_Email"


def test_an_unknown_type_waits_for_a_person_and_its_agent(agent: Caller) -> None:
    action = agent.post("actions/", follow_up(action_type="book_a_restaurant", payload={"seats": 2})).json()
    assert (action["status"], action["decision"]["reason"]) == ("pending", "unknown_action_type")
    assert action["runner"] == "agent"


@pytest.mark.parametrize("key", [None, "proposal-1"])
def test_a_proposal_is_one_transaction_of_at_most_eight_statements(
    acme: Company, agent: Caller, key: str | None
) -> None:
    headers = {"Idempotency_Key": key} if key else {}
    with CaptureQueriesContext(connection) as captured:
        assert agent.post("actions/", follow_up(), **headers).status_code == 201
    statements = [query["sql"] for query in captured.captured_queries]
    look_ups = [sql for sql in statements if "crm_find_agent_key" in sql]
    brackets = [sql for sql in statements if sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    assert len(look_ups) == 1  # who asks: one query, before the transaction
    assert len(brackets) == 2  # one transaction (a savepoint inside a test's own)
    assert statements[0] in look_ups
    assert statements[1] in brackets
    inside = [sql for sql in statements[2:] if sql not in brackets]
    assert "set_config" in inside[0]
    at_rest = [sql for sql in inside[1:] if "set_config" not in sql]  # a test's own transaction outlives the scope
    assert 1 + len(at_rest) <= (7 if key else 5), at_rest


def test_a_key_without_propose_may_not_propose(acme: Company) -> None:
    _, bearer = issue_agent_key(tenant=acme.tenant, clone=acme.clone, scopes=["read"], actor=SYSTEM)
    assert "propose" in problem(caller(bearer).post("actions/", follow_up()), 403)["detail"]
