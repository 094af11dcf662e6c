"""Idempotency-Key: what is sent again is answered again, and done once."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from autonomy_project.models import IdempotentAnswer
from crm.keys import issue_agent_key
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.models import Action
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, follow_up, pointers, problem, proposal
from tests.cast import Company

KEY = "order-66"


def actions_of(company: Company) -> int:
    with tenant_scope(company.tenant):
        return Action.objects.count()


def answers_of(company: Company) -> int:
    with tenant_scope(company.tenant):
        return IdempotentAnswer.objects.count()


def age(company: Company, *, by: timedelta) -> None:
    with tenant_scope(company.tenant):
        IdempotentAnswer.objects.update(created_at=Now() - by)


def test_the_same_request_again_gets_the_same_bytes_and_is_done_once(acme: Company, agent: Caller) -> None:
    first = agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    again = agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again["Location"], again["Content-Type"]) == (first["Location"], first["Content-Type"])
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert actions_of(acme) == 1


def test_another_spelling_of_the_same_body_is_the_same_request(acme: Company, agent: Caller) -> None:
    body = follow_up()
    agent.post("actions/", body, Idempotency_Key=KEY)
    spelled = json.dumps(dict(reversed(body.items())), indent=3).encode()
    assert agent.post("actions/", spelled, Idempotency_Key=KEY)["Idempotency-Replayed"] == "true"
    assert actions_of(acme) == 1


def test_another_body_is_a_422(acme: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    body = problem(agent.post("actions/", follow_up(rationale="Another."), Idempotency_Key=KEY), 422)
    assert body["type"] == "/api/docs/problems/#key_reused"
    assert actions_of(acme) == 1


def test_without_the_header_nothing_is_kept(acme: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up())
    agent.post("actions/", follow_up())
    assert (actions_of(acme), answers_of(acme)) == (2, 0)


def test_another_key_of_the_same_clone_is_another_sender(acme: Company, agent: Caller) -> None:
    _, bearer = issue_agent_key(tenant=acme.tenant, clone=acme.clone, scopes=["propose"], actor=SYSTEM)
    agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    other = caller(bearer).post("actions/", follow_up(rationale="Mine."), Idempotency_Key=KEY)
    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other
    assert actions_of(acme) == 2


def test_another_tenant_is_another_sender(acme: Company, rival: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    other = caller(rival.bearer).post("actions/", follow_up(), Idempotency_Key=KEY)
    assert "Idempotency-Replayed" not in other
    assert (actions_of(acme), actions_of(rival)) == (1, 1)


def test_another_address_is_another_request(acme: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    checked = agent.post("actions/check/", follow_up(), Idempotency_Key=KEY)
    assert (checked.status_code, "Idempotency-Replayed" in checked) == (200, False)


def test_a_refusal_is_not_kept(acme: Company, agent: Caller) -> None:
    refused = agent.post("actions/", follow_up("A-2"), Idempotency_Key=KEY)
    assert (refused.status_code, answers_of(acme)) == (400, 0)
    again = agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    assert (again.status_code, "Idempotency-Replayed" in again) == (201, False)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1, "a": 2}', b"\xff", b" " * 300_000])
def test_a_body_that_cannot_be_read_is_refused_as_without_the_header(acme: Company, agent: Caller, body: bytes) -> None:
    with_key = agent.send("POST", "actions/", body, Idempotency_Key=KEY)
    assert with_key.json() == agent.send("POST", "actions/", body).json()
    assert answers_of(acme) == 0


def test_a_conflict_that_keeps_its_changes_is_not_kept_as_an_answer(acme: Company, manager: Caller) -> None:
    action = acme.propose_proposal()
    acme.move_deal(Stage.NEGOTIATION)
    path, body = f"actions/{action.pk}/approve/", {"content_hash": action.content_hash}
    conflict = problem(manager.post(path, body, Idempotency_Key=KEY), 409)
    assert (acme.read(action).content_hash, acme.read(action).stage) == (conflict["content_hash"], "negotiation")
    assert answers_of(acme) == 0
    approved = manager.post(path, {"content_hash": conflict["content_hash"]}, Idempotency_Key=KEY)
    assert approved.status_code == 200


def test_a_decision_sent_again_is_answered_and_not_a_conflict(acme: Company, manager: Caller) -> None:
    action = acme.propose_proposal()
    path, body = f"actions/{action.pk}/approve/", {"content_hash": action.content_hash}
    first = manager.post(path, body, Idempotency_Key=KEY)
    again = manager.post(path, body, Idempotency_Key=KEY)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    problem(manager.post(path, body), 409)


@pytest.mark.parametrize("key", ["a" * 256, "two words", "tab\there", "ключ", "\x7f", ""])
def test_a_key_that_does_not_fit_is_a_400_and_nothing_is_done(acme: Company, agent: Caller, key: str) -> None:
    body = problem(agent.post("actions/", follow_up(), Idempotency_Key=key), 400)
    assert pointers(body) == ["/Idempotency-Key"]
    assert (actions_of(acme), answers_of(acme)) == (0, 0)


@pytest.mark.parametrize("key", ["a" * 255, "!", "~", "8e03978e-40d5-43dd-bc93-6894a57f9324", '"quoted"'])
def test_any_visible_ascii_up_to_255_characters_is_a_key(agent: Caller, key: str) -> None:
    agent.post("actions/", follow_up(), Idempotency_Key=key)
    assert agent.post("actions/", follow_up(), Idempotency_Key=key)["Idempotency-Replayed"] == "true"


def test_other_refusals_go_before_a_key_that_does_not_fit(acme: Company, agent: Caller, manager: Caller) -> None:
    bad = {"Idempotency_Key": "two words"}
    problem(caller("aut_nobody").post("actions/", follow_up(), **bad), 401)
    problem(agent.post("actions/01890000-0000-7000-8000-000000000000/withdraw/", **bad), 404)
    problem(manager.post("actions/", follow_up(), **bad), 403)
    assert pointers(problem(agent.post("actions/", follow_up("A-2"), **bad), 400)) == ["/account"]


def test_reading_takes_no_notice_of_the_header(acme: Company, agent: Caller) -> None:
    assert agent.get("actions/", Idempotency_Key="two words").status_code == 200
    assert answers_of(acme) == 0


def test_after_seven_days_a_key_is_new_again(acme: Company, agent: Caller) -> None:
    first = agent.post("actions/", follow_up(), Idempotency_Key=KEY).json()
    age(acme, by=timedelta(days=7, seconds=1))
    second = agent.post("actions/", follow_up(rationale="A week later."), Idempotency_Key=KEY)
    assert (second.status_code, "Idempotency-Replayed" in second) == (201, False)
    assert second.json()["id"] != first["id"]
    replayed = agent.post("actions/", follow_up(rationale="A week later."), Idempotency_Key=KEY)
    assert replayed.json()["id"] == second.json()["id"]


def test_just_before_seven_days_it_still_answers(acme: Company, agent: Caller) -> None:
    agent.post("actions/", follow_up(), Idempotency_Key=KEY)
    age(acme, by=timedelta(days=7) - timedelta(minutes=1))
    assert agent.post("actions/", follow_up(), Idempotency_Key=KEY)["Idempotency-Replayed"] == "true"


def test_expired_answers_are_removed_ten_at_a_time(acme: Company, agent: Caller) -> None:
    for number in range(15):
        agent.post("actions/check/", follow_up(), Idempotency_Key=f"old-{number}")
    age(acme, by=timedelta(days=8))
    agent.post("actions/check/", follow_up(), Idempotency_Key="new-1")
    assert answers_of(acme) == 15 - 10 + 1
    agent.post("actions/check/", follow_up(), Idempotency_Key="new-2")
    assert answers_of(acme) == 2


def test_answers_of_other_tenants_are_not_removed(acme: Company, rival: Company, agent: Caller) -> None:
    caller(rival.bearer).post("actions/check/", follow_up(), Idempotency_Key=KEY)
    age(rival, by=timedelta(days=8))
    agent.post("actions/check/", follow_up(), Idempotency_Key=KEY)
    assert (answers_of(acme), answers_of(rival)) == (1, 1)


def test_a_revoked_key_gets_no_answer_again(acme: Company, agent: Caller) -> None:
    agent.post("actions/", proposal(), Idempotency_Key=KEY)
    with tenant_scope(acme.tenant):
        type(acme.key).objects.filter(pk=acme.key.pk).update(revoked_at=timezone.now())
    problem(agent.post("actions/", proposal(), Idempotency_Key=KEY), 401)
