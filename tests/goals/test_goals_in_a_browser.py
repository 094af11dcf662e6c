"""Goals in a real browser: set, looked at on every screen, light and dark."""

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from crm.models import Account, Clone, Opportunity
from crm.tenancy import tenant_scope
from goals.tracker import GoalTracker
from tests.cast import Company
from tests.console.test_browser import (  # noqa: F401 - fixtures
    DESKTOP,
    PHONE,
    acme,
    browser,
    over_http,
    windows,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def furnish(company: Company) -> None:
    """Goals of every standing, the last one behind with much to suggest."""
    today = date.today()
    with tenant_scope(company.tenant):
        for number in range(6):
            account = Account.objects.create(
                tenant=company.tenant, external_id=f"N{number}", name=f"Initech {number} GmbH"
            )
            Opportunity.objects.create(
                tenant=company.tenant,
                account=account,
                external_id=f"N{number}",
                name=f"A rather long name of a deal, number {number}",
                stage="negotiation",
                amount=9_500 * number,
                currency="USD",
            )
    targets = {"quality": "0.0001", "pipeline": 10_000, "activity": 40, "revenue": 250_000}
    for goal_type, target in targets.items():
        GoalTracker().create_goal(
            tenant=company.tenant,
            goal_type=goal_type,
            target_value=target,
            period_start=today - timedelta(days=20),
            period_end=today + timedelta(days=40),
            clone=None if goal_type == "revenue" else company.clone,
        )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_list_and_page_fit_the_screen(
    acme: Company,  # noqa: F811
    windows: Any,  # noqa: F811
    viewport: dict[str, int],
    theme: str,
) -> None:
    furnish(acme)
    window = windows("manager-acme", viewport, theme)
    window.page.goto("/admin/goals/goal/")
    expect(window.page.locator(".au-goal-bar")).to_have_count(4)
    assert not window.scrolls_sideways()
    window.page.locator("#result_list a", has_text="Revenue").first.click()
    expect(window.page.get_by_role("heading", name="What would help")).to_be_visible()
    expect(window.page.get_by_role("img", name="0 % reached; the pace asks for 34 % today")).to_be_visible()
    expect(window.page.locator(".au-burnup polyline").first).to_be_attached()
    window.page.get_by_text("see the math").first.click()
    expect(window.page.get_by_text("$0 / $250,000 × 100 = 0.0 %.")).to_be_visible()
    assert not window.scrolls_sideways()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_overview_and_the_strip_fit_the_screen(
    acme: Company,  # noqa: F811
    windows: Any,  # noqa: F811
    viewport: dict[str, int],
    theme: str,
) -> None:
    furnish(acme)
    window = windows("manager-acme", viewport, theme)
    window.page.goto("/admin/")
    expect(window.page.locator(".au-strip-goal")).to_have_count(1)
    assert not window.scrolls_sideways()
    window.page.get_by_role("link", name="All goals").click()
    expect(window.page.locator(".au-attained tbody tr")).to_have_count(4)
    expect(window.page.locator(".au-ages tbody tr")).to_have_count(2)
    assert not window.scrolls_sideways()


def test_what_a_target_means_is_told_while_it_is_typed(acme: Company, windows: Any) -> None:  # noqa: F811
    page = windows("manager-acme").page
    page.goto("/admin/goals/goal/add/")
    expect(page.get_by_role("button", name="What does this mean?")).to_be_hidden()
    page.get_by_label("What is measured").select_option("pipeline")
    page.get_by_label("Target").fill("24000")
    told = page.locator("[data-preview-here]")
    expect(told).to_contain_text("Now it is $12,000: the target is 100 % more than that.")
    page.get_by_label("Target").fill("6000")
    expect(told).to_contain_text("the target is 50 % less than that.")
    page.get_by_label("Target").fill("")
    expect(told).to_contain_text("Say what is measured")


def test_a_manager_sets_the_goals_of_a_team(acme: Company, windows: Any) -> None:  # noqa: F811
    with tenant_scope(acme.tenant):
        Clone.objects.update(team="East")
        Clone.objects.create(tenant=acme.tenant, name="Bob", team="East")
    page = windows("manager-acme").page
    page.goto("/admin/goals/goal/overview/")
    page.get_by_role("link", name="Set for a team").click()
    page.get_by_label("What is measured").select_option("activity")
    page.get_by_label("Target").fill("101")
    page.get_by_label("How it is shared").select_option("equal")
    page.get_by_role("button", name="Show what would be set").click()
    targets = page.locator(".au-drafts input[type=number]")
    assert sorted(float(one.input_value()) for one in targets.all()) == [50, 51, 101]
    page.get_by_label("Bob").uncheck()
    page.get_by_role("button", name="Set these goals").click()
    expect(page.get_by_text("2 goals are set.")).to_be_visible()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)


def test_a_manager_sets_changes_and_cancels_a_goal(acme: Company, windows: Any) -> None:  # noqa: F811
    page = windows("manager-acme").page
    page.goto("/admin/goals/goal/")
    page.get_by_role("link", name="Set a goal").first.click()
    page.get_by_label("What is measured").select_option("pipeline")
    page.get_by_label("Target").fill("48000")
    page.get_by_label("First day").fill("2026-01-01")
    page.get_by_label("Last day").fill("2999-12-31")
    page.get_by_role("button", name="Set a goal").click()
    expect(page.get_by_text("The goal is set")).to_be_visible()
    page.locator("#result_list a", has_text="Pipeline").click()
    expect(page.get_by_text("$12,000 of $48,000").first).to_be_visible()
    page.get_by_text("Change target or period").first.click()
    page.get_by_role("spinbutton", name="Target").fill("12000")
    page.get_by_role("button", name="Change target or period").click()
    expect(page.locator(".au-goal-word")).to_have_text("reached")
    page.get_by_role("button", name="Cancel the goal").click()
    expect(page.locator(".au-goal-word")).to_have_text("cancelled")
