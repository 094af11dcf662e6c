"""goal_progress_update: measures the goals, completes those that are reached and ends those whose time is over.

A page is a few thousand goals and takes five statements, however many clones and periods they name: the goals, one for each
of the four metrics at most, and what is written.
"""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.jobs import Page, Part, Tally
from goals.measuring import Values, keep, measured_goals, values_of
from goals.models import Goal, GoalStatus
from record.actors import SCHEDULE

PAGE = 5_000  # goals; writing them takes well below a second


def size(tenant: Tenant, now: datetime) -> int:
    """How many goals are measured today."""
    return measured_goals(now.astimezone(ZoneInfo(tenant.time_zone)).date()).count()


def measure_goals(part: Part) -> Page | None:
    """The next goals by id."""
    today = part.now.astimezone(ZoneInfo(part.tenant.time_zone)).date()
    with tenant_scope(part.tenant):
        goals = list(_behind(part.cursor, today))
        if not goals:
            return None
        values = values_of(goals, tenant=part.tenant, now=part.now)
    return Page(goals[-1].pk, lambda: _write(part, goals, values), is_last=len(goals) < PAGE)


def _behind(cursor: UUID | None, today: date) -> QuerySet[Goal]:
    goals = measured_goals(today).order_by("pk")
    return (goals.filter(pk__gt=cursor) if cursor else goals)[:PAGE]


def _write(part: Part, goals: list[Goal], values: Values) -> Tally:
    kept = keep(goals, values, tenant=part.tenant, now=part.now, actor=SCHEDULE)
    tally = Tally(done=len(goals), count=len(kept.saved))
    tally.errors = [(None, f"Goal {goal}: {reason}") for goal, reason in kept.failed.items()]
    for goal in goals:
        status = kept.saved.get(goal.pk, goal.status)
        if status != goal.status:
            tally.more[_NAMES[status]] += 1
    return tally


_NAMES = {
    GoalStatus.ACTIVE.value: "reopened",
    GoalStatus.COMPLETED.value: "completed",
    GoalStatus.MISSED.value: "missed",
}
