"""The review page in a real browser: decided by keys alone, two people at once, on a phone, with the longest names."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crm.models import Account, Contact
from crm.tenancy import tenant_scope
from engine.asides import answer, ask
from engine.models import Action
from tests.cast import Company
from tests.console.test_browser import (  # noqa: F401 - fixtures
    DESKTOP,
    PHONE,
    UNLABELLED,
    acme,
    browser,
    kinds,
    over_http,
    windows,
)
from tests.console.visits import review_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS_WITHIN_MS = 6_000  # an open page asks every four seconds


def opened(windows: Any, action: Action, who: str = "manager-acme") -> Page:  # noqa: F811
    page: Page = windows(who).page
    page.goto(review_of(action))
    return page


def banner(page: Page) -> Any:
    return page.get_by_role("status").filter(has_text="Send a proposal for Globex")


def test_one_key_approves_what_is_shown_and_one_takes_it_back(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("a")
    expect(banner(page)).to_contain_text("Approved:")
    page.goto(review_of(action))
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back; it waits for a decision again.")).to_be_visible()
    assert kinds(acme, action)[-2:] == ["action.approved", "action.undone"]


def test_a_key_that_is_held_or_comes_with_another_decides_nothing(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    for key in ("Control+a", "Alt+a", "Meta+a", "Shift+A"):
        page.keyboard.press(key)
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', repeat: true, bubbles: true}))")
    page.wait_for_timeout(300)
    assert acme.read(action).status == "pending"


def test_it_is_rejected_by_keys_alone(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("r")
    expect(page.get_by_label("Wrong tone")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Wrong moment")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("After the fair, please: a and r decide nothing here.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(banner(page)).to_contain_text("Rejected:")
    rejected = acme.read(action)
    assert rejected.decision_comment == "Wrong moment: After the fair, please: a and r decide nothing here."


def test_the_keys_rest_while_somebody_writes(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.locator("#approve-comment").focus()
    page.keyboard.type("are we sure? e s q j k")
    expect(page.locator("#approve-comment")).to_have_value("are we sure? e s q j k")
    assert acme.read(action).status == "pending"


def test_while_it_is_edited_the_unedited_version_is_approved_by_no_key(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("e")
    expect(page.locator("#edit-to")).to_be_focused()
    page.keyboard.press("Escape")  # out of the field; the form stays
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert acme.read(action).status == "pending"
    expect(page.locator("#edit-subject")).to_be_visible()


def test_escape_leaves_the_field_then_shuts_the_form_then_goes_back(acme: Company, windows: Any) -> None:  # noqa: F811
    page = opened(windows, acme.propose_proposal())
    page.keyboard.press("q")
    expect(page.locator("#ask textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#ask textarea")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ask textarea")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_url("**/admin/")


def test_the_help_names_the_keys_and_nothing_is_decided_under_it(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Approve what is shown")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.wait_for_timeout(300)
    assert (acme.read(action).status, page.url.endswith(review_of(action))) == ("pending", True)


def test_j_and_k_go_through_what_waits(acme: Company, windows: Any) -> None:  # noqa: F811
    first, second = acme.propose_proposal(), acme.propose_proposal()
    page = opened(windows, first)
    page.keyboard.press("j")
    page.wait_for_url(f"**{review_of(second)}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{review_of(first)}")


def test_where_the_queue_left_its_order_that_is_the_order(acme: Company, windows: Any) -> None:  # noqa: F811
    first, second, third = (acme.propose_proposal() for _ in range(3))
    page = opened(windows, first)
    page.evaluate(
        "ids => sessionStorage.setItem('au-queue-order', JSON.stringify(ids))", [str(first.pk), str(third.pk)]
    )
    page.keyboard.press("j")
    page.wait_for_url(f"**{review_of(third)}")
    page.evaluate("sessionStorage.setItem('au-queue-order', '{not json')")
    page.keyboard.press("k")
    page.wait_for_url(f"**{review_of(second)}")


def test_it_is_asked_back_and_put_off_by_keys(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("q")
    page.keyboard.type("Has Hank agreed?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asked; it goes on waiting")).to_be_visible()
    page.goto(review_of(action))
    page.keyboard.press("s")
    expect(page.get_by_label("In an hour")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Put off: Send a proposal for Globex.")).to_be_visible()
    assert kinds(acme, action)[1:] == ["action.asked", "action.snoozed"]


def test_an_open_page_notices_that_somebody_else_decided(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    first, second = opened(windows, action), opened(windows, action, "second_manager-acme")
    first.keyboard.press("a")
    told = second.get_by_role("alert").filter(has_text="manager-acme approved this at")
    expect(told).to_be_visible(timeout=LOOKS_WITHIN_MS)
    expect(second.get_by_role("button", name="Approve", exact=True)).to_be_disabled()
    second.keyboard.press("a")
    told.get_by_role("link", name="Show it as it is now").click()
    expect(second.get_by_text("Approved by manager-acme.")).to_be_visible()
    assert kinds(acme, action).count("action.approved") == 1


def test_an_open_page_notices_a_question_and_its_answer(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal()
    page = opened(windows, action)
    page.keyboard.press("e")
    page.locator("#edit-subject").fill("Half written")
    ask(action=action, actor=acme.actor(acme.second_manager), text="Why?")
    expect(page.get_by_text("second_manager-acme asked the agent a question at")).to_be_visible(timeout=LOOKS_WITHIN_MS)
    expect(page.locator("#edit-subject")).to_have_value("Half written")
    page.goto(review_of(action))
    answer(action=action, actor=acme.agent, clone_id=acme.clone.pk, text="So.")
    expect(page.get_by_text("The agent answered a question at")).to_be_visible(timeout=LOOKS_WITHIN_MS)


def test_an_edit_is_shown_word_by_word_before_it_is_approved(acme: Company, windows: Any) -> None:  # noqa: F811
    page = opened(windows, acme.propose_proposal())
    page.keyboard.press("e")
    page.locator("#edit-body").fill("Shall we talk on Tuesday?")
    expect(page.locator(".au-edited del")).to_have_text("Monday")
    expect(page.locator(".au-edited ins")).to_have_text("Tuesday")


def crowd(company: Company) -> Action:
    """An action whose every name and text is as long as they come."""
    with tenant_scope(company.tenant):
        Account.objects.filter(pk=company.account.pk).update(name="Globex" + "o" * 294)
        Contact.objects.filter(pk=company.contact.pk).update(name="H" * 300, title="T" * 200)
    action = company.propose_proposal(
        opportunity="O-1",
        contact="C-1",
        payload=company.email(
            subject="Hello" + " " * 900 + "the end of it",
            body=" " * 15_000 + "We will give you 10 % off: https://" + "a" * 200 + "@" + "evil-" * 40 + ".example/",
        ),
    )
    ask(action=action, actor=company.actor(), text="w" * 2_000)
    return answer(action=action, actor=company.agent, clone_id=company.clone.pk, text="v" * 9_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_length_hides_a_field_or_a_button(
    acme: Company,  # noqa: F811
    windows: Any,  # noqa: F811
    viewport: dict[str, int],
    theme: str,
) -> None:
    action = crowd(acme)
    window = windows("manager-acme", viewport, theme)
    page = window.page
    page.goto(review_of(action))
    assert not window.scrolls_sideways()
    for text in ("hank@globex.example", "the end of it", "15000 spaces", "discount"):
        expect(page.locator(".au-contents").get_by_text(text).first).to_be_visible()
    for part in page.locator(".au-review-head, .au-one, .au-question").all():
        box = part.bounding_box()
        assert box is not None
        assert box["height"] < 330
    assert page.evaluate(UNLABELLED) == []
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_in_viewport()
    for verb in ("r", "s", "q"):
        page.keyboard.press(verb)
        page.keyboard.press("Escape")
    assert not window.scrolls_sideways()


def test_a_phone_has_two_large_buttons_at_its_bottom(acme: Company, windows: Any) -> None:  # noqa: F811
    action = acme.propose_proposal(payload=acme.email(body="A line.\n" * 200))
    page = windows("manager-acme", PHONE).page
    page.goto(review_of(action))
    boxes = [
        part.bounding_box()
        for part in (page.get_by_role("button", name="Approve", exact=True), page.locator(".au-reject > summary"))
    ]
    assert all(box["height"] >= 48 and box["width"] >= 150 for box in boxes)
    assert all(box["y"] + box["height"] > PHONE["height"] - 80 for box in boxes)
    assert boxes[0]["y"] == boxes[1]["y"]
    page.locator(".au-reject > summary").click()
    page.get_by_label("Wrong person").check()
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(banner(page)).to_contain_text("Rejected:")
    assert acme.read(action).decision_comment == "Wrong person"
