"""Ten thousand goals over two hundred thousand deals: refreshed by twenty statements or fewer, whatever there is of each."""

import resource
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from engine.goal_progress import measure_goals
from engine.jobs import Part
from goals.models import Goal, GoalType, Reading

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
MOST = 20

DEALS = """
INSERT INTO crm_opportunity (id, tenant_id, clone_id, external_id, name, stage, amount, currency, opened_on, closed_on,
    qualification, attributes)
SELECT gen_random_uuid(), %(tenant)s, (%(clones)s::uuid[])[1 + n %% %(number)s], n, 'Seats',
    CASE WHEN n %% 4 = 0 THEN 'negotiation' WHEN n %% 7 = 0 THEN 'closed_lost' ELSE 'closed_won' END,
    100 + n %% 9000, 'EUR', %(today)s - 20 - n %% 700,
    CASE WHEN n %% 4 > 0 THEN %(today)s - 20 - n %% 700 + n %% 60 END, '{}', '{}'
FROM generate_series(1, %(deals)s) AS n
"""
TALKS = """
INSERT INTO crm_interaction (id, tenant_id, clone_id, external_id, channel, direction, status, occurred_at, subject, text,
    participants, attributes)
SELECT gen_random_uuid(), %(tenant)s, (%(clones)s::uuid[])[1 + n %% %(number)s], n, 'call', 'out', 'completed',
    %(now)s - make_interval(hours => n %% 12000), '', '', '{}', '{}'
FROM generate_series(1, %(talks)s) AS n
"""


def fill(tenant: Tenant, *, clones: int, deals: int, goals: int) -> None:
    """Clones in teams of twenty, with deals and talk over two years, and goals of every type, whose and period."""
    with tenant_scope(tenant):
        made = Clone.objects.bulk_create(
            Clone(tenant=tenant, name=f"Clone {n}", team=f"Team {n // 20}") for n in range(clones)
        )
        named = {"tenant": tenant.pk, "clones": [one.pk for one in made], "number": clones, "now": NOW}
        with connection.cursor() as cursor:
            cursor.execute(DEALS, {**named, "deals": deals, "today": NOW.date()})
            cursor.execute(TALKS, {**named, "talks": deals // 2})
        Goal.objects.bulk_create(
            Goal(
                tenant=tenant,
                clone=made[n % clones] if n % 10 else None,
                team=f"Team {n % max(clones // 20, 1)}" if n % 20 == 0 else "",
                goal_type=GoalType.values[n % 4],
                target_value=1 + n * 7,
                period_start=date(2026, 1, 1) + timedelta(days=n % 120),
                period_end=date(2026, 3, 10) + timedelta(days=60 + n % 150),
            )
            for n in range(goals)
        )


def refresh(tenant: Tenant) -> int:
    """One turn of the task over all goals: how many statements it took, those that begin and end its scopes too."""
    with CaptureQueriesContext(connection) as sent:
        page = measure_goals(Part(tenant, uuid4(), None, None, None, 0, NOW))
        assert page is not None
        assert page.is_last
        with tenant_scope(tenant):
            assert page.write().errors == []
    return len(sent)


def test_a_thousand_goals_take_as_many_statements_as_forty(tenant: Tenant) -> None:
    fill(tenant, clones=40, deals=3_000, goals=40)
    refresh(tenant)
    few = refresh(tenant)
    with tenant_scope(tenant):
        clones = list(Clone.objects.all())
        Goal.objects.bulk_create(
            Goal(
                tenant=tenant,
                clone=clones[n % 40],
                goal_type=GoalType.values[n % 4],
                target_value=10**9,
                period_start=date(2026, 1, 1) + timedelta(days=n % 90),
                period_end=date(2026, 5, 1) + timedelta(days=n % 90),
            )
            for n in range(1_000)
        )
    refresh(tenant)
    assert refresh(tenant) == few <= MOST


@pytest.mark.long
def test_ten_thousand_goals_over_two_hundred_thousand_deals(tenant: Tenant) -> None:
    fill(tenant, clones=500, deals=200_000, goals=10_000)
    began = perf_counter()
    number = refresh(tenant)
    print(f"10,000 goals, 200,000 deals: {number} statements, {perf_counter() - began:.1f} s, {peak()} MiB")
    assert number <= MOST
    with tenant_scope(tenant):
        assert Reading.objects.count() == 10_000
        assert not Goal.objects.filter(current_value=None).exclude(goal_type="quality").exists()


def peak() -> int:
    """The process's highest memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
