"""Tokens are taken before a call and corrected after it; where either budget is empty, nothing is asked."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.tenancy import tenant_scope
from engine.jobs import Part
from engine.llm import asking, budget
from engine.llm.asking import PAGE_LIMIT_S, Asking
from engine.llm.budget import DAY_TOKENS, RUN_TOKENS, correct, reserve
from engine.llm.circuit import MOST_FAILURES, Circuit
from engine.models import Run
from tests.cast import Company, company
from tests.llm import endpoint as says
from tests.llm.conftest import part_of, tokens_of
from tests.llm.endpoint import Endpoint
from tests.llm.test_client import GOOD, QUESTION

Serve = Callable[..., Endpoint]


def take(part: Part, tokens: int) -> bool:
    return reserve(tenant=part.tenant, run_id=part.run_id, tokens=tokens)


def test_a_run_has_its_tokens_and_no_more(part: Part) -> None:
    assert take(part, RUN_TOKENS - 10)
    assert not take(part, 11)
    assert take(part, 10)
    assert tokens_of(part) == RUN_TOKENS


def test_what_was_not_used_goes_back(part: Part) -> None:
    take(part, RUN_TOKENS)
    correct(tenant=part.tenant, run_id=part.run_id, reserved=RUN_TOKENS, used=100)
    assert tokens_of(part) == 100
    correct(tenant=part.tenant, run_id=part.run_id, reserved=RUN_TOKENS, used=0)
    assert tokens_of(part) == 0


def test_a_tenant_has_its_tokens_a_day_over_all_runs(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "DAY_TOKENS", 150)
    first, second = part_of(acme, task="pattern_scan"), part_of(acme, task="context_summarization")
    assert take(first, 100)
    assert not take(second, 51)
    assert take(second, 50)


def test_another_tenants_tokens_are_its_own(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "DAY_TOKENS", 100)
    other = part_of(company("rival"))
    assert take(part_of(acme), 100)
    assert take(other, 100)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_day_is_the_tenants_own(acme: Company, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setattr(budget, "DAY_TOKENS", 100)
    acme.tenant.time_zone = zone
    yesterday, today = part_of(acme, task="pattern_scan"), part_of(acme, task="context_summarization")
    assert take(yesterday, 100)
    began_today_at = "date_trunc('day', clock_timestamp(), %s)"
    for since, is_free in ((f"{began_today_at} - interval '1 second'", True), (began_today_at, False)):
        with tenant_scope(acme.tenant), connection.cursor() as cursor:
            cursor.execute(f"UPDATE engine_run SET created_at = {since} WHERE id = %s", [zone, yesterday.run_id])
        assert take(today, 1) is is_free


def test_a_run_of_another_tenant_cannot_be_charged(part: Part, acme: Company) -> None:
    other = company("rival")
    assert not reserve(tenant=other.tenant, run_id=part.run_id, tokens=1)
    assert tokens_of(part) == 0


@pytest.mark.django_db(transaction=True)
def test_rivals_never_take_more_than_there_is(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "DAY_TOKENS", 100)
    parts = [part_of(acme, task=task, now=timezone.now() + timedelta(hours=n)) for n, task in enumerate("abcdef")]
    taken: list[bool] = []

    def run(part: Part) -> None:
        try:
            taken.append(take(part, 30))
        finally:
            connection.close()

    rivals = [Thread(target=run, args=[part]) for part in parts]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    with tenant_scope(acme.tenant):
        assert sum(Run.objects.values_list("tokens", flat=True)) == 90
    assert sorted(taken) == [False] * 3 + [True] * 3


def test_the_budgets_are_the_ones_promised() -> None:
    assert (RUN_TOKENS, DAY_TOKENS) == (20_000, 200_000)


def test_an_answer_costs_what_the_server_counted(part: Part, serve: Serve) -> None:
    serve(says.saying(GOOD))
    asking_for = Asking(part)
    assert asking_for.ask(QUESTION) == GOOD
    assert (tokens_of(part), dict(asking_for.counts)) == (123, {"llm_answers": 1})


def test_the_estimate_is_taken_while_the_call_lasts(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def ask(*_: Any, **__: Any) -> Any:
        seen.append(tokens_of(part))
        raise RuntimeError("the worker is stopped")

    monkeypatch.setattr(asking, "ask", ask)
    with pytest.raises(RuntimeError):
        Asking(part).ask(QUESTION)
    assert (seen, tokens_of(part)) == ([QUESTION.estimate], 0)


def test_a_call_that_failed_before_it_was_sent_costs_nothing(part: Part, settings: Any) -> None:
    settings.LLM_URL = "http://127.0.0.1:1/v1"
    asking_for = Asking(part)
    assert asking_for.ask(QUESTION) is None
    assert (tokens_of(part), dict(asking_for.counts)) == (0, {"llm_unavailable": 1})


def test_an_empty_budget_is_told_once_and_nothing_more_is_asked(part: Part, serve: Serve) -> None:
    known = serve(says.saying(GOOD))
    take(part, RUN_TOKENS)
    asking_for = Asking(part)
    assert [asking_for.ask(QUESTION) for _ in range(3)] == [None] * 3
    assert asking_for.counts == {"llm_budget_exhausted": 1, "llm_not_asked": 2}
    assert known.asked == []


def test_a_page_has_a_time_for_all_its_calls(part: Part, serve: Serve) -> None:
    known = serve(says.saying(GOOD))
    now = [0.0]
    asking_for = Asking(part, clock=lambda: now[0])
    assert asking_for.ask(QUESTION) == GOOD
    now[0] = PAGE_LIMIT_S
    assert asking_for.ask(QUESTION) is None
    assert len(known.asked) == 1


def test_while_the_circuit_is_open_the_budget_is_not_touched(part: Part, serve: Serve, fresh_circuit: Circuit) -> None:
    serve(says.saying(GOOD))
    for _ in range(MOST_FAILURES):
        fresh_circuit.failed()
    assert Asking(part).ask(QUESTION) is None
    assert tokens_of(part) == 0
