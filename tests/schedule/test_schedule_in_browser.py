"""The schedule's page in a real browser: alive while a task runs, and readable on every screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import expect

from crm.tenancy import tenant_scope
from engine.models import Run, RunError
from engine.schedule import ProactiveScheduler, start, work_runs
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.test_browser import DESKTOP, PHONE, acme, browser, over_http, windows

# ruff: noqa: F401, F811 - pytest's way of using another file's fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "/admin/django_celery_beat/periodictask/"


@pytest.fixture
def lived_in(acme: Company) -> Company:
    """Something ran, something runs, something is late, something is off, something failed."""
    scheduler = ProactiveScheduler()
    scheduler.install()
    for name in ("context_summarization", "goal_progress_update"):
        scheduler.run(name, tenant=acme.tenant)
    long_ago = timezone.now() - timedelta(hours=30)
    PeriodicTask.objects.filter(name="daily_digest_generation").update(last_run_at=long_ago)
    PeriodicTask.objects.filter(name="goal_progress_update").update(enabled=False)
    with tenant_scope(acme.tenant):
        failed = Run.objects.get(task="context_summarization")
        detail = "ValueError: a_very_long_word_that_does_not_end_" * 4
        RunError.objects.create(tenant=acme.tenant, run=failed, account=acme.account, detail=detail)
        Run.objects.filter(pk=failed.pk).update(errors=1, missed=23, passed_over=2, tokens=12_345)
    (running,) = start("pattern_scan", tenant=acme.tenant, actor=SYSTEM)
    with tenant_scope(acme.tenant):
        Run.objects.filter(pk=running.pk).update(total=20_000, done=8_400)
    return acme


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_schedule_and_a_run_fit_the_screen(
    lived_in: Company,
    windows: Any,
    viewport: dict[str, int],
    theme: str,
) -> None:
    window = windows("operator-acme", viewport, theme)
    window.page.goto(ADDRESS)
    assert not window.scrolls_sideways()
    expect(window.page.get_by_text("late", exact=True)).to_be_visible()
    expect(window.page.get_by_text("switched off", exact=True)).to_be_visible()
    window.page.get_by_role("link", name="Context summarization").last.click()
    expect(window.page.get_by_text("a_very_long_word").first).to_be_visible()
    assert not window.scrolls_sideways()


def test_run_now_shows_how_far_it_is_until_it_has_ended_without_a_reload(
    lived_in: Company,
    windows: Any,
) -> None:
    page = windows("operator-acme").page
    page.goto(ADDRESS)
    card = page.locator("section", has=page.get_by_role("heading", name="Pattern scan"))
    expect(card.get_by_role("progressbar")).to_have_attribute("value", "42")
    with tenant_scope(lived_in.tenant):
        Run.objects.filter(task="pattern_scan").update(done=15_000)
    expect(card.get_by_role("progressbar")).to_have_attribute("value", "75", timeout=5_000)
    work_runs(seconds=20)
    expect(card.get_by_role("progressbar")).to_have_count(0, timeout=5_000)
    card.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("pattern_scan runs now for Acme.")).to_be_visible()
    expect(card.get_by_role("progressbar")).to_be_visible()


def test_a_task_is_switched_off_and_on_from_its_card(lived_in: Company, windows: Any) -> None:
    page = windows("operator-acme").page
    page.goto(ADDRESS)
    card = page.locator("section", has=page.get_by_role("heading", name="Proactive outreach check"))
    card.get_by_role("button", name="Switch off").click()
    expect(card.get_by_text("not until it is switched on")).to_be_visible()
    assert not PeriodicTask.objects.get(name="proactive_outreach_check").enabled
    card.get_by_role("button", name="Switch on").click()
    expect(card.get_by_role("button", name="Switch off")).to_be_visible()
    assert PeriodicTask.objects.get(name="proactive_outreach_check").enabled
