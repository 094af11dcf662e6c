"""The approval queue in a real browser, by its keys: triage, undo, many at once, a second manager, a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crm.models import Opportunity
from crm.tenancy import tenant_scope
from engine.models import Action
from guardrails.policies import set_times
from tests.cast import Company
from tests.console.test_browser import (  # noqa: F401 - fixtures
    DESKTOP,
    PHONE,
    acme,
    browser,
    kinds,
    over_http,
    windows,
)
from tests.console.test_deciding import put
from tests.console.visits import review_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLET = {"width": 900, "height": 900}


def ladder(company: Company, number: int) -> list[Action]:
    """So many actions, each about a deal of its own, the largest first: the order of the queue."""
    with tenant_scope(company.tenant):
        for n in range(number):
            Opportunity.objects.create(
                tenant=company.tenant, account=company.account, external_id=f"L{n}", name=f"Deal {n}",
                stage="discovery", amount=100_000 - n * 1_000, currency="USD",
            )  # fmt: skip
    return [
        company.propose_proposal(payload=company.email(subject=f"Offer {n}", body=f"Body {n}"), opportunity=f"L{n}")
        for n in range(number)
    ]


def item(page: Page, action: Action) -> Any:
    return page.locator(f"#action-{action.pk}")


def here(page: Page) -> str:
    return str(page.locator(".au-here").get_attribute("data-id"))


def pane_shows(page: Page, action: Action) -> None:
    expect(page.locator(f'#queue-pane .au-draft[data-shows="{action.pk}"]')).to_be_visible()


def statuses(company: Company, actions: list[Action]) -> list[str]:
    return [company.read(one).status for one in actions]


def test_several_are_triaged_by_keys_alone(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 5)
    page = windows("manager-acme").page
    pane_shows(page, made[0])
    expect(page.locator("#queue-pane")).to_contain_text("Body 0")
    page.keyboard.press("a")
    expect(item(page, made[0])).to_have_count(0)
    pane_shows(page, made[1])
    page.keyboard.press("j")
    pane_shows(page, made[2])
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reject")
    dialog.get_by_role("textbox").fill("jarx: too early")  # letters that are keys elsewhere
    dialog.get_by_role("button", name="Reject").click()
    expect(item(page, made[2])).to_have_count(0)
    assert here(page) == str(made[3].pk)
    page.keyboard.press("k")
    pane_shows(page, made[1])
    page.keyboard.press("a")
    expect(item(page, made[1])).to_have_count(0)
    assert statuses(acme, made) == ["approved", "approved", "rejected", "pending", "pending"]
    assert acme.read(made[2]).decision_comment.endswith("jarx: too early")
    expect(page.locator("#queue-undo .au-undo")).to_have_count(3)
    expect(page.locator("#queue-just li")).to_have_count(3)


def test_the_last_decision_is_undone_where_it_stood(acme: Company, windows: Any) -> None:  # noqa: F811
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=120, deadline_hours=72, deadlines={})
    made = ladder(acme, 3)
    page = windows("manager-acme").page
    for one in made[:2]:
        pane_shows(page, one)
        page.keyboard.press("a")
        expect(item(page, one)).to_have_count(0)
    page.keyboard.press("u")
    expect(item(page, made[1])).to_have_class("au-item au-here")
    page.keyboard.press("u")
    expect(item(page, made[0])).to_be_visible()
    assert page.locator(".au-item").evaluate_all("all => all.map(one => one.dataset.id)") == [
        str(one.pk) for one in made
    ]
    assert statuses(acme, made) == ["pending"] * 3
    page.keyboard.press("u")
    expect(page.locator("#queue-said")).to_have_text("There is nothing to undo.")
    pane_shows(page, made[0])
    page.keyboard.press("a")  # what came back can be decided again
    expect(item(page, made[0])).to_have_count(0)
    assert kinds(acme, made[0]).count("action.approved") == 2


def test_what_can_be_undone_goes_when_its_hold_is_over(acme: Company, windows: Any) -> None:  # noqa: F811
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=3, deadline_hours=72, deadlines={})
    (action, _) = ladder(acme, 2)
    page = windows("manager-acme").page
    pane_shows(page, action)
    page.keyboard.press("a")
    strip = page.locator("#queue-undo .au-undo")
    expect(strip).to_contain_text("2 s")
    expect(strip).to_be_hidden(timeout=6_000)
    put(action, status="executed", executed_at="2026-01-01T10:30:00Z")
    expect(page.locator("#queue-just")).to_contain_text("Carried out at 10:30")


def test_what_is_put_off_by_key_leaves_and_stands_among_what_is_put_off(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 2)
    page = windows("manager-acme").page
    pane_shows(page, made[0])
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Put off").get_by_role("button", name="In four hours").click()
    expect(item(page, made[0])).to_have_count(0)
    assert here(page) == str(made[1].pk)
    put_off = acme.read(made[0])
    assert put_off.status == "pending"
    assert put_off.snoozed_until is not None
    page.reload()
    page.get_by_role("link", name="Put off 1").click()
    expect(item(page, made[0])).to_be_visible()


def test_opening_and_editing_by_key(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 2)
    page = windows("manager-acme").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{review_of(made[1])}")
    page.go_back()
    expect(page.locator(".au-here")).to_have_attribute("data-id", str(made[1].pk))
    page.keyboard.press("e")
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{review_of(made[1])}#edit")


def test_keys_do_nothing_while_one_types_or_holds_control(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 2)
    page = windows("manager-acme").page
    pane_shows(page, made[0])
    page.locator(".au-filters > summary").click()
    page.get_by_label("Value from, USD").focus()
    for key in ("a", "r", "x", "u", "j", "?"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    for key in ("Control+a", "Alt+a", "Meta+j", "Shift+A"):
        page.keyboard.press(key)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert here(page) == str(made[0].pk)
    assert statuses(acme, made) == ["pending", "pending"]
    assert page.locator(".au-pick input:checked").count() == 0


def test_a_rejection_without_a_reason_says_so_in_the_dialog(acme: Company, windows: Any) -> None:  # noqa: F811
    (action,) = ladder(acme, 1)
    window = windows("manager-acme")
    page = window.page
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reject")
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("Say why, so that the agent can do better.")
    page.keyboard.press("Escape")
    assert acme.read(action).status == "pending"
    window.wrong = [said for said in window.wrong if "status of 400" not in said]  # which the browser notes by itself


def test_many_are_chosen_shown_decided_and_taken_back(acme: Company, windows: Any) -> None:  # noqa: F811
    set_times(tenant=acme.tenant, actor=acme.actor(), hold_seconds=120, deadline_hours=72, deadlines={})
    made = ladder(acme, 4)
    page = windows("manager-acme").page
    for _ in range(3):
        page.keyboard.press("x")
        page.keyboard.press("j")
    expect(page.locator("#queue-chosen")).to_have_text("3 chosen")
    page.get_by_role("button", name="Approve…", exact=True).click()
    expect(page.get_by_role("heading", name="Approve 3 actions?").last).to_be_visible()
    expect(page.locator(".au-bulk-figures")).to_contain_text("$297,000")
    assert statuses(acme, made) == ["pending"] * 4
    page.get_by_role("button", name="Approve 3").click()
    expect(page.get_by_role("heading", name="Approved: 3 actions").last).to_be_visible()
    assert statuses(acme, made) == ["approved"] * 3 + ["pending"]
    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_role("heading", name="Taken back: 3 actions").last).to_be_visible()
    assert statuses(acme, made) == ["pending"] * 4


def test_two_managers_at_the_same_moment(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 3)
    first, second = windows("manager-acme"), windows("second_manager-acme")
    pane_shows(first.page, made[0])
    pane_shows(second.page, made[0])
    first.page.keyboard.press("a")
    expect(item(first.page, made[0])).to_have_count(0)
    second.page.keyboard.press("a")
    expect(second.page.locator("#queue-said")).to_contain_text("This action is approved by manager-acme already.")
    expect(item(second.page, made[0])).to_contain_text("Decided by manager-acme at")
    second.page.keyboard.press("j")
    pane_shows(second.page, made[1])
    second.page.keyboard.press("j")
    first.page.keyboard.press("a")
    expect(item(first.page, made[1])).to_have_count(0)
    # The second one's page notices by itself, and what is under the cursor stays there.
    expect(item(second.page, made[1])).to_contain_text("Approved by manager-acme at", timeout=12_000)
    assert here(second.page) == str(made[2].pk)
    assert kinds(acme, made[0]).count("action.approved") == 1
    second.wrong = [said for said in second.wrong if "status of 409" not in said]


def test_new_work_waits_to_be_shown(acme: Company, windows: Any) -> None:  # noqa: F811
    made = ladder(acme, 2)
    page = windows("manager-acme").page
    page.keyboard.press("j")
    pane_shows(page, made[1])
    top = item(page, made[1]).bounding_box()
    new = acme.propose_proposal(payload=acme.email(body="A new one"), opportunity="L0")
    news = page.get_by_role("link", name="1 new, show")
    expect(news).to_be_visible(timeout=12_000)
    assert item(page, made[1]).bounding_box() == top
    expect(page.locator(".au-item")).to_have_count(2)
    news.click()
    expect(page.locator(".au-item")).to_have_count(3)
    assert here(page) == str(made[1].pk)
    expect(item(page, new)).to_be_visible()
    expect(news).to_be_hidden()


def test_a_changed_draft_is_shown_anew_before_it_is_approved(acme: Company, windows: Any) -> None:  # noqa: F811
    (action,) = ladder(acme, 1)
    window = windows("manager-acme")
    pane_shows(window.page, action)
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(external_id="L0").update(stage="negotiation")
    window.page.keyboard.press("a")
    expect(window.page.locator("#queue-said")).to_contain_text("Stage: was discovery, is negotiation.")
    expect(window.page.locator("#queue-pane")).to_contain_text("Negotiation")
    assert acme.read(action).status == "pending"
    window.page.keyboard.press("a")
    expect(window.page.locator("#queue-over")).to_be_visible()
    assert acme.read(action).status == "approved"
    window.wrong = [said for said in window.wrong if "status of 409" not in said]


@pytest.mark.parametrize("viewport", [PHONE, TABLET], ids=["phone", "tablet"])
def test_without_the_pane_nothing_unseen_is_approved(
    acme: Company,  # noqa: F811
    windows: Any,  # noqa: F811
    viewport: dict[str, int],
) -> None:
    made = ladder(acme, 2)
    window = windows("manager-acme", viewport)
    card = item(window.page, made[0])
    approve = card.locator(".au-item-verbs [data-verb=approve]")
    if viewport is PHONE:
        box = approve.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    approve.click()
    expect(card.locator(".au-draft")).to_contain_text("Body 0")
    assert acme.read(made[0]).status == "pending"
    assert not window.scrolls_sideways()
    again = approve if viewport is PHONE else card.locator(".au-draft-verbs .au-approve")
    again.click()
    expect(card).to_have_count(0)
    assert acme.read(made[0]).status == "approved"
    reject = item(window.page, made[1]).locator(".au-item-verbs [data-verb=reject]")
    reject.click()
    dialog = window.page.get_by_role("dialog", name="Reject")
    dialog.get_by_role("textbox").fill("No.")
    dialog.get_by_role("button", name="Reject").click()
    expect(window.page.locator("#queue-over")).to_be_visible()
    assert acme.read(made[1]).status == "rejected"


def test_by_tabs_and_enter_alone_a_draft_is_read_and_approved(acme: Company, windows: Any) -> None:  # noqa: F811
    (action,) = ladder(acme, 1)
    page = windows("manager-acme").page
    pane_shows(page, action)
    item(page, action).locator(".au-item-open").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith("check Approve"):
            break
    page.keyboard.press("Enter")
    expect(item(page, action)).to_have_count(0)
    assert acme.read(action).status == "approved"
