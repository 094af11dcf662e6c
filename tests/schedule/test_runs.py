"""Runs: begun once a slot, worked page by page, and the same at the end however often a worker was lost."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Account, Tenant
from crm.tenancy import tenant_scope
from engine import runs
from engine.jobs import Page, Part, Tally
from engine.models import Run, RunError, Slice
from engine.runs import Task, begin, work
from record.actors import SYSTEM
from tests.cast import Company, company

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
PAGE = 3


@pytest.fixture
def acme() -> Company:
    return company("acme")


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SLICE", 5)


def accounts(acme: Company, number: int) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.bulk_create(
            Account(tenant=acme.tenant, external_id=f"more-{n}", name=f"Account {n}") for n in range(number)
        )


class Marking:
    """A job that writes `plan` onto each account of its range, page by page, and can be told to fail."""

    def __init__(self) -> None:
        self.fails_at: set[str] = set()
        self.dies_at: set[str] = set()
        self.pages = 0
        self.finals = 0

    def page(self, part: Part) -> Page | None:
        with tenant_scope(part.tenant):
            after = {"pk__gt": part.cursor} if part.cursor else {"pk__gte": part.first}
            rows = list(Account.objects.filter(**after, pk__lte=part.last).order_by("pk")[:PAGE])
        if not rows:
            return None
        if self.dies_at & {row.name for row in rows}:
            raise RuntimeError("the page is poisoned")
        return Page(rows[-1].pk, lambda: self._write(rows), is_last=len(rows) < PAGE)

    def _write(self, rows: list[Account]) -> Tally:
        self.pages += 1
        tally = Tally(done=len(rows))
        for row in rows:
            if row.name in self.fails_at:
                tally.errors.append((row.pk, "it would not"))
                continue
            Account.objects.filter(pk=row.pk).update(plan=f"{row.plan}x")
            tally.count += 1
            tally.more["marked"] += 1
        return tally

    def final(self, part: Part) -> Page | None:
        with tenant_scope(part.tenant):
            assert not Account.objects.exclude(plan__startswith="x").exists(), "the others have not ended"
        return Page(None, self._finally, is_last=True)

    def _finally(self) -> Tally:
        self.finals += 1
        return Tally(more=Tally().more.__class__({"finals": 1}))

    def task(self, *, finale: bool = False) -> Task:
        return Task(
            "marking",
            HOUR,
            self.page,
            size=lambda tenant, now: Account.objects.count(),
            does="Marks.",
            counts="marked",
            by_account=True,
            finale=self.final if finale else None,
        )


@pytest.fixture
def job() -> Marking:
    return Marking()


def plans(acme: Company) -> set[str]:
    with tenant_scope(acme.tenant):
        return set(Account.objects.values_list("plan", flat=True))


def now_is(run: Run) -> Run:
    with tenant_scope(run.tenant_id):
        return Run.objects.get(pk=run.pk)


def begun(job: Marking, acme: Company, **how: Any) -> Run:
    run = begin(job.task(**how), tenant=acme.tenant, interval=HOUR, by_hand=SYSTEM)
    assert run is not None
    return run


def work_all(job: Marking, **how: Any) -> None:
    work({"marking": job.task(**how)}, seconds=60)


def test_every_account_is_done_once_and_everything_is_counted(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 16)
    run = begun(job, acme)
    work_all(job)
    ended = now_is(run)
    assert plans(acme) == {"x"}
    assert (ended.total, ended.done, ended.count, ended.errors) == (17, 17, 17, 0)
    assert ended.more == {"marked": 17}
    assert ended.ended_at is not None
    with tenant_scope(acme.tenant):
        assert Slice.objects.filter(run=run).count() == 4


def test_a_failed_account_is_told_and_the_rest_goes_on(acme: Company, job: Marking) -> None:
    accounts(acme, 6)
    job.fails_at = {"Account 2"}
    run = begun(job, acme)
    work_all(job)
    assert (now_is(run).count, now_is(run).errors) == (6, 1)
    with tenant_scope(acme.tenant):
        (failure,) = RunError.objects.select_related("account")
        assert failure.account is not None
        assert (failure.account.name, failure.detail) == ("Account 2", "it would not")


def test_a_poisoned_page_is_given_up_after_three_tries_and_the_others_are_done(
    acme: Company, job: Marking, small_slices: None
) -> None:
    accounts(acme, 14)
    job.dies_at = {"Account 3"}
    run = begun(job, acme)
    work_all(job)
    ended = now_is(run)
    assert ended.ended_at is not None
    assert ended.errors == 1
    assert ended.done >= 15 - runs.SLICE
    with tenant_scope(acme.tenant):
        assert "Given up after 3 tries" in RunError.objects.get().detail


def test_the_finale_comes_when_all_others_have_ended_and_once(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 11)
    run = begun(job, acme, finale=True)
    work_all(job, finale=True)
    work_all(job, finale=True)
    assert job.finals == 1
    assert now_is(run).more == {"marked": 12, "finals": 1}


def test_time_that_is_up_leaves_the_rest_to_the_next_one(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 11)
    run = begun(job, acme)
    assert work({"marking": job.task()}, seconds=0) is True
    assert now_is(run).done == 0
    work_all(job)
    assert plans(acme) == {"x"}


def test_a_page_that_was_undone_is_done_again(acme: Company, job: Marking) -> None:
    accounts(acme, 5)
    run = begun(job, acme)
    written = job._write
    broken = iter([True])

    def breaks_once(rows: list[Account]) -> Tally:
        tally = written(rows)
        if next(broken, False):
            raise ConnectionError("the worker is gone")
        return tally

    job._write = breaks_once  # type: ignore[method-assign]
    work_all(job)
    assert plans(acme) == {"x"}
    assert now_is(run).done == 6


def in_threads(number: int, call: Any) -> None:
    start = threading.Barrier(number)

    def one() -> None:
        try:
            start.wait(10)
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_workers_that_meet_do_each_page_once(acme: Company, job: Marking, small_slices: None) -> None:
    accounts(acme, 59)
    run = begun(job, acme, finale=True)
    in_threads(6, lambda: work_all(job, finale=True))
    work_all(job, finale=True)
    assert plans(acme) == {"x"}
    assert now_is(run).done == 60
    assert job.finals == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone()[0] == 0


def test_a_slice_that_is_held_elsewhere_is_left_alone(acme: Company, job: Marking) -> None:
    run = begun(job, acme)
    with tenant_scope(acme.tenant):
        pk = Slice.objects.get(run=run).pk
    held, go = threading.Event(), threading.Event()

    def holds() -> None:
        assert runs._hold(pk)
        held.set()
        go.wait(30)
        connection.close()  # like a worker that is killed

    holder = threading.Thread(target=holds)
    holder.start()
    held.wait(10)
    work_all(job)
    assert now_is(run).done == 0
    go.set()
    holder.join(10)
    work_all(job)
    assert now_is(run).done == 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The database's clock, as far as beginning a run asks it."""

    class Clock:
        now = datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC)

    monkeypatch.setattr(runs, "_now", lambda: Clock.now)
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
    in_threads(4, lambda: turn(job, acme.tenant))
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


def test_a_run_by_hand_comes_beside_the_schedule(acme: Company, job: Marking, clock: Any) -> None:
    assert turn(job, acme.tenant) is not None
    work_all(job)
    clock.now += timedelta(minutes=5)
    run = begun(job, acme)
    assert run.by_hand
    assert run.started_by == SYSTEM.label


def test_a_run_reckons_from_when_it_began_whenever_it_goes_on(acme: Company, job: Marking) -> None:
    seen: list[datetime] = []
    page = job.page

    def looks(part: Part) -> Page | None:
        seen.append(part.now)
        return page(part)

    job.page = looks  # type: ignore[method-assign]
    accounts(acme, 5)
    run = begun(job, acme)
    work_all(job)
    assert set(seen) == {run.as_of}
    assert run.as_of <= timezone.now()


def test_another_companys_run_is_its_own(acme: Company, job: Marking) -> None:
    other = company("initech")
    run, theirs = begun(job, acme), begun(job, other)
    work_all(job)
    assert (now_is(run).done, now_is(theirs).done) == (1, 1)
    with tenant_scope(other.tenant):
        assert list(Run.objects.values_list("pk", flat=True)) == [theirs.pk]


def test_a_run_with_nothing_to_do_ends_at_once(acme: Company, job: Marking) -> None:
    with tenant_scope(acme.tenant):
        Tenant.objects.count()
    task = Task("marking", HOUR, job.page, size=lambda tenant, now: 0, does="", counts="")
    run = begin(task, tenant=acme.tenant, interval=HOUR, by_hand=SYSTEM)
    assert run is not None
    assert now_is(run).ended_at is not None


def test_no_more_than_some_errors_are_kept_and_all_are_counted(
    acme: Company, job: Marking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_ERRORS_KEPT", 4)
    accounts(acme, 8)
    job.fails_at = {f"Account {n}" for n in range(8)}
    run = begun(job, acme)
    work_all(job)
    assert now_is(run).errors == 8
    with tenant_scope(acme.tenant):
        assert RunError.objects.count() == 4
