"""The approval queue: what stands in it, in which order, and what it says when it is empty."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from crm.keys import issue_agent_key
from crm.models import Account, AgentKey, Contact, Opportunity
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.models import Action
from guardrails.pauses import set_pause
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.visits import Visit, review_of, said

QUEUE = "/admin/"


def expire_in(action: Action, **span: float) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        moment = timezone.now() + timedelta(**span)
        cursor.execute("UPDATE engine_action SET expires_at = %s WHERE id = %s", [moment, action.pk])


def make_unknown(action: Action) -> None:
    with tenant_scope(action.tenant_id), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET status = 'unknown' WHERE id = %s", [action.pk])


def test_after_the_log_in_the_queue_is_what_one_sees(acme: Company) -> None:
    acme.manager.set_password("a long enough passphrase")
    acme.manager.save()
    visit = Visit(acme.manager)
    visit.client.logout()
    arrived = visit.post("/admin/login/", username="manager-acme", password="a long enough passphrase", follow=True)
    assert arrived.redirect_chain == [("/admin/", 302)]
    assert "Nothing waits for you" in said(arrived) or "Four steps" in said(arrived)


def test_a_row_says_what_for_whom_of_what_value_and_why(acme: Company, manager: Visit) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    acme.propose(opportunity="O-1", contact="C-1")
    page = manager.page(QUEUE)
    for expected in (
        "1 action waits for a decision",
        "Send a follow-up e-mail",
        "To hank@globex.example: Next steps",
        "Globex",
        "Hank Scorpio",
        "$12,000",
        "Negotiation",
        "The deal is in evaluation or negotiation",
        "Ada of acme",
        "2 d 23 h",
    ):
        assert expected in page


def test_what_runs_out_first_comes_first(acme: Company, manager: Visit) -> None:
    late, soon, now = (acme.propose_proposal() for _ in range(3))
    for action, hours in ((late, 50), (soon, 5), (now, 1)):
        expire_in(action, hours=hours)
    html = manager.get(QUEUE).content.decode()
    places = [html.index(review_of(action)) for action in (now, soon, late)]
    assert places == sorted(places)
    assert html.count("au-late") >= 1
    assert html.count('class="au-left au-soon"') == 1


def test_what_was_decided_or_blocked_is_not_in_it(acme: Company, manager: Visit) -> None:
    acme.approve(acme.propose_proposal())
    acme.propose("commit_pricing", {"price": 1})
    assert "wait for a decision" not in manager.page(QUEUE)


def test_the_menu_counts_what_waits(acme: Company, manager: Visit) -> None:
    for _ in range(3):
        acme.propose_proposal()
    html = " ".join(manager.get("/admin/crm/account/").content.decode().split())
    assert "Approval queue" in html
    assert any(
        item["badge"] == "3"
        for group in manager.get(QUEUE).context["sidebar_navigation"]
        for item in group["items"]
        if "badge" in item
    )


def test_the_value_counts_each_deal_once(acme: Company, manager: Visit) -> None:
    for _ in range(2):
        acme.propose_proposal(opportunity="O-1")
    page = manager.page(QUEUE)
    assert "about 1 deal worth $12,000" in page
    assert "2 actions wait for a decision" in page


def test_a_long_queue_is_paged_by_key_and_nothing_is_lost(acme: Company, manager: Visit) -> None:
    made = {str(acme.propose_proposal().pk) for _ in range(53)}
    first = manager.get(QUEUE)
    second = manager.get(QUEUE, after=str(first.context["next"]))
    listed = [str(row.action.pk) for page in (first, second) for row in page.context["rows"]]
    assert len(first.context["rows"]) == 50
    assert sorted(listed) == sorted(made)
    assert second.context["next"] is None


@pytest.mark.parametrize("mark", ["nonsense", "", "00000000-0000-0000-0000-000000000000"])
def test_a_mark_that_names_nothing_gives_the_first_page(acme: Company, manager: Visit, mark: str) -> None:
    acme.propose_proposal()
    assert len(manager.get(QUEUE, after=mark).context["rows"]) == 1


def test_what_may_have_happened_asks_for_an_answer(acme: Company, manager: Visit) -> None:
    action = acme.propose()
    make_unknown(action)
    response = manager.get(QUEUE)
    assert "Did it happen? Send a follow-up e-mail for Globex" in said(response)
    assert review_of(action) in response.content.decode()


def test_a_pause_is_announced(acme: Company, manager: Visit) -> None:
    set_pause(tenant=acme.tenant, actor=acme.actor(), reason="The price list is wrong.", clone=acme.clone)
    assert "Paused: everything of Ada of acme. The price list is wrong." in manager.page(QUEUE)


def test_an_empty_queue_says_where_to_look_instead(acme: Company, manager: Visit) -> None:
    acme.approve(acme.propose_proposal())
    page = manager.page(QUEUE)
    assert "Nothing waits for you" in page
    assert "See what agents did" in page


def ticks(visit: Visit) -> list[bool]:
    return [step.done for step in visit.get(QUEUE).context["steps"]]


def test_a_new_company_is_shown_four_steps_that_the_database_ticks_off(db: None, acme: Company) -> None:
    with tenant_scope(acme.tenant):
        for model in (AgentKey, Opportunity, Contact, Account):
            model.objects.all().delete()
    visit = Visit(acme.manager)
    assert "Four steps to the first decision" in visit.page(QUEUE)
    assert ticks(visit) == [False, False, False, False]
    with tenant_scope(acme.tenant):
        acme.account = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
    assert ticks(visit) == [False, True, False, False]
    action = acme.propose("create_briefing", {"title": "Hello", "body": "A first one."})
    assert ticks(visit) == [False, True, True, False]
    issue_agent_key(tenant=acme.tenant, clone=acme.clone, scopes=["propose"], actor=SYSTEM)
    assert ticks(visit) == [True, True, True, False]
    decided = acme.propose_proposal(payload=acme.email(to=["a@b.example"]))
    acme.approve(decided)
    assert ticks(visit) == []
    assert action.status == "approved"


def test_an_ingest_key_is_no_key_to_propose_with(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        AgentKey.objects.all().delete()
    issue_agent_key(tenant=acme.tenant, clone=None, scopes=["ingest"], actor=SYSTEM)
    assert ticks(manager)[0] is False


@pytest.mark.parametrize("who", ["rep", "auditor", "operator"])
def test_everybody_of_the_company_may_look(acme: Company, who: str) -> None:
    acme.propose_proposal()
    assert "Send a proposal" in Visit(getattr(acme, who)).page(QUEUE)


def test_times_are_those_of_the_company(acme: Company, manager: Visit) -> None:
    acme.tenant.time_zone = "Asia/Tokyo"
    acme.tenant.save()
    action = acme.propose_proposal()
    expected = timezone.localtime(action.expires_at, timezone=ZoneInfo("Asia/Tokyo"))
    assert f'title="{expected:%a} {expected.day} {expected:%b %Y, %H:%M}"' in manager.get(QUEUE).content.decode()


def test_an_empty_installation_without_companies_says_how_to_begin(db: None, django_user_model: Any) -> None:
    person = django_user_model.objects.create_user("first", is_staff=True)
    response = Visit(person).get(QUEUE)
    assert response.status_code == 403
    assert "There is no company here yet. Four steps" in said(response)
    create_tenant(slug="one", actor=SYSTEM)
    assert "no company has made you a member" in said(Visit(person).get(QUEUE))
