"""Pages and filters: what is asked for is given, nothing twice, nothing left out, at a constant number of queries."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Account, Clone, Contact, Interaction, Opportunity
from crm.tenancy import tenant_scope
from engine.models import Action
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company

LISTS = ["actions/", "approvals/", "accounts/", "contacts/", "opportunities/", "interactions/"]


def fill(company: Company, count: int) -> None:
    """Put `count` more rows into every list."""
    with tenant_scope(company.tenant):
        for number in range(count):
            tag = f"{number:03}"
            account = Account.objects.create(tenant=company.tenant, external_id=f"FA-{tag}", name=f"Filler {tag}")
            named = {"tenant": company.tenant, "account": account, "external_id": f"F-{tag}"}
            Contact.objects.create(**named, name=tag)
            Opportunity.objects.create(**named, name=tag, stage="discovery", currency="USD", clone=company.clone)
            Interaction.objects.create(
                **named, channel="email", occurred_at=timezone.now() - timedelta(days=number % 7), clone=company.clone
            )
    for _ in range(count):
        company.propose_proposal()


def pages(who: Caller, path: str, **query: Any) -> list[list[Any]]:
    """All pages from the first on, as ids, following `next`."""
    found, asked = [], dict(query)
    while True:
        body = who.get(path, asked).json()
        found.append([row["id"] for row in body["results"]])
        if body["next"] is None:
            return found
        asked = dict(parse_qsl(urlsplit(body["next"]).query))


@pytest.mark.parametrize("path", LISTS)
def test_following_next_gives_every_row_once(acme: Company, manager: Caller, path: str) -> None:
    fill(acme, 11)
    in_one = [row["id"] for row in manager.get(path, {"page_size": 200}).json()["results"]]
    in_many = pages(manager, path, page_size=3)
    assert [row for page in in_many for row in page] == in_one
    assert len(set(in_one)) == len(in_one) >= 11
    assert {len(page) for page in in_many[:-1]} == {3}


@pytest.mark.parametrize("path", LISTS)
def test_previous_leads_back(acme: Company, manager: Caller, path: str) -> None:
    fill(acme, 7)
    first = manager.get(path, {"page_size": 3}).json()
    second = manager.get(path, dict(parse_qsl(urlsplit(first["next"]).query))).json()
    back = manager.get(path, dict(parse_qsl(urlsplit(second["previous"]).query))).json()
    assert back["results"] == first["results"]
    assert first["previous"] is None


def test_rows_that_came_meanwhile_do_not_shift_the_pages(acme: Company, agent: Caller) -> None:
    fill(acme, 6)
    first = agent.get("actions/", {"page_size": 3}).json()
    acme.propose_proposal()
    second = agent.get("actions/", dict(parse_qsl(urlsplit(first["next"]).query))).json()
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


@pytest.mark.parametrize("path", LISTS)
def test_a_page_takes_the_same_queries_for_five_rows_and_for_fifty(acme: Company, manager: Caller, path: str) -> None:
    fill(acme, 5)
    manager.get(path)  # the first use of a token is noted
    with CaptureQueriesContext(connection) as few:
        manager.get(path)
    fill_more(acme)
    with CaptureQueriesContext(connection) as many:
        assert len(manager.get(path).json()["results"]) == 50
    assert len(many) == len(few) <= 7, [query["sql"][:80] for query in many.captured_queries]


def fill_more(company: Company) -> None:
    with tenant_scope(company.tenant):
        for model in (Account, Contact, Opportunity, Interaction):
            sample = model.objects.order_by("-id").first()
            model.objects.bulk_create(copies(sample, 60, external_id=True))
        Action.objects.bulk_create(copies(Action.objects.order_by("-id").first(), 60))


def copies(sample: Any, count: int, *, external_id: bool = False) -> list[Any]:
    fields = [field.attname for field in sample._meta.concrete_fields if field.name != "id"]
    columns = {name: getattr(sample, name) for name in fields}
    changes = [{"external_id": f"copy-{number}"} if external_id else {} for number in range(count)]
    return [type(sample)(**columns | change) for change in changes]


def test_approved_actions_take_one_query_for_their_pauses_and_not_one_each(acme: Company, agent: Caller) -> None:
    acme.propose()
    agent.get("actions/")
    with CaptureQueriesContext(connection) as few:
        agent.get("actions/")
    for _ in range(20):
        acme.propose()
    with CaptureQueriesContext(connection) as many:
        agent.get("actions/")
    assert len(many) == len(few)


def test_the_default_page_has_fifty_rows_and_the_largest_two_hundred(acme: Company, manager: Caller) -> None:
    acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Action.objects.bulk_create(copies(Action.objects.get(), 219))
    assert len(manager.get("actions/").json()["results"]) == 50
    assert len(manager.get("actions/", {"page_size": 200}).json()["results"]) == 200


@pytest.mark.parametrize("path", LISTS)
def test_a_page_size_out_of_range_is_a_400(manager: Caller, path: str) -> None:
    for size in ("0", "-1", "201", "1000000000000000000", "1.0", "x", "", "٣", " 5"):
        assert pointers(problem(manager.get(path, {"page_size": size}), 400)) == ["/page_size"]


def cursor(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


JUNK = [
    "x",
    "%00",
    "\0",
    "é",
    "🦊",
    "A" * 5_000,
    cursor("p=nothing"),
    cursor("p=%00"),
    cursor("p=a%00b"),
    cursor("p=99999999-9999"),
    cursor("o=-1"),
    cursor("o=x&p=1"),
    cursor("r=maybe&p=1"),
    cursor("p=" + "9" * 400),
    cursor("p=99999-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("path", ["actions/", "approvals/", "contacts/", "opportunities/", "interactions/"])
def test_a_junk_cursor_is_a_400(acme: Company, manager: Caller, path: str) -> None:
    for junk in JUNK:
        assert pointers(problem(manager.get(path, {"cursor": junk}), 400)) == ["/cursor"]


def test_accounts_are_ordered_by_name_so_any_text_is_a_position_but_never_an_error(manager: Caller) -> None:
    for junk in JUNK:
        assert manager.get("accounts/", {"cursor": junk}).status_code in (200, 400)


def test_a_cursor_of_another_tenant_shows_only_ones_own(acme: Company, rival: Company, manager: Caller) -> None:
    fill(rival, 4)
    theirs = caller(rival.token_of(rival.manager)).get("actions/", {"page_size": 2}).json()["next"]
    ours = acme.propose_proposal()
    found = manager.get("actions/", dict(parse_qsl(urlsplit(theirs).query)) | {"page_size": 200}).json()
    assert {row["id"] for row in found["results"]} <= {str(ours.pk)}


NOT_OFFERED = ("ordering", "tenant", "tenant__slug", "clone__keys__secret_hash", "status__in", "format", "page")


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_is_not_offered_is_a_400(manager: Caller, path: str) -> None:
    for name in NOT_OFFERED:
        assert pointers(problem(manager.get(path, {name: "x"}), 400)) == [f"/{name}"]


def test_a_parameter_sent_twice_is_a_400(manager: Caller) -> None:
    assert pointers(problem(manager.get("actions/?status=pending&status=approved"), 400)) == ["/status"]


def ids(response: Any) -> set[str]:
    assert response.status_code == 200, response.content
    return {row["id"] for row in response.json()["results"]}


def test_actions_are_filtered_by_status_and_type(acme: Company, agent: Caller) -> None:
    approved, pending = acme.propose(), acme.propose_proposal()
    assert ids(agent.get("actions/", {"status": "approved"})) == {str(approved.pk)}
    assert ids(agent.get("actions/", {"action_type": "send_proposal"})) == {str(pending.pk)}
    assert ids(agent.get("actions/", {"action_type": "Send-Proposal"})) == {str(pending.pk)}
    assert ids(agent.get("actions/", {"status": "executed"})) == set()


def test_actions_are_filtered_by_account_in_either_spelling(acme: Company, agent: Caller) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
    ours, theirs = acme.propose_proposal(), acme.propose("create_briefing", {"title": "a", "body": "b"}, account="A-2")
    assert ids(agent.get("actions/", {"account": "A-1"})) == {str(ours.pk)}
    assert ids(agent.get("actions/", {"account": str(other.pk)})) == {str(theirs.pk)}


def test_actions_are_filtered_by_clone_and_a_key_sees_only_its_own(
    acme: Company, agent: Caller, manager: Caller
) -> None:
    ours = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        grace = Clone.objects.create(tenant=acme.tenant, name="Grace", external_id="grace")
    theirs = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=theirs.pk).update(clone=grace)
    assert ids(manager.get("actions/", {"clone": "grace"})) == {str(theirs.pk)}
    assert ids(manager.get("actions/")) == {str(ours.pk), str(theirs.pk)}
    assert ids(agent.get("actions/", {"clone": "grace"})) == set()
    assert ids(agent.get("actions/")) == {str(ours.pk)}


def test_actions_are_filtered_by_when_they_were_proposed(acme: Company, agent: Caller) -> None:
    old, new = acme.propose_proposal(), acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=old.pk).update(proposed_at=timezone.now() - timedelta(days=3))
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    assert ids(agent.get("actions/", {"since": yesterday})) == {str(new.pk)}


UNFIT_FILTERS = [
    ("status", "Pending"),
    ("status", "nonsense"),
    ("status", ""),
    ("action_type", ""),
    ("account", "nobody's"),
    ("account", ""),
    ("account", "x" * 201),
    ("clone", "nobody's"),
    ("since", "yesterday"),
    ("since", "2026-01-01"),
    ("since", "2026-01-01T00:00:00"),
    ("since", "99999-01-01T00:00:00Z"),
]


def test_a_filter_that_does_not_fit_is_a_400_that_names_it(agent: Caller) -> None:
    for name, value in UNFIT_FILTERS:
        assert pointers(problem(agent.get("actions/", {name: value}), 400)) == [f"/{name}"]


def test_a_filter_by_another_tenants_account_is_as_unknown_as_nobodys(
    acme: Company, rival: Company, agent: Caller
) -> None:
    foreign = problem(agent.get("actions/", {"account": str(rival.account.pk)}), 400)
    assert foreign["errors"] == problem(agent.get("actions/", {"account": "nobody's"}), 400)["errors"]
