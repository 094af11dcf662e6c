"""Slices are worked page by page, and what fails is told and does not stop the rest."""

from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import Account
from crm.tenancy import tenant_scope
from engine import runs, slices
from engine.jobs import Page, Part, Tally
from engine.models import Run, RunError, Slice
from engine.slices import work
from tests.cast import Company, company
from tests.schedule.marking import Marking, accounts, begun, now_is, plans, work_all

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert ended.done >= 15 - runs.SLICE
    with tenant_scope(acme.tenant):
        told = list(RunError.objects.values_list("detail", flat=True))
    assert told == ["RuntimeError: the page is poisoned"] * 3 + [
        "Given up after 3 tries: RuntimeError: the page is poisoned"
    ]
    assert ended.errors == len(told)


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


def test_a_page_that_failed_is_told_and_done_again(acme: Company, job: Marking) -> None:
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
    assert (now_is(run).done, now_is(run).errors) == (6, 1)
    with tenant_scope(acme.tenant):
        assert RunError.objects.get().detail == "ConnectionError: the worker is gone"


def test_a_page_that_met_the_writes_of_another_is_done_again_and_is_no_error(acme: Company, job: Marking) -> None:
    accounts(acme, 2)
    written, meets = job._write, iter([True])

    def collides(rows: list[Account]) -> Tally:
        if next(meets, False):
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE deadlock_detected; END $$")
        return written(rows)

    job._write = collides  # type: ignore[method-assign]
    run = begun(job, acme)
    assert work({"marking": job.task()}, seconds=60) is False
    assert (now_is(run).done, now_is(run).errors) == (3, 0)
    assert now_is(run).ended_at is not None


def test_an_error_is_kept_whatever_is_in_its_words(acme: Company, job: Marking) -> None:
    accounts(acme, 2)
    run = begun(job, acme)
    with tenant_scope(acme.tenant):
        slices._add(run, Tally(errors=[(None, "bad \x00 and \ud800")]))
        assert RunError.objects.get().detail == "bad  and ?"


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


def test_no_more_than_some_errors_are_kept_and_all_are_counted(
    acme: Company, job: Marking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "MOST_ERRORS_KEPT", 4)
    accounts(acme, 8)
    job.fails_at = {f"Account {n}" for n in range(8)}
    run = begun(job, acme)
    work_all(job)
    assert now_is(run).errors == 8
    with tenant_scope(acme.tenant):
        assert RunError.objects.count() == 4
