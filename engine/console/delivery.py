"""How carrying out goes: for each connector what the last 24 hours brought, what is to be tried again, what is overdue."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from crm.console.formats import words
from crm.models import Tenant
from engine.connectors.registry import CONNECTORS, QUEUES
from engine.console.figures import first_id_at

LOOKED_AT = timedelta(hours=24)
SLOW = timedelta(minutes=5)  # what is due and not begun for longer than this is called late
_OUTCOMES = ("executed", "failed", "unknown", "retry")


@dataclass(frozen=True, slots=True)
class Line:
    """One connector. `done`, `failed`, `unknown` and `put_off` count tries of the last 24 hours by how they ended;
    `retries` wait for their next try, `due` for a worker, the oldest of them since `oldest`."""

    queue: str
    is_ready: bool
    done: int
    failed: int
    unknown: int
    put_off: int
    retries: int
    due: int
    oldest: datetime | None
    is_late: bool

    @property
    def name(self) -> str:
        return words(self.queue) if self.queue != "crm" else "Customer records"

    @property
    def state(self) -> str:
        """In a word how it stands."""
        if not self.is_ready:
            return "not set up"
        if self.is_late:
            return "late"
        return "trouble" if self.failed or self.unknown else "fine" if self.done else "idle"


def deliveries(tenant: Tenant, now: datetime) -> list[Line]:
    """A line for each connector; one statement."""
    since = now - LOOKED_AT
    asked: dict[str, Any] = {
        "tenant": tenant.pk,
        "first": first_id_at(since),
        "since": since,
        "now": now,
        "queues": list(QUEUES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERIES, asked)
        rows = cursor.fetchall()
    ended = Counter({(queue, outcome): number for queue, outcome, number, *_ in rows if outcome in _OUTCOMES})
    ahead = {queue: (retries, due, oldest) for queue, outcome, _, retries, due, oldest in rows if outcome == "ahead"}
    return [_line(queue, ended, ahead.get(queue, (0, 0, None)), now) for queue in QUEUES]


def _line(queue: str, ended: Counter[Any], ahead: tuple[int, int, datetime | None], now: datetime) -> Line:
    done, failed, unknown, put_off = (ended[queue, outcome] for outcome in _OUTCOMES)
    retries, due, oldest = ahead
    late = oldest is not None and now - oldest > SLOW
    return Line(queue, CONNECTORS[queue].ready(), done, failed, unknown, put_off, retries, due, oldest, late)


# Attempts by their ids, of which those of one day are few; approved actions by actions_to_start. What a pause holds back is
# not due.
_DELIVERIES = """
SELECT action.queue, attempt.outcome, count(*), 0, 0, NULL::timestamptz
FROM engine_attempt AS attempt JOIN engine_action AS action ON action.id = attempt.action_id
WHERE attempt.tenant_id = %(tenant)s AND attempt.id >= %(first)s AND attempt.started_at >= %(since)s
GROUP BY action.queue, attempt.outcome
UNION ALL
SELECT queue, 'ahead', 0, count(*) FILTER (WHERE retry_at > %(now)s), count(*) FILTER (WHERE since <= %(now)s),
    min(since) FILTER (WHERE since <= %(now)s)
FROM (
    SELECT queue, retry_at, greatest(not_before, retry_at, quiet_until, coalesce(decided_at, judged_at)) AS since
    FROM engine_action AS action WHERE tenant_id = %(tenant)s AND status = 'approved' AND queue = ANY(%(queues)s)
        AND NOT EXISTS (
            SELECT FROM guardrails_pause AS pause WHERE pause.lifted_at IS NULL
            AND (pause.clone_id IS NULL OR pause.clone_id = action.clone_id)
            AND pause.action_type IN ('', action.action_type))
) AS ahead GROUP BY queue
"""
