"""A question put to an agent: it stands on the action, wakes who waits for it, and is answered over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.keys import issue_agent_key
from crm.models import Clone
from crm.tenancy import tenant_scope
from engine.asides import ask, reassign, snooze
from engine.models import Action
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, pointers, problem
from tests.api.test_waiting import in_thread, timed, until_seated
from tests.cast import Company, company


@pytest.fixture
def asked(acme: Company) -> Action:
    return ask(action=acme.propose_proposal(), actor=acme.actor(), text="Has Hank agreed to this price?")


def with_scopes(company: Company, *scopes: str, clone: Clone | None = None) -> Caller:
    key = issue_agent_key(tenant=company.tenant, clone=clone or company.clone, scopes=list(scopes), actor=SYSTEM)
    return caller(key[1])


def questions(who: Caller, action: Action) -> list[dict[str, Any]]:
    return who.get(f"actions/{action.pk}/").json()["questions"]


def test_the_agent_reads_the_question_and_answers_it(acme: Company, agent: Caller, asked: Action) -> None:
    [question] = questions(agent, asked)
    assert question["question"] == "Has Hank agreed to this price?"
    assert (question["asked_by"], question["answer"], question["answered_at"]) == ("manager-acme", None, None)
    body = agent.post(f"actions/{asked.pk}/reply/", {"text": "Yes, on Monday."}).json()
    assert (body["status"], body["version"]) == ("pending", 3)
    assert body["questions"][0]["answer"] == "Yes, on Monday."
    assert body["questions"][0]["answered_at"].endswith("Z")


def test_an_action_nobody_asked_about_has_no_questions_and_takes_no_answer(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    assert questions(agent, action) == []
    refused = problem(agent.post(f"actions/{action.pk}/reply/", {"text": "So."}), 409)
    assert refused["detail"] == "No question about this action is open."


def test_an_answer_to_what_was_decided_meanwhile_is_a_409_that_says_so(
    acme: Company, agent: Caller, asked: Action
) -> None:
    acme.approve(asked)
    refused = problem(agent.post(f"actions/{asked.pk}/reply/", {"text": "So."}), 409)
    assert (refused["action_status"], refused["decided_by"]) == ("approved", "manager-acme")


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " "}, {"text": 5}, {"text": "x" * 10_001}, {"text": None}])
def test_an_answer_that_does_not_fit_is_a_400_naming_it(agent: Caller, asked: Action, body: dict[str, Any]) -> None:
    assert pointers(problem(agent.post(f"actions/{asked.pk}/reply/", body), 400)) == ["/text"]


def test_only_the_proposing_clones_key_answers(acme: Company, manager: Caller, asked: Action) -> None:
    with tenant_scope(acme.tenant):
        other = Clone.objects.create(tenant=acme.tenant, name="Grace")
    path, body = f"actions/{asked.pk}/reply/", {"text": "So."}
    problem(with_scopes(acme, "propose", "read", clone=other).post(path, body), 404)
    problem(with_scopes(acme, "read").post(path, body), 403)
    problem(manager.post(path, body), 403)
    problem(caller(company("rival").bearer).post(path, body), 404)
    assert questions(manager, asked)[0]["answer"] is None


def test_an_answer_sent_twice_under_one_key_is_given_once(agent: Caller, asked: Action) -> None:
    first, second = (
        agent.post(f"actions/{asked.pk}/reply/", {"text": "Yes."}, Idempotency_Key="reply-1") for _ in range(2)
    )
    assert (first.status_code, second.content) == (200, first.content)
    assert second["Idempotency-Replayed"] == "true"


def test_who_it_was_handed_to_and_until_when_it_is_put_off_are_told(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    shown = agent.get(f"actions/{action.pk}/").json()
    assert (shown["assignee"], shown["snoozed_until"], shown["votes"]) == (None, None, [])
    reassign(action=action, actor=acme.actor(), person=acme.second_manager)
    until = timezone.now() + timedelta(hours=1)
    snooze(action=action, actor=acme.actor(), until=until)
    shown = agent.get(f"actions/{action.pk}/").json()
    assert shown["assignee"] == "second_manager-acme"
    assert shown["snoozed_until"] == until.isoformat().replace("+00:00", "Z")


def test_a_first_vote_is_told(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    at = timezone.now()
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=action.pk).update(first_vote_by=acme.manager, first_vote_at=at)
    votes = agent.get(f"actions/{action.pk}/").json()["votes"]
    assert votes == [{"by": "manager-acme", "at": at.isoformat().replace("+00:00", "Z")}]


@pytest.mark.parametrize("path", ["actions/", "approvals/"])
def test_a_list_takes_one_query_for_all_questions(acme: Company, manager: Caller, path: str) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            action = ask(action=acme.propose_proposal(), actor=acme.actor(), text="Why?")
            ask(action=action, actor=acme.actor(acme.second_manager), text="And when?")
            reassign(action=action, actor=acme.actor(), person=acme.second_manager)

    fill(2)
    manager.get(path)
    with CaptureQueriesContext(connection) as few:
        manager.get(path)
    fill(12)
    with CaptureQueriesContext(connection) as many:
        rows = manager.get(path).json()["results"]
    assert len(many) == len(few)
    assert {len(row["questions"]) for row in rows} == {2}


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_news_is_answered_as_soon_as_something_is_asked(transactional_db: None) -> None:
    acme = company("acme")
    action = acme.propose_proposal()
    agent = caller(acme.bearer)
    with ThreadPoolExecutor(1) as pool:
        waiting = in_thread(pool, lambda: timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 20})))
        until_seated(1)
        ask(action=action, actor=acme.actor(), text="Why?")
        response, seconds = waiting.result(timeout=25)
    assert response.json()["questions"][0]["question"] == "Why?"
    assert seconds < 5
