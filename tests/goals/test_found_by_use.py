"""What went wrong where people used it: each case as it was met."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import Clone, Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from engine.causes import MOST_GOALS, causes
from engine.goal_progress import measure_goals
from goals.models import Goal, GoalType
from goals.tracker import GoalTracker, NewGoal
from record.actors import SYSTEM
from tests.cast import Company, company
from tests.console.visits import Visit
from tests.goals.goals_made import MARCH, WITHIN, goal, read
from tests.goals.test_many_goals import part
from tests.goals.test_metrics import deal

TRACKER = GoalTracker()
TODAY = timezone.now().date()


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def a_year_of_sales(tenant: Tenant, *, until: date = date(2026, 3, 15), each: int = 100) -> None:
    """A deal won each day of the year up to the day before, each opened three weeks earlier."""
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=tenant,
                external_id=f"D{back}",
                name="Seats",
                stage="closed_won",
                currency="EUR",
                amount=each,
                opened_on=until - timedelta(days=back + 21),
                closed_on=until - timedelta(days=back),
            )
            for back in range(1, 366)
        )


def told(one: Goal, now: datetime = WITHIN) -> dict[str, Any]:
    TRACKER.update_progress(one, now=now)
    return TRACKER.check_goal_status(read(one), now=now)


@pytest.mark.parametrize("goal_type", GoalType.values)
def test_the_page_of_a_goal_whose_team_has_gone_can_be_read_and_the_goal_cancelled(
    acme: Company, goal_type: str
) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(team="Doomed")
    period = {"period_start": TODAY - timedelta(days=9), "period_end": TODAY + timedelta(days=9)}
    one = TRACKER.create_goal(acme.tenant, goal_type, 1, team="Doomed", **period)
    with tenant_scope(acme.tenant):
        Clone.objects.update(team="Elsewhere")
    visit = Visit(acme.manager)
    assert "team Doomed" in visit.page(reverse("admin:goals_goal_change", args=[one.pk]))
    assert visit.post(reverse("admin:goals_goal_do", args=[one.pk, "cancel"])).status_code == 302


def test_a_goal_that_is_behind_is_looked_at_however_many_are_not(acme: Company) -> None:
    period = {"period_start": TODAY - timedelta(days=9), "period_end": TODAY + timedelta(days=9)}
    behind = TRACKER.create_goal(acme.tenant, "pipeline", 48_000, **period)
    TRACKER.create_goals(acme.tenant, [NewGoal("pipeline", 1, TODAY - timedelta(days=9), TODAY)] * (MOST_GOALS + 5))
    with tenant_scope(acme.tenant):
        found = [cause.goal for cause in causes(tenant=acme.tenant, now=timezone.now()) if cause.goal]
    assert found == [behind]


def test_a_deal_won_ahead_changes_no_forecast_of_a_period_it_does_not_lie_in(tenant: Tenant, write: Any) -> None:
    a_year_of_sales(tenant)
    one = goal(tenant, target_value=50_000)
    before = told(one)["forecast"]
    write("opportunities", deal("closed_won", "5000000", closed_on="2026-06-01"))
    assert told(one, WITHIN + timedelta(minutes=1))["forecast"] == pytest.approx(before, rel=Decimal("0.001"))


def test_a_forecast_is_never_below_what_is_reached_also_before_the_start(tenant: Tenant, write: Any) -> None:
    a_year_of_sales(tenant)
    write("opportunities", deal("closed_won", "5000000", closed_on="2026-06-01"))
    status = told(goal(tenant, target_value=50_000, period_start=date(2026, 5, 1), period_end=date(2026, 7, 31)))
    assert status["current_value"] == 5_000_000
    assert status["low"] >= 5_000_000
    assert status["arithmetic"]["rate"].count("€5,000,000 + ") == 1


def test_what_begins_later_is_reckoned_from_its_first_day_on(tenant: Tenant) -> None:
    """The open deals that end before it count for nothing, in the forecast and in what is said of it."""
    a_year_of_sales(tenant)
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=tenant,
                external_id=f"O{n}",
                name="Seats",
                stage="discovery",
                currency="EUR",
                amount=100,
                opened_on=date(2026, 3, 1),
            )
            for n in range(40)
        )
    one = goal(tenant, target_value=50_000, period_start=date(2026, 5, 1), period_end=date(2026, 7, 31))
    told(one)
    facts = (read(one).foreseen or {})["pipeline"]
    shown = facts["worth"] + facts["new"] * facts["each"]
    assert shown == pytest.approx(float(read(one).foreseen["methods"]["pipeline"]), abs=1)  # type: ignore[index]


def test_the_arithmetic_of_yesterdays_measuring_holds_today(tenant: Tenant) -> None:
    a_year_of_sales(tenant)
    one = goal(tenant, target_value=5_000)
    told(one)
    sentences = [
        TRACKER.check_goal_status(read(one), now=WITHIN + timedelta(days=days))["arithmetic"]["rate"] for days in (0, 1)
    ]
    assert sentences[0] == sentences[1]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_in_the_morning_of_the_first_day_a_forecast_is_what_it_was_the_evening_before(
    tenant: Tenant, share: float
) -> None:
    """Nothing was won yet today, and the day is not over."""
    midnight = datetime(2026, 3, 15, 23, tzinfo=UTC)  # of the 16th, in Berlin
    a_year_of_sales(tenant, until=date(2026, 3, 16), each=1_000)
    one = goal(tenant, target_value=5_000, period_start=date(2026, 3, 16), period_end=date(2026, 4, 15))
    evening = told(one, midnight - timedelta(minutes=1))["methods"]["rate"]
    morning = told(one, midnight + timedelta(minutes=1))["methods"]["rate"]
    assert morning == pytest.approx(evening, rel=Decimal("0.02"))


def test_activity_that_is_noted_ahead_is_reached_in_the_forecast_as_in_the_metric(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        Interaction.objects.bulk_create(
            Interaction(
                tenant=tenant,
                external_id=str(back),
                channel="call",
                status="completed",
                occurred_at=WITHIN - timedelta(days=back),
            )
            for back in range(-10, 200)
        )
    one = goal(tenant, "activity", 100)
    status = told(one)
    assert status["current_value"] == 25
    assert (read(one).foreseen or {})["so_far"] == "25.00"


def test_a_deal_in_another_currency_helps_no_revenue_goal(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.create(
            tenant=acme.tenant,
            account=acme.account,
            external_id="JPY",
            name="Seats",
            stage="qualification",
            amount=900_000_000,
            currency="JPY",
        )
    period = {"period_start": TODAY - timedelta(days=9), "period_end": TODAY + timedelta(days=9)}
    one = TRACKER.create_goal(acme.tenant, "revenue", 48_000, **period)
    assert [found.opportunity_id for found in TRACKER.suggest_actions(one)] == [acme.deal.pk]


def test_a_task_that_read_before_somebody_measured_writes_nothing_over_it(tenant: Tenant, write: Any) -> None:
    one = goal(tenant)
    page = measure_goals(part(tenant, WITHIN))
    assert page is not None
    write("opportunities", deal("closed_won", "40", closed_on="2026-03-10"))
    TRACKER.update_progress(one, now=WITHIN + timedelta(minutes=1))
    with tenant_scope(tenant):
        assert page.write().count == 0
    assert read(one).current_value == 40


def test_a_cancelled_goal_foretells_nothing(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("closed_won", "40", closed_on="2026-03-10"))
    one = goal(tenant)
    assert told(one)["forecast"] is not None
    TRACKER.cancel_goal(one, actor=SYSTEM)
    status = TRACKER.check_goal_status(read(one), now=WITHIN)
    assert (status["forecast"], status["methods"], status["arithmetic"].get("forecast")) == (None, {}, None)


def test_many_goals_are_set_by_few_statements(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        clones = [Clone.objects.create(tenant=acme.tenant, name=f"C{n}", external_id=f"E{n}") for n in range(40)]
    counts = []
    for number in (2, 40):
        wanted = [
            NewGoal("pipeline", 5, MARCH["period_start"], MARCH["period_end"], clone.external_id)
            for clone in clones[:number]
        ]
        with CaptureQueriesContext(connection) as sent:
            made = TRACKER.create_goals(acme.tenant, wanted)
        assert [one.clone_id for one in made] == [clone.pk for clone in clones[:number]]
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 20


def test_the_same_drafts_sent_twice_are_set_once(acme: Company) -> None:
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-take": "on",
        "form-0-target_value": "5",
        "form-0-goal_type": "revenue",
        "form-0-clone": str(acme.clone.pk),
        "form-0-period_start": "2026-01-01",
        "form-0-period_end": "2026-03-31",
    }
    visit = Visit(acme.manager)
    for _ in range(2):
        assert visit.post(reverse("admin:goals_goal_several"), **form).status_code == 302
    with tenant_scope(acme.tenant):
        assert Goal.objects.count() == 1
