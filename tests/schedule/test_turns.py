"""Turns whose message was lost: beat's row says when they were, and the sweep begins them, once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from autonomy_project.schedule import set_interval, switch
from crm.tenancy import tenant_scope
from engine import hints, turns
from engine.console.schedule import next_turn
from engine.models import Run
from engine.schedule import ProactiveScheduler
from engine.sweep import sweep
from engine.turns import begin_lost_turn, begin_turn
from record.actors import SYSTEM
from tests.cast import Company, company

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "goal_progress_update"


@pytest.fixture
def acme() -> Company:
    made = company("acme")
    ProactiveScheduler().install()
    return made


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    turns._complete.clear()
    yield
    turns._complete.clear()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hints that were handed to the broker's thread."""
    heard: list[str] = []
    monkeypatch.setattr(hints.ANNOUNCER, "say", lambda hint: heard.append(hint.task))
    return heard


def row() -> PeriodicTask:
    return PeriodicTask.objects.get(name=NAME)


def beat_sent(ago: timedelta = timedelta()) -> None:
    """What beat writes down when it has sent a message, or believes so."""
    PeriodicTask.objects.filter(name=NAME).update(last_run_at=timezone.now() - ago)


def turn_it(made: Company, *, on: bool) -> None:
    with tenant_scope(made.tenant):
        switch(row(), on=on, tenant=made.tenant, actor=SYSTEM)


def runs_of(made: Company) -> int:
    with tenant_scope(made.tenant):
        return Run.objects.count()


def test_a_turn_whose_message_was_lost_is_begun_once(acme: Company, said: list[str]) -> None:
    beat_sent()
    for _ in range(3):
        begin_lost_turn(NAME)
    assert runs_of(acme) == 1
    assert said == [hints.WORK_TASK]


def test_a_turn_whose_message_came_late_is_not_begun_again(acme: Company) -> None:
    beat_sent()
    begin_lost_turn(NAME)
    assert begin_turn(NAME) == 0
    assert runs_of(acme) == 1


def test_before_beats_first_turn_nothing_is_begun(acme: Company) -> None:
    begin_lost_turn(NAME)
    assert runs_of(acme) == 0


def test_of_a_task_that_is_switched_off_nothing_is_begun(acme: Company) -> None:
    beat_sent()
    turn_it(acme, on=False)
    begin_lost_turn(NAME)
    assert runs_of(acme) == 0


def test_a_company_that_came_after_the_turn_waits_for_the_next(acme: Company) -> None:
    beat_sent()
    initech = company("initech")
    begin_lost_turn(NAME)
    assert (runs_of(acme), runs_of(initech)) == (1, 0)


def test_a_turn_that_was_passed_over_is_not_begun_later(acme: Company) -> None:
    assert begin_turn(NAME) == 1
    with tenant_scope(acme.tenant):
        Run.objects.update(
            as_of=timezone.now() - timedelta(days=2), slot=timezone.now() - timedelta(days=2), ended_at=None
        )
    beat_sent()
    for _ in range(3):
        begin_lost_turn(NAME)
    with tenant_scope(acme.tenant):
        run = Run.objects.get()
        assert run.passed_over == 1
        Run.objects.update(ended_at=timezone.now())
    begin_lost_turn(NAME)
    assert runs_of(acme) == 1


def test_a_task_that_has_no_time_for_all_companies_sends_for_another(
    acme: Company, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.0)
    assert begin_turn(NAME) == 0
    assert said == [f"engine.{NAME}"]
    monkeypatch.undo()
    assert begin_turn(NAME) == 1


def test_a_company_in_trouble_is_tried_again_by_the_sweep(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    beat_sent()

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(turns, "begin", fails)
    begin_lost_turn(NAME)
    monkeypatch.undo()
    begin_lost_turn(NAME)
    assert runs_of(acme) == 1


def test_the_sweep_begins_what_was_lost_and_works_it(acme: Company) -> None:
    beat_sent()
    sweep()
    with tenant_scope(acme.tenant):
        assert Run.objects.get(task=NAME).ended_at is not None


def test_asking_for_lost_turns_takes_one_statement_once_all_have_had_it(
    acme: Company, django_assert_num_queries: Any
) -> None:
    beat_sent()
    begin_lost_turn(NAME)
    begin_lost_turn(NAME)
    with django_assert_num_queries(1):
        begin_lost_turn(NAME)


def test_switched_off_and_on_again_a_task_keeps_its_time(acme: Company) -> None:
    beat_sent(ago=timedelta(hours=5))
    due = next_turn(row(), timezone.now())
    turn_it(acme, on=False)
    assert next_turn(row(), timezone.now()) is None
    turn_it(acme, on=True)
    assert next_turn(row(), timezone.now()) == due


def test_another_interval_counts_from_the_last_turn_also_while_the_task_is_off(acme: Company) -> None:
    beat_sent(ago=timedelta(hours=5))
    last = row().last_run_at
    assert last is not None
    turn_it(acme, on=False)
    with tenant_scope(acme.tenant):
        set_interval(row(), every=8, period="hours", tenant=acme.tenant, actor=SYSTEM)
    turn_it(acme, on=True)
    assert next_turn(row(), timezone.now()) == last + timedelta(hours=8)
    assert IntervalSchedule.objects.filter(every=8, period="hours").count() == 1
