"""POST .../bulk/ over HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.keys import issue_agent_key
from crm.models import Account, Opportunity, StageChange
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company
from tests.crm.bulk_items import ITEMS, account, interaction, opportunity

KINDS = sorted(ITEMS)


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def feed(acme: Company) -> Caller:
    """The CRM that feeds records in."""
    return caller(issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1])


def test_items_are_stored_and_the_answer_is_the_contracts(acme: Company, feed: Caller) -> None:
    items = [account("N-1", domains=["new.example"]), account("A-1", name="Renamed"), account("N-2", name=5)]
    response = feed.post("accounts/bulk/", {"items": items})
    told = response.json()
    with tenant_scope(acme.tenant):
        ids = {made.external_id: str(made.pk) for made in Account.objects.all()}
    assert response.status_code == 200
    assert {name: told[name] for name in ("created", "updated", "unchanged", "rejected")} == {
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 1,
    }
    assert told["results"][:2] == [
        {"external_id": "N-1", "id": ids["N-1"], "outcome": "created"},
        {"external_id": "A-1", "id": ids["A-1"], "outcome": "updated"},
    ]
    refused = told["results"][2]
    assert (refused["external_id"], refused["id"], refused["outcome"]) == ("N-2", None, "rejected")
    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [("/items/2/name", "type")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written(feed: Caller, kind: str) -> None:
    told = feed.post(f"{kind}/bulk/", {"items": [ITEMS[kind]("N-1")]}).json()
    assert told["created"] == 1, told


def test_a_stage_change_and_the_record_name_the_call_and_the_key(acme: Company, feed: Caller) -> None:
    feed.post("opportunities/bulk/", {"items": [opportunity("O-1", stage="negotiation")]})
    with tenant_scope(acme.tenant):
        change = StageChange.objects.get()
        entry = Entry.objects.get(kind="opportunities.upserted")
    assert (change.from_stage, change.to_stage, change.source) == ("discovery", "negotiation", "bulk")
    assert (entry.actor_kind, entry.facts["updated"]) == ("key", 1)


def test_all_or_nothing_is_a_200_that_rejects_them_all(acme: Company, feed: Caller) -> None:
    response = feed.post("accounts/bulk/", {"items": [account("N-1"), account("N-2", name="")], "all_or_nothing": True})
    told = response.json()
    assert (response.status_code, told["created"], told["rejected"]) == (200, 0, 2)
    assert told["results"][0]["errors"][0]["code"] == "not_stored"
    with tenant_scope(acme.tenant):
        assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ("items", ""),
        (b"null", ""),
        (None, "/items"),
        ({}, "/items"),
        ({"items": None}, "/items"),
        ({"items": {}}, "/items"),
        ({"items": [account("N-1"), "N-2"]}, "/items/1"),
        ({"items": [account(f"N-{n}") for n in range(1_001)]}, "/items"),
        ({"items": [], "all_or_nothing": "yes"}, "/all_or_nothing"),
        ({"items": [], "all_or_nothing": None}, "/all_or_nothing"),
        ({"items": [], "tenant": "rival"}, "/tenant"),
    ],
)
def test_another_shape_is_a_400_that_names_the_place(acme: Company, feed: Caller, body: Any, pointer: str) -> None:
    answer = problem(feed.post("accounts/bulk/", body), 400)
    assert pointer in pointers(answer)
    with tenant_scope(acme.tenant):
        assert Account.objects.count() == 1


def test_a_thousand_items_with_much_text_fit_into_one_call(feed: Caller) -> None:
    items = [interaction(f"N-{n}", text="x" * 6_000, participants=["A", "B", "C"]) for n in range(1_000)]
    told = feed.post("interactions/bulk/", {"items": items}).json()
    assert told["created"] == 1_000


def test_the_number_of_statements_of_a_call_is_small_and_does_not_depend_on_its_items(feed: Caller) -> None:
    def statements(how_many: int, prefix: str) -> int:
        items = [opportunity(f"{prefix}-{n}", account="A-1") for n in range(how_many)]
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert feed.post("opportunities/bulk/", {"items": items}).json()["created"] == how_many
        return len(counted)

    few = statements(1, "few")
    assert statements(300, "many") == few
    assert few <= 14


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_write_customer_records(acme: Company, feed: Caller, kind: str) -> None:
    path, body = f"{kind}/bulk/", {"items": []}
    allowed = [feed, *(caller(acme.token_of(person)) for person in (acme.manager, acme.operator))]
    refused = [caller(acme.bearer), *(caller(acme.token_of(person)) for person in (acme.rep, acme.auditor))]
    assert [who.post(path, body).status_code for who in allowed] == [200] * 3
    for who in refused:
        problem(who.post(path, body), 403)
    problem(caller(None).post(path, body), 401)


def test_who_may_not_write_is_told_before_the_body_is_judged(acme: Company) -> None:
    problem(caller(acme.bearer).post("accounts/bulk/", {"items": "no"}), 403)


def test_records_of_another_tenant_are_neither_seen_nor_changed(acme: Company, feed: Caller) -> None:
    rival = company("rival")
    told = feed.post("opportunities/bulk/", {"items": [opportunity("N-1", account=str(rival.account.pk))]}).json()
    assert told["results"][0]["errors"][0]["code"] == "unknown_reference"
    feed.post("opportunities/bulk/", {"items": [opportunity("O-1", stage="closed_lost")]})
    with tenant_scope(rival.tenant):
        assert Opportunity.objects.get(external_id="O-1").stage == "discovery"


def test_an_idempotency_key_gives_the_stored_answer_again(feed: Caller) -> None:
    body = {"items": [account("N-1")]}
    first = feed.post("accounts/bulk/", body, Idempotency_Key="once")
    again = feed.post("accounts/bulk/", body, Idempotency_Key="once")
    assert first.json()["created"] == 1
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
