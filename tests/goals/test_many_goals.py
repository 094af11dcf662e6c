"""goal_progress_update: many goals measured together are what each is measured alone, by a constant number of statements."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Clone, Interaction, InteractionStatus, Opportunity, Tenant
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from engine import goal_progress
from engine.goal_progress import measure_goals, size
from engine.jobs import Part, Tally
from engine.schedule import ProactiveScheduler
from goals import keeping
from goals.measuring import Survey, measured_goals, values_of
from goals.metrics import Scope, measure
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import is_measured
from goals.periods import Period
from goals.terms import DATED, METRIC_OF
from goals.tracker import GoalTracker
from record.actors import SYSTEM
from record.models import Entry
from tests.goals.goals_made import AFTER, MARCH, WITHIN, entries, goal, read
from tests.goals.test_metrics import deal, talk

ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Apia", "America/Havana", "Africa/Cairo", "UTC"]


def part(tenant: Tenant, now: datetime = WITHIN, cursor: UUID | None = None) -> Part:
    return Part(tenant=tenant, run_id=uuid4(), first=None, last=None, cursor=cursor, pages=0, now=now)


def work(tenant: Tenant, now: datetime = WITHIN) -> Tally:
    """Every page of the task, one after the other; the sum of what they did."""
    whole, cursor = Tally(), None
    while page := measure_goals(part(tenant, now, cursor)):
        with tenant_scope(tenant):
            done = page.write()
        whole.done += done.done
        whole.count += done.count
        whole.more += done.more
        whole.errors += done.errors
        cursor = page.cursor
        if page.is_last:
            break
    return whole


def scatter(tenant: Tenant, dice: Random, clones: list[Clone]) -> None:
    """Deals and interactions of any kind, many of them right at midnights."""
    zone = ZoneInfo(tenant.time_zone)
    first = date(2026, 2, 20)
    deals, talks = [], []
    for number in range(120):
        day = first + timedelta(days=dice.randrange(90))
        framework = dice.choice(list(FRAMEWORK_FIELDS))
        answers = {name: dice.choice(["yes", "", None]) for name in FRAMEWORK_FIELDS[framework]}
        named = {"tenant": tenant, "external_id": str(number), "clone": dice.choice([None, *clones])}
        deals.append(
            Opportunity(
                **named,
                name="Seats",
                stage=dice.choice(STAGES).value,
                amount=dice.choice([None, Decimal(dice.randrange(10**8)) / 100]),
                currency=dice.choice(["EUR", "EUR", "USD"]),
                closed_on=dice.choice([None, day]),
                qualification={framework: answers},
            )
        )
        midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
        at = midnight + dice.choice([timedelta(0), -timedelta(microseconds=1), timedelta(hours=dice.randrange(30))])
        status = dice.choice(InteractionStatus.values)
        talks.append(Interaction(**named, channel="call", status=status, occurred_at=at))
    Opportunity.objects.bulk_create(deals)
    Interaction.objects.bulk_create(talks)


@pytest.mark.parametrize("zone", ZONES)
def test_together_they_are_what_each_is_alone(tenant: Tenant, zone: str) -> None:
    dice = Random(zone)
    Tenant.objects.filter(pk=tenant.pk).update(time_zone=zone)
    tenant.refresh_from_db()
    with tenant_scope(tenant):
        clones = [Clone.objects.create(tenant=tenant, name=f"Clone {n}") for n in range(4)]
        scatter(tenant, dice, clones[:3])
        goals = []
        for _ in range(60):
            start = date(2026, 2, 20) + timedelta(days=dice.randrange(80))
            goals.append(
                Goal(
                    tenant=tenant,
                    clone=dice.choice([None, *clones]),
                    goal_type=dice.choice(GoalType.values),
                    target_value=1,
                    period_start=start,
                    period_end=start + timedelta(days=dice.randrange(1, 40)),
                )
            )
        found = values_of(goals, Survey(tenant, WITHIN))
        for one in goals:
            scope = Scope(tenant, one.clone_id, Period(one.period_start, one.period_end), WITHIN)
            alone = measure(scope)[METRIC_OF[one.goal_type]]
            value = found[one.pk]
            assert (value is None) == (alone is None)
            assert float(value or 0) == pytest.approx(float(alone or 0), abs=1e-9), one


def test_the_task_measures_ends_and_tells(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("closed_won", "100", closed_on="2026-03-10"))
    reached, missed = goal(tenant), goal(tenant, target_value=500)
    ahead = goal(tenant, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    given_up = goal(tenant)
    GoalTracker().cancel_goal(given_up, actor=SYSTEM)
    told = work(tenant, AFTER)
    assert (told.done, told.count, told.errors) == (3, 3, [])
    assert told.more == {"completed": 1, "missed": 1}
    assert [read(one).status for one in (reached, missed, ahead, given_up)] == [
        "completed",
        "missed",
        "active",
        "cancelled",
    ]
    assert read(reached).measured_at == AFTER
    assert entries(missed) == ["goal.set", "goal.missed"]


def test_run_again_it_does_no_harm(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("closed_won", "100", closed_on="2026-03-10"))
    one = goal(tenant)
    for _ in range(3):
        assert work(tenant).count == 1
    assert entries(one) == ["goal.set", "goal.completed"]


@pytest.mark.parametrize("days", [-60, -1, 0, 1, 15, 31, 32, 400])
def test_the_query_and_the_rule_agree_on_what_is_measured(tenant: Tenant, days: int) -> None:
    today = date(2026, 6, 1)
    end = today - timedelta(days=days)
    with tenant_scope(tenant):
        for status in GoalStatus.values:
            for goal_type in GoalType.values:
                Goal.objects.create(
                    tenant=tenant,
                    goal_type=goal_type,
                    status=status,
                    target_value=1,
                    period_start=end - timedelta(days=9),
                    period_end=end,
                )
        found = set(measured_goals(today))
        for one in Goal.objects.all():
            is_dated = one.goal_type in DATED
            assert (one in found) == is_measured(status=one.status, end=end, today=today, is_dated=is_dated), one


def fill(tenant: Tenant, number: int) -> None:
    """Goals of every type, each with a clone and a period of its own."""
    with tenant_scope(tenant):
        have = Clone.objects.count()
        clones = Clone.objects.bulk_create(Clone(tenant=tenant, name=f"{have + n}") for n in range(number))
        Goal.objects.bulk_create(
            Goal(
                tenant=tenant,
                clone=clone,
                goal_type=goal_type,
                target_value=1,
                period_start=date(2026, 1, 1) + timedelta(days=n % 60),
                period_end=date(2026, 4, 10) + timedelta(days=n % 50),
            )
            for n, clone in enumerate(clones)
            for goal_type in GoalType.values
        )


def statements(tenant: Tenant) -> int:
    with CaptureQueriesContext(connection) as captured:
        page = measure_goals(part(tenant, AFTER))
        assert page is not None
        with tenant_scope(tenant):
            page.write()
    return len(
        [
            one
            for one in captured.captured_queries
            if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_c"))
        ]
    )


def test_a_page_takes_as_many_statements_however_many_goals(tenant: Tenant) -> None:
    fill(tenant, 3)
    # The goals, their clones, open deals, revenue and activity; the past: stages, activity, deals, readings; the UPDATE.
    # Nothing ends and no milestone is passed, so nothing is recorded.
    assert statements(tenant) == 10
    fill(tenant, 200)
    assert statements(tenant) == 10
    with tenant_scope(tenant):
        Goal.objects.update(period_start=date(2026, 1, 1), period_end=date(2026, 2, 1))
    assert statements(tenant) == 7  # the past is not asked for; the record is written
    with tenant_scope(tenant):
        assert Entry.objects.filter(kind="goal.missed").count() == Goal.objects.count() == 812


def test_pages_follow_each_other_and_none_is_left_out(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tenant, 3)
    monkeypatch.setattr(goal_progress, "PAGE", 5)
    with tenant_scope(tenant):
        assert size(tenant, WITHIN) == 12
    told = work(tenant)
    assert (told.done, told.count) == (12, 12)
    with tenant_scope(tenant):
        assert not Goal.objects.exclude(measured_at=WITHIN).exists()


def test_nothing_to_measure_is_no_page(tenant: Tenant) -> None:
    assert measure_goals(part(tenant)) is None
    with tenant_scope(tenant):
        assert size(tenant, WITHIN) == 0


def test_one_goal_that_cannot_be_judged_does_not_stop_the_others(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = goal(tenant), goal(tenant)
    judge = keeping._judged

    def breaks(one: Goal, *rest: Any) -> Any:
        if one.pk == broken.pk:
            raise ArithmeticError("out of range")
        return judge(one, *rest)

    monkeypatch.setattr(keeping, "_judged", breaks)
    told = work(tenant)
    assert (told.done, told.count) == (2, 1)
    assert told.errors == [(None, f"Goal {broken.pk}: ArithmeticError: out of range")]
    assert (read(sound).measured_at, read(broken).measured_at != WITHIN) == (WITHIN, True)


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"status": "cancelled"},
        {"target_value": 7},
        {"period_end": date(2026, 4, 30)},
        {"period_start": date(2026, 3, 2)},
    ],
)
def test_what_was_changed_between_reading_and_writing_is_left_alone(tenant: Tenant, meanwhile: dict[str, Any]) -> None:
    one, other = goal(tenant), goal(tenant)
    page = measure_goals(part(tenant, AFTER))
    assert page is not None
    with tenant_scope(tenant):
        Goal.objects.filter(pk=one.pk).update(**meanwhile)
        told = page.write()
    assert (told.done, told.count) == (2, 1)
    assert read(one).status == meanwhile.get("status", "active")
    assert read(other).status == "missed"
    assert entries(one) == ["goal.set"]


def test_a_goal_whose_clone_went_meanwhile_is_gone(tenant: Tenant) -> None:
    fill(tenant, 1)
    page = measure_goals(part(tenant))
    assert page is not None
    with tenant_scope(tenant):
        Clone.objects.all().delete()
        assert page.write().count == 0


def test_a_pipeline_beyond_what_a_single_deal_can_hold_is_kept(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(
            Opportunity(
                tenant=tenant, external_id=str(n), name="x", stage="discovery", amount="999999999999.99", currency="EUR"
            )
            for n in range(500)
        )
    one = goal(tenant, "pipeline")
    assert work(tenant).errors == []
    assert read(one).current_value == Decimal("999999999999.99") * 500


@pytest.mark.django_db(transaction=True)
def test_the_schedule_runs_it(transactional_db: None, tenant: Tenant, write: Any) -> None:
    write("interactions", talk("2026-03-02T00:00:00Z"))
    one = goal(tenant, "activity", 1, **MARCH)
    assert ProactiveScheduler().run("goal_progress_update", tenant=tenant) == {
        "task": "goal_progress_update",
        "count": 1,
        "errors": 0,
    }
    assert read(one).status == "completed"
