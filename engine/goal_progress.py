"""goal_progress_update: measures every active goal, and ends those that are reached or whose time is over."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.jobs import Page, Part, Tally
from goals.metrics import Scope, measure
from goals.models import Goal, GoalStatus
from goals.periods import Period
from goals.tracker import METRIC_OF, as_decimal, save_measured

PAGE = 200


def size(tenant: Tenant, now: datetime) -> int:
    """How many goals are active."""
    return Goal.objects.filter(status=GoalStatus.ACTIVE).count()


def measure_goals(part: Part) -> Page | None:
    """The next active goals by id."""
    with tenant_scope(part.tenant):
        goals = Goal.objects.filter(status=GoalStatus.ACTIVE).select_related("tenant", "clone").order_by("pk")
        page = list(goals.filter(pk__gt=part.cursor)[:PAGE] if part.cursor else goals[:PAGE])
        if not page:
            return None
        values = _values(page, part)
    return Page(page[-1].pk, lambda: _save(page, values, part), is_last=len(page) < PAGE)


_Asked = tuple[UUID | None, date, date]


def _values(goals: Sequence[Goal], part: Part) -> dict[_Asked, dict[str, Any]]:
    """The metrics, once for each clone and period that some goal of the page asks about."""
    asked = {(goal.clone_id, goal.period_start, goal.period_end) for goal in goals}
    return {
        (clone, start, end): measure(Scope(part.tenant, clone, Period(start, end), part.now))
        for clone, start, end in asked
    }


def _save(goals: Sequence[Goal], values: dict[_Asked, dict[str, Any]], part: Part) -> Tally:
    tally = Tally(done=len(goals))
    for goal in goals:
        metrics = values[(goal.clone_id, goal.period_start, goal.period_end)]
        current: Decimal | None = as_decimal(metrics[METRIC_OF[goal.goal_type]])
        if save_measured(goal, current, part.now):
            tally.count += 1
            if goal.status != GoalStatus.ACTIVE:
                tally.more[goal.status] += 1
    return tally
