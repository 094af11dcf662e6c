"""Many at once on one goal: threads with connections of their own, on the real database."""

from functools import partial
from typing import Any

import pytest

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.goal_progress import measure_goals
from goals.models import Goal
from goals.tracker import GoalIsCancelled, GoalTracker
from record.actors import SYSTEM
from tests import rivals
from tests.goals.goals_made import AFTER, WITHIN, entries, goal, read
from tests.goals.test_many_goals import part
from tests.goals.test_metrics import deal

at_once = partial(rivals.at_once, refusals=(GoalIsCancelled,))
pytestmark = pytest.mark.django_db(transaction=True)
TRACKER = GoalTracker()


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    from guardrails.tenants import create_tenant

    return create_tenant(slug="acme", actor=SYSTEM, time_zone="Europe/Berlin", currency="EUR")


def copy(one: Goal) -> Goal:
    """The goal as another request would have read it."""
    return read(one)


def daily(tenant: Tenant) -> int:
    page = measure_goals(part(tenant, AFTER))
    if page is None:
        return 0
    with tenant_scope(tenant):
        return page.write().count


@pytest.mark.parametrize("round_", range(5))
def test_cancelled_while_it_is_measured_it_is_cancelled(tenant: Tenant, write: Any, round_: int) -> None:
    write("opportunities", deal("closed_won", "100", closed_on="2026-03-10"))
    one = goal(tenant)
    copies = [copy(one) for _ in range(5)]
    at_once(
        lambda: TRACKER.cancel_goal(copies[0], actor=SYSTEM),
        lambda: TRACKER.update_progress(copies[1], now=WITHIN),
        lambda: TRACKER.update_progress(copies[2], now=AFTER),
        lambda: daily(tenant),
        lambda: TRACKER.cancel_goal(copies[3], actor=SYSTEM),
        lambda: TRACKER.update_progress(copies[4], now=WITHIN),
    )
    assert read(one).status == "cancelled"
    story = entries(one)
    assert story[-1] == "goal.cancelled"
    assert story.count("goal.cancelled") == 1
    assert story.count("goal.completed") <= 1


@pytest.mark.parametrize("round_", range(3))
def test_measured_by_many_at_once_it_ends_once(tenant: Tenant, round_: int) -> None:
    one = goal(tenant)
    copies = [copy(one) for _ in range(4)]
    at_once(*(lambda it=it: TRACKER.update_progress(it, now=AFTER) for it in copies), *[lambda: daily(tenant)] * 2)
    assert read(one).status == "missed"
    assert entries(one) == ["goal.set", "goal.missed"]


@pytest.mark.parametrize("round_", range(3))
def test_changed_while_it_is_cancelled_it_is_cancelled(tenant: Tenant, round_: int) -> None:
    one = goal(tenant)
    copies = [copy(one) for _ in range(3)]
    at_once(
        lambda: TRACKER.update_goal(copies[0], target_value=7, actor=SYSTEM, now=WITHIN),
        lambda: TRACKER.cancel_goal(copies[1], actor=SYSTEM),
        lambda: TRACKER.update_goal(copies[2], target_value=8, actor=SYSTEM, now=WITHIN),
    )
    assert read(one).status == "cancelled"
    assert entries(one)[-1] == "goal.cancelled"
