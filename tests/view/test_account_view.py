"""The unified view of an account: everything that is known of it, and nothing of anybody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.clones import add_clone
from crm.keys import issue_agent_key
from crm.models import Account, Contact, Interaction, Opportunity
from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from engine.account_view import AccountView, account_view
from engine.autonomy import AutonomyEngine
from engine.models import Action
from insights.models import Insight, InsightStatus, Summary
from record.actors import SYSTEM
from tests.api.callers import caller, problem
from tests.cast import Company

Happens = Callable[..., Interaction]


def view(company: Company) -> AccountView:
    with tenant_scope(company.tenant):
        return account_view(Account.objects.get(pk=company.account.pk))


def notice(company: Company, signal: str = "budget_mentioned", **columns: Any) -> Insight:
    given = {
        "tenant": company.tenant,
        "account": company.account,
        "pattern_type": "buying_signal",
        "signal": signal,
        "severity": "medium",
        "confidence": 0.9,
        "reason": "They have a budget.",
        "evidence": [{"interaction": "x", "quote": "We have a budget.", "at": "2026-11-20T09:00:00+00:00"}],
        "seen_at": timezone.now(),
        **columns,
    }
    with tenant_scope(company.tenant):
        return Insight.objects.create(**given)


def run(company: Company, action: Action) -> Action:
    AutonomyEngine().execute_approved_action(action=company.read(action))
    return company.read(action)


def facts(company: Company) -> dict[str, Any]:
    told = view(company).facts
    return {
        fact.told.name: (fact.told.value, fact.told.source, [other.value for other in fact.others]) for fact in told
    }


def test_it_holds_people_open_deals_and_open_signals(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.create(
            tenant=acme.tenant, account=acme.account, external_id="O-2", name="Old", stage="closed_won", currency="USD"
        )
    new = notice(acme)
    notice(acme, "silence", status=InsightStatus.CLOSED)
    seen = view(acme)
    assert [contact.name for contact in seen.contacts] == ["Hank Scorpio"]
    assert [deal.external_id for deal in seen.open_deals] == ["O-1"]
    assert [signal.pk for signal in seen.signals] == [new.pk]
    assert seen.suppressed == frozenset()


@pytest.mark.parametrize("by", ["contact", "address"])
def test_it_says_who_must_not_be_written_to(acme: Company, by: str) -> None:
    whom: dict[str, Any] = {"contact": acme.contact} if by == "contact" else {"address": "HANK@globex.example"}
    suppress(tenant=acme.tenant, actor=SYSTEM, reason="asked", **whom)
    with tenant_scope(acme.tenant):
        Contact.objects.create(tenant=acme.tenant, account=acme.account, external_id="C-2", name="Marge")
    assert view(acme).suppressed == {acme.contact.pk}


def test_where_the_crm_and_an_agent_disagree_the_most_recent_wins_and_both_are_shown(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(attributes={"Employees": "500"}, source_updated_at=None)
    run(acme, acme.propose("update_account_context", {"context": {"employees": 700, "mood": "good"}}))
    assert facts(acme)["employees"] == (700, "Ada of acme (agent)", ["500"])
    assert facts(acme)["mood"] == ("good", "Ada of acme (agent)", [])
    later = timezone.now()
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(source_updated_at=later)
    assert facts(acme)["Employees"] == ("500", "CRM", [700])
    with tenant_scope(acme.tenant):
        told = {fact.told.name: fact for fact in account_view(Account.objects.get(pk=acme.account.pk)).facts}
    assert told["Employees"].told.at == later
    assert told["Employees"].others[0].at is not None


def test_what_an_agent_cleared_is_told_no_more(acme: Company) -> None:
    run(acme, acme.propose("update_account_context", {"context": {"mood": "good"}}))
    run(acme, acme.propose("update_account_context", {"context": {"mood": None}}))
    assert "mood" not in facts(acme)


def test_what_an_agent_says_again_it_says_once(acme: Company) -> None:
    for mood in ("good", "bad"):
        run(acme, acme.propose("update_account_context", {"context": {"mood": mood}}))
    assert facts(acme)["mood"] == ("bad", "Ada of acme (agent)", [])


def test_notes_that_no_action_tells_of_stand_too(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(context={"fiscal year": "June"})
    assert facts(acme)["fiscal year"] == ("June", "notes about the account", [])


def test_qualification_answers_and_the_roles_of_contacts_are_facts_that_can_disagree(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(
            qualification={"BANT": {"budget": "50k"}, "MEDDIC": {"champion": "Marge"}}
        )
        Contact.objects.filter(pk=acme.contact.pk).update(
            role="Champion", title="CEO", source_updated_at=timezone.now()
        )
    told = facts(acme)
    assert told["budget"] == ("50k", "BANT of Globex: 100 seats", [])
    assert told["champion"] == ("Hank Scorpio", "CRM, role of the contact", ["Marge"])
    assert told["Hank Scorpio title"] == ("CEO", "CRM", [])


def test_an_answer_that_an_agent_noted_counts_from_then_on(acme: Company) -> None:
    long_ago = "2020-01-01T00:00:00Z"
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(source_updated_at=long_ago)
        Account.objects.filter(pk=acme.account.pk).update(
            attributes={"budget": "10k"}, source_updated_at="2025-01-01T00:00:00Z"
        )
    payload = {"framework": "BANT", "fields": {"budget": "50k"}}
    run(acme, acme.propose("qualify_conversation", payload, opportunity="O-1"))
    assert facts(acme)["budget"] == ("50k", "BANT of Globex: 100 seats", ["10k"])


def fill(company: Company, happens: Happens, numbers: range) -> None:
    for n in numbers:
        happens(days=n / 10, channel=["email", "chat", "meeting", "call", "crm"][n % 5], contact=company.contact)
    with tenant_scope(company.tenant):
        for n in numbers:
            Contact.objects.create(
                tenant=company.tenant,
                account=company.account,
                external_id=f"c{n}",
                name=f"N{n}",
                email=f"n{n}@x.example",
            )
            Summary.objects.create(
                tenant=company.tenant,
                account=company.account,
                kind="month",
                starts_on=f"{1900 + n}-01-01",
                ends_on=f"{1900 + n}-01-31",
                interactions=1,
                lines=[],
                source_digest="x",
                made_at=timezone.now(),
            )


def test_the_view_takes_the_same_statements_with_five_and_with_five_hundred(acme: Company, happens: Happens) -> None:
    def statements() -> int:
        with tenant_scope(acme.tenant):
            account = Account.objects.get(pk=acme.account.pk)
            with CaptureQueriesContext(connection) as counted:
                account_view(account)
        return len(counted)

    acme.propose()
    notice(acme)
    fill(acme, happens, range(5))
    assert statements() == 7
    fill(acme, happens, range(5, 500))
    for _ in range(5):
        run(acme, acme.propose("update_account_context", {"context": {"mood": "good"}}))
    assert statements() == 7


def test_over_http_too(acme: Company, happens: Happens) -> None:
    manager = caller(acme.token_of(acme.manager))
    path = f"accounts/{acme.account.pk}/view/"

    def statements() -> int:
        manager.get(path)  # the first use of a token is noted
        with CaptureQueriesContext(connection) as counted:
            assert manager.get(path).status_code == 200
        return len(counted)

    acme.propose()
    fill(acme, happens, range(5))
    few = statements()
    fill(acme, happens, range(5, 500))
    assert statements() == few


def test_the_timeline_has_every_channel_newest_first_page_by_page(acme: Company, happens: Happens) -> None:
    fill(acme, happens, range(120))
    agent = caller(acme.bearer)
    path = f"accounts/{acme.account.pk}/view/"
    page = agent.get(path).json()["timeline"]
    rows = page["results"]
    assert len(rows) == 50
    assert {row["channel"] for row in rows} == {"email", "chat", "meeting", "call", "crm"}
    pages = 1
    while page["next"]:
        page = agent.get(page["next"].split("/api/v1/")[1]).json()["timeline"]
        rows += page["results"]
        pages += 1
    assert pages == 3
    times = [row["occurred_at"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({row["id"] for row in rows}) == 120
    assert len(agent.get(path, {"page_size": "7"}).json()["timeline"]["results"]) == 7


@pytest.mark.parametrize("query", [{"before": "x"}, {"cursor": "x"}, {"page_size": "0"}, {"page_size": "1000"}])
def test_an_odd_query_is_a_400(acme: Company, query: dict[str, str]) -> None:
    problem(caller(acme.bearer).get(f"accounts/{acme.account.pk}/view/", query), 400)


def test_the_answer_has_the_form_of_the_contract(acme: Company, happens: Happens) -> None:
    happens()
    notice(acme)
    action = run(acme, acme.propose("update_account_context", {"context": {"mood": "good"}}))
    told = caller(acme.bearer).get(f"accounts/{acme.account.pk}/view/").json()
    parts = "account contacts open_deals signals timeline actions summaries facts"
    assert list(told) == parts.split()
    assert told["open_deals"][0]["amount"] == "12000.00"
    assert told["contacts"][0]["suppressed"] is False
    assert told["signals"][0]["evidence"][0]["quote"] == "We have a budget."
    assert (told["actions"][0]["id"], told["actions"][0]["status"]) == (str(action.pk), "executed")
    assert told["actions"][0]["result"]["detail"]
    mood = next(fact for fact in told["facts"] if fact["name"] == "mood")
    assert mood["at"].endswith("Z")
    assert mood == {"name": "mood", "value": "good", "source": "Ada of acme (agent)", "at": mood["at"], "others": []}


def test_a_key_sees_its_own_clones_actions_and_a_person_all(acme: Company) -> None:
    acme.propose()
    bob = add_clone(tenant=acme.tenant, actor=SYSTEM, name="Bob")
    bearer = issue_agent_key(tenant=acme.tenant, clone=bob, scopes=["read"], actor=SYSTEM)[1]
    path = f"accounts/{acme.account.pk}/view/"
    assert caller(bearer).get(path).json()["actions"] == []
    assert len(caller(acme.token_of(acme.auditor)).get(path).json()["actions"]) == 1


def test_another_tenants_account_is_not_there_and_their_rows_are_in_no_view(acme: Company, rival: Company) -> None:
    notice(rival)
    rival.propose()
    path = f"accounts/{rival.account.pk}/view/"
    problem(caller(acme.bearer).get(path), 404)
    problem(caller(acme.token_of(acme.manager)).get(path), 404)
    told = caller(acme.bearer).get(f"accounts/{acme.account.pk}/view/").content.decode()
    for secret in (rival.account.pk, rival.contact.pk, rival.deal.pk, rival.clone.name, "They have a budget."):
        assert str(secret) not in told
