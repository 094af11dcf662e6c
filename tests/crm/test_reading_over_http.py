"""Reading the customer record over HTTP: lists, filters, pages, single rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Account
from crm.tenancy import tenant_scope
from crm.upserts import upsert_accounts, upsert_contacts, upsert_interactions, upsert_opportunities
from record.actors import SYSTEM
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company
from tests.crm.bulk_items import account, contact, interaction, opportunity

KINDS = ["accounts", "contacts", "opportunities", "interactions"]


@pytest.fixture
def acme(db: None) -> Company:
    """A company whose customer has one interaction beside the contact and the deal."""
    made = company("acme")
    item = interaction(account="A-1", contact="C-1", clone=str(made.clone.pk), opportunity="O-1", text="Hello")
    upsert_interactions(tenant=made.tenant, items=[item], actor=SYSTEM, source="test")
    return made


@pytest.fixture
def agent(acme: Company) -> Caller:
    return caller(acme.bearer)


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["external_id"] for row in response.json()["results"]]


def test_an_account_has_the_fields_of_the_record(acme: Company, agent: Caller) -> None:
    row = agent.get(f"accounts/{acme.account.pk}/").json()
    assert row["created_at"].endswith("Z")
    assert row | {"created_at": "then"} == {
        "id": str(acme.account.pk),
        "external_id": "A-1",
        "name": "Globex",
        "domains": ["globex.example"],
        "industry": "retail",
        "owner": "",
        "attributes": {},
        "context": {},
        "plan": "",
        "created_at": "then",
        "updated_at": None,
    }


def test_an_opportunity_has_money_as_a_text_with_two_decimals_and_ids_for_references(
    acme: Company, agent: Caller
) -> None:
    row = agent.get(f"opportunities/{acme.deal.pk}/").json()
    assert (row["amount"], row["currency"], row["stage"]) == ("12000.00", "USD", "discovery")
    assert (row["account"], row["clone"]) == (str(acme.account.pk), str(acme.clone.pk))
    assert (row["opened_on"], row["closed_on"], row["qualification"], row["attributes"]) == (None, None, {}, {})


def test_a_contact_and_an_interaction_name_their_account(acme: Company, agent: Caller) -> None:
    person = agent.get(f"contacts/{acme.contact.pk}/").json()
    talk = agent.get("interactions/").json()["results"][0]
    assert (person["account"], person["email"]) == (str(acme.account.pk), "hank@globex.example")
    assert (talk["account"], talk["contact"], talk["opportunity"], talk["clone"]) == (
        str(acme.account.pk),
        str(acme.contact.pk),
        str(acme.deal.pk),
        str(acme.clone.pk),
    )
    assert (talk["channel"], talk["direction"], talk["status"], talk["text"]) == ("email", "in", "completed", "Hello")
    assert talk["occurred_at"] == "2026-03-01T08:30:00Z"
    assert agent.get(f"interactions/{talk['id']}/").json() == talk


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_is_not_there_or_not_ours_is_a_404(acme: Company, agent: Caller, kind: str) -> None:
    rival = company("rival")
    theirs = {"accounts": rival.account, "contacts": rival.contact, "opportunities": rival.deal}
    for row_id in (uuid4(), theirs.get(kind, rival.account).pk, "nonsense"):
        problem(agent.get(f"{kind}/{row_id}/"), 404)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_holds_the_tenants_own_rows_only(acme: Company, agent: Caller, kind: str) -> None:
    company("rival")
    assert len(agent.get(f"{kind}/").json()["results"]) == 1


def _fill(acme: Company, how_many: int) -> None:
    given = {"tenant": acme.tenant, "actor": SYSTEM, "source": "test"}
    numbers = range(how_many)
    upsert_accounts(items=[account(f"N-{n:03}", name=f"Firm {n:03}") for n in numbers], **given)
    upsert_contacts(items=[contact(f"N-{n:03}") for n in numbers], **given)
    upsert_opportunities(items=[opportunity(f"N-{n:03}", account="A-1") for n in numbers], **given)
    upsert_interactions(items=[interaction(f"N-{n:03}", account="A-1", contact="C-1") for n in numbers], **given)


@pytest.mark.parametrize("kind", KINDS)
def test_following_next_gives_every_row_once_and_previous_leads_back(acme: Company, agent: Caller, kind: str) -> None:
    _fill(acme, 130)
    first = agent.get(f"{kind}/", {"page_size": 60}).json()
    pages, at = [first], first
    while at["next"]:
        at = agent.get(at["next"].partition("/api/v1/")[2]).json()
        pages.append(at)
    seen = [row["id"] for page in pages for row in page["results"]]
    assert [len(page["results"]) for page in pages] == [60, 60, 11]
    assert len(set(seen)) == 131
    assert agent.get(pages[1]["previous"].partition("/api/v1/")[2]).json()["results"] == first["results"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_50_rows_unless_told_and_never_more_than_200(acme: Company, agent: Caller, kind: str) -> None:
    _fill(acme, 60)
    assert len(agent.get(f"{kind}/").json()["results"]) == 50
    for size in ("201", "0", "-1", "x", str(10**18)):
        assert pointers(problem(agent.get(f"{kind}/", {"page_size": size}), 400)) == ["/page_size"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    acme: Company, agent: Caller, kind: str
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as counted:
            agent.get(f"{kind}/")
        return len(counted)

    few = statements()
    _fill(acme, 45)
    assert statements() == few
    assert few <= 6


def test_accounts_come_by_name_and_interactions_the_last_recorded_first(acme: Company, agent: Caller) -> None:
    given = {"tenant": acme.tenant, "actor": SYSTEM, "source": "test"}
    upsert_accounts(items=[account("N-1", name="Zorin"), account("N-2", name="Acme")], **given)
    upsert_interactions(items=[interaction(f"N-{n}") for n in (2, 5, 9)], **given)
    assert names(agent.get("accounts/")) == ["N-2", "A-1", "N-1"]
    assert names(agent.get("interactions/")) == ["N-9", "N-5", "N-2", "I-1"]


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("accounts", {"name": "gLo"}, ["A-1"]),
        ("accounts", {"name": "lobex"}, []),
        ("accounts", {"name": "G%"}, []),
        ("accounts", {"name": "G_obex"}, []),
        ("accounts", {"external_id": "A-2"}, ["A-2"]),
        ("accounts", {"industry": "retail"}, ["A-1"]),
        ("accounts", {"industry": "Retail"}, []),
        ("accounts", {"industry": "retail", "external_id": "A-2"}, []),
        ("contacts", {"account": "A-1"}, ["C-1"]),
        ("contacts", {"account": "A-2"}, ["C-2"]),
        ("opportunities", {"account": "A-2"}, ["O-2"]),
        ("opportunities", {"stage": "negotiation"}, ["O-2"]),
        ("opportunities", {"stage": "stalled"}, []),
        ("interactions", {"account": "A-2"}, ["I-2"]),
        ("interactions", {"channel": "call"}, ["I-2"]),
        ("interactions", {"since": "2026-03-01T09:30:00+01:00"}, ["I-2", "I-1"]),
        ("interactions", {"since": "2026-03-01T08:30:01Z"}, ["I-2"]),
    ],
)
def test_a_filter_narrows_a_list(
    acme: Company, agent: Caller, kind: str, query: dict[str, str], expected: list[str]
) -> None:
    given = {"tenant": acme.tenant, "actor": SYSTEM, "source": "test"}
    upsert_accounts(items=[account("A-2", name="Initech")], **given)
    upsert_contacts(items=[contact("C-2", account="A-2")], **given)
    upsert_opportunities(items=[opportunity("O-2", account="A-2", stage="negotiation")], **given)
    late = interaction("I-2", account="A-2", channel="call", occurred_at="2026-04-01T00:00:00Z")
    upsert_interactions(items=[late], **given)
    assert names(agent.get(f"{kind}/", query)) == expected


def test_account_and_clone_filters_take_ids_as_well(acme: Company, agent: Caller) -> None:
    query = {"account": str(acme.account.pk), "clone": str(acme.clone.pk)}
    assert names(agent.get("opportunities/", query)) == ["O-1"]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("accounts", {"tenant": "rival"}),
        ("accounts", {"ordering": "tenant__id"}),
        ("accounts", {"name__regex": ".*"}),
        ("accounts", {"name": ""}),
        ("accounts", {"name": "x" * 301}),
        ("accounts", {"industry": "a\0b"}),
        ("contacts", {"account": "nobody"}),
        ("contacts", {"account": str(uuid4())}),
        ("opportunities", {"stage": "Discovery"}),
        ("opportunities", {"clone": "nobody"}),
        ("opportunities", {"account__tenant": "x"}),
        ("interactions", {"channel": "fax"}),
        ("interactions", {"since": "2026-03-01"}),
        ("interactions", {"since": "yesterday"}),
        ("interactions", {"since": "2026-03-01T00:00:00"}),
        ("interactions", {"cursor": "nonsense"}),
    ],
)
def test_a_filter_that_means_nothing_is_a_400_that_names_it(agent: Caller, kind: str, query: dict[str, str]) -> None:
    assert pointers(problem(agent.get(f"{kind}/", query), 400)) == [f"/{next(iter(query))}"]


def test_an_account_of_another_tenant_is_as_unknown_as_any(acme: Company, agent: Caller) -> None:
    rival = company("rival")
    problem(agent.get("contacts/", {"account": str(rival.account.pk)}), 400)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_needs_the_scope_read_and_every_person_of_the_tenant_may_look(acme: Company, kind: str) -> None:
    from crm.keys import issue_agent_key

    feed = caller(issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1])
    people = (acme.manager, acme.rep, acme.auditor, acme.operator)
    problem(feed.get(f"{kind}/"), 403)
    problem(feed.get(f"{kind}/", {"nonsense": "1"}), 403)
    problem(caller(None).get(f"{kind}/"), 401)
    assert [caller(acme.token_of(person)).get(f"{kind}/").status_code for person in people] == [200] * 4


def test_a_key_without_read_learns_whether_a_row_is_there_before_it_is_refused(acme: Company) -> None:
    from crm.keys import issue_agent_key

    feed = caller(issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)[1])
    problem(feed.get(f"accounts/{uuid4()}/"), 404)
    problem(feed.get(f"accounts/{acme.account.pk}/"), 403)


@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_rows_are_read_only(acme: Company, agent: Caller, kind: str) -> None:
    problem(agent.post(f"{kind}/", {}), 405)
    for method in ("PUT", "PATCH", "DELETE"):
        problem(agent.send(method, f"{kind}/{acme.account.pk}/", b"{}"), 405)
    with tenant_scope(acme.tenant):
        assert Account.objects.count() == 1
