"""What a target means before it is set: what the period before it brought, and what it asks for a week."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.models import Tenant
from goals.measuring import Survey, values_of
from goals.models import Goal
from goals.needs import need_of
from goals.periods import Period, period_before
from goals.standing import in_unit
from goals.terms import DATED


@dataclass(frozen=True, slots=True)
class Preview:
    """In words, in the goal's unit: what the period before brought (for a pipeline or a quality goal: what there is now),
    what is there already of the new one, what it asks for a week, and how much more that is than before."""

    before: str
    before_is: Period | None
    already: str
    per_week: str
    more: str
    days: int


def preview_of(goal: Goal, *, tenant: Tenant, now: datetime) -> Preview:
    """What an unsaved goal would mean, in the tenant's scope. At most five statements."""
    survey = Survey(tenant, now)
    earlier = period_before(Period(goal.period_start, goal.period_end))
    twin = Goal(
        tenant=tenant,
        goal_type=goal.goal_type,
        clone_id=goal.clone_id,
        team=goal.team,
        period_start=earlier.start,
        period_end=earlier.end,
    )
    values = values_of([goal, twin], survey)
    value, before = values[goal.pk], values[twin.pk]
    is_dated = goal.goal_type in DATED
    need = need_of(
        current=value,
        target=goal.target_value,
        start=goal.period_start,
        end=goal.period_end,
        today=survey.today,
    )
    return Preview(
        before=in_unit(goal, before, tenant.currency),
        before_is=earlier if is_dated else None,
        already=in_unit(goal, value, tenant.currency) if value else "",
        per_week=in_unit(goal, need.per_week, tenant.currency) if need.per_week is not None and is_dated else "",
        more=_more(goal.target_value, before),
        days=(goal.period_end - goal.period_start).days + 1,
    )


def _more(target: Decimal, before: Decimal | None) -> str:
    if not before:
        return ""
    change = (target / before - 1) * 100
    if abs(change) < Decimal("0.5"):
        return "as much as"
    return f"{abs(change):,.0f} % {'more' if change > 0 else 'less'} than"
