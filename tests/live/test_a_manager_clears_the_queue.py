"""The console's main job in a real browser, with web server, worker and mailbox: twenty proposals, by keys, to their end.

Two managers sit there at once; a worker carries out what they approve, and the page shows it.
"""

from collections import Counter
from time import monotonic

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from engine.asides import answer
from engine.models import Action
from guardrails.policies import set_times
from tests.cast import Company
from tests.console.test_browser import DESKTOP, PASSWORD, Window, acme, browser  # noqa: F401 - fixtures
from tests.console.test_queue_in_a_browser import item, ladder, pane_shows
from tests.live.conftest import Stack, until
from tests.sinks import MailSink

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TWENTY = 20


@pytest.fixture
def served(acme: Company, stack: Stack) -> Stack:  # noqa: F811
    """Web and worker over plain HTTP, where a browser sends no secure cookie."""
    stack.environment["DEBUG"] = "true"
    # The tests store passwords in a way that is quick and that the product does not know.
    User.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))
    stack.start_worker()
    stack.start_web()
    return stack


def sits_down(browser: Browser, served: Stack, who: str) -> Window:  # noqa: F811
    window = Window(browser, f"http://127.0.0.1:{served.port}", DESKTOP)
    window.log_in(who)
    return window


def decided_here(page: Page, action: Action) -> None:
    """Approve what the pane shows, and see it leave."""
    pane_shows(page, action)
    page.keyboard.press("a")
    expect(item(page, action)).to_have_count(0)


def offers(sink: MailSink) -> list[str]:
    """The subjects of what reached the customer."""
    return [str(mail["Subject"]) for mail in sink.taken if str(mail["Subject"]).startswith("Offer")]


def statuses(company: Company, made: list[Action]) -> Counter[str]:
    return Counter(company.read(one).status for one in made)


def test_twenty_proposals_are_cleared_by_keys(
    acme: Company,  # noqa: F811
    browser: Browser,  # noqa: F811
    served: Stack,
    sink: MailSink,
) -> None:
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=5, deadline_hours=72, deadlines={})
    made = ladder(acme, TWENTY)
    first, second = (sits_down(browser, served, who) for who in ("manager-acme", "second_manager-acme"))
    page, began = first.page, monotonic()

    # Four by one key each, one with a reason, and one taken back.
    for one in made[:4]:
        decided_here(page, one)
    pane_shows(page, made[4])
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reject")
    dialog.get_by_label("Wrong moment").check()
    dialog.get_by_role("button", name="Reject").click()
    expect(item(page, made[4])).to_have_count(0)
    decided_here(page, made[5])
    page.keyboard.press("u")
    expect(item(page, made[5])).to_be_visible()
    assert acme.read(made[5]).status == "pending"

    # One is edited, and a question is asked about another.
    pane_shows(page, made[5])
    page.keyboard.press("e")
    page.locator("#edit-subject").fill("Offer, as we said")
    page.get_by_role("button", name="Approve my version").click()
    expect(page.get_by_role("heading", name="Approval queue")).to_be_visible()
    pane_shows(page, made[6])
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    page.keyboard.press("q")
    page.get_by_role("textbox", name="What do you want to know?").fill("Did they see the new price list?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asked; it goes on waiting").first).to_be_visible()
    answer(action=acme.read(made[6]), actor=acme.agent, clone_id=acme.clone.pk, text="Yes, last week.")

    # The second manager sees what is gone, and is told who was there first.
    expect(item(second.page, made[0])).to_contain_text("by manager-acme", timeout=15_000)
    page.goto("/admin/")
    pane_shows(page, made[6])
    second.page.goto("/admin/")
    pane_shows(second.page, made[6])
    decided_here(page, made[6])
    second.page.keyboard.press("a")
    expect(second.page.locator("#queue-said")).to_contain_text("approved by manager-acme already")

    # The rest together, after a look at what that means.
    page.locator("#queue-all").check()
    page.get_by_role("button", name="Approve…", exact=True).click()
    expect(page.get_by_role("heading", name="Approve 13 actions?").last).to_be_visible()
    page.get_by_role("button", name="Approve 13").click()
    expect(page.get_by_role("heading", name="Approved: 13 actions").last).to_be_visible()
    print(f"twenty decided by a script in {monotonic() - began:.0f} s")

    # The worker acts once the hold is over, once each; the pages show it.
    until(lambda: statuses(acme, made) == {"executed": 18, "rejected": 1, "superseded": 1}, within=60)
    until(lambda: len(offers(sink)) == 19, within=20)
    assert Counter(offers(sink)) == dict.fromkeys((f"Offer {n}" for n in range(TWENTY) if n not in (4, 5)), 1) | {
        "Offer, as we said": 1
    }
    page.goto(f"/admin/engine/action/{made[0].pk}/change/")
    expect(page.get_by_text("Executed", exact=True).first).to_be_visible()
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    second.wrong = [said for said in second.wrong if "status of 409" not in said]
    assert [first.wrong, second.wrong] == [[], []]
