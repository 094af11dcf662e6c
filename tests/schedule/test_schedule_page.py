"""The schedule's page: when each task ran and will run, how far it is, and what can be done about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from crm.tenancy import tenant_scope
from engine.console.schedule import is_late, lines, next_turn
from engine.models import Run, RunError
from engine.schedule import ProactiveScheduler, start
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company, company

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = reverse("admin:django_celery_beat_periodictask_changelist")


@pytest.fixture
def acme() -> Company:
    made = company("acme")
    ProactiveScheduler().install()
    return made


@pytest.fixture
def operator(acme: Company) -> Client:
    return logged_in(acme.operator)


def logged_in(person: Any) -> Client:
    client = Client()
    person.is_staff = True
    person.save()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def row(name: str = "pattern_scan") -> PeriodicTask:
    return PeriodicTask.objects.get(name=name)


def do(client: Client, verb: str, name: str = "pattern_scan") -> Any:
    return client.post(reverse("admin:django_celery_beat_periodictask_do", args=[row(name).pk, verb]))


def test_every_task_is_there_with_what_it_does(operator: Client) -> None:
    page = operator.get(PAGE).content.decode()
    for name in ("Pattern scan", "Proactive outreach check", "Goal progress update", "Context summarization"):
        assert name in page
    assert "has not run for this company yet" in page


def test_run_now_begins_a_run_of_this_company_and_says_who(acme: Company, operator: Client) -> None:
    other = company("initech")
    assert do(operator, "run").status_code == 302
    with tenant_scope(acme.tenant):
        run = Run.objects.get()
        assert (run.by_hand, run.started_by) == (True, acme.operator.username)
        assert Entry.objects.filter(kind="run.begun").exists()
    with tenant_scope(other.tenant):
        assert not Run.objects.exists()
    assert "<progress" in operator.get(PAGE).content.decode()


def test_what_runs_already_is_not_run_again_by_a_second_click(acme: Company, operator: Client) -> None:
    do(operator, "run")
    assert "running already" in do(operator, "run").content.decode()
    with tenant_scope(acme.tenant):
        assert Run.objects.count() == 1


def test_what_was_missed_passed_over_and_used_is_told(acme: Company, operator: Client) -> None:
    (run,) = start("pattern_scan", tenant=acme.tenant, actor=SYSTEM)
    with tenant_scope(acme.tenant):
        Run.objects.filter(pk=run.pk).update(missed=23, passed_over=1, tokens=4_321)
    page = operator.get(PAGE).content.decode()
    for told in ("23 turns before it did not take place", "1 turn passed over meanwhile", "4,321"):
        assert told in page


@pytest.mark.parametrize(("verb", "on"), [("off", False), ("on", True)])
def test_a_task_is_switched_from_its_card_and_the_record_says_by_whom(
    acme: Company, operator: Client, verb: str, on: bool
) -> None:
    PeriodicTask.objects.update(enabled=not on)
    assert do(operator, verb).headers["Location"] == PAGE
    assert row().enabled is on
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(kind=f"schedule.switched_{verb}")
    assert entry.actor_label == acme.operator.username


@pytest.mark.parametrize("role", ["manager", "rep", "auditor"])
def test_others_may_look_and_not_run(acme: Company, role: str) -> None:
    client = logged_in(getattr(acme, role))
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Run now" not in page.content.decode()
    assert do(client, "run").status_code == 403
    with tenant_scope(acme.tenant):
        assert not Run.objects.exists()


def test_looking_changes_nothing(acme: Company, operator: Client) -> None:
    for address in (PAGE, reverse("admin:engine_run_live"), reverse("admin:engine_run_changelist")):
        assert operator.get(address).status_code == 200
    assert operator.post(reverse("admin:engine_run_live")).status_code == 405
    with tenant_scope(acme.tenant):
        assert not Run.objects.exists()


def test_a_run_shows_what_went_wrong_with_which_account(acme: Company, operator: Client) -> None:
    (run,) = start("pattern_scan", tenant=acme.tenant, actor=SYSTEM)
    with tenant_scope(acme.tenant):
        RunError.objects.create(tenant=acme.tenant, run=run, account=acme.account, detail="<b>it broke</b>")
        Run.objects.update(errors=1)
    page = operator.get(reverse("admin:engine_run_change", args=[run.pk])).content.decode()
    assert "Globex" in page
    assert "&lt;b&gt;it broke" in page


def test_another_companys_runs_are_not_seen(acme: Company, operator: Client) -> None:
    other = company("initech")
    (run,) = start("pattern_scan", tenant=other.tenant, actor=SYSTEM)
    assert operator.get(reverse("admin:engine_run_change", args=[run.pk])).status_code == 404


def test_the_next_turn_is_an_interval_after_the_last(acme: Company) -> None:
    now = timezone.now()
    task = row("proactive_outreach_check")
    task.last_run_at = now - timedelta(minutes=20)
    assert next_turn(task, now) == task.last_run_at + timedelta(hours=1)
    task.enabled = False
    assert next_turn(task, now) is None
    assert next_turn(None, now) is None


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (59, False), (65, False), (67, True), (1_000, True)])
def test_a_turn_that_did_not_come_is_late_after_a_tenth_of_its_interval(
    acme: Company, minutes: int, late: bool
) -> None:
    now = timezone.now()
    task = row("proactive_outreach_check")
    task.last_run_at = now - timedelta(minutes=minutes)
    due = next_turn(task, now)
    assert due is not None
    assert is_late(task, due, now) is late


def test_the_page_takes_the_same_number_of_statements_for_one_run_and_for_many(
    acme: Company, django_assert_num_queries: Any
) -> None:
    with tenant_scope(acme.tenant), django_assert_num_queries(3):
        lines(timezone.now())
    for _ in range(10):
        ProactiveScheduler().run("context_summarization", tenant=acme.tenant)
    with tenant_scope(acme.tenant), django_assert_num_queries(3):
        lines(timezone.now())
