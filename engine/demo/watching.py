"""The demo is watched from its first minute: goals are set, and the tasks that send nothing run once over it.

What people would be told, of what the scan finds and of what waits, stays here: they were not there when it happened.
"""

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine import reaching
from engine.demo.players import Players
from engine.demo.rows import Target
from engine.models import Notice, NoticeStatus, Reach
from engine.schedule import ProactiveScheduler
from goals.periods import period_of, quarter_of
from goals.tracker import GoalTracker

SEND_NOTHING = ("pattern_scan", "goal_progress_update", "context_summarization")
NOT_SENT = "Found while the demo was made; nothing was sent."


def set_goals(targets: tuple[Target, ...], players: Players) -> None:
    """Set the company's goals. Within the tenant's scope."""
    for row in targets:
        today = players.calendar.today
        period = quarter_of(today) if row.quarter else period_of(start=None, end=None, today=today)
        GoalTracker().create_goal(
            tenant=players.tenant,
            goal_type=row.goal_type,
            target_value=row.value,
            period_start=period.start,
            period_end=period.end,
            clone=players.clones[row.clone] if row.clone else None,
            team=row.team,
            actor=players.people[row.set_by],
        )


def watch(tenant: Tenant) -> None:
    """Run the tasks that send nothing, in the transaction that is open: no worker sees what they have to tell."""
    for task in SEND_NOTHING:
        ProactiveScheduler().run(task, tenant=tenant)
    reaching.tell(tenant.pk)
    with tenant_scope(tenant):
        Reach.objects.update(urgent_told_at=None, others_told_at=None)  # what comes next is told at once
        Notice.objects.filter(status=NoticeStatus.WAITING).update(status=NoticeStatus.DROPPED, detail=NOT_SENT)
