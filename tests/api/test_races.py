"""Many callers at once, over HTTP, each with a connection of its own, on the real database."""

from collections import Counter
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from autonomy_project.models import IdempotentAnswer
from crm.tenancy import tenant_scope
from engine import api
from engine.models import Action
from record.models import Entry
from tests.api.callers import Caller, caller, follow_up, problem
from tests.cast import Company, company
from tests.rivals import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


@pytest.fixture
def agent(acme: Company) -> Caller:
    return caller(acme.bearer)


def count(company: Company, model: Any, **conditions: Any) -> int:
    with tenant_scope(company.tenant):
        return model.objects.filter(**conditions).count()


@pytest.mark.parametrize("round_", range(3))
def test_sixteen_senders_of_one_idempotency_key_make_one_action(acme: Company, agent: Caller, round_: int) -> None:
    answers = at_once(*[lambda: agent.post("actions/", follow_up(), Idempotency_Key="one")] * 16)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Counter(answer.get("Idempotency-Replayed") for answer in answers) == {None: 1, "true": 15}
    assert (count(acme, Action), count(acme, IdempotentAnswer), count(acme, Entry, kind="action.proposed")) == (1, 1, 1)


def test_of_two_bodies_under_one_key_one_is_done_and_the_other_a_422(acme: Company, agent: Caller) -> None:
    def sender(number: int) -> Callable[[], Any]:
        return lambda: agent.post("actions/", follow_up(rationale=str(number % 2)), Idempotency_Key="one")

    answers = at_once(*map(sender, range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 5, 422: 5}
    assert count(acme, Action) == 1


def test_a_rival_takes_over_when_the_first_is_refused(
    acme: Company, agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_fail = Event(), Event()
    really = api.propose

    def fails_first(*args: Any, **kwargs: Any) -> Any:
        if began.is_set():
            return really(*args, **kwargs)
        began.set()
        may_fail.wait(timeout=10)
        raise api.NotFound("refused on purpose")

    def second() -> Any:
        began.wait(timeout=10)
        may_fail.set()
        return agent.post("actions/", follow_up(), Idempotency_Key="one")

    monkeypatch.setattr(api, "propose", fails_first)
    first, after = at_once(lambda: agent.post("actions/", follow_up(), Idempotency_Key="one"), second)
    assert (first.status_code, after.status_code) == (404, 201)
    assert "Idempotency-Replayed" not in after
    assert count(acme, Action) == 1


def test_a_rival_waits_three_seconds_and_no_longer(
    acme: Company, agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = Event(), Event()
    really = api.propose

    def slow(*args: Any, **kwargs: Any) -> Any:
        began.set()
        may_end.wait(timeout=20)
        return really(*args, **kwargs)

    def rival() -> Any:
        began.wait(timeout=10)
        try:
            return agent.post("actions/", follow_up(), Idempotency_Key="one")
        finally:
            may_end.set()

    monkeypatch.setattr(api, "propose", slow)
    first, second = at_once(lambda: agent.post("actions/", follow_up(), Idempotency_Key="one"), rival)
    assert first.status_code == 201
    assert problem(second, 409)["type"] == "/api/docs/problems/#being_answered"
    assert count(acme, Action) == 1


@pytest.mark.parametrize("round_", range(5))
def test_twelve_people_approving_and_rejecting_one_action_make_one_decision(acme: Company, round_: int) -> None:
    action = acme.propose_proposal()
    managers = [caller(acme.token_of(person)) for person in (acme.manager, acme.second_manager)]

    def decider(number: int) -> Callable[[], Any]:
        verb, body = (
            ("approve", {"content_hash": action.content_hash}) if number % 2 else ("reject", {"reason": "Not now."})
        )
        return lambda: managers[number % 3 % 2].post(f"actions/{action.pk}/{verb}/", body)

    answers = at_once(*map(decider, range(12)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 11}
    [decided] = [answer.json() for answer in answers if answer.status_code == 200]
    now = acme.read(action)
    assert (now.status, now.version) == (decided["status"], 2)
    assert count(acme, Entry, subject_id=str(action.pk)) == 2
    losers = [problem(answer, 409) for answer in answers if answer.status_code == 409]
    told = {(loser["action_status"], loser["decided_by"], loser["decided_at"]) for loser in losers}
    assert told == {(now.status, decided["decided_by"], decided["decided_at"])}


def test_a_statement_that_waits_too_long_for_a_lock_is_a_503_and_nothing_is_done(acme: Company) -> None:
    action = acme.propose_proposal()
    manager = caller(acme.token_of(acme.manager))
    holds, may_let_go = Event(), Event()

    def holder() -> None:
        with tenant_scope(acme.tenant):
            Action.objects.select_for_update().get(pk=action.pk)
            holds.set()
            may_let_go.wait(timeout=20)

    def decider() -> Any:
        holds.wait(timeout=10)
        try:
            return manager.post(f"actions/{action.pk}/approve/", {"content_hash": action.content_hash})
        finally:
            may_let_go.set()

    _, answer = at_once(holder, decider)
    assert "Retry-After" in answer.headers
    problem(answer, 503)
    assert acme.read(action).status == "pending"
