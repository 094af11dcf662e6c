"""The console in a real browser, as a manager uses it: no error in its console, no violation of the policy."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from crm.models import Role
from crm.people import add_person
from crm.tenancy import tenant_scope
from engine.models import Action
from guardrails.policies import set_times
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company, company
from tests.console.test_hostile_text import HOSTILE, poison
from tests.console.visits import review_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long enough passphrase"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WATCH_THE_POLICY = "addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective))"


@pytest.fixture(scope="module")  # ends with its file: it leaves an event loop running in this thread
def browser(chromium_path: str) -> Iterator[Browser]:
    # Playwright's loop runs in this thread; Django would refuse every query of a test as asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def over_http(settings: Any) -> None:
    """The live server speaks plain HTTP, over which a browser sends no secure cookie."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


class Window:
    """A browser window of one person, which remembers everything that went wrong in it."""

    def __init__(self, browser: Browser, address: str, viewport: dict[str, int], theme: str = "light") -> None:
        self.context = browser.new_context(viewport=viewport, color_scheme=theme, base_url=address)  # type: ignore[arg-type]
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(WATCH_THE_POLICY)
        self.page: Page = self.context.new_page()
        self.address = address
        self.wrong: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}\n{error.stack}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"request to {request.url}")

    def log_in(self, username: str) -> None:
        self.page.goto("/admin/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("heading", name="Approval queue")).to_be_visible()

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture
def windows(browser: Browser, live_server: Any) -> Iterator[Any]:
    opened: list[Window] = []

    def open_for(username: str, viewport: dict[str, int] = DESKTOP, theme: str = "light") -> Window:
        opened.append(Window(browser, live_server.url, viewport, theme))
        opened[-1].log_in(username)
        return opened[-1]

    yield open_for
    for window in opened:
        window.context.close()
    assert [window.wrong for window in opened] == [[] for _ in opened]


def kinds(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))


def test_a_manager_logs_in_reviews_approves_and_undoes(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal(opportunity="O-1", contact="C-1", rationale="They asked for it.")
    page = windows("manager-acme").page
    page.get_by_role("link", name="Send a proposal").click()
    expect(page.get_by_text("Shall we talk on Monday?").first).to_be_visible()
    page.locator("#approve-comment").fill("Good.")
    page.get_by_role("button", name="Approve", exact=True).click()
    strip = page.get_by_role("status").filter(has_text="Approved:")
    expect(strip).to_contain_text("Send a proposal for Globex")
    assert acme.read(action).status == "approved"
    strip.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back; it waits for a decision again.")).to_be_visible()
    assert acme.read(action).status == "pending"


def test_the_countdown_runs_and_the_strip_goes_when_the_hold_is_over(acme: Company, windows: Any) -> None:
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=3, deadline_hours=72, deadlines={})
    action = acme.propose_proposal()
    page = windows("manager-acme").page
    page.goto(review_of(action))
    page.get_by_role("button", name="Approve", exact=True).click()
    strip = page.locator(".au-undo")
    expect(strip).to_contain_text("2 s")
    expect(strip).to_be_hidden(timeout=6000)


def test_a_manager_rejects_with_a_reason(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    page = windows("manager-acme").page
    page.goto(review_of(action))
    page.get_by_text("Reject…").click()
    page.get_by_label("Reason").fill("Too early.")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Rejected:")).to_be_visible()
    assert (acme.read(action).status, acme.read(action).decision_comment) == ("rejected", "Too early.")


def test_a_manager_edits_and_approves(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    page = windows("manager-acme").page
    page.goto(review_of(action))
    page.get_by_role("link", name="Edit…").click()
    expect(page.locator("#edit-to")).to_be_focused()  # the page puts the cursor there, a moment after the click
    page.locator("#edit-subject").fill("A shorter one")
    page.get_by_role("button", name="Approve my version").click()
    expect(page.get_by_role("status").filter(has_text="Approved:")).to_be_visible()
    with tenant_scope(acme.tenant):
        new = Action.objects.get(supersedes=action)
    assert (new.status, new.payload["subject"]) == ("approved", "A shorter one")


def test_while_somebody_edits_the_unedited_version_cannot_be_approved(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    page = windows("manager-acme").page
    page.goto(review_of(action))
    page.get_by_role("link", name="Edit…").click()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_hidden()
    expect(page.get_by_text("You are editing.")).to_be_visible()
    page.get_by_text("Edit, then approve").click()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()


def test_what_does_not_fit_is_said_beside_the_field(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    window = windows("manager-acme")
    window.page.goto(review_of(action))
    window.page.get_by_role("link", name="Edit…").click()
    window.page.locator("#edit-to").fill("nobody")
    window.page.get_by_role("button", name="Approve my version").click()
    expect(window.page.locator("#edit .au-wrong")).to_contain_text("@")
    assert acme.read(action).status == "pending"
    window.wrong = [said for said in window.wrong if "status of 400" not in said]  # which the browser notes by itself


def test_two_at_once_the_second_is_told_who_decided(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    first, second = windows("manager-acme").page, windows("second_manager-acme").page
    for page in (first, second):
        page.goto(review_of(action))
    first.get_by_role("button", name="Approve", exact=True).click()
    expect(first.get_by_role("status").filter(has_text="Approved:")).to_be_visible()
    second.get_by_role("button", name="Approve", exact=True).click()
    expect(second.get_by_text("This action is approved by manager-acme already.")).to_be_visible()


def test_a_double_click_decides_once(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    page = windows("manager-acme").page
    page.goto(review_of(action))
    page.get_by_role("button", name="Approve", exact=True).dblclick()
    expect(page.get_by_role("status").filter(has_text="Approved:")).to_be_visible()
    assert kinds(acme, action).count("action.approved") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_queue_and_review_fit_the_screen(acme: Company, windows: Any, viewport: dict[str, int], theme: str) -> None:
    long = "a-very-long-word-without-a-break-" * 20
    action = acme.propose_proposal(payload=acme.email(subject=long, body=f"{long}\n" * 40), opportunity="O-1")
    acme.propose("order_cake", {long: {long: long}})
    window = windows("manager-acme", viewport, theme)
    assert not window.scrolls_sideways()
    window.page.goto(review_of(action))
    assert not window.scrolls_sideways()
    approve = window.page.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_in_viewport()
    box = approve.bounding_box()
    assert box is not None
    assert box["height"] >= 40
    assert window.page.locator("main").count() == 1


def test_the_keyboard_alone_reaches_the_content_and_shows_where_it_is(acme: Company, windows: Any) -> None:
    acme.propose_proposal()
    page = windows("manager-acme").page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if "Send a proposal" in page.evaluate("document.activeElement.textContent"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send a proposal").last).to_be_visible()


def test_every_field_has_its_label(acme: Company, windows: Any) -> None:
    action = acme.propose_proposal()
    page = windows("operator-acme").page
    for address in ("crm/membership/add", "crm/agentkey/add", "crm/clone/add", "guardrails/pause/add"):
        page.goto(f"/admin/{address}/")
        assert page.evaluate(UNLABELLED) == [], address
    manager = windows("manager-acme").page
    manager.goto(review_of(action))
    assert manager.evaluate(UNLABELLED) == []


UNLABELLED = """[...document.querySelectorAll('main input:not([type=hidden]), main textarea, main select')]
    .filter(e => !e.labels?.length && !e.getAttribute('aria-label')).map(e => e.name)"""


def test_the_company_is_switched_from_the_head(acme: Company, windows: Any) -> None:
    rival = company("rival")
    add_person(tenant=rival.tenant, username="manager-acme", role=Role.REP, actor=SYSTEM)
    page = windows("manager-acme").page
    page.locator("details.au-company summary").click()
    page.get_by_role("button", name="Rival Sales representative").click()
    expect(page.get_by_text("You are now in Rival, as sales representative.")).to_be_visible()


@pytest.mark.parametrize("text", HOSTILE[:7])
def test_hostile_text_runs_nowhere(acme: Company, windows: Any, text: str) -> None:
    poison(acme, text)
    mail = acme.propose_proposal(payload=acme.email(subject=text, body=text), rationale=text, opportunity="O-1")
    cake = acme.propose("order_cake", {text: {text: [text]}})
    page = windows("manager-acme").page
    for address in (
        review_of(mail),
        review_of(cake),
        "/admin/engine/action/",
        "/admin/crm/account/",
        f"/admin/crm/account/{acme.account.pk}/change/",
        f"/admin/crm/contact/{acme.contact.pk}/change/",
        f"/admin/crm/clone/{acme.clone.pk}/change/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
