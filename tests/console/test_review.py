"""The review page: the canonical payload field by field, the facts beside it, and no way to hide a field."""

import re
from typing import Any

import pytest
from django.db import connection

from crm.models import Account, Channel, Direction, Interaction, Opportunity, Suppression
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.connectors import email
from engine.connectors.contract import Delivery
from engine.edits import edit
from engine.execution import execute
from engine.models import Action
from tests.cast import Company
from tests.console.visits import Visit, review_of, said
from tests.engine.payload_cases import FULL


def fields(visit: Visit, action: Action) -> dict[str, Any]:
    contents = visit.get(review_of(action)).context["contents"]
    return {field.label: field for field in contents.fields}


def test_a_mail_is_shown_as_the_connector_composes_it(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        acme.clone.reply_to, acme.clone.signature = "office@acme.example", "Ada\nAcme, Oslo"
        acme.clone.save()
    action = acme.propose_proposal(payload=acme.email(cc=["boss@globex.example"]))
    mail = email.compose(Delivery(acme.read(action), "k"))
    shown = fields(manager, action)
    assert [address.text for address in shown["To"].value] == mail.to
    assert [address.text for address in shown["Cc"].value] == mail.cc
    assert (shown["From"].value, shown["Answers to"].value) == (mail.from_email, mail.reply_to[0])
    assert (shown["Subject"].value, shown["Text"].value) == (mail.subject, mail.body)
    page = manager.review(action)
    assert "The e-mail as it will be sent" in page
    assert "Shall we talk on Monday? -- Ada Acme, Oslo" in page


def test_whom_it_reaches_stands_before_everything_long(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(payload=acme.email(body="padding\n" * 10_000, subject="s" * 900))
    html = manager.get(review_of(action)).content.decode()
    assert html.index("hank@globex.example") < html.index("s" * 900) < html.index("padding")
    kinds = [field.kind for field in manager.get(review_of(action)).context["contents"].fields]
    assert kinds[-1] == "text"


def test_recipients_beyond_the_account_are_marked(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(payload=acme.email(to=["hank@globex.example", "eve@elsewhere.example"]))
    marked = {address.text: address.stranger for address in fields(manager, action)["To"].value}
    assert marked == {"hank@globex.example": False, "eve@elsewhere.example": True}
    assert "eve@elsewhere.example not of this account" in manager.review(action)


def test_the_agents_words_are_labelled_as_such_and_come_after_the_payload(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(rationale="Completely harmless, just click approve.")
    page = manager.review(action)
    label = page.index("What the agent says about it Its own words, unchecked")
    assert page.index("The exact payload") < label < page.index("Completely harmless")


@pytest.mark.parametrize("action_type", sorted(FULL))
def test_every_kind_of_payload_is_shown_whole(acme: Company, manager: Visit, action_type: str) -> None:
    action = acme.propose(action_type, FULL[action_type], opportunity="O-1")
    page = manager.review(action)
    for text in leaves(FULL[action_type]):
        assert text in page, text
    ids = re.findall(r'\sid="([^"]+)"', manager.get(review_of(action)).content.decode())
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1]


def leaves(value: Any) -> list[str]:
    """Every text of a payload, on one line."""
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [" ".join(value.split())] if isinstance(value, str) else []


def test_an_unknown_kind_is_shown_with_all_it_carries(acme: Company, manager: Visit) -> None:
    action = acme.propose("order_cake", {"for": {"name": "Hank", "when": ["Monday", 9]}, "sure": True, "note": None})
    shown = {label: field.value for label, field in fields(manager, action).items()}
    assert shown == {
        "for": [("name", "Hank"), ("when[1]", "Monday"), ("when[2]", "9")],
        "sure": [("", "yes")],
        "note": [("", "none")],
    }
    assert "Order cake (not in the catalogue)" in manager.review(action)


def test_a_stage_is_shown_with_the_one_it_is_to_replace(acme: Company, manager: Visit) -> None:
    action = acme.propose("progress_past_evaluation", {"to_stage": "closed_won"}, opportunity="O-1")
    shown = fields(manager, action)["Stage"]
    assert (shown.kind, shown.was, shown.value) == ("change", "Discovery", "Closed won")


def test_what_a_plan_would_replace_is_shown(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(plan="Win them slowly.")
    action = acme.propose("modify_account_plan", {"plan": "Win them fast."})
    assert fields(manager, action)["Account plan"].was == "Win them slowly."


def test_what_qualification_and_context_would_replace_is_shown(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(
            qualification={"BANT": {"budget": "10k"}}, stage="evaluation"
        )
        Account.objects.filter(pk=acme.account.pk).update(context={"tools": "spreadsheets"})
    qualify = acme.propose(
        "qualify_conversation", {"framework": "BANT", "fields": {"budget": "12k", "need": None}}, opportunity="O-1"
    )
    shown = fields(manager, qualify)
    assert (shown["Budget"].was, shown["Budget"].value, shown["Need"].value) == ("10k", "12k", "cleared")
    context = fields(manager, acme.propose("update_account_context", {"context": {"tools": "paper", "new": 1}}))
    assert (context["tools"].was, context["new"].was) == ("spreadsheets", "")


def test_the_facts_stand_beside_it(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1", contact="C-1", deal_stage="prospecting")
    page = manager.review(action)
    for fact in (
        "Account Globex",
        "Contact Hank Scorpio hank@globex.example",
        "Deal Globex: 100 seats $12,000",
        "Stage Discovery the agent said: prospecting",
        "Clone Ada of acme",
        "by agent key (key)",
        "send_proposal tier: approval required; run by one of our connectors",
        "version 1",
        action.content_hash[:12],
        "Approval required. A person decides every action of this kind.",
        "Approve, edit or reject the action. Manager: In the admin",
        "Decide within 2 d 23 h",
    ):
        assert fact in page
    assert f'title="{action.content_hash}"' in manager.get(review_of(action)).content.decode()


def test_the_last_interactions_are_shown_newest_first(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        for day in range(1, 9):
            Interaction.objects.create(
                tenant=acme.tenant,
                account=acme.account,
                external_id=f"I-{day}",
                channel=Channel.CALL,
                direction=Direction.IN,
                occurred_at=f"2026-10-0{day}T09:00:00Z",
                subject=f"Call number {day}",
            )
    page = manager.review(acme.propose_proposal())
    assert page.index("Call number 8") < page.index("Call number 7") < page.index("Call number 3")
    assert "Call number 2" not in page


def test_a_stage_that_moved_is_told_before_anybody_decides(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.move_deal(Stage.NEGOTIATION)
    page = manager.review(action)
    assert "Changed since it was checked: the deal's stage was discovery and is negotiation" in page
    assert acme.read(action).content_hash == action.content_hash


def test_a_recipient_suppressed_meanwhile_is_told(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Suppression.objects.create(tenant=acme.tenant, contact=acme.contact, reason="asked", set_by="x")
    assert "somebody it would be sent to must not be written to" in manager.review(action)


def test_an_edit_is_shown_with_its_versions_and_its_differences(acme: Company, manager: Visit) -> None:
    first = acme.propose_proposal()
    second = edit(action=first, payload=acme.email(body="Shall we talk on Tuesday?"), actor=acme.actor())
    third = edit(action=second, payload=acme.email(body="Shall we talk on Friday?"), actor=acme.actor())
    response = manager.get(review_of(third))
    assert [version.pk for version in response.context["versions"]] == [first.pk, second.pk, third.pk]
    assert "<del>Tuesday</del><ins>Friday</ins>" in response.content.decode()
    assert "Somebody edited this; the edited version took its place." in manager.review(first)
    assert manager.get(review_of(first)).context["forms"] == {}


def test_a_finished_action_shows_its_attempts_and_its_record(acme: Company, manager: Visit) -> None:
    action = acme.propose("create_briefing", {"title": "Hello", "body": "All about Globex."})
    assert execute(action)
    page = manager.review(action)
    for text in (
        "What happened",
        "Filed the briefing.",
        "executed",
        "action.proposed",
        "action.executed",
        "The briefing",
    ):
        assert text in page
    assert "to be filed" not in page


@pytest.mark.parametrize(
    ("status", "forms"),
    [("unknown", ["settle", "again"]), ("failed", ["again"]), ("blocked", []), ("expired", []), ("executed", [])],
)
def test_a_status_has_the_forms_it_calls_for(acme: Company, manager: Visit, status: str, forms: list[str]) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET status = %s WHERE id = %s", [status, action.pk])
    assert list(manager.get(review_of(action)).context["forms"]) == forms


def test_a_hard_stop_has_no_forms_and_says_why(acme: Company, manager: Visit) -> None:
    action = acme.propose("commit_pricing", {"price": "10 EUR"})
    response = manager.get(review_of(action))
    assert response.context["forms"] == {}
    assert "Hard stop. No agent may ever do this and nobody can approve it" in said(response)
    assert 'value="10 EUR"' not in response.content.decode()


def test_the_page_of_an_action_that_is_not_there_is_a_404(acme: Company, manager: Visit) -> None:
    for wrong in ("nonsense", "00000000-0000-0000-0000-000000000000", "1"):
        assert manager.get(f"/admin/engine/action/{wrong}/change/").status_code == 404


def test_the_page_itself_takes_no_post(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    assert manager.post(review_of(action), status="approved").status_code == 405
    assert acme.read(action).status == "pending"
