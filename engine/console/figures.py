"""The figures of the dashboard: a statement for each block, over a stretch of time that an index bounds.

Ids are UUIDs of version 7, which begin with the time they were made at: "made since" is a range of ids. Where the time that
counts is another one (a deadline, a decision), it is asked of the row as well.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from crm.models import Tenant
from goals.periods import Period, local_day

DAYS = 30
MOST_READ = 100_000  # proposals that are counted by kind; the page says so where there were more
MOST_TRIED = 200


@dataclass(frozen=True, slots=True)
class Stretch:
    """The last 30 days of a tenant, whole days in its time zone, up to `now`."""

    tenant: Tenant
    now: datetime

    @property
    def days(self) -> list[date]:
        today = local_day(self.now, self.tenant.time_zone)
        return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]

    @property
    def since(self) -> datetime:
        """The first moment of the first day."""
        return Period(self.days[0], self.days[-1]).edges(ZoneInfo(self.tenant.time_zone))[0]

    def asked(self, **more: Any) -> dict[str, Any]:
        """What every statement is given."""
        return {
            "tenant": self.tenant.pk,
            "currency": self.tenant.currency,
            "zone": self.tenant.time_zone,
            "since": self.since,
            "first": first_id_at(self.since),
            "now": self.now,
            **more,
        }


class Waiting(NamedTuple):
    """What waits for a decision. `value` is that of its deals, each once, in the tenant's currency."""

    number: int
    deals: int
    value: Decimal | None
    oldest: datetime | None
    oldest_id: UUID | None
    next_out: datetime | None
    next_out_id: UUID | None
    soon: int


class Times(NamedTuple):
    """How long decisions took, in seconds; `steps` counts them by how long, in the order of STEPS."""

    number: int
    median: float | None
    p95: float | None
    steps: Sequence[int]


class Lost(NamedTuple):
    """What ran out, and the deals it was about."""

    number: int
    deals: int
    value: Decimal | None


class Asked(NamedTuple):
    """What agents ask for, of one kind. `alone`: the guardrails let it go on without a person."""

    action_type: str
    proposed: int
    alone: int
    approved: int
    rejected: int
    waiting: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Lately:
    """What was proposed lately: by kind, the most first; edits and withdrawals by day. `is_cut`: there was more."""

    kinds: Sequence[Asked]
    edited: Counter[date] = field(default_factory=Counter)
    withdrawn: Counter[date] = field(default_factory=Counter)
    is_cut: bool = False


class Tried(NamedTuple):
    """How often a clone tried one hard stop, and when last."""

    action_type: str
    clone_id: UUID
    clone: str
    number: int
    latest: datetime
    latest_id: UUID


# How long a decision took: less than so many seconds; the last step is the rest.
STEPS: tuple[tuple[str, int | None], ...] = (
    ("1 min", 60),
    ("10 min", 600),
    ("1 h", 3600),
    ("4 h", 14_400),
    ("1 day", 86_400),
    ("more", None),
)


def first_id_at(moment: datetime) -> UUID:
    """The least id that can have been made at `moment` or later (RFC 9562, 5.7: 48 bits of milliseconds come first)."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def waiting(stretch: Stretch) -> Waiting:
    """What waits now."""
    return Waiting(*_rows(_WAITING, stretch.asked(soon=stretch.now + timedelta(days=1)))[0])


def decided(stretch: Stretch, *, longest: timedelta) -> dict[date, Counter[str]]:
    """By day, how many were approved, rejected and ran out. `longest` is how long an action can wait."""
    found: dict[date, Counter[str]] = {}
    for day, outcome, count in _rows(_DECIDED, stretch.asked(oldest=first_id_at(stretch.since - longest))):
        found.setdefault(day, Counter())[outcome] += count
    return found


def times(stretch: Stretch) -> Times:
    """How long what was decided had waited."""
    limits = [limit for _, limit in STEPS if limit is not None]
    count, middle, most, steps = _rows(_TIMES, stretch.asked(limits=limits))[0]
    return Times(count, middle, most, steps)


def lost(stretch: Stretch, *, longest: timedelta) -> Lost:
    """What ran out, and the value that waited with it."""
    return Lost(*_rows(_LOST, stretch.asked(oldest=first_id_at(stretch.since - longest)))[0])


def lately(stretch: Stretch) -> Lately:
    """What was proposed, by kind and by what became of it."""
    kinds, edited, withdrawn, read = [], Counter[date](), Counter[date](), 0
    for part, name, day, *counts in _rows(_LATELY, stretch.asked(most=MOST_READ + 1)):
        if part == "kind":
            kinds.append(Asked(name, *counts))
        elif part == "read":
            read = counts[0]
        else:
            (edited if part == "edited" else withdrawn)[day] += counts[0]
    ranked = sorted(kinds, key=lambda one: (-one.proposed, one.action_type))
    return Lately(ranked, edited, withdrawn, read > MOST_READ)


def hard_stops(stretch: Stretch) -> list[Tried]:
    """Which hard stops were tried, by kind and clone, the most frequent first."""
    return [Tried(*row) for row in _rows(_HARD_STOPS, stretch.asked(most=MOST_TRIED))]


def _rows(sql: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()


# Read by actions_that_wait.
_WAITING = """
WITH waiting AS MATERIALIZED (
    SELECT id, opportunity_id, coalesce(waiting_since, proposed_at) AS since, expires_at
    FROM engine_action WHERE tenant_id = %(tenant)s AND status = 'pending'
), oldest AS (SELECT since, id FROM waiting ORDER BY since, id LIMIT 1),
next_out AS (SELECT expires_at, id FROM waiting WHERE expires_at > %(now)s ORDER BY expires_at, id LIMIT 1),
deals AS (
    SELECT count(*) AS number, sum(amount) AS value FROM crm_opportunity
    WHERE tenant_id = %(tenant)s AND currency = %(currency)s AND id IN (SELECT opportunity_id FROM waiting)
)
SELECT (SELECT count(*) FROM waiting), deals.number, deals.value, oldest.since, oldest.id, next_out.expires_at, next_out.id,
    (SELECT count(*) FROM waiting WHERE expires_at > %(now)s AND expires_at <= %(soon)s)
FROM deals LEFT JOIN oldest ON true LEFT JOIN next_out ON true
"""

# Read by actions_by_decision and actions_that_came_to_nothing.
_DECIDED = """
SELECT day, outcome, count(*) FROM (
    SELECT (decided_at AT TIME ZONE %(zone)s)::date AS day,
        CASE status WHEN 'rejected' THEN 'rejected' ELSE 'approved' END AS outcome
    FROM engine_action WHERE tenant_id = %(tenant)s AND decided_at >= %(since)s AND decided_at <= %(now)s
    UNION ALL
    SELECT (expires_at AT TIME ZONE %(zone)s)::date, 'expired' FROM engine_action
    WHERE tenant_id = %(tenant)s AND status = 'expired' AND id >= %(oldest)s
        AND expires_at >= %(since)s AND expires_at <= %(now)s
) AS decided GROUP BY day, outcome
"""

# Read by actions_by_decision.
_TIMES = """
WITH took AS MATERIALIZED (
    SELECT extract(epoch FROM decided_at - coalesce(waiting_since, proposed_at))::float8 AS seconds
    FROM engine_action WHERE tenant_id = %(tenant)s AND decided_at >= %(since)s AND decided_at <= %(now)s
)
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds),
    ARRAY(
        SELECT coalesce(counted.number, 0) FROM generate_series(0, cardinality(%(limits)s::float8[])) AS step
        LEFT JOIN (
            SELECT width_bucket(seconds, %(limits)s::float8[]) AS step, count(*) AS number FROM took GROUP BY 1
        ) AS counted USING (step) ORDER BY step
    )
FROM took
"""
# Read by actions_that_came_to_nothing.
_LOST = """
WITH gone AS MATERIALIZED (
    SELECT opportunity_id FROM engine_action
    WHERE tenant_id = %(tenant)s AND status = 'expired' AND id >= %(oldest)s
        AND expires_at >= %(since)s AND expires_at <= %(now)s
)
SELECT (SELECT count(*) FROM gone), count(*), sum(amount) FROM crm_opportunity
WHERE tenant_id = %(tenant)s AND currency = %(currency)s AND id IN (SELECT opportunity_id FROM gone)
"""

# Read by actions_newest_first; a withdrawal's day stands in its entry alone, found by entries_of_a_subject.
_LATELY = """
WITH lately AS MATERIALIZED (
    SELECT id, action_type, status, allowed, decided_at, supersedes_id, proposed_at FROM engine_action
    WHERE tenant_id = %(tenant)s AND id >= %(first)s ORDER BY id DESC LIMIT %(most)s
)
SELECT 'kind', action_type, NULL::date, count(*) FILTER (WHERE supersedes_id IS NULL),
    count(*) FILTER (WHERE supersedes_id IS NULL AND allowed),
    count(*) FILTER (WHERE decided_at IS NOT NULL AND status <> 'rejected'), count(*) FILTER (WHERE status = 'rejected'),
    count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE status = 'blocked')
FROM lately WHERE proposed_at >= %(since)s GROUP BY action_type
UNION ALL
SELECT 'edited', '', (proposed_at AT TIME ZONE %(zone)s)::date, count(*), 0, 0, 0, 0, 0
FROM lately WHERE supersedes_id IS NOT NULL AND proposed_at >= %(since)s GROUP BY 3
UNION ALL
SELECT 'withdrawn', '', (entry.created_at AT TIME ZONE %(zone)s)::date, count(*), 0, 0, 0, 0, 0
FROM lately CROSS JOIN LATERAL (
    SELECT created_at FROM record_entry
    WHERE tenant_id = %(tenant)s AND subject_id = lately.id::text AND kind = 'action.withdrawn' ORDER BY id DESC LIMIT 1
) AS entry
WHERE lately.status = 'withdrawn' AND entry.created_at >= %(since)s GROUP BY 3
UNION ALL
SELECT 'read', '', NULL, count(*), 0, 0, 0, 0, 0 FROM lately
"""

# Read by actions_that_came_to_nothing.
_HARD_STOPS = """
SELECT action.action_type, action.clone_id, clone.name, count(*), max(action.proposed_at),
    (array_agg(action.id ORDER BY action.id DESC))[1]
FROM engine_action AS action JOIN crm_clone AS clone ON clone.id = action.clone_id
WHERE action.tenant_id = %(tenant)s AND action.status = 'blocked' AND action.tier = 'hard_stop' AND action.id >= %(first)s
    AND action.proposed_at >= %(since)s
GROUP BY action.action_type, action.clone_id, clone.name ORDER BY count(*) DESC, max(action.proposed_at) DESC
LIMIT %(most)s
"""
