"""The page with everything about one account."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import Interaction
from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from insights.models import Insight, Summary
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.pages import EVERYBODY
from tests.console.test_hostile_text import HOSTILE, active, poison, signature
from tests.console.visits import Visit, everything, review_of
from tests.view.test_account_view import Happens, fill, run


def address(company: Company) -> str:
    return reverse("admin:crm_account_view", args=[company.account.pk])


def furnish(company: Company, happens: Callable[..., Interaction], text: str) -> None:
    """One of everything, each saying `text`."""
    happens(days=0, subject=text, text=text, contact=company.contact, clone=company.clone, occurred_at=timezone.now())
    happens(days=0, subject=text, text="", channel="call", direction="out", occurred_at=timezone.now())
    piece = {"interaction": "x", "quote": text, "at": timezone.now().isoformat(), "channel": "email", "who": text}
    line = {"at": "2026-01-01", "channel": "email", "direction": "in", "who": text, "text": text, "why": "decision"}
    with tenant_scope(company.tenant):
        Insight.objects.create(
            tenant=company.tenant,
            account=company.account,
            pattern_type="buying_signal",
            signal="budget_mentioned",
            severity="high",
            confidence=0.9,
            reason=text,
            evidence=[piece],
            seen_at=timezone.now(),
        )
        Summary.objects.create(
            tenant=company.tenant,
            account=company.account,
            kind="month",
            starts_on="2026-01-01",
            ends_on="2026-01-31",
            interactions=1,
            lines=[line],
            source_digest="x",
            made_at=timezone.now(),
        )
    run(company, company.propose("update_account_context", {"context": {text: text}}))
    company.propose("order_cake", {text: {text: [text]}})


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_of_the_company_sees_it_and_reading_it_changes_nothing(
    acme: Company, happens: Happens, role: str
) -> None:
    furnish(acme, happens, "Shall we?")
    visit = Visit(getattr(acme, role))
    before = everything([acme.tenant])
    page = visit.page(address(acme))
    for said in (
        "Globex",
        "Hank Scorpio",
        "Globex: 100 seats",
        "Budget mentioned",
        "90 % sure",
        "Shall we?",
        "E-mail 1",
    ):
        assert said in page
    for heading in (
        "The last 90 days",
        "Signals",
        "Timeline",
        "Open deals",
        "Contacts",
        "Actions",
        "Facts",
        "Summaries",
    ):
        assert heading in page
    assert everything([acme.tenant]) == before
    assert visit.post(address(acme)).status_code == 405


def test_it_is_drawn_with_a_dot_for_each_day_and_direction(acme: Company, happens: Happens) -> None:
    furnish(acme, happens, "x")
    html = Visit(acme.manager).get(address(acme)).content.decode()
    assert 'class="au-dot au-dot-in au-of-email"' in html
    assert 'class="au-dot au-dot-out au-of-call"' in html
    assert 'class="au-flag-dot au-flag-high"' in html
    assert "Interactions of the last 90 days: E-mail 1, Chat 0, Meeting 0, Call 1" in html


def test_it_is_linked_from_the_accounts_record_and_from_the_review_page(acme: Company) -> None:
    visit = Visit(acme.manager)
    action = acme.propose_proposal()
    for page in (reverse("admin:crm_account_change", args=[acme.account.pk]), review_of(action)):
        assert f'href="{address(acme)}"' in visit.get(page).content.decode()


def test_who_is_suppressed_is_said(acme: Company) -> None:
    visit = Visit(acme.manager)
    assert "not to be written to" not in visit.page(address(acme))
    suppress(tenant=acme.tenant, actor=SYSTEM, reason="asked", contact=acme.contact)
    assert "not to be written to" in visit.page(address(acme))


def test_sources_that_disagree_stand_side_by_side_and_first(acme: Company) -> None:
    run(acme, acme.propose("update_account_context", {"context": {"industry": "wholesale", "a": "b"}}))
    page = Visit(acme.manager).page(address(acme))
    facts = page[page.index("Facts") :]
    assert "sources disagree wholesale Ada of acme (agent)" in facts
    assert facts.index("retail CRM") < facts.index("Domains")


def test_the_timeline_is_paged(acme: Company, happens: Happens) -> None:
    for n in range(60):
        happens(days=n + 1, text=f"number {n}.")
    visit = Visit(acme.manager)
    first = visit.get(address(acme))
    earlier = first.context["earlier"]
    assert "number 0." in first.content.decode()
    page = visit.page(address(acme), before=str(earlier))
    assert "number 59." in page
    assert "number 0." not in page
    for odd in ("x", "9" * 300, str(acme.account.pk)):
        assert "number 0." in visit.page(address(acme), before=odd)


def test_another_companys_account_is_a_404(acme: Company, rival: Company) -> None:
    visit = Visit(acme.manager)
    assert visit.get(address(rival)).status_code == 404
    assert visit.get(address(acme).replace(str(acme.account.pk), str(acme.contact.pk))).status_code == 404
    assert visit.client.get(address(acme).replace("/view/", "x/view/")).status_code in (302, 404)


def test_it_asks_the_same_with_five_and_with_five_hundred(acme: Company, happens: Happens) -> None:
    visit = Visit(acme.manager)

    def asked() -> int:
        visit.get(address(acme))
        with CaptureQueriesContext(connection) as counted:
            assert visit.get(address(acme)).status_code == 200
        return len(counted)

    acme.propose()
    fill(acme, happens, range(5))
    few = asked()
    fill(acme, happens, range(5, 500))
    assert asked() == few


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_and_adds_no_markup(acme: Company, happens: Happens, text: str) -> None:
    visit = Visit(acme.manager)
    furnish(acme, happens, text)
    poison(acme, text)
    assert list(active(visit.get(address(acme)))) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_its_markup_is_that_of_a_plain_text(acme: Company, rival: Company, happens: Happens, text: str) -> None:
    furnish(acme, happens, "plain")
    visit = Visit(acme.manager)
    before = signature(visit.get(address(acme)))
    with tenant_scope(acme.tenant):
        Interaction.objects.exclude(text="").update(subject=text, text=text)
        Insight.objects.update(reason=text)
    assert signature(visit.get(address(acme))) == before


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\U000e0041"])
def test_what_turns_or_hides_text_is_made_visible(acme: Company, happens: Happens, hidden: str) -> None:
    text = f"invoice{hidden}fdp.exe"
    furnish(acme, happens, text)
    poison(acme, text)
    html = Visit(acme.manager).get(address(acme)).content.decode()
    body = html[html.index("<main") :]
    assert hidden not in body
    assert body.count(f"U+{ord(hidden):04X}") > 10
