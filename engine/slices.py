"""Slices of runs, worked page by page by whoever has time: workers that were woken, the sweep, run_task.

A slice is held by a session's advisory lock, which ends with the connection, so that a killed worker's slice is free at
once. A page is written in the transaction that moves the slice's cursor, under the condition that nobody else has moved it:
however often workers die, freeze or meet, each page is written once.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from crm.tenancy import tenant_scope
from engine.clock import ClockTimestamp, from_now
from engine.jobs import Page, Part, Tally
from engine.models import Run, RunError, Slice
from engine.runs import Task, end_if_done

log = logging.getLogger(__name__)

MOST_TRIES = 3  # of one page that fails, before its slice is given up
MOST_TAKES = 10  # of one page whose worker is lost each time
MOST_ERRORS_KEPT = 500  # of one run; all of them are counted
FROZEN = timedelta(minutes=2)  # a slice that has not moved for so long is worked although somebody holds it
_COLLISIONS = ("40P01", "40001")  # a deadlock, a serialization failure
_LOOKED_AT = 50  # slices, for one that is free


@dataclass(slots=True)
class Effort:
    """What one call of `work` may do. `wake` is called once at most, so that there are never more calls than hints."""

    tasks: Mapping[str, Task]
    until: float
    run: Run | None = None
    wake: Callable[[], None] | None = None
    wakes_only_alone: bool = False
    failed: set[UUID] = field(default_factory=set)  # slices that are left to the next call

    def time_is_up(self) -> bool:
        return monotonic() >= self.until

    def call_another(self, *, alone: bool) -> None:
        """Wake another worker, unless one was woken or (where that matters) somebody is at work beside us."""
        if self.wake and (alone or not self.wakes_only_alone):
            self.wake()
            self.wake = None


def work(tasks: Mapping[str, Task], *, seconds: float, **how: Any) -> bool:
    """Work slices of unfinished runs, each tenant's in turn, until none is free or the time is up. True: more may be left.

    `run`: of this run only. `wake` is called when others could help, or when the time is up and something is left; with
    `wakes_only_alone` only where nobody else is at work. A slice whose page failed is left to the next call.
    """
    effort = Effort(tasks, monotonic() + seconds, **how)
    tenants = [effort.run.tenant_id] if effort.run else _tenants()
    while tenants:
        tenants = [tenant_id for tenant_id in tenants if effort.time_is_up() or _work_one(tenant_id, effort)]
        if tenants and effort.time_is_up():
            effort.call_another(alone=False)
            return True
    return False


def _tenants() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_running_tenants() ORDER BY random()")
        return [row[0] for row in cursor.fetchall()]


def _work_one(tenant_id: UUID, effort: Effort) -> bool:
    """Work one slice of the tenant that nobody holds; False where there is none."""
    waiting = _waiting(tenant_id, effort)
    for place, (pk, is_frozen) in enumerate(waiting):
        with _held(pk) as is_ours:
            if is_ours or is_frozen:
                if place + 1 < len(waiting):
                    effort.call_another(alone=place == 0)
                _work_slice(_taken(pk, tenant_id), effort)
                return True
    return False


def _waiting(tenant_id: UUID, effort: Effort) -> list[tuple[UUID, bool]]:
    """The slices that may be worked now, held or not, and which of them have not moved for long."""
    with tenant_scope(tenant_id):
        one_run = {"run": effort.run} if effort.run else {}
        waiting = Slice.objects.filter(ended_at=None, run__task__in=effort.tasks, **one_run).exclude(
            pk__in=effort.failed
        )
        others = Slice.objects.filter(run=OuterRef("run"), ended_at=None, is_final=False)
        ready = waiting.filter(Q(is_final=False) | ~Exists(others)).order_by("run_id", "number")
        frozen = Q(seen_at__lt=from_now(-FROZEN))
        return list(ready.annotate(is_frozen=frozen).values_list("pk", "is_frozen")[:_LOOKED_AT])


@contextmanager
def _held(pk: UUID) -> Iterator[bool]:
    """Hold the slice unless somebody does."""
    is_ours = _ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", pk)
    try:
        yield is_ours
    finally:
        if is_ours:
            _ask("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", pk)


def _ask(sql: str, pk: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(pk)])
        return bool(cursor.fetchone()[0])


def _taken(pk: UUID, tenant_id: UUID) -> Slice:
    """The slice as it is now that we hold it. It is counted, so that a page that takes its worker along comes to an end."""
    with tenant_scope(tenant_id):
        Slice.objects.filter(pk=pk).update(takes=F("takes") + 1, seen_at=ClockTimestamp())
        return Slice.objects.select_related("run", "tenant").get(pk=pk)


def _work_slice(piece: Slice, effort: Effort) -> None:
    task = effort.tasks[piece.run.task]
    if piece.takes > MOST_TAKES:
        _give_up(piece, f"Given up: {MOST_TAKES} workers were lost at it.")
    job = task.finale if piece.is_final and task.finale else task.callable
    while piece.ended_at is None and not effort.time_is_up():
        try:
            page = job(_part(piece))
            moved = _write(piece, page)
        except Exception as error:
            # The edge of one page: it is undone, told, and tried again later; after MOST_TRIES its slice is given up.
            log.exception("%s: page %s of slice %s failed", task.name, piece.pages, piece.number)
            if not _is_collision(error):
                effort.failed.add(piece.pk)
                _note_failure(piece, error)
            return
        if not moved:
            return


def _is_collision(error: Exception) -> bool:
    """Whether PostgreSQL undid the page in favour of somebody else's: nothing is wrong with it, it is done again."""
    return getattr(error.__cause__, "pgcode", None) in _COLLISIONS


def _part(piece: Slice) -> Part:
    return Part(piece.tenant, piece.run_id, piece.first, piece.last, piece.cursor, piece.pages, piece.run.as_of)


def _write(piece: Slice, page: Page | None) -> bool:
    """Move the cursor and write the page, in one transaction; False where somebody else was there before."""
    ends = page is None or page.is_last
    cursor = piece.cursor if page is None else page.cursor
    changes: dict[str, Any] = {"cursor": cursor, "pages": piece.pages + 1, "seen_at": ClockTimestamp()}
    with tenant_scope(piece.tenant_id):
        here = Slice.objects.filter(pk=piece.pk, pages=piece.pages, ended_at=None)
        if not here.update(**changes, takes=0, failed_tries=0, ended_at=ClockTimestamp() if ends else None):
            return False
        if page is not None:
            _add(piece.run, page.write())
        if ends:
            end_if_done(piece.run)
        piece.refresh_from_db(fields=["cursor", "pages", "ended_at"])
    return True


def _note_failure(piece: Slice, error: Exception) -> None:
    detail = f"{type(error).__name__}: {error}"
    with tenant_scope(piece.tenant_id):
        here = Slice.objects.filter(pk=piece.pk, pages=piece.pages, ended_at=None)
        if here.update(takes=0, failed_tries=F("failed_tries") + 1):
            _add(piece.run, Tally(errors=[(None, detail)]))
        if here.filter(failed_tries__gte=MOST_TRIES).exists():
            _give_up(piece, f"Given up after {MOST_TRIES} tries: {detail}")


def _give_up(piece: Slice, why: str) -> None:
    """End the slice where it is; what is left of it is not done in this run."""
    with tenant_scope(piece.tenant_id):
        if Slice.objects.filter(pk=piece.pk, pages=piece.pages, ended_at=None).update(ended_at=ClockTimestamp()):
            _add(piece.run, Tally(errors=[(None, why)]))
            end_if_done(piece.run)
        piece.refresh_from_db(fields=["ended_at"])


def _add(run: Run, tally: Tally) -> None:
    names, numbers = list(tally.more), list(tally.more.values())
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [tally.done, tally.count, len(tally.errors), names, numbers, run.pk])
    if tally.errors:
        room = max(MOST_ERRORS_KEPT - RunError.objects.filter(run=run).count(), 0)
        RunError.objects.bulk_create(
            RunError(tenant_id=run.tenant_id, run=run, account_id=account, detail=_storable(detail))
            for account, detail in tally.errors[:room]
        )


def _storable(detail: str) -> str:
    """What PostgreSQL takes, whatever a customer's text brought into the message."""
    return detail[:2_000].replace("\x00", "").encode(errors="replace").decode()


# The further counts are added name by name to what the run has.
_ADD = """
UPDATE engine_run SET done = done + %s, count = count + %s, errors = errors + %s,
    more = more || coalesce((
        SELECT jsonb_object_agg(added.name, coalesce((more ->> added.name)::int, 0) + added.number)
        FROM unnest(%s::text[], %s::int[]) AS added(name, number)), '{}')
WHERE id = %s
"""
