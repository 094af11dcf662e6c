"""The sweep: what every worker does on a timer, so that losing every message loses nothing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Q

from crm.tenancy import tenant_scope
from engine import reaching
from engine.clock import ClockTimestamp
from engine.connectors.registry import QUEUES
from engine.digests import sending as digests
from engine.execution import drain, give_up_on
from engine.intake import hear_opt_outs
from engine.lifecycle import Status
from engine.models import Action, Notice, NoticeKind
from engine.moves import move
from engine.notices import Message, send_due
from engine.rejudging import rejudge
from engine.reminding import escalate, remind
from engine.schedule import BY_NAME, work_runs
from engine.turns import begin_lost_turn
from record.actors import WORKER

log = logging.getLogger(__name__)

RUNS_SECONDS = 20.0  # so that what is due elsewhere need not wait for a long scan
BATCH = 200  # rows one pass takes of one tenant; the next pass takes the rest


def sweep() -> None:
    """End what is past its deadline, judge anew what waits under older rules, settle what lost its worker, hear opt-outs,
    carry out what is due, remind and tell who decides, send notices, begin turns of the schedule whose message was lost, and
    go on with its runs. An opt-out is heard before anything is sent; what expired is neither reminded of nor handed on."""
    with _reported("deadlines"):
        expire_overdue()
    with _reported("changed rules"):
        rejudge()
    with _reported("leases"):
        settle_lost()
    with _reported("opt-outs"):
        hear_opt_outs()
    for queue in QUEUES:
        with _reported(queue):
            drain(queue)
    with _reported("reach"):
        reach_people()
    with _reported("notices"):
        send_due(latest=as_it_is_now)
    for name in BY_NAME:
        with _reported(name):
            begin_lost_turn(name)
    with _reported("scheduled runs"):
        work_runs(seconds=RUNS_SECONDS, wakes_only_alone=True)


def reach_people() -> None:
    """Remind of what waits, hand on what waits too long, and tell who decides; one tenant's failure stays its own."""
    for tenant_id in _tenants("SELECT * FROM engine_waiting_tenants()"):
        for part in (remind, escalate, reaching.tell):
            with _reported(f"reach ({part.__name__})"):
                part(tenant_id)


def as_it_is_now(notice: Notice) -> Message | None:
    """What a notice says when it is sent: what waits and what a digest tells is looked at once more."""
    of_actions = notice.kind in (NoticeKind.APPROVAL, NoticeKind.REMINDER)
    return reaching.latest(notice) if of_actions else digests.latest(notice)


def expire_overdue() -> int:
    """Expire what waits past its deadline; it means no. An action that was tried goes on trying."""
    expired = 0
    for tenant_id in _tenants("SELECT * FROM engine_overdue_tenants()"):
        with tenant_scope(tenant_id):
            overdue = Q(expires_at__lte=ClockTimestamp(), attempts=0) | Q(
                expires_at__lte=ClockTimestamp(), status=Status.PENDING
            )
            waiting = Action.objects.filter(overdue, status__in=[Status.PENDING, Status.APPROVED])
            ids = waiting.order_by("id").select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH]
            expired += len(move(list(ids), Status.EXPIRED, actor=WORKER, only=overdue))
    return expired


def settle_lost() -> int:
    """Settle actions whose lease ran out: due again where a repeat is harmless, else unknown."""
    settled = 0
    for tenant_id in _tenants("SELECT * FROM engine_lost_tenants()"):
        with tenant_scope(tenant_id):
            lost = Action.objects.filter(status=Status.EXECUTING, lease_until__lte=ClockTimestamp())
            for action in lost.select_for_update(skip_locked=True).order_by("id")[:BATCH]:
                give_up_on(action)
                settled += 1
    return settled


def _tenants(sql: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def _reported(part: str) -> Iterator[None]:
    """The edge of one part: its failure is told and the other parts go on; the next sweep tries again."""
    try:
        yield
    except Exception:
        log.exception("the sweep of %s failed", part)
