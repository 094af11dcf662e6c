"""Runs are begun once a slot, whatever beats and clocks do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine import runs
from engine.models import Run, Slice
from engine.runs import Task, begin, begin_by_hand
from record.actors import SYSTEM
from tests.cast import Company
from tests.rivals import at_once
from tests.schedule.marking import HOUR, Marking, begun, now_is, work_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The database's clock, as far as beginning a run asks it."""

    class Clock:
        now = datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC)

    monkeypatch.setattr(runs, "now", lambda: Clock.now)
    return Clock


def turn(job: Marking, tenant: Tenant) -> Run | None:
    return begin(job.task(), tenant=tenant, interval=HOUR)


def test_a_slot_is_begun_once(acme: Company, job: Marking, clock: Any) -> None:
    first = turn(job, acme.tenant)
    assert first is not None
    assert first.slot == datetime(2026, 11, 24, 10, tzinfo=UTC)
    work_all(job)
    clock.now += timedelta(minutes=40)
    assert turn(job, acme.tenant) is None
    clock.now += timedelta(minutes=20)
    assert turn(job, acme.tenant) is not None


def test_two_beats_at_once_begin_one_run(acme: Company, job: Marking) -> None:
    at_once(*[lambda: turn(job, acme.tenant)] * 4)
    with tenant_scope(acme.tenant):
        assert Run.objects.count() == 1


def test_two_beats_on_either_side_of_a_slots_edge_begin_one_run(acme: Company, job: Marking, clock: Any) -> None:
    clock.now = datetime(2026, 11, 24, 9, 59, 59, tzinfo=UTC)
    assert turn(job, acme.tenant) is not None
    work_all(job)
    clock.now += timedelta(seconds=2)
    assert turn(job, acme.tenant) is None


def test_a_clock_set_back_an_hour_begins_nothing_twice(acme: Company, job: Marking, clock: Any) -> None:
    assert turn(job, acme.tenant) is not None
    work_all(job)
    clock.now -= HOUR
    assert turn(job, acme.tenant) is None


def test_after_a_day_without_beat_there_is_one_run(acme: Company, job: Marking, clock: Any) -> None:
    assert turn(job, acme.tenant) is not None
    work_all(job)
    clock.now += timedelta(days=1)
    assert turn(job, acme.tenant) is not None
    work_all(job)
    assert turn(job, acme.tenant) is None


def test_a_turn_while_an_earlier_run_goes_on_is_counted_there(acme: Company, job: Marking, clock: Any) -> None:
    first = turn(job, acme.tenant)
    assert first is not None
    clock.now += HOUR
    assert turn(job, acme.tenant) is None
    assert now_is(first).passed_over == 1


def test_a_turn_that_is_passed_over_is_counted_once_however_many_beats_there_are(
    acme: Company, job: Marking, clock: Any
) -> None:
    first = turn(job, acme.tenant)
    assert first is not None
    assert turn(job, acme.tenant) is None
    assert now_is(first).passed_over == 0, "its own turn, asked for by a second beat"
    for minutes in (60, 61, 62, 120):
        clock.now = first.as_of + timedelta(minutes=minutes)
        assert turn(job, acme.tenant) is None
    assert now_is(first).passed_over == 2


def test_turns_that_did_not_take_place_are_counted_by_the_one_that_follows(
    acme: Company, job: Marking, clock: Any
) -> None:
    first = turn(job, acme.tenant)
    assert first is not None
    clock.now += HOUR
    turn(job, acme.tenant)
    work_all(job)
    clock.now += timedelta(hours=24)
    after_a_day = turn(job, acme.tenant)
    assert after_a_day is not None
    assert (first.missed, now_is(first).passed_over, after_a_day.missed) == (0, 1, 23)


@pytest.mark.parametrize("breaks", ["size", "slices"])
def test_a_begin_that_fails_leaves_nothing(
    acme: Company, job: Marking, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    def fails(*_: Any) -> int:
        raise ConnectionError("the worker is gone")

    task = job.task() if breaks == "slices" else replace(job.task(), size=fails)
    if breaks == "slices":
        monkeypatch.setattr(runs, "_slices", fails)
    with pytest.raises(ConnectionError):
        begin(task, tenant=acme.tenant, interval=HOUR)
    with tenant_scope(acme.tenant):
        assert not Run.objects.exists()
        assert not Slice.objects.exists()
    monkeypatch.undo()
    assert turn(job, acme.tenant) is not None


def test_a_run_by_hand_comes_beside_the_schedule(acme: Company, job: Marking, clock: Any) -> None:
    assert turn(job, acme.tenant) is not None
    work_all(job)
    clock.now += timedelta(minutes=5)
    run = begun(job, acme)
    assert run.by_hand
    assert run.started_by == SYSTEM.label


def test_a_run_with_nothing_to_do_ends_at_once(acme: Company, job: Marking) -> None:
    task = Task("marking", HOUR, job.page, size=lambda tenant, now: 0, does="", counts="")
    run = begin_by_hand(task, tenant=acme.tenant, actor=SYSTEM)
    assert now_is(run).ended_at is not None
