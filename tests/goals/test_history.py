"""The past is read as it stands in the records: deals, winnings, activity by day, and how stages end."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Clone, Interaction, Opportunity, StageChange, Tenant
from crm.stages import CLOSED_STAGES, STAGES
from crm.tenancy import tenant_scope
from goals.forecast import FAR
from goals.foreseeing import foresee
from goals.history import KNOWN_FOR, MOST_OF_A_STAGE, activity_of, history_of
from goals.measuring import Survey, values_of
from goals.models import Goal
from goals.tracker import GoalTracker
from guardrails.tenants import create_tenant
from record.actors import SYSTEM

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def clones(tenant: Tenant) -> list[Clone]:
    with tenant_scope(tenant):
        return [Clone.objects.create(tenant=tenant, name=f"Clone {n}", team="East") for n in range(3)]


def store(tenant: Tenant, **columns: Any) -> Opportunity:
    return Opportunity.objects.create(
        **{"tenant": tenant, "name": "Seats", "currency": "EUR", "external_id": str(columns)[:190], **columns}
    )


def read(tenant: Tenant) -> Any:
    with tenant_scope(tenant):
        return history_of(Survey(tenant, NOW))


def test_every_deal_is_read_as_it_is(tenant: Tenant, clones: list[Clone]) -> None:
    dice, expected = Random(5), []
    with tenant_scope(tenant):
        places = {clone: place for place, clone in enumerate(Clone.objects.order_by("pk"), 1)}
        for number in range(300):
            stage, clone = dice.choice(STAGES), dice.choice([None, *clones])
            opened = dice.choice([None, TODAY - timedelta(days=dice.randrange(-20, 900))])
            closed = dice.choice([None, TODAY - timedelta(days=dice.randrange(-20, 900))])
            amount, currency = dice.choice([None, 0, 75, "199.99"]), dice.choice(["EUR", "EUR", "USD"])
            store(
                tenant,
                external_id=str(number),
                clone=clone,
                stage=stage.value,
                opened_on=opened,
                closed_on=closed,
                amount=amount,
                currency=currency,
            )
            over = stage in CLOSED_STAGES
            if over and (closed is None or closed < TODAY - KNOWN_FOR):
                continue
            began = opened or (closed if over else date.today())
            begins = min(began, closed) if over and closed else min(began, TODAY)
            ended = min(closed, TODAY).toordinal() if over and closed else FAR
            told = float(amount) if amount is not None and currency == "EUR" else None
            place = places[clone] if clone else 0
            expected.append((place, begins.toordinal(), ended, stage == "closed_won", None if over else told))
    deals = read(tenant).open
    found = [
        (int(place), int(opened), int(closed), bool(won), None if np.isnan(value) else float(value))
        for place, opened, closed, won, value in zip(
            deals.clones, deals.opened, deals.closed, deals.won, deals.value, strict=True
        )
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_winnings_are_summed_by_day_in_the_tenants_currency(tenant: Tenant, clones: list[Clone]) -> None:
    with tenant_scope(tenant):
        for number, (amount, currency) in enumerate([(10, "EUR"), (20, "EUR"), (40, "USD"), (None, "EUR")]):
            store(
                tenant,
                external_id=str(number),
                clone=clones[0],
                stage="closed_won",
                closed_on=TODAY - timedelta(days=1),
                amount=amount,
                currency=currency,
            )
    won, day = read(tenant).won, TODAY.toordinal() - 1
    assert (won.counted(day, day)[0], won.value(day, day)[0], won.value(day + 1, day + 9)[0]) == (2, 30, 0)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "Pacific/Apia", "UTC"])
def test_activity_is_counted_on_the_tenants_days(tenant: Tenant, clones: list[Clone], zone: str) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone=zone)
    tenant.refresh_from_db()
    dice, survey = Random(zone), Survey(tenant, NOW)
    expected: dict[int, int] = {}
    with tenant_scope(tenant):
        for number in range(200):
            at = NOW - timedelta(minutes=dice.randrange(-2_000, 60_000))
            status = dice.choice(["completed", "scheduled", "cancelled", "missed"])
            Interaction.objects.create(
                tenant=tenant, external_id=str(number), clone=clones[0], channel="call", status=status, occurred_at=at
            )
            if status == "completed" or (status == "scheduled" and at <= NOW):
                day = at.astimezone(survey.zone).date().toordinal()
                expected[day] = expected.get(day, 0) + 1
        told = activity_of(survey)
    assert {day: told.counted(day, day)[0] for day in expected} == expected
    assert told.counted(0, TODAY.toordinal() + 9)[0] == sum(expected.values())


def test_a_stage_whose_deals_are_won_less_often_lowers_the_odds(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        for number in range(120):
            won = number % 2 if number < 60 else number % 12 == 0
            stage = "discovery" if number < 60 else "evaluation"
            deal = store(
                tenant,
                external_id=str(number),
                stage="closed_won" if won else "closed_lost",
                closed_on=TODAY - timedelta(days=number % 300),
                amount=5,
            )
            StageChange.objects.create(tenant=tenant, opportunity=deal, from_stage="", to_stage=stage, source="test")
            StageChange.objects.create(
                tenant=tenant, opportunity=deal, from_stage=stage, to_stage=deal.stage, source="test"
            )
    told = read(tenant)
    usual = 35 / 120
    assert told.stages == {"discovery": pytest.approx(0.5 / usual), "evaluation": pytest.approx(5 / 60 / usual)}
    assert (told.winning.won, told.winning.ended) == (35, 120)
    assert all(1 / MOST_OF_A_STAGE <= factor <= MOST_OF_A_STAGE for factor in told.stages.values())


def test_few_deals_of_a_stage_say_nothing_of_it(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        for number in range(29):
            deal = store(tenant, external_id=str(number), stage="closed_won", closed_on=TODAY, amount=5)
            StageChange.objects.create(tenant=tenant, opportunity=deal, from_stage="", to_stage="discovery", source="t")
    assert read(tenant).stages == {}


def test_another_tenants_past_is_not_read(tenant: Tenant) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM)
    with tenant_scope(rival):
        store(rival, stage="closed_won", closed_on=TODAY, amount=5, currency="USD")
    assert len(read(tenant).deals.won) == 0


def test_nothing_known_foretells_nothing_and_breaks_nothing(tenant: Tenant) -> None:
    """An empty book, every type, before, within and on the last day."""
    periods = [(TODAY + timedelta(days=a), TODAY + timedelta(days=b)) for a, b in ((-9, 20), (5, 20), (-30, 0))]
    goals = [
        Goal(tenant=tenant, goal_type=name, target_value=1, period_start=start, period_end=end)
        for name in ("revenue", "pipeline", "activity", "quality")
        for start, end in periods
    ]
    with tenant_scope(tenant):
        survey = Survey(tenant, NOW)
        told = foresee(goals, values_of(goals, survey), survey)
    assert {one.outcome.low for one in told.values()} == {None}
    assert {one.outcome.forecast for one in told.values()} <= {None, 0.0}


def test_a_goal_of_a_team_that_has_gone_is_measured_at_nothing(tenant: Tenant, clones: list[Clone]) -> None:
    with tenant_scope(tenant):
        store(tenant, clone=clones[0], stage="discovery", amount=100)
    one = GoalTracker().create_goal(tenant, "pipeline", 500, TODAY, TODAY + timedelta(days=30), team="East")
    assert one.current_value == 100
    with tenant_scope(tenant):
        Clone.objects.update(team="West")
    GoalTracker().update_progress(one, now=NOW)
    assert (one.current_value, (one.foreseen or {})["forecast"]) == (0, None)
    with tenant_scope(tenant), CaptureQueriesContext(connection) as sent:
        history_of(Survey(tenant, NOW))
    assert len(sent) == 3  # the clones, the stages, the deals
