"""Insights over HTTP: the list with its filters, one of them, and feedback."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.tenancy import tenant_scope
from insights.models import Insight
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company
from tests.insights.judging import noticed, threshold


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def manager(acme: Company) -> Caller:
    return caller(acme.token_of(acme.manager))


def some(acme: Company) -> dict[str, Insight]:
    risk = {"pattern_type": "risk_indicator", "severity": "critical"}
    return {
        "quote": noticed(acme),
        "left": noticed(acme, "champion_departure", **risk),
        "closed": noticed(acme, "silence", pattern_type="risk_indicator", severity="medium", status="closed"),
        "shared": noticed(
            acme, "shared_request", account=None, topic="price", pattern_type="cross_account_pattern", severity="low"
        ),
    }


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_an_insight_is_shown_with_its_evidence(acme: Company, manager: Caller) -> None:
    insight = noticed(acme, contact=acme.contact)
    shown = manager.get(f"insights/{insight.pk}/").json()
    assert shown == manager.get("insights/").json()["results"][0]
    assert shown["account"] == str(acme.account.pk)
    assert shown["contact"] == str(acme.contact.pk)
    assert shown["evidence"] == [{"interaction": "i-1", "quote": "Please send a quote."}]
    assert (shown["signal"], shown["severity"], shown["confidence"]) == ("pricing_requested", "high", 0.9)
    assert (shown["status"], shown["ended_at"], shown["ended_why"]) == ("pending", None, "")


def test_the_newest_comes_first(acme: Company, manager: Caller) -> None:
    made = some(acme)
    assert ids(manager.get("insights/")) == [str(row.pk) for row in reversed(made.values())]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "closed"}, ["closed"]),
        ({"status": "pending", "pattern_type": "risk_indicator"}, ["left"]),
        ({"pattern_type": "risk_indicator"}, ["closed", "left"]),
        ({"signal": "pricing_requested"}, ["quote"]),
        ({"severity": "low"}, ["shared"]),
        ({"account": "A-1"}, ["closed", "left", "quote"]),
        ({"account": "A-1", "severity": "low"}, []),
    ],
)
def test_a_list_can_be_narrowed(acme: Company, manager: Caller, query: dict[str, str], expected: list[str]) -> None:
    made = some(acme)
    assert ids(manager.get("insights/", query)) == [str(made[name].pk) for name in expected]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"status": "new"}, "/status"),
        ({"pattern_type": "contact"}, "/pattern_type"),
        ({"signal": "mood"}, "/signal"),
        ({"severity": "High"}, "/severity"),
        ({"account": "A-9"}, "/account"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_filter_that_fits_nothing_we_know_is_a_400(manager: Caller, query: dict[str, str], pointer: str) -> None:
    assert pointers(problem(manager.get("insights/", query), 400)) == [pointer]


def test_a_page_takes_the_same_queries_for_one_and_for_many(acme: Company, manager: Caller) -> None:
    noticed(acme)
    manager.get("insights/")  # the first use of a token is noted
    few = queries(manager, "insights/")
    for number in range(40):
        noticed(acme, "shared_request", account=None, topic=f"T{number}", pattern_type="cross_account_pattern")
    assert queries(manager, "insights/") == few <= 8


def queries(who: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert who.get(path).status_code == 200
    return len(caught)


def test_feedback_tells_what_it_did(acme: Company, manager: Caller) -> None:
    insight = noticed(acme)
    told = manager.post(f"insights/{insight.pk}/feedback/", {"feedback": "false_alarm", "comment": "No."}).json()
    assert (told["insight"]["status"], told["threshold_before"], told["threshold_after"]) == ("dismissed", 0.7, 0.75)
    assert told["insight"]["id"] == str(insight.pk)
    told = manager.post(f"insights/{insight.pk}/feedback/", {"feedback": "useful"}).json()
    assert (told["insight"]["status"], told["threshold_after"]) == ("pending", 0.68)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/feedback"),
        ({"feedback": "great"}, "/feedback"),
        ({"feedback": None}, "/feedback"),
        ({"feedback": "useful", "comment": None}, "/comment"),
        ({"feedback": "useful", "comment": "x" * 2_001}, "/comment"),
        ({"feedback": "useful", "person": "bob"}, "/person"),
    ],
)
def test_feedback_that_does_not_fit_is_a_400_and_changes_nothing(
    acme: Company, manager: Caller, body: dict[str, Any], pointer: str
) -> None:
    insight = noticed(acme)
    refusal = problem(manager.post(f"insights/{insight.pk}/feedback/", body), 400)
    assert pointers(refusal) == [pointer]
    assert threshold(acme) == 0.7


def test_who_may_not_judge_is_told_so(acme: Company) -> None:
    insight = noticed(acme)
    path, body = f"insights/{insight.pk}/feedback/", {"feedback": "useful"}
    problem(caller(None).post(path, body), 401)
    problem(caller(acme.bearer).post(path, body), 403)
    for person in (acme.auditor, acme.operator, acme.rep):
        problem(caller(acme.token_of(person)).post(path, body), 403)
    with tenant_scope(acme.tenant):
        acme.clone.owner = acme.rep
        acme.clone.save()
    assert caller(acme.token_of(acme.rep)).post(path, body).status_code == 200


def test_what_is_not_there_or_another_tenants_is_a_404_before_anything_else(acme: Company, manager: Caller) -> None:
    foreign = noticed(company("rival"))
    for pk in (foreign.pk, uuid4()):
        problem(manager.get(f"insights/{pk}/"), 404)
        problem(manager.post(f"insights/{pk}/feedback/", {"feedback": "nonsense"}), 404)
        problem(caller(acme.bearer).post(f"insights/{pk}/feedback/", {}), 404)
    assert ids(manager.get("insights/")) == []
