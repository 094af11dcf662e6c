"""Readings and milestones: one reading a measuring, each milestone once for a target."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.models import Opportunity, Tenant
from crm.tenancy import tenant_scope
from goals.models import Goal, Milestone, Reading
from goals.pace import milestone_of
from goals.tracker import GoalTracker, NewGoal
from record.actors import SYSTEM
from record.models import Entry
from tests.goals.goals_made import AFTER, MARCH, WITHIN, goal, measured, read
from tests.goals.test_metrics import deal
from tests.rivals import at_once

TRACKER = GoalTracker()


def passed(one: Goal) -> list[tuple[int, Decimal]]:
    with tenant_scope(one.tenant_id):
        rows = Milestone.objects.filter(goal=one).order_by("reached_at", "percent")
        told = Entry.objects.filter(subject_id=str(one.pk), kind="goal.milestone").count()
        assert told == len(rows)
        return list(rows.values_list("percent", "target_value"))


def worth(tenant: Tenant, amount: int) -> None:
    """One open deal of this worth is all there is."""
    with tenant_scope(tenant):
        Opportunity.objects.update_or_create(
            tenant=tenant,
            external_id="O",
            defaults={"name": "Seats", "stage": "discovery", "currency": "EUR", "amount": amount},
        )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("49.9999", 0), ("50", 50), ("89.9999", 50), ("90", 90), ("99.9999", 90), ("100", 100), ("1000", 100), (None, 0)],
)
def test_the_milestones_are_at_50_90_and_100_percent(value: str | None, expected: int) -> None:
    assert milestone_of(current=None if value is None else Decimal(value), target=Decimal(100)) == expected


def test_each_milestone_is_passed_once_whatever_the_value_does(tenant: Tenant) -> None:
    one = goal(tenant, "pipeline", 100)
    for amount in (10, 60, 20, 70, 95, 40, 120, 10, 130):
        worth(tenant, amount)
        measured(one, WITHIN)
    assert [percent for percent, _ in passed(one)] == [50, 90, 100]


def test_who_passes_all_of_them_at_once_has_passed_each(tenant: Tenant) -> None:
    one = goal(tenant, "pipeline", 100)
    worth(tenant, 500)
    measured(one, WITHIN)
    assert [percent for percent, _ in passed(one)] == [50, 90, 100]


def test_another_target_has_its_own_another_period_has_not(tenant: Tenant) -> None:
    worth(tenant, 60)
    one = goal(tenant, "pipeline", 100)
    assert passed(one) == [(50, 100)]
    TRACKER.update_goal(one, actor=SYSTEM, now=WITHIN, period_end=date(2026, 4, 30))
    assert passed(one) == [(50, 100)]
    TRACKER.update_goal(one, actor=SYSTEM, now=WITHIN, target_value=120)
    TRACKER.update_goal(one, actor=SYSTEM, now=WITHIN, target_value=1_000)
    TRACKER.update_goal(one, actor=SYSTEM, now=WITHIN, target_value=100)
    assert passed(one) == [(50, 100), (50, 120), (50, 100)]


def test_each_measuring_appends_a_reading_with_the_target_of_then(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("closed_won", "40", closed_on="2026-03-10"))
    one = goal(tenant)
    for hours in range(3):
        measured(one, WITHIN + timedelta(hours=hours))
    TRACKER.update_goal(one, actor=SYSTEM, now=WITHIN + timedelta(hours=5), target_value=80)
    with tenant_scope(tenant):
        rows = list(Reading.objects.filter(goal=one, taken_at__lte=AFTER).order_by("taken_at"))
    assert [(row.value, row.target_value) for row in rows] == [(40, 100)] * 3 + [(40, 80)]
    assert rows[-1].forecast == Decimal("82.67")  # 40 x 31 / 15


def test_measured_twice_at_one_moment_there_is_one_reading(tenant: Tenant) -> None:
    one = goal(tenant)
    measured(one, WITHIN)
    worth(tenant, 5)
    measured(one, WITHIN)
    with tenant_scope(tenant):
        assert Reading.objects.filter(goal=one, taken_at=WITHIN).count() == 1


def test_several_are_set_together_or_none_of_them(tenant: Tenant) -> None:
    period = (MARCH["period_start"], MARCH["period_end"])
    with pytest.raises(ValueError, match=r"^target_value"):
        TRACKER.create_goals(tenant, [NewGoal("revenue", 5, *period), NewGoal("quality", 2, *period)])
    with tenant_scope(tenant):
        assert (Goal.objects.count(), Reading.objects.count(), Entry.objects.filter(kind="goal.set").count()) == (
            0,
            0,
            0,
        )
    made = TRACKER.create_goals(tenant, [NewGoal("revenue", 5, *period), NewGoal("quality", 1, *period)])
    assert [one.goal_type for one in made] == ["revenue", "quality"]
    assert TRACKER.create_goals(tenant, []) == []


@pytest.mark.django_db(transaction=True)
def test_rivals_who_measure_at_once_pass_a_milestone_once(transactional_db: None, tenant: Tenant) -> None:
    one = goal(tenant, "pipeline", 100)
    worth(tenant, 95)
    at_once(*[lambda: TRACKER.update_progress(read(one), now=WITHIN)] * 6)
    assert [percent for percent, _ in passed(one)] == [50, 90]
    with tenant_scope(tenant):
        assert Reading.objects.filter(goal=one, taken_at=WITHIN).count() == 1
