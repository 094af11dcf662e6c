"""What stands beside the draft: why it was proposed, with its evidence, the people, the deal, how the same was decided
before; what it promises, where its links lead; and all of it by the same few statements."""

import re
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Account, Contact, Opportunity, StageChange
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.asides import ask
from engine.edits import edit
from engine.models import Action
from insights.models import Insight
from tests.cast import Company
from tests.console.test_query_counts import queries
from tests.console.visits import Visit, review_of, said

PIECE = {
    "interaction": "01890000-0000-7000-8000-000000000000",
    "quote": "What would 100 seats cost us?",
    "at": "2026-11-20T09:00:00+00:00",
    "channel": "email",
    "who": "Hank Scorpio",
}


def notice(company: Company, signal: str = "pricing_requested", **columns: Any) -> Insight:
    with tenant_scope(company.tenant):
        made = {
            "pattern_type": "buying_signal",
            "severity": "high",
            "confidence": 0.9,
            "reason": "They ask what it costs.",
            "evidence": [PIECE],
            "seen_at": timezone.now(),
            "account": company.account,
            **columns,
        }
        return Insight.objects.create(tenant=company.tenant, signal=signal, **made)


def put(action: Action, **columns: Any) -> Action:
    with tenant_scope(action.tenant_id):
        Action.objects.filter(pk=action.pk).update(**columns)
    return action


# --- why --------------------


def test_the_insight_it_was_proposed_for_is_shown_with_its_quotes(acme: Company, manager: Visit) -> None:
    insight = notice(acme)
    action = put(acme.propose_proposal(), cause="insight:pricing_requested")
    page = manager.get(review_of(action))
    assert "What it was proposed for High Pricing requested 90 % sure They ask what it costs." in said(page)
    assert "What would 100 seats cost us? Hank Scorpio, 2026-11-20 , email" in said(page)
    assert f"/admin/insights/insight/{insight.pk}/change/" in page.content.decode()


def test_of_several_the_open_one_counts_and_what_became_of_a_closed_one_is_said(acme: Company, manager: Visit) -> None:
    notice(acme, status="closed", reason="An older one.", ended_at=timezone.now())
    action = put(acme.propose_proposal(), cause="insight:pricing_requested")
    assert "90 % sure; no longer so An older one." in manager.review(action)
    notice(acme, reason="The one that is open.")
    page = manager.review(action)
    assert "The one that is open." in page
    assert "An older one." not in page


def test_what_else_is_noticed_there_is_named_the_severe_first(acme: Company, manager: Visit) -> None:
    notice(acme, "timeline_urgency", severity="low", reason="A low one.")
    notice(acme, "budget_mentioned", severity="critical", reason="A critical one.")
    notice(acme, "review_started", status="dismissed", reason="A dismissed one.", ended_at=timezone.now())
    page = manager.review(acme.propose_proposal())
    assert page.index("What we noticed there") < page.index("A critical one.") < page.index("A low one.")
    assert "A dismissed one." not in page


def test_of_another_account_nothing_is_shown(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        other = Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech")
    notice(acme, account=other, reason="About Initech.")
    assert "About Initech." not in manager.review(put(acme.propose_proposal(), cause="insight:pricing_requested"))


# --- whom and what --------------------


def test_recipients_are_named_with_their_titles(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Contact.objects.filter(pk=acme.contact.pk).update(title="Chief Operating Officer", email="Hank@Globex.example")
        Contact.objects.create(
            tenant=acme.tenant, account=acme.account, external_id="C-2", name="Homer", title="Safety", email=""
        )
    page = manager.review(acme.propose_proposal(payload=acme.email(to=["hank@globex.example"])))
    assert "hank@globex.example Hank Scorpio, Chief Operating Officer" in page
    assert "Contact Hank Scorpio , Chief Operating Officer" in page
    assert "Also there Homer , Safety" in page


def test_the_deal_is_told_with_its_qualification_and_since_when_it_is_there(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(
            qualification={"BANT": {"budget": "10k", "need": "", "timeline": "Q4"}}
        )
        StageChange.objects.create(tenant=acme.tenant, opportunity=acme.deal, to_stage="discovery", source="x")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE crm_stagechange SET created_at = '2026-03-05T10:00:00Z'")
    page = manager.review(acme.propose_proposal(opportunity="O-1"))
    assert "Stage Discovery since 5 Mar 2026" in page
    assert "BANT 2 of 4 answered" in page
    assert "Budget: 10k" in page


def test_the_version_of_the_rules_leads_to_their_page(acme: Company, manager: Visit) -> None:
    html = manager.get(review_of(acme.propose_proposal())).content.decode()
    assert re.search(r'href="/admin/guardrails/policy/"[^>]*>version 1<', html)


# --- how it was decided before --------------------


def test_earlier_decisions_of_the_kind_are_shown_those_for_this_account_first(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.create(tenant=acme.tenant, external_id="A-2", name="Initech", domains=["globex.example"])
    elsewhere = acme.propose_proposal(account="A-2")
    reject(action=elsewhere, actor=acme.actor(acme.second_manager), reason="Wrong tone: too loud.")
    here = acme.approve(acme.propose_proposal(), comment="Good one.")
    first = acme.propose_proposal()
    acme.approve(edit(action=first, payload=acme.email(body="Changed."), actor=acme.actor()))
    reject(action=acme.propose("discuss_pricing"), actor=acme.actor(), reason="Of another kind.")
    acme.propose_proposal()  # waits still
    page = manager.get(review_of(acme.propose_proposal()))
    text = said(page)
    assert text.index("For Globex") < text.index("Good one.") < text.index("For other customers")
    assert "by second_manager-acme for Initech Wrong tone: too loud." in text
    assert "after an edit" in text
    assert "Of another kind." not in text
    assert len(page.context["beside"].earlier) == 3
    assert f"/admin/engine/action/{here.pk}/change/" in page.content.decode()


def test_at_most_five_of_each_are_shown_the_latest_first(acme: Company, manager: Visit) -> None:
    for number in range(7):
        reject(action=acme.propose_proposal(), actor=acme.actor(), reason=f"No. {number}")
    earlier = manager.get(review_of(acme.propose_proposal())).context["beside"].earlier
    assert [one.comment for one in earlier] == [f"No. {number}" for number in (6, 5, 4, 3, 2)]


# --- what the draft says --------------------


def test_what_a_draft_promises_is_marked_with_its_kind(acme: Company, manager: Visit) -> None:
    body = "Hello.\r\n\r\nWe will give you 10 % off the list price. The price list is attached."
    html = manager.get(review_of(acme.propose_proposal(payload=acme.email(body=body)))).content.decode()
    assert '<mark class="au-promise">We will give you 10 % off the list price.</mark>' in html
    assert '<span class="au-promise-kind">discount</span>' in html
    assert "It promises something:" in html
    assert html.count('class="au-promise"') == 1


def test_a_text_too_long_to_be_searched_says_so(acme: Company, manager: Visit) -> None:
    long = acme.propose_proposal(payload=acme.email(body="So it is. " * 2_500 + "We will give you 10 % off."))
    assert "The text is too long to be searched for promises to its end." in manager.review(long)
    assert "too long to be searched" not in manager.review(acme.propose_proposal())


def test_what_reaches_nobody_promises_nothing(acme: Company, manager: Visit) -> None:
    action = acme.propose("modify_account_plan", {"plan": "We will give you 10 % off."})
    assert "It promises something" not in manager.review(action)


def test_no_draft_holds_a_link_that_can_be_clicked(acme: Company, manager: Visit) -> None:
    body = (
        "See [globex.example](https://evil.example/x) and <a href='https://evil.example'>this</a>, www.globex.example"
    )
    html = manager.get(review_of(acme.propose_proposal(payload=acme.email(body=body), rationale=body))).content.decode()
    assert not re.search(r'href="(?!/|\?|#)', html)
    assert html.count("the text says globex.example") == 2
    assert "www.globex.example</span>" in html


@pytest.mark.parametrize(
    "subject", ["Hello" + " " * 900 + "wire the money", "Hello" + "\u3000" * 900 + "wire", "x" * 900, "\u200b" * 900]
)
def test_padding_is_counted_out_and_the_end_is_still_there(acme: Company, manager: Visit, subject: str) -> None:
    action = acme.propose_proposal(payload=acme.email(subject=subject, body="Short.\n" + " " * 50_000 + "hidden tail"))
    page = manager.review(action)
    assert "50000 spaces" in page
    assert "hidden tail" in page
    assert f"{len(subject)} characters; scroll in the box" in page


# --- how much it asks --------------------


def asked(visit: Visit, action: Action) -> list[str]:
    left_out = ("SAVEPOINT", "RELEASE", "SELECT set_config")
    return [sql for sql in queries(visit, review_of(action)) if not sql.startswith(left_out)]


def test_the_page_takes_the_same_few_statements_however_much_there_is(acme: Company, manager: Visit) -> None:
    action = put(acme.propose_proposal(opportunity="O-1", contact="C-1"), cause="insight:pricing_requested")
    few = asked(manager, action)
    notice(acme)
    for number, signal in enumerate(("timeline_urgency", "budget_mentioned", "review_started", "silence")):
        notice(acme, signal)
        with tenant_scope(acme.tenant):
            Contact.objects.create(tenant=acme.tenant, account=acme.account, external_id=f"X{number}", name="Somebody")
        reject(action=acme.propose_proposal(), actor=acme.actor(), reason="No.")
        ask(action=action, actor=acme.actor(), text="Why?")
    many = asked(manager, action)
    assert len(many) == len(few) <= 12, many


def test_an_edited_and_executed_action_takes_few_statements_too(acme: Company, manager: Visit) -> None:
    first = acme.propose_proposal(opportunity="O-1")
    second = acme.approve(edit(action=first, payload=acme.email(body="Changed."), actor=acme.actor()))
    put(second, status="executed", fence=1)
    assert len(asked(manager, second)) <= 12
