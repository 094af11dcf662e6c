"""goal_progress_update: measures the goals, completes those that are reached and ends those whose time is over.

A page is ten thousand goals, however many clones and periods they name: the goals, their clones, one statement for each of
the four metrics, a handful for the tenant's past, and a handful for what is written.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.jobs import Page, Part, Tally
from goals.foreseeing import Foreseen, foresee
from goals.keeping import keep
from goals.measuring import Survey, Values, measured_goals, values_of
from goals.models import Goal, GoalStatus
from goals.periods import local_day
from record.actors import SCHEDULE

PAGE = 10_000  # goals; writing them takes a second or two


def size(tenant: Tenant, now: datetime) -> int:
    """How many goals are measured today."""
    return measured_goals(local_day(now, tenant.time_zone)).count()


def measure_goals(part: Part) -> Page | None:
    """The next goals by id; one more is read, to know whether it is the last page."""
    today = local_day(part.now, part.tenant.time_zone)
    with tenant_scope(part.tenant):
        found = list(_behind(part.cursor, today))
        if not found:
            return None
        goals = found[:PAGE]
        survey = Survey(part.tenant, part.now)
        values = values_of(goals, survey)
        foreseen = foresee(goals, values, survey)
    return Page(goals[-1].pk, lambda: _write(part, goals, values, foreseen), is_last=len(found) <= PAGE)


def _behind(cursor: UUID | None, today: date) -> QuerySet[Goal]:
    goals = measured_goals(today).order_by("pk")
    return (goals.filter(pk__gt=cursor) if cursor else goals)[: PAGE + 1]


def _write(part: Part, goals: list[Goal], values: Values, foreseen: Mapping[UUID, Foreseen]) -> Tally:
    kept = keep(goals, values, foreseen, tenant=part.tenant, now=part.now, actor=SCHEDULE)
    tally = Tally(done=len(goals), count=len(kept.saved))
    tally.errors = [(None, f"Goal {goal}: {reason}") for goal, reason in kept.failed.items()]
    if kept.passed:
        tally.more["milestones"] += len(kept.passed)
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
