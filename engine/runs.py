"""Runs of scheduled tasks: begun once a slot, cut into slices, worked page by page by whoever has time.

PostgreSQL is the only truth. A slice is held by a session's advisory lock, which ends with the connection, so that a killed
worker's slice is free at once. A page is written in the transaction that moves the slice's cursor, under the condition that
nobody else has moved it: however often workers die or meet, each page is written once.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.clock import ClockTimestamp
from engine.jobs import Job, Page, Part, Size, Tally
from engine.models import Run, RunError, Slice
from record import journal
from record.actors import SCHEDULE, Actor

log = logging.getLogger(__name__)

SLICE = 2_000  # accounts
MOST_TRIES = 3  # of one page, before its slice is given up
MOST_ERRORS_KEPT = 500  # of one run; all of them are counted


@dataclass(frozen=True, slots=True)
class Task:
    """A scheduled task. `callable` does a page of it, `finale` what comes when all the accounts are done; `size` says how
    much there is to do. `by_account`: cut into ranges of accounts, else worked as a whole."""

    name: str
    interval: timedelta
    callable: Job
    size: Size
    does: str
    counts: str
    by_account: bool = False
    finale: Job | None = None


# --- beginning ---------------------------------------------------------------------------------------------------------


def begin(task: Task, *, tenant: Tenant, interval: timedelta, by_hand: Actor | None = None) -> Run | None:
    """Begin a run of `task` and cut it into slices; None where there is nothing to begin.

    A turn of the schedule is named by its slot: the time by the database's clock, cut to the interval. There is one run a
    slot, none within half an interval of the last (two beats on either side of a slot's edge, a clock set back), and while
    an earlier run goes on, the turn is counted there and passed over. A run by hand has a slot of its own.
    """
    with tenant_scope(tenant):
        _take_turns(task, tenant)
        now = _now()
        if by_hand is None and not _is_due(task, now, interval):
            return None
        size = task.size(tenant, now)
        run = Run(
            tenant=tenant,
            task=task.name,
            slot=now if by_hand else _slot(now, interval),
            by_hand=by_hand is not None,
            started_by=(by_hand or SCHEDULE).label[:200],
            as_of=now,
            total=size,
        )
        run.save(force_insert=True)
        Slice.objects.bulk_create(_slices(task, run, size))
        if by_hand:
            _record(run, "run.begun", by_hand, {})
        if not size and not task.finale:
            _end_if_done(run)
        return run


def _is_due(task: Task, now: datetime, interval: timedelta) -> bool:
    running = Run.objects.filter(task=task.name, ended_at=None)
    if running.update(passed_over=F("passed_over") + 1):
        return False
    slot, lately = _slot(now, interval), Q(by_hand=False, as_of__gt=now - interval / 2)
    return not Run.objects.filter(Q(slot=slot, by_hand=False) | lately, task=task.name).exists()


def _slot(now: datetime, interval: timedelta) -> datetime:
    """The beginning of the interval that `now` lies in, counted from the epoch."""
    with connection.cursor() as cursor:
        seconds = f"{interval.total_seconds()} seconds"
        cursor.execute("SELECT date_bin(%s::interval, %s, TIMESTAMPTZ 'epoch')", [seconds, now])
        return cursor.fetchone()[0]


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _take_turns(task: Task, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"run:{task.name}:{tenant.pk}"])


def _slices(task: Task, run: Run, size: int) -> Iterator[Slice]:
    ranges = _ranges() if task.by_account else [(None, None)] if size else []
    for number, (first, last) in enumerate(ranges):
        yield Slice(tenant_id=run.tenant_id, run=run, number=number, first=first, last=last)
    if task.finale:
        yield Slice(tenant_id=run.tenant_id, run=run, number=len(ranges), is_final=True)


def _ranges() -> list[tuple[UUID | None, UUID | None]]:
    """The accounts of the tenant in ranges of SLICE, by their first and last id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (array_agg(id ORDER BY id))[1], (array_agg(id ORDER BY id DESC))[1]"
            " FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part FROM crm_account) numbered"
            " GROUP BY part ORDER BY part",
            [SLICE],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


# --- working -----------------------------------------------------------------------------------------------------------


def work(
    tasks: Mapping[str, Task], *, seconds: float, run: Run | None = None, wake: Callable[[], None] | None = None
) -> bool:
    """Work slices of any unfinished run (or of `run`) until none is free or the time is up. True: more may be left.

    `wake` is called when a slice was taken and others are free, so that another worker comes for one.
    """
    until = monotonic() + seconds
    for tenant_id in [run.tenant_id] if run else _tenants():
        while monotonic() < until:
            taken = _free_slice(tenant_id, tasks, run, wake)
            if taken is None:
                break
            with taken as piece:
                _work_slice(piece, tasks[piece.run.task], until)
        else:
            return True
    return False


def _tenants() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_running_tenants()")
        return [row[0] for row in cursor.fetchall()]


def _free_slice(tenant_id: UUID, tasks: Mapping[str, Task], run: Run | None, wake: Callable[[], None] | None) -> Any:
    """The first slice nobody holds, held from now on; None where there is none."""
    with tenant_scope(tenant_id):
        waiting = Slice.objects.filter(ended_at=None, run__task__in=tasks, **({"run": run} if run else {}))
        others = Slice.objects.filter(run=OuterRef("run"), ended_at=None, is_final=False)
        ready = waiting.filter(Q(is_final=False) | ~Exists(others)).order_by("run_id", "number")
        candidates = list(ready.values_list("pk", flat=True)[:50])
    for pk in candidates:
        if _hold(pk):
            if wake and pk != candidates[-1]:
                wake()
            return _held(pk, tenant_id)
    return None


@contextmanager
def _held(pk: UUID, tenant_id: UUID) -> Iterator[Slice]:
    try:
        with tenant_scope(tenant_id):
            piece = Slice.objects.select_related("run", "tenant").get(pk=pk)
        yield piece
    finally:
        _let_go(pk)


def _hold(pk: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [str(pk)])
        return bool(cursor.fetchone()[0])


def _let_go(pk: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [str(pk)])


def _work_slice(piece: Slice, task: Task, until: float) -> None:
    job = task.finale if piece.is_final and task.finale else task.callable
    while piece.ended_at is None and monotonic() < until:
        try:
            page = job(_part(piece))
            moved = _write(piece, page)
        except Exception as error:
            # The edge of one page: it is undone and tried again later; after MOST_TRIES its slice is given up.
            log.exception("%s: page %s of slice %s failed", task.name, piece.pages, piece.number)
            _note_failure(piece, error)
            return
        if not moved:
            return


def _part(piece: Slice) -> Part:
    return Part(piece.tenant, piece.run_id, piece.first, piece.last, piece.cursor, piece.pages, piece.run.as_of)


def _write(piece: Slice, page: Page | None) -> bool:
    """Move the cursor and write the page, in one transaction; False where somebody else was there before."""
    ends = page is None or page.is_last
    cursor = piece.cursor if page is None else page.cursor
    with tenant_scope(piece.tenant_id):
        here = Slice.objects.filter(pk=piece.pk, pages=piece.pages, ended_at=None)
        changes: dict[str, Any] = {"ended_at": ClockTimestamp()} if ends else {}
        if not here.update(cursor=cursor, pages=piece.pages + 1, failed_tries=0, **changes):
            return False
        if page is not None:
            _add(piece.run, page.write())
        if ends:
            _end_if_done(piece.run)
    piece.cursor, piece.pages = cursor, piece.pages + 1
    if ends:
        piece.ended_at = _now()
    return True


def _add(run: Run, tally: Tally) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [tally.done, tally.count, len(tally.errors), *_merged(tally), run.pk])
    if tally.errors:
        room = max(MOST_ERRORS_KEPT - RunError.objects.filter(run=run).count(), 0)
        RunError.objects.bulk_create(
            RunError(tenant_id=run.tenant_id, run=run, account_id=account, detail=detail[:2_000])
            for account, detail in tally.errors[:room]
        )


def _merged(tally: Tally) -> tuple[list[str], list[int]]:
    return list(tally.more), list(tally.more.values())


def _note_failure(piece: Slice, error: Exception) -> None:
    detail = f"{type(error).__name__}: {error}"
    with tenant_scope(piece.tenant_id):
        Slice.objects.filter(pk=piece.pk).update(failed_tries=F("failed_tries") + 1)
        given_up = Slice.objects.filter(pk=piece.pk, failed_tries__gte=MOST_TRIES, ended_at=None)
        if given_up.update(ended_at=ClockTimestamp()):
            _add(piece.run, Tally(errors=[(None, f"Given up after {MOST_TRIES} tries: {detail}")]))
            _end_if_done(piece.run)


def _end_if_done(run: Run) -> None:
    """End the run with its last slice. Its row is locked first: of two slices that end at once, the second one sees both."""
    locked = Run.objects.select_for_update().filter(pk=run.pk, ended_at=None).first()
    if locked is None or Slice.objects.filter(run=run, ended_at=None).exists():
        return
    locked.ended_at = _now()
    locked.save(update_fields=["ended_at"])
    _record(locked, "run.ended", SCHEDULE, {"count": locked.count, "errors": locked.errors, "more": locked.more})


def _record(run: Run, kind: str, actor: Actor, facts: dict[str, Any]) -> None:
    told = {"task": run.task, "slot": run.slot.isoformat(), **facts}
    journal.write(tenant_id=run.tenant_id, kind=kind, subject=("run", run.pk), actor=actor, facts=told)


# The further counts are added name by name to what the run has.
_ADD = """
UPDATE engine_run SET done = done + %s, count = count + %s, errors = errors + %s,
    more = more || coalesce((
        SELECT jsonb_object_agg(added.name, coalesce((more ->> added.name)::int, 0) + added.number)
        FROM unnest(%s::text[], %s::int[]) AS added(name, number)), '{}')
WHERE id = %s
"""
