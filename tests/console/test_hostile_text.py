"""Names, payloads and rationales of people who mean harm are shown, never carried out, and hide nothing."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from crm.models import Account, Clone, Contact, Opportunity
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.edits import edit
from tests.cast import Company
from tests.console.pages import READERS, Furnished, furnish
from tests.console.visits import Visit, review_of

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}${7*7}",
    "'-alert(1)-'",
    '" x-data="alert(1)" x-init="alert(1)',
    "</textarea></title></style><b>bold</b>",
    "javascript:alert(1)",
    "&lt;script&gt;&amp;#x3c;",
]


LEADS_SOMEWHERE = {"href", "src", "action", "formaction"}


class Marks(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def elements(response: Any) -> list[tuple[str, dict[str, str | None]]]:
    reader = Marks()
    reader.feed(response.content.decode())
    return reader.elements


def signature(response: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The page's mark-up without its texts and values: hostile text must not change it."""
    return [(tag, tuple(sorted(attrs))) for tag, attrs in elements(response)]


def active(response: Any) -> Iterator[str]:
    """What runs on a page: handlers, scripts of its own, addresses that are scripts, and Alpine's expressions."""
    for tag, attrs in elements(response):
        if tag == "script" and not attrs.get("src"):
            yield "<script>"
        for name, value in attrs.items():
            if name.startswith("on") or (
                name in LEADS_SOMEWHERE and not str(value).startswith(("/", "?", "#", "data:image/"))
            ):
                yield f"{name}={value}"
            if name.startswith(("x-", "@", ":", "hx-")) and "alert" in str(value):
                yield f"{name}={value}"


def poison(company: Company, text: str) -> None:
    """Put a text wherever a customer, an agent or a colleague can."""
    with tenant_scope(company.tenant):
        Account.objects.filter(pk=company.account.pk).update(
            name=text, industry=text, owner=text, plan=text, context={text: text}, attributes={text: text}
        )
        Contact.objects.filter(pk=company.contact.pk).update(name=text, title=text, role=text)
        Opportunity.objects.filter(pk=company.deal.pk).update(name=text, qualification={"BANT": {"need": text}})
        Clone.objects.filter(pk=company.clone.pk).update(name=text, signature=text, team=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_the_records_stays_text_on_every_page(acme: Company, text: str) -> None:
    furnished: Furnished = furnish(acme)
    visit, own = Visit(acme.operator), Visit(acme.manager)
    poison(acme, text)
    for page in READERS:
        sees_it = own if page == "engine_reach" else visit  # the row is the manager's
        for address in (reverse(f"admin:{page}_changelist"), furnished.row_page(page)):
            response = sees_it.client.get(address, follow=True)
            assert response.status_code == 200
            assert list(active(response)) == [], address
    assert list(active(visit.get("/admin/"))) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_of_an_agent_stays_text_on_the_review_page(acme: Company, manager: Visit, text: str) -> None:
    mail = acme.email(subject=text, body=text)
    plain = acme.propose_proposal(payload=acme.email(subject="plain", body="plain"), rationale="plain")
    hostile = acme.propose_proposal(payload=mail, rationale=text)
    before, after = manager.get(review_of(plain)), manager.get(review_of(hostile))
    assert list(active(after)) == []
    assert signature(after) == signature(before)
    assert list(active(manager.get("/admin/"))) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_every_shape_of_payload(acme: Company, manager: Visit, text: str) -> None:
    for action_type, payload in (
        ("order_cake", {text: {text: [text]}}),
        ("commit_pricing", {text: text}),
        ("update_account_context", {"context": {text: text}}),
        ("modify_account_plan", {"plan": text}),
        ("create_briefing", {"title": text, "body": text}),
        ("send_chat_message", {"channel": text, "text": text}),
    ):
        response = manager.get(review_of(acme.propose(action_type, payload)))
        assert response.status_code == 200
        assert list(active(response)) == [], action_type


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_reasons_comments_and_edits_stay_text(acme: Company, manager: Visit, text: str) -> None:
    old = acme.propose_proposal()
    new = edit(action=old, payload=acme.email(body=text), actor=acme.actor())
    reject(action=new, actor=acme.actor(), reason=text)
    for action in (old, new):
        assert list(active(manager.get(review_of(action)))) == []
    told = manager.decide(acme.propose_proposal(), "reject", follow=True, reason=text)
    assert list(active(told)) == []
    refused = manager.decide(acme.propose_proposal(), "edit", to=text, subject=text, body=text)
    assert list(active(refused)) == []


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\U000e0041"])
def test_what_turns_or_hides_text_never_reaches_the_browser_as_itself(
    acme: Company, manager: Visit, hidden: str
) -> None:
    text = f"invoice{hidden}fdp.exe"
    poison(acme, text)
    action = acme.propose_proposal(
        payload=acme.email(subject=text, body=text), rationale=text, contact="C-1", opportunity="O-1"
    )
    manager.get(review_of(action))
    html = manager.get(review_of(action)).content.decode()
    edit_form = html[html.index('id="edit"') : html.index("Approve my version")]
    assert hidden not in html.replace(edit_form, "")
    assert f"U+{ord(hidden):04X}" in html
    for address in ("/admin/", reverse("admin:engine_action_changelist")):
        assert hidden not in manager.get(address).content.decode()


def test_a_search_for_markup_finds_nothing_and_runs_nothing(acme: Company, manager: Visit) -> None:
    for text in HOSTILE:
        for page in ("engine_action", "crm_account", "crm_contact", "record_entry"):
            response = manager.get(reverse(f"admin:{page}_changelist"), q=text)
            assert response.status_code == 200
            assert list(active(response)) == []


@pytest.mark.parametrize("value", ["\x00", "9" * 400, "' OR 1=1 --", "nonsense"])
@pytest.mark.parametrize(
    "name", ["q", "p", "status", "action_type", "clone__id__exact", "o", "about", "nonsense", "subject_id__exact"]
)
def test_odd_queries_are_never_a_500(acme: Company, name: str, value: str) -> None:
    visit = Visit(acme.manager, patient=True)
    for page in ("engine_action", "record_entry", "crm_interaction"):
        assert visit.get(reverse(f"admin:{page}_changelist"), **{name: value}).status_code in (200, 302, 400, 403, 404)
