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
from engine.models import Action
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


QUEUES = (
    *("", "action=send_proposal", "stage=negotiation", "reason=approval_required", "value_from=1", "value_to=99999"),
    *("age=1", "assignee=mine", "snoozed=yes", "since=1", "after=x", "stage=nonsense&age=9&clone=x"),
    "action=send_proposal&stage=negotiation&reason=approval_required&value_from=1&value_to=99999",
)


def statements(visit: Visit, address: str) -> list[str]:
    """All of a request but the marks of its transaction: the log-in, the memberships and the tenant's scope count. (That
    the scope is left is said to the database in a test only, whose own transaction goes on.)"""
    of_a_transaction = ("SAVEPOINT", "RELEASE", "SELECT set_config('app.tenant', '', true)")
    return [sql for sql in queries(visit, address) if not sql.startswith(of_a_transaction)]


def test_the_queue_and_each_of_its_filters_takes_eight_statements(acme: Company, manager: Visit) -> None:
    """With something of everything that the page can show."""
    fill(acme, 0, FEW)
    unknown = acme.propose()
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET status = 'unknown' WHERE id = %s", [unknown.pk])
    for _ in range(2):
        manager.decide(acme.propose_proposal(), "approve")
    manager.post("/admin/engine/action/views/save/", name="Late", stage="negotiation")
    for query in (*QUEUES, f"clone={_clone_id(acme, 1)}"):
        asked = statements(manager, f"/admin/?{query}")
        assert len(asked) <= 8, (query, len(asked), asked)


def test_a_new_companys_queue_takes_eight_statements(acme: Company, manager: Visit) -> None:
    assert len(statements(manager, "/admin/")) <= 8


def test_a_look_at_what_changed_takes_six_statements(acme: Company, manager: Visit) -> None:
    fill(acme, 0, FEW)
    with tenant_scope(acme.tenant):
        manager.client.defaults["HTTP_X_SHOWN"] = ",".join(action.pk.hex for action in Action.objects.all())
    assert len(statements(manager, "/admin/engine/action/queue/live/?as_of=1")) <= 6


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
