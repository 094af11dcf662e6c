"""GET actions/{id}/?wait=S&version=N: an answer as soon as there is news, and never at the others' expense."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from crm.keys import issue_agent_key
from engine import waiting
from engine.approvals import reject
from engine.withdrawals import withdraw
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company


def in_thread(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> "Future[Any]":
    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return pool.submit(run)


def until_seated(count: int) -> None:
    """Wait (5 s at most) until so many requests have begun to wait."""
    deadline = time.monotonic() + 5
    while waiting.SEATS._taken.total() < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began


def test_without_wait_the_answer_comes_at_once(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    response = agent.get(f"actions/{action.pk}/")
    assert (response.status_code, response.json()["id"]) == (200, str(action.pk))


def test_an_old_version_is_answered_at_once(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    acme.approve(action)
    response, seconds = timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 10, "version": 1}))
    assert (response.json()["version"], seconds < 2) == (2, True)


def test_a_final_action_is_answered_at_once(acme: Company, agent: Caller) -> None:
    for action in (
        acme.propose("commit_pricing", {}),
        withdraw(action=acme.propose_proposal(), actor=acme.agent, clone_id=acme.clone.pk),
        reject(action=acme.propose_proposal(), actor=acme.actor(), reason="No."),
    ):
        _, seconds = timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 10}))  # noqa: B023 - called at once
        assert seconds < 2


def test_without_news_it_answers_when_the_time_is_over(acme: Company, agent: Caller) -> None:
    action = acme.propose_proposal()
    response, seconds = timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 1}))
    assert response.json()["status"] == "pending"
    assert 0.9 < seconds < 3


@pytest.mark.parametrize("query", [{"wait": "31"}, {"wait": "-1"}, {"wait": "1.5"}, {"wait": "x"}, {"wait": ""}])
def test_a_wait_that_does_not_fit_is_a_400(acme: Company, agent: Caller, query: dict[str, str]) -> None:
    action = acme.propose_proposal()
    assert pointers(problem(agent.get(f"actions/{action.pk}/", query), 400)) == ["/wait"]


@pytest.mark.parametrize("version", ["0", "-1", "x", "1e3", str(2**31), "٣"])
def test_a_version_that_does_not_fit_is_a_400(acme: Company, agent: Caller, version: str) -> None:
    action = acme.propose_proposal()
    assert pointers(problem(agent.get(f"actions/{action.pk}/", {"version": version}), 400)) == ["/version"]


def test_what_is_not_there_and_what_is_not_allowed_go_before_a_bad_wait(acme: Company, rival: Company) -> None:
    action = acme.propose_proposal()
    problem(caller(rival.bearer).get(f"actions/{action.pk}/", {"wait": "x"}), 404)
    _, bearer = issue_agent_key(tenant=acme.tenant, clone=acme.clone, scopes=["propose"], actor=SYSTEM)
    problem(caller(bearer).get(f"actions/{action.pk}/", {"wait": "x"}), 403)


@pytest.mark.django_db(transaction=True)
class TestFromOtherThreads:
    """What others see and do while somebody waits."""

    @pytest.fixture
    def acme(self, transactional_db: None) -> Company:
        return company("acme")

    def test_a_change_ends_the_wait(self, acme: Company) -> None:
        action = acme.propose_proposal()
        agent = caller(acme.bearer)
        with ThreadPoolExecutor(1) as pool:
            answer = in_thread(pool, lambda: timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 20})))
            until_seated(1)
            acme.approve(action)
            response, seconds = answer.result(timeout=20)
        assert (response.json()["status"], response.json()["version"]) == ("approved", 2)
        assert seconds < 10

    def test_no_transaction_is_open_while_it_waits(self, acme: Company, owner_connection: Any) -> None:
        action = acme.propose_proposal()
        agent = caller(acme.bearer)
        with ThreadPoolExecutor(1) as pool:
            answer = in_thread(pool, lambda: agent.get(f"actions/{action.pk}/", {"wait": 2}))
            states = []
            while not answer.done():
                with owner_connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT extract(epoch FROM clock_timestamp() - xact_start) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
                    )
                    states += [float(row[0]) for row in cursor.fetchall()]
                time.sleep(0.05)
        assert max(states, default=0) < 0.2, states

    def test_a_fifth_wait_of_one_key_is_answered_at_once(self, acme: Company) -> None:
        action = acme.propose_proposal()
        agent = caller(acme.bearer)
        with ThreadPoolExecutor(4) as pool:
            seated = [
                in_thread(pool, lambda: timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 3})))
                for _ in range(4)
            ]
            until_seated(4)
            fifth, seconds = timed(lambda: agent.get(f"actions/{action.pk}/", {"wait": 3}))
            manager = caller(acme.token_of(acme.manager))
            _, of_another = timed(lambda: manager.get(f"actions/{action.pk}/", {"wait": 1}))
            waited = [answer.result(timeout=20)[1] for answer in seated]
        assert (fifth.status_code, seconds < 0.8) == (200, True)
        assert of_another > 0.9  # another credential still finds a seat
        assert min(waited) > 2.5


def test_no_more_than_the_seats_are_taken_and_each_is_given_back() -> None:
    seats = waiting.Seats(total=3, each=2)
    one, two = uuid4(), uuid4()
    with seats.seat(one) as first, seats.seat(one) as second, seats.seat(one) as third, seats.seat(two) as other:
        assert (first, second, third, other) == (True, True, False, True)
        with seats.seat(two) as beyond_the_total:
            assert not beyond_the_total
    with seats.seat(one) as again, seats.seat(one) as and_again, seats.seat(two) as other:
        assert (again, and_again, other) == (True, True, True)


def test_a_seat_is_given_back_when_the_wait_fails() -> None:
    seats = waiting.Seats(total=1, each=1)
    who = uuid4()
    with pytest.raises(RuntimeError), seats.seat(who):
        raise RuntimeError("the connection broke")
    with seats.seat(who) as seated:
        assert seated


def test_at_most_half_of_the_threads_of_a_process_wait(settings: Any) -> None:
    assert waiting.SEATS._total == settings.WEB_THREADS // 2
    assert waiting.SEATS._each == 4


def test_many_waits_leave_the_others_served() -> None:
    seats, over = waiting.Seats(total=2, each=2), Event()
    taken: list[bool] = []

    def wait(who: Any) -> None:
        with seats.seat(who) as seated:
            taken.append(seated)
            if seated:
                over.wait(timeout=5)

    with ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(wait, uuid4()) for _ in range(8)]
        while len(taken) < 8:
            time.sleep(0.01)
        over.set()
        for done in waits:
            done.result(timeout=5)
    assert sum(taken) == 2
