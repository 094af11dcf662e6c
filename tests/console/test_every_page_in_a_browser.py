"""Every page of the console in a real browser, on a desk and on a phone, light and dark: nothing that axe-core calls
serious, nothing that scrolls sideways, no error, no violation of the policy, no request to anywhere else."""

import time
from base64 import b32decode
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, expect

from crm.two_factor import enrol, new_key, require_of_all
from tests.cast import Company, company
from tests.console.pages import ADDERS, READERS, furnish
from tests.console.test_browser import DESKTOP, PASSWORD, PHONE, Window, browser, over_http
from tests.console.visits import review_of

__all__ = ["browser", "over_http"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => one.id + ": " + one.nodes.slice(0, 3)
        .map(node => node.target.join(" ") + " | " + node.html.slice(0, 160)).join("; "))"""
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def acme(transactional_db: None) -> Company:
    return company("acme")


class Desk:
    """A window of somebody who is logged in already."""

    def __init__(self, browser: Browser, address: str, person: Any, viewport: dict[str, int]) -> None:
        self.window = Window(browser, address, viewport)
        self.page: Page = self.window.page
        client = Client()
        client.force_login(person, backend=_BACKEND)
        cookie = client.cookies["sessionid"]
        self.window.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": address}])

    def findings(self, address: str) -> list[str]:
        """What is wrong with a page, in both themes."""
        self.window.wrong.clear()
        self.page.emulate_media(color_scheme="light")
        answer = self.page.goto(address)
        assert answer is not None
        found = [] if answer.status == 200 else [f"status {answer.status}"]
        return [f"{address} {one}" for one in (*found, *findings_here(self.window))]


def findings_here(window: Window) -> list[str]:
    """What is wrong with the page that a window shows, in both themes."""
    window.page.evaluate(AXE)
    found = [f"light: {one}" for one in window.page.evaluate(RUN_AXE)]
    window.page.emulate_media(color_scheme="dark")
    window.page.evaluate("document.documentElement.classList.add('dark')")  # unfold looks once, when it loads
    window.page.wait_for_timeout(350)  # and fades from one theme to the other
    found += [f"dark: {one}" for one in window.page.evaluate(RUN_AXE)]
    found += ["scrolls sideways"] if window.page.evaluate(SIDEWAYS) else []
    window.page.emulate_media(color_scheme="light")
    return [*found, *window.wrong]


@pytest.fixture
def desks(browser: Browser, live_server: Any) -> Iterator[Any]:
    opened: list[Desk] = []

    def sit_down(person: Any, viewport: dict[str, int]) -> Desk:
        opened.append(Desk(browser, live_server.url, person, viewport))
        return opened[-1]

    yield sit_down
    for desk in opened:
        desk.window.context.close()


OWNS = {"engine_reach": "manager"}  # whose own row it is: nobody else sees it


def pages_of(company: Company) -> Iterator[tuple[str, str]]:
    """(who, address) of every page there is: lists, rows, forms to add a row, and those that are none of these."""
    furnished = furnish(company)
    for page in READERS:
        yield "operator", reverse(f"admin:{page}_changelist")
        yield OWNS.get(page, "operator"), furnished.row_page(page)
    for page, (adders, _) in ADDERS.items():
        yield ("operator" if "operator" in adders else "manager"), reverse(f"admin:{page}_add")
    action = company.propose_proposal(opportunity="O-1", contact="C-1")
    blocked = company.propose("approve_discount", {"percent": 10})
    yield from (("manager", review_of(one)) for one in (action, blocked))
    yield from (("manager", address) for address in ALSO)
    yield "manager", reverse("admin:crm_account_changelist") + "?q=nothing+of+this+name"
    yield "manager", reverse("admin:engine_action_changelist") + "?status=pending"
    yield "rep", "/admin/"
    yield "manager", reverse("admin:insights_insight_ask", args=[furnished.rows["insights_insight"].pk, "useful"])


ALSO = (
    "/admin/",
    "/admin/goals/goal/overview/",
    "/admin/goals/goal/team/",
    "/admin/goals/goal/copy/",
    "/admin/settings/",
    "/admin/two-factor/",
    "/admin/password_change/",
)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_nothing_is_wrong_with_any_page(acme: Company, desks: Any, viewport: dict[str, int]) -> None:
    at: dict[str, Desk] = {}
    found = []
    for who, address in dict.fromkeys(pages_of(acme)):
        desk = at.setdefault(who, None) or desks(getattr(acme, who), viewport)
        at[who] = desk
        found += desk.findings(address)
    assert found == [], "\n".join(found)


# Everything there is to use on a page that can be seen; of a group of radio buttons the one the keyboard stops at.
REACHABLE = """() => {
    const used = "a[href], button, input, select, textarea, summary, [tabindex='0'], [role=button]";
    const isSeen = one => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length;
    const seen = [...document.querySelectorAll(used)]
        .filter(one => isSeen(one) && !one.disabled && one.type !== "hidden" && one.tabIndex >= 0);
    const group = one => seen.filter(other => other.name === one.name);
    const stops = seen.filter(one => one.type !== "radio" || one.checked
        || (!group(one).some(other => other.checked) && group(one)[0] === one));
    stops.forEach((one, at) => { one.dataset.stop = at; });
    return stops.map(one => one.outerHTML.slice(0, 120));
}"""
CLICKED_ONLY = """() => [...document.querySelectorAll("[x-on\\\\:click]")]
    .filter(one => one.checkVisibility() && one.getClientRects().length)
    .filter(one => !one.closest("[data-stop]") && !one.querySelector("[data-stop]"))
    .map(one => one.outerHTML.slice(0, 120))"""
HERE = """() => {
    const here = document.activeElement;
    const shown = [here, here.parentElement, here.parentElement?.parentElement]
        .some(one => one && (getComputedStyle(one).outlineStyle !== "none" || getComputedStyle(one).boxShadow !== "none"));
    return [here.dataset?.stop ?? "", shown, here.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/crm/opportunity/",
        "/admin/crm/clone/add/",
        "/admin/crm/account/",
        "/admin/two-factor/",
        "/admin/settings/",
        "/admin/goals/goal/overview/",
        "/admin/django_celery_beat/periodictask/",
        "/admin/password_change/",
    ],
)
def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(acme: Company, desks: Any, address: str) -> None:
    furnish(acme)
    page = desks(acme.manager, DESKTOP).page
    page.goto(address)
    page.wait_for_load_state("networkidle")
    stops = page.evaluate(REACHABLE)
    assert page.evaluate(CLICKED_ONLY) == []
    page.evaluate("document.activeElement.blur()")
    reached, unseen = set(), []
    for _ in range(len(stops) + 3):
        page.keyboard.press("Tab")
        stop, shown, element = page.evaluate(HERE)
        reached.add(stop)
        unseen += [] if shown or stop == "" else [element]
    assert [stops[at] for at in range(len(stops)) if str(at) not in reached] == []
    assert unseen == []


def test_the_menu_of_a_person_opens_by_the_keyboard(acme: Company, desks: Any) -> None:
    page = desks(acme.manager, DESKTOP).page
    page.goto("/admin/")
    page.locator("#nav-sidebar [role=button]").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Two-factor log-in")).to_be_visible()


def test_the_filters_open_and_close_by_the_keyboard(acme: Company, desks: Any) -> None:
    page = desks(acme.manager, DESKTOP).page
    page.goto("/admin/crm/opportunity/")
    opener = page.get_by_role("button", name="Filters")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('#changelist-filter').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.locator("#changelist-filter")).to_be_hidden()


@pytest.fixture
def stranger(browser: Browser, live_server: Any) -> Iterator[Window]:
    window = Window(browser, live_server.url, PHONE)
    yield window
    window.context.close()


def test_logging_in_with_a_code_takes_the_keyboard_alone(acme: Company, stranger: Window) -> None:
    key = new_key()
    codes = enrol(acme.manager, key=key, code=app_code(key), password=PASSWORD, tenant=acme.tenant, actor=acme.actor())
    page = stranger.page
    page.goto("/admin/crm/account/")
    assert findings_here(stranger) == []
    expect(page.get_by_label("Username")).to_be_visible()
    page.get_by_label("Username").focus()
    page.keyboard.type("manager-acme")
    page.get_by_label("Password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused(timeout=20_000)
    assert findings_here(stranger) == []
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This code does not fit.")).to_be_visible()
    assert findings_here(stranger) == []
    page.wait_for_timeout(1100)  # the second that a wrong code costs
    expect(page.get_by_label("Code")).to_be_focused(timeout=20_000)
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Globex")).to_be_visible()


def test_a_company_that_wants_two_factors_leads_a_new_member_through_it(acme: Company, stranger: Window) -> None:
    require_of_all(acme.tenant, required=True, actor=acme.actor(acme.operator))
    page = stranger.page
    page.goto("/admin/")
    page.get_by_label("Username").fill("rep-acme")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Your company wants a second factor")).to_be_visible()
    assert findings_here(stranger) == []
    page.get_by_text("Cannot scan it?").click()
    key = (page.locator("#secret").text_content() or "").replace(" ", "")
    page.get_by_label("Code").fill(app_code(key))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("shown this once")).to_be_visible()
    assert findings_here(stranger) == []
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", name="Approval queue")).to_be_visible()


def app_code(key: str) -> str:
    """What an authenticator app shows now."""
    made = TOTP(b32decode(key))
    made.time = time.time()
    return f"{made.token():06d}"


def test_the_walk_knows_every_list(db: None) -> None:
    assert set(READERS) == {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
