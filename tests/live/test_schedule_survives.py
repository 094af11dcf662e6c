"""The scheduled tasks as processes: killed half-way they end with the same rows; beat begins them, broker or no broker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from autonomy_project.launch.places import CHECKOUT
from crm.tenancy import tenant_scope
from engine.models import Run
from engine.schedule import BY_NAME, ProactiveScheduler, start
from record.actors import SYSTEM
from tests.cast import Company
from tests.conftest import URLS
from tests.live.conftest import Stack, until
from tests.schedule.worlds import book, rows_of

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
WRITES = {  # what each task's page writes, where it is stopped
    "pattern_scan": "insights_insight",
    "proactive_outreach_check": "engine_action",
    "goal_progress_update": "goals_goal",
    "daily_digest_generation": "engine_digest",
    "context_summarization": "insights_summary",
}
HELD = (
    "SELECT count(*) FROM pg_locks WHERE {}"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def runs(made: Company, **wanted: Any) -> list[Run]:
    with tenant_scope(made.tenant):
        return list(Run.objects.filter(**wanted).order_by("pk"))


def done(made: Company) -> int:
    return sum(run.done for run in runs(made))


def locks(which: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(HELD.format(which))
        return int(cursor.fetchone()[0])


@contextmanager
def nobody_writes(table: str) -> Iterator[None]:
    with closing(psycopg2.connect(URLS.owner)) as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
        other.rollback()


def run_task(name: str, tenant: str, log: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "django", "run_task", name, "--tenant", tenant],
        cwd=CHECKOUT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "autonomy_project.settings"},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(timeout=10)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_task_killed_in_the_middle_of_a_write_and_run_again_ends_like_an_undisturbed_one(
    name: str, tmp_path: Path
) -> None:
    acme, twin = book("acme", 450), book("twin", 450)
    for made in (acme, twin) if name not in ("pattern_scan", "context_summarization") else ():
        ProactiveScheduler().run("pattern_scan", tenant=made.tenant)
    undisturbed = ProactiveScheduler().run(name, tenant=twin.tenant)
    assert undisturbed["count"] > 0
    log = tmp_path / "log"
    child = None
    try:
        with nobody_writes(WRITES[name]):
            child = run_task(name, "acme", log)
            until(lambda: locks("NOT granted") > 0, within=40)
            kill(child)
        until(lambda: locks("locktype = 'advisory'") == 0)
        assert runs(acme, task=name)[-1].ended_at is None
        ProactiveScheduler().run(name, tenant=acme.tenant)
    finally:
        if child:
            kill(child)
        print(log.read_text())
    assert rows_of(acme) == rows_of(twin)
    assert runs(acme, ended_at=None) == []


def test_a_worker_killed_half_way_through_a_scan_is_followed_by_another(stack: Stack) -> None:
    acme, twin = book("acme", 2_500), book("twin", 2_500)
    ProactiveScheduler().run("pattern_scan", tenant=twin.tenant)
    (undisturbed,) = runs(twin)
    stack.start_worker()
    start("pattern_scan", tenant=acme.tenant, actor=SYSTEM)
    for share in (0.1, 0.5):
        until(lambda at=share: done(acme) >= at * undisturbed.total, within=60)
        stack.kill("worker")
        assert runs(acme)[0].ended_at is None
        stack.start_worker()
    until(lambda: runs(acme)[0].ended_at is not None, within=60)
    (run,) = runs(acme)
    assert (run.total, run.done, run.count, run.errors) == (
        undisturbed.total,
        undisturbed.done,
        undisturbed.count,
        0,
    )
    assert run.more == undisturbed.more
    assert rows_of(acme) == rows_of(twin)


def every(seconds: int) -> None:
    ProactiveScheduler().install()
    soon = IntervalSchedule.objects.create(every=seconds, period="seconds")
    PeriodicTask.objects.update(interval=soon)


def has_counted(made: Company, name: str) -> bool:
    return any(run.count > 0 and run.ended_at for run in runs(made, task=name, by_hand=False))


def test_beat_begins_all_five_and_each_counts_something(stack: Stack) -> None:
    acme = book("acme", 40)
    every(3)
    stack.start_worker()
    stack.start_beat()
    stack.start_beat("another_beat")
    for name in BY_NAME:
        until(lambda name=name: has_counted(acme, name), within=60)
    stack.kill("beat")
    stack.kill("another_beat")
    until(lambda: not runs(acme, ended_at=None), within=40)
    scheduled = runs(acme, by_hand=False)
    slots = [(run.task, run.slot) for run in scheduled]
    assert len(slots) == len(set(slots))
    assert {run.errors for run in scheduled} == {0}
    assert PeriodicTask.objects.count() == 5


def test_a_turn_that_came_while_the_broker_was_dead_is_begun_by_the_sweep(stack: Stack) -> None:
    acme = book("acme", 10)
    every(600)
    stack.start_worker()
    stack.start_beat()
    assert stack.servers.valkey.child is not None
    stack.servers.valkey.child.kill()
    stack.servers.valkey.child.wait(timeout=10)
    every(3)
    PeriodicTask.objects.get(name="pattern_scan").save()  # so that beat reads its rows again
    for name in BY_NAME:
        until(lambda name=name: bool(runs(acme, task=name, by_hand=False)), within=60)
