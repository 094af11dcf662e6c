"""GET metrics/."""

from typing import Any

import pytest

from crm.keys import issue_agent_key
from crm.models import Clone
from crm.tenancy import tenant_scope
from crm.upserts import upsert_interactions, upsert_opportunities
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company


@pytest.fixture
def acme(db: None) -> Company:
    made = company("acme")
    with tenant_scope(made.tenant):
        Clone.objects.filter(pk=made.clone.pk).update(external_id="R-1")
    given: dict[str, Any] = {"tenant": made.tenant, "actor": SYSTEM, "source": "test"}
    won = {"external_id": "O-2", "name": "Won", "stage": "closed_won", "amount": "99.90", "closed_on": "2026-03-31"}
    foreign = {"external_id": "O-3", "name": "Elsewhere", "stage": "discovery", "amount": "5", "currency": "EUR"}
    talk = {
        "external_id": "I-1",
        "channel": "call",
        "direction": "in",
        "status": "completed",
        "occurred_at": "2026-03-01T00:00:00Z",
    }
    upsert_opportunities(items=[won, foreign], **given)
    upsert_interactions(items=[talk], **given)
    return made


@pytest.fixture
def agent(acme: Company) -> Caller:
    return caller(acme.bearer)


def test_the_answer_is_the_contracts(agent: Caller) -> None:
    told = agent.get("metrics/", {"period_start": "2026-03-01", "period_end": "2026-03-31"}).json()
    assert told.pop("as_of").endswith("Z")
    assert told == {
        "pipeline_value": "12000.00",
        "activity_count": 1,
        "quality_score": None,
        "revenue_closed": "99.90",
        "excluded": 1,
    }


def test_a_period_of_one_day_is_one(agent: Caller) -> None:
    told = agent.get("metrics/", {"period_start": "2026-03-31", "period_end": "2026-03-31"}).json()
    assert (told["revenue_closed"], told["activity_count"]) == ("99.90", 0)


@pytest.mark.parametrize("by", ["id", "external_id"])
def test_a_clone_is_named_by_id_or_external_id(acme: Company, agent: Caller, by: str) -> None:
    clone = str(acme.clone.pk) if by == "id" else "R-1"
    told = agent.get("metrics/", {"clone": clone, "period_start": "2026-03-01", "period_end": "2026-03-31"}).json()
    assert (told["pipeline_value"], told["revenue_closed"], told["excluded"]) == ("12000.00", "0.00", 0)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"clone": "nobody"}, "/clone"),
        ({"clone": ""}, "/clone"),
        ({"period_start": "2026-02-30"}, "/period_start"),
        ({"period_start": "2026-03-01T00:00:00Z"}, "/period_start"),
        ({"period_end": "tomorrow"}, "/period_end"),
        ({"period_end": "9999-12-31"}, "/period_end"),
        ({"period_start": "2026-03-02", "period_end": "2026-03-01"}, "/period_end"),
        ({"tenant": "rival"}, "/tenant"),
    ],
)
def test_what_does_not_fit_is_a_400_that_names_it(agent: Caller, query: dict[str, str], pointer: str) -> None:
    assert pointers(problem(agent.get("metrics/", query), 400)) == [pointer]


def test_a_clone_of_another_tenant_is_as_unknown_as_any(agent: Caller) -> None:
    rival = company("rival")
    assert pointers(problem(agent.get("metrics/", {"clone": str(rival.clone.pk)}), 400)) == ["/clone"]


def test_a_key_needs_the_scope_read_and_every_person_may_look(acme: Company) -> None:
    feed = caller(issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1])
    problem(feed.get("metrics/"), 403)
    problem(feed.get("metrics/", {"clone": "nobody"}), 403)
    problem(caller(None).get("metrics/"), 401)
    people = (acme.manager, acme.rep, acme.auditor, acme.operator)
    assert [caller(acme.token_of(person)).get("metrics/").status_code for person in people] == [200] * 4
