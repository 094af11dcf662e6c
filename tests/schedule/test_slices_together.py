"""Workers that meet, freeze and die: each page is written once, and no worker is called without need."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.tenancy import tenant_scope
from engine import slices
from engine.jobs import Page, Part
from engine.models import RunError, Slice
from engine.slices import work
from tests.cast import Company, company
from tests.rivals import at_once
from tests.schedule.marking import Marking, accounts, begun, now_is, plans, work_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_that_meet_do_each_page_once(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 59)
    run = begun(job, acme, finale=True)
    at_once(*[lambda: work_all(job, finale=True)] * 6)
    work_all(job, finale=True)
    assert plans(acme) == {"x"}
    assert now_is(run).done == 60
    assert job.finals == 1
    assert locks_held() == 0


def locks_held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0]


def test_a_slice_that_is_held_elsewhere_is_left_alone(acme: Company, job: Marking) -> None:
    run = begun(job, acme)
    with tenant_scope(acme.tenant):
        pk = Slice.objects.get(run=run).pk
    held, go = threading.Event(), threading.Event()

    def holds() -> None:
        with slices._held(pk) as is_ours:
            assert is_ours
            held.set()
            go.wait(30)
            connection.close()  # like a worker that is killed
        connection.close()

    holder = threading.Thread(target=holds)
    holder.start()
    held.wait(10)
    work_all(job)
    assert now_is(run).done == 0
    go.set()
    holder.join(10)
    work_all(job)
    assert now_is(run).done == 1


def test_a_slice_whose_worker_is_frozen_is_worked_by_another_and_the_frozen_one_writes_nothing(
    acme: Company, job: Marking
) -> None:
    accounts(acme, 4)
    run = begun(job, acme)
    with tenant_scope(acme.tenant):
        frozen = slices._taken(Slice.objects.get(run=run).pk, acme.tenant.pk)
    looked_at = job.page(slices._part(frozen))
    held, go = threading.Event(), threading.Event()

    def holds() -> None:
        with slices._held(frozen.pk):
            held.set()
            go.wait(30)
        connection.close()

    holder = threading.Thread(target=holds)
    holder.start()
    held.wait(10)
    work_all(job)
    assert now_is(run).done == 0, "held, and it moved a moment ago"
    with tenant_scope(acme.tenant):
        Slice.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    work_all(job)
    go.set()
    holder.join(10)
    assert slices._write(frozen, looked_at) is False
    assert plans(acme) == {"x"}
    assert now_is(run).done == 5


def test_a_page_that_takes_its_worker_along_each_time_comes_to_an_end(acme: Company, job: Marking) -> None:
    run = begun(job, acme)
    with tenant_scope(acme.tenant):
        pk = Slice.objects.get(run=run).pk
    for _ in range(slices.MOST_TAKES):
        slices._taken(pk, acme.tenant.pk)
    work_all(job)
    assert now_is(run).ended_at is not None
    with tenant_scope(acme.tenant):
        assert "10 workers were lost" in RunError.objects.get().detail


def test_each_companys_run_goes_on_and_none_waits_for_a_large_one(acme: Company, small_slices: None) -> None:
    small, order = company("initech"), list[str]()
    accounts(acme, 40)
    job = Marking()
    page = job.page

    def tells(part: Part) -> Page | None:
        order.append(part.tenant.slug)
        return page(part)

    job.page = tells  # type: ignore[method-assign]
    begun(job, acme)
    begun(job, small)
    work_all(job)
    assert "initech" in order[:4]


def test_of_one_call_comes_one_hint_at_most(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 30)
    begun(job, acme)
    hints: list[int] = []
    assert work({"marking": job.task()}, seconds=60, wake=lambda: hints.append(1)) is False
    assert len(hints) == 1


def test_time_that_is_up_hints_that_something_is_left(acme: Company, job: Marking) -> None:
    begun(job, acme)
    hints: list[int] = []
    assert work({"marking": job.task()}, seconds=0, wake=lambda: hints.append(1)) is True
    assert len(hints) == 1


def test_the_sweep_hints_only_where_nobody_is_at_work(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 30)
    run = begun(job, acme)
    hints: list[int] = []
    how: Any = {"seconds": 60, "wake": lambda: hints.append(1), "wakes_only_alone": True}
    with tenant_scope(acme.tenant):
        first = Slice.objects.filter(run=run).order_by("number")[0].pk
    held, go = threading.Event(), threading.Event()

    def holds() -> None:
        with slices._held(first):
            held.set()
            go.wait(30)
        connection.close()

    holder = threading.Thread(target=holds)
    holder.start()
    held.wait(10)
    work({"marking": job.task()}, **how)
    assert hints == []
    go.set()
    holder.join(10)
    begun(job, acme)
    work({"marking": job.task()}, **how)
    assert len(hints) == 1
