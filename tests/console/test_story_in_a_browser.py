"""The story of an action and the dashboard in a real browser: found, read on every screen, printed, open to everybody."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.edits import edit
from engine.execution import execute
from engine.models import Action, Run
from engine.schedule import ProactiveScheduler
from record.models import Entry
from tests.cast import Company
from tests.console.test_browser import DESKTOP, PHONE, acme, browser, over_http, windows
from tests.console.test_story_search import SEARCH, sent, story_of

# ruff: noqa: F401, F811 - pytest's way of using another file's fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DASHBOARD = "/admin/dashboard/"
LONG = "a_very_long_word_that_does_not_end_" * 6


def edited(company: Company) -> Action:
    """A proposal that was edited, approved and carried out."""
    first = company.propose_proposal(rationale=LONG, opportunity="O-1", contact="C-1")
    second = edit(
        action=first, payload=company.email(subject=LONG[:150], body="Other words. " * 30), actor=company.actor()
    )
    company.approve(second, comment=LONG)
    assert execute(company.read(second))
    return second


@pytest.fixture
def lived_in(acme: Company) -> Company:
    """Decisions, a hard stop, something that waits and a task that runs."""
    ProactiveScheduler().install()
    edited(acme)
    for _ in range(3):
        reject(action=acme.propose_proposal(), actor=acme.actor(), reason="No.")
    acme.propose("commit_pricing", {"price": 1})
    acme.propose(LONG[:60].strip("_"), {})
    with tenant_scope(acme.tenant):
        now = timezone.now()
        Run.objects.create(
            tenant=acme.tenant, task="pattern_scan", slot=now, as_of=now, started_by="x", total=50, done=20
        )
    return acme


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_story_search_and_dashboard_fit_the_screen_and_have_no_grave_fault(
    lived_in: Company, windows: Any, viewport: dict[str, int], theme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    window = windows("manager-acme", viewport, theme)
    for address in (story_of(edited(lived_in)), f"{SEARCH}?q=nonsense", DASHBOARD):
        window.page.goto(address)
        for fold in window.page.locator("main details:not([open]) > summary").all():
            if fold.is_visible():
                fold.click()
        assert not window.scrolls_sideways(), address
        found = axe.Axe().run(window.page).response["violations"]
        grave = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in GRAVE]
        assert grave == [], address


GRAVE = ("serious", "critical")


def test_an_auditor_finds_a_mail_by_its_message_id_and_reads_who_decided(acme: Company, windows: Any) -> None:
    action = edited(acme)
    page = windows("auditor-acme").page
    page.get_by_role("link", name="Why was this sent?").click()
    page.get_by_label("What do you have in your hand?").fill(acme.read(action).result["message_id"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send a proposal")).to_be_visible()
    expect(page.get_by_text("Yes: every hash of the content is the same.")).to_be_visible()
    page.get_by_text("In the record: action.approved, hash right").click()
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(kind="action.approved", subject_id=str(action.pk))
    expect(page.get_by_text(entry.hash)).to_be_visible()


def test_on_paper_it_is_black_on_white_without_the_menu_and_with_every_hash(acme: Company, windows: Any) -> None:
    action = edited(acme)
    page = windows("manager-acme", DESKTOP, "dark").page
    page.goto(story_of(action))
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#nav-sidebar")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator("footer.au-print-only")).to_contain_text(story_of(action))
    with tenant_scope(acme.tenant):
        for entry in Entry.objects.filter(subject_id=str(action.pk)):
            expect(page.get_by_text(entry.hash)).to_be_visible()
    ink = "getComputedStyle(document.querySelector('.au-moment-what h4')).color"
    paper = "getComputedStyle(document.querySelector('#main')).backgroundColor"
    assert (page.evaluate(ink), page.evaluate(paper)) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".au-story details[open]").count() == 0


def test_the_print_button_prints(acme: Company, windows: Any) -> None:
    page = windows("manager-acme").page
    page.goto(story_of(acme.propose_proposal()))
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")


def test_the_dashboard_follows_a_task_and_the_queue_without_a_reload(lived_in: Company, windows: Any) -> None:
    page = windows("manager-acme").page
    page.goto(DASHBOARD)
    expect(page.get_by_text("running, 20 of 50")).to_be_visible()
    waiting = page.locator(".au-waits .au-figures div", has_text="Actions").get_by_role("link")
    before = int(waiting.inner_text())
    lived_in.propose_proposal()
    with tenant_scope(lived_in.tenant):
        Run.objects.filter(task="pattern_scan").update(done=35)
    expect(page.get_by_text("running, 35 of 50")).to_be_visible(timeout=8_000)
    expect(waiting).to_have_text(str(before + 1))


def test_the_numbers_behind_a_drawing_stand_beside_it(lived_in: Company, windows: Any) -> None:
    page = windows("manager-acme").page
    page.goto(DASHBOARD)
    drawing = page.get_by_role("img", name="approved")
    expect(drawing).to_be_visible()
    page.locator("section", has=page.get_by_role("heading", name="What became of what waited")).locator(
        "summary"
    ).click()
    expect(page.get_by_role("columnheader", name="Rejected").first).to_be_visible()
