"""Goals for the tests of goals: a period around a day, and the rows they are measured by."""

from datetime import UTC, date, datetime
from typing import Any

from crm.models import Tenant
from crm.tenancy import tenant_scope
from goals.models import Goal
from goals.tracker import GoalTracker
from record.models import Entry

MARCH = {"period_start": date(2026, 3, 1), "period_end": date(2026, 3, 31)}
BEFORE = datetime(2026, 2, 10, 12, tzinfo=UTC)
WITHIN = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER = datetime(2026, 4, 2, 12, tzinfo=UTC)
LONG_AFTER = datetime(2026, 5, 15, 12, tzinfo=UTC)


def goal(tenant: Tenant, goal_type: str = "revenue", target_value: Any = 100, **changes: Any) -> Goal:
    """A goal for March 2026, unless told otherwise."""
    return GoalTracker().create_goal(
        tenant=tenant, goal_type=goal_type, target_value=target_value, **{**MARCH, **changes}
    )


def measured(one: Goal, now: datetime) -> Goal:
    """The goal after it was measured at `now`, read afresh."""
    GoalTracker().update_progress(goal=one, now=now)
    return read(one)


def read(one: Goal) -> Goal:
    with tenant_scope(one.tenant_id):
        return Goal.objects.select_related("tenant", "clone").get(pk=one.pk)


def entries(one: Goal) -> list[str]:
    """The kinds of the record's entries about the goal, in order; milestones have tests of their own."""
    with tenant_scope(one.tenant_id):
        told = Entry.objects.filter(subject_id=str(one.pk)).exclude(kind="goal.milestone").order_by("id")
        return list(told.values_list("kind", flat=True))


def facts(one: Goal) -> dict[str, Any]:
    """The facts of the latest entry about the goal."""
    with tenant_scope(one.tenant_id):
        told = Entry.objects.filter(subject_id=str(one.pk)).exclude(kind="goal.milestone").order_by("-id")
        return told.values_list("facts", flat=True)[0]
