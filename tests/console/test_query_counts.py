"""A page asks the database the same number of questions however many rows there are, and never counts a big table."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.keys import issue_agent_key, issue_person_token
from crm.models import Account, Briefing, Channel, Clone, Contact, ImportRun, Interaction, Opportunity, StageChange
from crm.people import add_person
from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from guardrails.pauses import lift_pause, set_pause
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.pages import READERS
from tests.console.visits import Visit, review_of

FEW, MANY = 5, 50
ONE_ROW_ONLY = {"guardrails_policy", "django_celery_beat_periodictask", "axes_accessattempt"}


def fill(company: Company, first: int, last: int) -> None:
    """Rows number `first` to `last` of every kind, each with another account, contact, deal and clone."""
    tenant = company.tenant
    with tenant_scope(tenant):
        for n in range(first, last):
            clone = Clone.objects.create(tenant=tenant, name=f"Clone {n}", owner=company.rep)
            account = Account.objects.create(
                tenant=tenant, external_id=f"A{n}", name=f"Account {n}", domains=["x.example"]
            )
            one = {"tenant": tenant, "account": account}
            contact = Contact.objects.create(**one, external_id=f"C{n}", name=f"Contact {n}", email=f"c{n}@x.example")
            deal = Opportunity.objects.create(
                **one, clone=clone, external_id=f"O{n}", name=f"Deal {n}", stage="negotiation", amount=n, currency="USD"
            )
            Interaction.objects.create(
                **one,
                contact=contact,
                clone=clone,
                opportunity=deal,
                external_id=f"I{n}",
                channel=Channel.CALL,
                occurred_at=f"2026-01-01T00:00:{n:02}Z",
            )
            Briefing.objects.create(**one, external_id=f"B{n}", title="t", body="b")
            ImportRun.objects.create(tenant=tenant, profile="x", counts={}, run_by="x", duration="0:00:01")
            StageChange.objects.create(tenant=tenant, opportunity=company.deal, to_stage="discovery", source="x")
            Interaction.objects.create(
                tenant=tenant,
                account=company.account,
                contact=contact,
                clone=clone,
                external_id=f"G{n}",
                channel=Channel.EMAIL,
                occurred_at=f"2026-02-01T00:00:{n:02}Z",
            )
            issue_agent_key(tenant=tenant, clone=clone, scopes=["read"], actor=SYSTEM)
            issue_person_token(tenant=tenant, person=company.operator, actor=SYSTEM)
            suppress(tenant=tenant, actor=SYSTEM, reason="x", contact=contact)
            pause = set_pause(tenant=tenant, actor=SYSTEM, reason="x", clone=clone)
            if n % 2:
                lift_pause(pause, actor=SYSTEM)
    for n in range(first, last):
        add_person(tenant=tenant, username=f"person-{n}", role="rep", actor=SYSTEM)
        company.clone = Clone(pk=_clone_id(company, n))
        company.propose("send_proposal", company.email(), account=f"A{n}", opportunity=f"O{n}", contact=None)


def _clone_id(company: Company, n: int) -> Any:
    with tenant_scope(company.tenant):
        return Clone.objects.get(name=f"Clone {n}").pk


def queries(visit: Visit, address: str) -> list[str]:
    visit.client.get(address, follow=True)  # what a process looks up once (content types and the like) is not counted
    with CaptureQueriesContext(connection) as captured:
        response = visit.client.get(address, follow=True)
    assert response.status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_no_page_asks_more_where_there_is_more(acme: Company) -> None:
    visit = Visit(acme.operator)
    addresses = {page: reverse(f"admin:{page}_changelist") for page in READERS}
    addresses |= {
        "queue": "/admin/",
        "account": reverse("admin:crm_account_change", args=[acme.account.pk]),
        "deal": reverse("admin:crm_opportunity_change", args=[acme.deal.pk]),
        "add_key": reverse("admin:crm_agentkey_add"),
        "review": review_of(acme.propose_proposal(opportunity="O-1")),
        "story": reverse("admin:engine_action_story", args=[acme.propose_proposal(opportunity="O-1").pk]),
        "dashboard": reverse("dashboard"),
    }
    fill(acme, 0, FEW)
    few = {page: queries(visit, address) for page, address in addresses.items()}
    fill(acme, FEW, MANY)
    for page, address in addresses.items():
        many = queries(visit, address)
        assert len(many) == len(few[page]), (page, many)


@pytest.mark.parametrize("page", sorted(set(READERS) - ONE_ROW_ONLY))
def test_no_list_counts_its_table(acme: Company, page: str) -> None:
    acme.propose_proposal()
    for sql in queries(Visit(acme.operator), reverse(f"admin:{page}_changelist")):
        counts_everything = "COUNT(" in sql and "LIMIT" not in sql
        assert not counts_everything, sql


def test_the_queue_takes_few_statements(acme: Company, manager: Visit) -> None:
    for _ in range(FEW):
        acme.propose_proposal(opportunity="O-1")
    asked = [
        sql for sql in queries(manager, "/admin/") if not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))
    ]
    assert len(asked) <= 10, asked


def test_the_review_page_takes_few_statements(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1", contact="C-1")
    asked = [
        sql
        for sql in queries(manager, review_of(action))
        if not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))
    ]
    assert len(asked) <= 11, asked


def test_the_last_page_that_can_be_asked_for_is_the_two_hundredth(acme: Company, manager: Visit) -> None:
    address = reverse("admin:record_entry_changelist")
    assert manager.get(address, p="200").status_code == 200
    assert manager.get(address, p="201").status_code == 302
