"""The demo is watched from its first minute: goals are set, and the tasks that send nothing run once over it.

What the scan would tell people at once stays here: they were not there when it happened.
"""

from calendar import monthrange
from datetime import date
from typing import NamedTuple

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.demo.players import Players
from engine.demo.rows import Target
from engine.models import Notice, NoticeStatus
from engine.schedule import ProactiveScheduler
from goals.tracker import GoalTracker

SEND_NOTHING = ("pattern_scan", "goal_progress_update", "context_summarization")
NOT_SENT = "Found while the demo was made; nothing was sent."


class Period(NamedTuple):
    start: date
    end: date


def set_goals(targets: tuple[Target, ...], players: Players) -> None:
    """Set the company's goals. Within the tenant's scope."""
    for row in targets:
        period = period_around(players.calendar.today, months=3 if row.quarter else 1)
        GoalTracker().create_goal(
            tenant=players.tenant,
            goal_type=row.goal_type,
            target_value=row.value,
            period_start=period.start,
            period_end=period.end,
            clone=players.clones[row.clone] if row.clone else None,
            actor=players.people[row.set_by],
        )


def watch(tenant: Tenant) -> None:
    """Run the tasks that send nothing, in the transaction that is open: no worker sees what they have to tell."""
    for task in SEND_NOTHING:
        ProactiveScheduler().run(task, tenant=tenant)
    with tenant_scope(tenant):
        Notice.objects.filter(status=NoticeStatus.WAITING).update(status=NoticeStatus.DROPPED, detail=NOT_SENT)


def period_around(today: date, *, months: int) -> Period:
    """The month, or the quarter, that today lies in."""
    first = (today.month - 1) // months * months + 1
    last = first + months - 1
    return Period(date(today.year, first, 1), date(today.year, last, monthrange(today.year, last)[1]))
