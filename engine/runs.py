"""Runs of scheduled tasks: one a slot and tenant, cut into slices. How the slices are worked stands in engine.slices.

PostgreSQL is the only truth: whoever asks for a turn that was begun, in whichever process, begins nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Max, Q
from django.db.models.functions import Greatest

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.jobs import Job, Size
from engine.models import Run, Slice
from record import journal
from record.actors import SCHEDULE, Actor

SLICE = 2_000  # accounts


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


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the schedule by the database's clock. `slot` names it: the time cut to the interval, from the epoch."""

    at: datetime
    slot: datetime
    interval: timedelta

    @property
    def begun_after(self) -> datetime:
        """Whatever began after this was begun for this turn: two beats on either side of a slot's edge mean one turn."""
        return self.at - self.interval / 2


def turn_of(interval: timedelta, *, at: datetime | None = None) -> Turn:
    """The turn that `at` lies in, or the present one."""
    at = at or now()
    with connection.cursor() as cursor:
        asked = (f"{interval.total_seconds()} seconds", at)
        cursor.execute("SELECT date_bin(%s::interval, %s, TIMESTAMPTZ 'epoch')", asked)
        return Turn(at, cursor.fetchone()[0], interval)


def now() -> datetime:
    """The time by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def begin(task: Task, *, tenant: Tenant, interval: timedelta) -> Run | None:
    """Begin this turn's run and cut it into slices; None where the turn was begun, or an earlier run still goes on.

    There is one run a slot, and none within half an interval of the last one (or of one that a clock set back has put into
    the future). A turn that comes while a run goes on is counted there, once, and passed over.
    """
    with tenant_scope(tenant):
        _take_turns(task, tenant)
        turn = turn_of(interval)
        runs = Run.objects.filter(task=task.name)
        if runs.filter(Q(slot=turn.slot) | Q(as_of__gt=turn.begun_after), by_hand=False).exists():
            return None
        if runs.filter(ended_at=None).exists():
            _pass_over(runs.filter(ended_at=None), turn)
            return None
        return _begun(task, tenant, SCHEDULE, turn.at, slot=turn.slot, missed=_missed(runs, turn))


def begin_by_hand(task: Task, *, tenant: Tenant, actor: Actor) -> Run:
    """Begin a run beside the schedule, whatever else runs; its slot is the time, and the record says who asked for it."""
    with tenant_scope(tenant):
        at = now()
        run = _begun(task, tenant, actor, at, slot=at, by_hand=True)
        record(run, "run.begun", actor)
        return run


def end_if_done(run: Run) -> None:
    """End the run with its last slice. Its row is locked first: of two slices that end at once, the second one sees both."""
    locked = Run.objects.select_for_update().filter(pk=run.pk, ended_at=None).first()
    if locked is None or Slice.objects.filter(run=run, ended_at=None).exists():
        return
    locked.ended_at = now()
    locked.save(update_fields=["ended_at"])
    record(locked, "run.ended", SCHEDULE, count=locked.count, errors=locked.errors, more=locked.more)


def record(run: Run, kind: str, actor: Actor, **facts: Any) -> None:
    """Write what became of the run into the record."""
    told = {"task": run.task, "slot": run.slot.isoformat(), **facts}
    journal.write(tenant_id=run.tenant_id, kind=kind, subject=("run", run.pk), actor=actor, facts=told)


def _begun(task: Task, tenant: Tenant, actor: Actor, at: datetime, **more: Any) -> Run:
    size = task.size(tenant, at)
    run = Run(tenant=tenant, task=task.name, started_by=actor.label[:200], as_of=at, total=size, **more)
    run.save(force_insert=True)
    if not Slice.objects.bulk_create(_slices(task, run, size)):
        end_if_done(run)
    return run


def _take_turns(task: Task, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"run:{task.name}:{tenant.pk}"])


def _pass_over(under_way: Any, turn: Turn) -> None:
    not_yet = under_way.filter(Q(passed_slot=None) | Q(passed_slot__lt=turn.slot))
    not_yet.update(passed_over=F("passed_over") + 1, passed_slot=turn.slot)


def _missed(runs: Any, turn: Turn) -> int:
    """How many whole turns lie between this one and the last that took place or was passed over."""
    scheduled = runs.filter(by_hand=False).order_by()
    last = scheduled.aggregate(last=Max(Greatest("slot", "passed_slot")))["last"]
    return max(0, (turn.slot - last) // turn.interval - 1) if last else 0


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
