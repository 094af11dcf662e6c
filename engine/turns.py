"""Turns of the schedule: beat's message names a task, and every tenant that has not had its turn has it now.

The message is a hint like any other. Where it was lost, or the worker that took it was, beat's row still says when the turn
was; the sweep begins it for whoever has not had it. However often a turn is asked for, it is had once.
"""

import logging
from datetime import datetime
from time import monotonic
from uuid import UUID

from django.db import connection
from django_celery_beat.models import PeriodicTask

from crm.models import Tenant
from engine import hints
from engine.runs import Task, Turn, begin, turn_of
from engine.schedule import PREFIX, interval_of, task_named

log = logging.getLogger(__name__)

SECONDS = 15.0  # of beginning runs, then a new message goes on; 10,000 tenants take longer than a task may
_complete: dict[str, datetime] = {}  # by task the last turn that every tenant had, as far as this process knows


def begin_turn(name: str) -> int:
    """Begin this turn's run of every tenant that is due. Returns how many were begun. Raises ValueError.

    One tenant's trouble is logged and does not stop the others; the sweep tries again.
    """
    task = task_named(name)
    turn = turn_of(interval_of(task))
    return _begin(task, turn, _unserved(task, turn))


def begin_lost_turn(name: str) -> None:
    """Begin the last turn that beat has sent for, where nobody has begun it."""
    row = PeriodicTask.objects.filter(name=name, enabled=True).exclude(last_run_at=None).first()
    if row is None or _complete.get(name) == row.last_run_at:
        return
    task = task_named(name)
    turn = turn_of(interval_of(task), at=row.last_run_at)
    unserved = _unserved(task, turn)
    if unserved:
        _begin(task, turn, unserved)
    else:
        _complete[name] = turn.at


def _unserved(task: Task, turn: Turn) -> list[UUID]:
    """The tenants that were there and have not had the turn."""
    with connection.cursor() as cursor:
        asked = (task.name, turn.slot, turn.begun_after, turn.at)
        cursor.execute("SELECT * FROM engine_unserved_tenants(%s, %s, %s, %s)", asked)
        return [row[0] for row in cursor.fetchall()]


def _begin(task: Task, turn: Turn, tenants: list[UUID]) -> int:
    until = monotonic() + SECONDS
    begun = 0
    for tenant in Tenant.objects.filter(pk__in=tenants).order_by("pk"):
        if monotonic() >= until:
            hints.say(f"{PREFIX}{task.name}")
            break
        try:
            begun += begin(task, tenant=tenant, interval=turn.interval) is not None
        except Exception:
            # The edge of one tenant: whatever its records do to us, the others have their turn.
            log.exception("%s could not be begun for %s", task.name, tenant.slug)
    if begun:
        hints.runs_may_be_due()
    return begun
