"""The five rows of beat, and the tasks behind them."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from crm.tenancy import tenant_scope
from engine import checks, turns
from engine.checks import check_scheduled_tasks
from engine.models import Run
from engine.schedule import TASKS, ProactiveScheduler, interval_of, start
from engine.turns import begin_turn
from record.actors import SYSTEM
from tests.cast import Company, company

pytestmark = pytest.mark.django_db(transaction=True)
FIVE = {
    "pattern_scan": 6,
    "proactive_outreach_check": 1,
    "goal_progress_update": 24,
    "daily_digest_generation": 24,
    "context_summarization": 24,
}


@pytest.fixture
def acme() -> Company:
    return company("acme")


@pytest.fixture(autouse=True)
def no_rows(db: None) -> None:
    PeriodicTask.objects.all().delete()
    IntervalSchedule.objects.all().delete()


def test_there_are_exactly_the_five_tasks() -> None:
    assert {task.name: task.interval for task in TASKS} == {
        name: timedelta(hours=hours) for name, hours in FIVE.items()
    }


def test_installing_makes_five_rows_and_again_changes_nothing() -> None:
    ProactiveScheduler().install()
    before = list(PeriodicTask.objects.order_by("name").values())
    ProactiveScheduler().install()
    assert list(PeriodicTask.objects.order_by("name").values()) == before
    assert {row["name"] for row in before} == set(FIVE)


def test_what_an_operator_changed_stays() -> None:
    ProactiveScheduler().install()
    row = PeriodicTask.objects.get(name="pattern_scan")
    row.interval = IntervalSchedule.objects.create(every=30, period="minutes")
    row.enabled = False
    row.last_run_at = timezone.now()
    row.save()
    ProactiveScheduler().install()
    again = PeriodicTask.objects.get(name="pattern_scan")
    assert (again.enabled, again.interval, again.last_run_at) == (False, row.interval, row.last_run_at)
    assert interval_of(TASKS[0]) == timedelta(minutes=30)


def test_what_is_not_an_operators_to_change_is_put_right() -> None:
    ProactiveScheduler().install()
    PeriodicTask.objects.filter(name="pattern_scan").update(task="somewhere.else")
    ProactiveScheduler().install()
    assert PeriodicTask.objects.get(name="pattern_scan").task == "engine.pattern_scan"


def test_two_that_install_at_once_make_five_rows() -> None:
    start = threading.Barrier(3)

    def one() -> None:
        start.wait(10)
        ProactiveScheduler().install()
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert PeriodicTask.objects.count() == 5


def test_every_row_leads_to_a_task_that_celery_knows() -> None:
    ProactiveScheduler().install()
    assert set(PeriodicTask.objects.values_list("task", flat=True)) <= set(current_app.tasks)
    assert check_scheduled_tasks() == []


def test_a_start_with_a_task_that_nothing_would_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TASKS", (replace(TASKS[0], name="tea_break"),))
    (error,) = check_scheduled_tasks()
    assert "engine.tea_break" in error.msg


@pytest.mark.parametrize("name", sorted(FIVE))
def test_every_task_runs_to_its_end(acme: Company, name: str) -> None:
    done = ProactiveScheduler().run(name, tenant=acme.tenant)
    assert done["task"] == name
    assert done["errors"] == 0
    with tenant_scope(acme.tenant):
        run = Run.objects.get(task=name)
    assert run.ended_at is not None


def test_a_task_nobody_knows_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="pattern_scan"):
        ProactiveScheduler().run("scan_everything")


def test_a_run_that_was_left_lying_is_brought_to_its_end_by_the_next(acme: Company) -> None:
    (left_lying,) = start("context_summarization", tenant=acme.tenant, actor=SYSTEM)
    ProactiveScheduler().run("context_summarization", tenant=acme.tenant)
    with tenant_scope(acme.tenant):
        assert Run.objects.get(pk=left_lying.pk).ended_at is not None
        assert Run.objects.count() == 2


def test_the_latest_runs_of_one_company_or_of_all(acme: Company) -> None:
    scheduler, initech = ProactiveScheduler(), company("initech")
    scheduler.run("goal_progress_update")
    scheduler.run("context_summarization", tenant=acme.tenant)
    assert [(run.tenant, run.task) for run in scheduler.runs(tenant=acme.tenant)] == [
        (acme.tenant, "context_summarization"),
        (acme.tenant, "goal_progress_update"),
    ]
    assert {run.tenant for run in scheduler.runs()} == {acme.tenant, initech.tenant}
    assert [run.task for run in scheduler.runs(most=1)] == ["context_summarization"]
    with pytest.raises(ValueError, match="pattern_scan"):
        scheduler.runs(task="tea_break")


def test_beats_turn_begins_a_run_of_every_company(acme: Company) -> None:
    company("initech")
    assert begin_turn("pattern_scan") == 2
    assert begin_turn("pattern_scan") == 0


def test_one_companys_trouble_does_not_stop_the_others(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    other = company("initech")
    begin = turns.begin

    def fails_for_acme(task: Any, *, tenant: Any, **how: Any) -> Any:
        if tenant.pk == acme.tenant.pk:
            raise RuntimeError("no")
        return begin(task, tenant=tenant, **how)

    monkeypatch.setattr(turns, "begin", fails_for_acme)
    assert begin_turn("pattern_scan") == 1
    with tenant_scope(other.tenant):
        assert Run.objects.count() == 1


def test_the_command_answers_with_the_sum(acme: Company) -> None:
    out = StringIO()
    call_command("run_task", "context_summarization", "--tenant", "acme", "--json", stdout=out)
    assert set(json.loads(out.getvalue())) == {"task", "count", "errors"}


@pytest.mark.parametrize(("words", "says"), [(["nonsense"], "pattern_scan"), (["pattern_scan", "--tenant", "x"], "x")])
def test_the_command_refuses_what_it_does_not_know(acme: Company, words: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        call_command("run_task", *words)
    assert refusal.value.returncode == 2
