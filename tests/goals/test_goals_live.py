"""The life of a goal: set, measured, reached, missed, fallen back, corrected late, changed, cancelled."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from goals.models import Goal, GoalStatus, GoalType
from goals.terms import METRIC_OF
from goals.tracker import GoalIsCancelled, GoalTracker
from guardrails.tenants import create_tenant
from record.actors import SCHEDULE, SYSTEM
from record.models import Entry
from tests.goals.goals_made import AFTER, LONG_AFTER, MARCH, WITHIN, entries, facts, goal, measured, read
from tests.goals.test_metrics import ALL_OF_BANT, deal, talk

TRACKER = GoalTracker()


def won(amount: Any, day: str = "2026-03-10", **changes: Any) -> dict[str, Any]:
    return deal("closed_won", str(amount), closed_on=day, **changes)


@pytest.fixture
def ada(tenant: Tenant) -> Clone:
    with tenant_scope(tenant):
        return Clone.objects.create(tenant=tenant, name="Ada", external_id="R-1")


# --- setting ------------------------------------------------------------------------------------------------


def test_a_goal_is_set_measured_and_active_and_the_record_says_so(tenant: Tenant, write: Any) -> None:
    write("opportunities", won("40.50"))
    one = read(goal(tenant, target_value="99.90"))
    assert (one.status, one.current_value, one.target_value) == ("active", Decimal("40.5"), Decimal("99.9"))
    assert one.measured_at is not None
    assert entries(one) == ["goal.set"]
    assert facts(one) == {
        "goal_type": "revenue",
        "clone": None,
        "team": "",
        "target_value": "99.90",
        "period_start": "2026-03-01",
        "period_end": "2026-03-31",
    }


def test_it_begins_as_active_also_where_it_is_reached_or_over(tenant: Tenant, write: Any) -> None:
    write("opportunities", won(500))
    for target in (100, 1_000):
        with time_machine.travel(AFTER, tick=False):
            assert goal(tenant, target_value=target).status == "active"


@pytest.mark.parametrize("by", ["itself", "id", "text", "external_id"])
def test_a_clone_is_named_in_any_way(tenant: Tenant, ada: Clone, by: str) -> None:
    named = {"itself": ada, "id": ada.pk, "text": str(ada.pk), "external_id": "R-1"}[by]
    assert goal(tenant, clone=named).clone_id == ada.pk


BAD: list[tuple[dict[str, Any], str]] = [
    ({"goal_type": "wealth"}, "goal_type"),
    ({"goal_type": None}, "goal_type"),
    ({"goal_type": ["revenue"]}, "goal_type"),
    *(({"target_value": bad}, "target_value") for bad in (0, -1, "0.00", "abc", "", None, True, [], float("nan"))),
    *(({"target_value": bad}, "target_value") for bad in ("Infinity", "sNaN", float("-inf"), 10**13, 10**5000, "1e99")),
    ({"target_value": "1.001"}, "target_value"),
    ({"target_value": "1.001", "goal_type": "pipeline"}, "target_value"),
    ({"target_value": "1.00001", "goal_type": "activity"}, "target_value"),
    ({"target_value": "1.0001", "goal_type": "quality"}, "target_value"),
    ({"target_value": 80, "goal_type": "quality"}, "target_value"),
    ({"period_start": "2026-03-01"}, "period_start"),
    ({"period_start": datetime(2026, 3, 1, tzinfo=UTC)}, "period_start"),
    ({"period_start": None}, "period_start"),
    ({"period_start": date.min}, "period_start"),
    ({"period_end": date.max}, "period_end"),
    ({"period_end": date(2026, 3, 1)}, "period_end"),
    ({"period_end": date(2026, 2, 28)}, "period_end"),
    ({"clone": "nobody"}, "clone"),
    ({"clone": uuid4()}, "clone"),
]


@pytest.mark.parametrize(("changes", "name"), BAD)
def test_what_does_not_fit_is_a_value_error_that_begins_with_its_name(
    tenant: Tenant, changes: dict[str, Any], name: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: "):
        goal(tenant, **changes)
    with tenant_scope(tenant):
        assert not Goal.objects.exists()


def test_a_clone_of_another_tenant_is_nobody(tenant: Tenant) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM)
    with tenant_scope(rival):
        theirs = Clone.objects.create(tenant=rival, name="Eve", external_id="E-1")
    for clone in (theirs, theirs.pk, "E-1"):
        with pytest.raises(ValueError, match=r"^clone: "):
            goal(tenant, clone=clone)


@pytest.mark.parametrize("name", ["period_start", "period_end"])
@pytest.mark.parametrize("bad", ["2026-03-01", 5, datetime(2026, 3, 1, tzinfo=UTC), date.min, date.max])
def test_metrics_of_a_period_that_is_none_are_a_value_error_too(tenant: Tenant, name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: "):
        TRACKER.compute_metrics(tenant=tenant, **{name: bad})


@pytest.mark.parametrize("goal_type", GoalType.values)
def test_every_type_takes_the_smallest_and_the_largest_target_of_its_unit(tenant: Tenant, goal_type: str) -> None:
    least = "0.01" if goal_type in ("revenue", "pipeline") else "0.0001"
    most = "1" if goal_type == "quality" else "9999999999999"
    for target in (least, most):
        assert read(goal(tenant, goal_type, target)).target_value == Decimal(target)


# --- measuring ------------------------------------------------------------------------------------------------


def all_of(write: Any) -> None:
    """One row of every kind for every metric, and something that counts for none."""
    write(
        "opportunities",
        deal("qualification", "30", qualification={"BANT": ALL_OF_BANT}),
        deal("evaluation", "12.50"),
        won("70"),
        won("9", "2026-04-01"),
        deal("closed_lost", "5", closed_on="2026-03-02"),
    )
    write("interactions", *(talk(f"2026-03-0{day}T10:00:00Z") for day in (1, 2, 3)), talk("2026-04-02T10:00:00Z"))


MEASURES = {"pipeline": "42.5", "revenue": "70", "activity": "3", "quality": "0.5"}


@pytest.mark.parametrize("goal_type", GoalType.values)
def test_each_type_is_measured_by_its_metric(tenant: Tenant, write: Any, goal_type: str) -> None:
    one = goal(tenant, goal_type, "0.9" if goal_type == "quality" else 1_000)
    all_of(write)
    found = measured(one, WITHIN)
    assert found.current_value == Decimal(MEASURES[goal_type])
    assert (found.status, found.measured_at) == ("active", WITHIN)
    metrics = TRACKER.compute_metrics(tenant=tenant, **MARCH)
    assert found.current_value == Decimal(str(metrics[METRIC_OF[goal_type]]))


def test_the_goal_handed_in_is_the_one_that_comes_back_as_it_now_is(tenant: Tenant, write: Any) -> None:
    one = goal(tenant)
    write("opportunities", won(100))
    assert TRACKER.update_progress(one, now=WITHIN) is one
    assert (one.status, one.current_value) == ("completed", Decimal(100))


def test_quality_without_a_deal_to_judge_has_no_value_and_is_missed(tenant: Tenant) -> None:
    one = measured(goal(tenant, "quality", "0.5"), WITHIN)
    assert (one.current_value, one.status) == (None, "active")
    assert TRACKER.check_goal_status(one, now=WITHIN)["progress_pct"] == 0
    assert measured(one, AFTER).status == "missed"


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-03-31T21:59:59Z", "active"),  # 23:59:59 of the last day in Berlin, on summer time since the 29th
        ("2026-03-31T22:00:00Z", "missed"),
    ],
)
def test_a_goal_is_missed_when_its_last_day_is_over_in_the_tenants_zone(
    tenant: Tenant, moment: str, status: str
) -> None:
    assert measured(goal(tenant), datetime.fromisoformat(moment)).status == status


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ("2026-02-28T22:59:59Z", False),
        ("2026-02-28T23:00:00Z", True),  # midnight in Berlin, winter time
        ("2026-03-31T21:59:59.999999Z", True),
        ("2026-03-31T22:00:00Z", False),  # midnight in Berlin, summer time
    ],
)
def test_a_period_begins_and_ends_at_the_tenants_midnight_across_a_change_of_the_clock(
    tenant: Tenant, write: Any, at: str, counts: bool
) -> None:
    write("interactions", talk(at))
    assert measured(goal(tenant, "activity", 5), WITHIN).current_value == int(counts)


def test_what_is_scheduled_counts_from_its_time_on_by_the_clock_that_was_handed_in(tenant: Tenant, write: Any) -> None:
    write("interactions", talk(WITHIN.isoformat(), "scheduled"))
    one = goal(tenant, "activity", 5)
    assert measured(one, WITHIN.replace(hour=11)).current_value == 0
    assert measured(one, WITHIN).current_value == 1


# --- what becomes of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "now", "status"),
    [
        ("99.99", WITHIN, "active"),
        ("100", WITHIN, "completed"),
        ("250", WITHIN, "completed"),
        ("99.99", AFTER, "missed"),
        ("100", AFTER, "completed"),
    ],
)
def test_it_is_completed_at_the_target_and_missed_after_its_end(
    tenant: Tenant, write: Any, amount: str, now: datetime, status: str
) -> None:
    write("opportunities", won(amount))
    one = measured(goal(tenant), now)
    assert (one.status, one.current_value) == (status, Decimal(amount))
    assert entries(one) == ["goal.set"] if status == "active" else ["goal.set", f"goal.{status}"]


def test_the_entry_says_at_what_value_and_who_measured(tenant: Tenant, write: Any) -> None:
    write("opportunities", won("120.5"))
    one = measured(goal(tenant), WITHIN)
    assert facts(one) == {
        "was": "active",
        "current_value": "120.5000",
        "target_value": "100.0000",
        "period_end": "2026-03-31",
    }
    with tenant_scope(tenant):
        assert Entry.objects.get(kind="goal.completed").actor_id == SCHEDULE.id


def test_measured_twice_it_is_completed_once(tenant: Tenant, write: Any) -> None:
    write("opportunities", won(100))
    one = goal(tenant)
    for _ in range(3):
        measured(one, WITHIN)
    assert entries(one) == ["goal.set", "goal.completed"]


def test_a_pipeline_that_falls_below_its_target_before_the_end_opens_the_goal_again(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("discovery", "150"))
    one = measured(goal(tenant, "pipeline"), WITHIN)
    assert one.status == "completed"
    write("opportunities", deal("closed_lost", "150", closed_on="2026-03-16"))
    found = measured(one, WITHIN)
    assert (found.status, found.current_value) == ("active", 0)
    write("opportunities", deal("discovery", "101"))
    assert measured(one, WITHIN).status == "completed"
    assert entries(one) == ["goal.set", "goal.completed", "goal.reopened", "goal.completed"]


def test_what_was_completed_stays_so_after_the_end_whatever_happens(tenant: Tenant, write: Any) -> None:
    write("opportunities", deal("discovery", "150"))
    one = measured(goal(tenant, "pipeline"), WITHIN)
    write("opportunities", deal("closed_lost", "150", closed_on="2026-04-01"))
    found = measured(one, AFTER)
    assert (found.status, found.current_value) == ("completed", 150)  # no longer measured: now is not in the period
    revenue = goal(tenant)
    write("opportunities", won(100))
    assert measured(revenue, WITHIN).status == "completed"
    write("opportunities", won(60))
    found = measured(revenue, AFTER)
    assert (found.status, found.current_value) == ("completed", 60)


def test_records_that_come_late_complete_a_missed_goal_for_a_month(tenant: Tenant, write: Any) -> None:
    one, too_late = measured(goal(tenant), AFTER), measured(goal(tenant), AFTER)
    assert (one.status, too_late.status) == ("missed", "missed")
    write("opportunities", won(100, "2026-03-31"))
    assert measured(one, AFTER).status == "completed"
    assert measured(too_late, LONG_AFTER).status == "missed"
    assert entries(one) == ["goal.set", "goal.missed", "goal.completed"]
    assert facts(one)["was"] == "missed"


def test_a_pipeline_that_grows_after_the_end_helps_no_missed_goal(tenant: Tenant, write: Any) -> None:
    one = measured(goal(tenant, "pipeline"), AFTER)
    write("opportunities", deal("discovery", "500"))
    assert measured(one, AFTER).status == "missed"


# --- changing and cancelling ----------------------------------------------------------------------------------------


def test_another_target_is_recorded_and_the_goal_judged_anew(tenant: Tenant, write: Any) -> None:
    write("opportunities", won(60))
    one = goal(tenant)
    changed = TRACKER.update_goal(goal=one, target_value="60", actor=SYSTEM, now=WITHIN)
    assert (changed.status, read(one).status) == ("completed", "completed")
    assert entries(one) == ["goal.set", "goal.changed", "goal.completed"]
    TRACKER.update_goal(goal=one, target_value=61, actor=SYSTEM, now=WITHIN)
    assert read(one).status == "active"


def test_the_entry_names_what_was_and_what_is(tenant: Tenant) -> None:
    one = goal(tenant)
    TRACKER.update_goal(goal=one, target_value=120, period_end=date(2026, 4, 30), actor=SYSTEM, now=WITHIN)
    assert facts(one) == {
        "before": {"target_value": "100.00", "period_end": "2026-03-31"},
        "after": {"target_value": "120.00", "period_end": "2026-04-30"},
    }


def test_a_missed_goal_with_a_longer_period_is_active_again(tenant: Tenant, write: Any) -> None:
    one = measured(goal(tenant), AFTER)
    write("opportunities", won(40, "2026-04-01"))
    found = TRACKER.update_goal(goal=one, period_end=date(2026, 4, 30), actor=SYSTEM, now=AFTER)
    assert (found.status, found.current_value) == ("active", 40)


@pytest.mark.parametrize("changes", [{}, {"target_value": "100.00"}, {"target_value": 100, **MARCH}])
def test_what_changes_nothing_leaves_no_entry_and_opens_nothing(tenant: Tenant, changes: dict[str, Any]) -> None:
    one = measured(goal(tenant), AFTER)
    TRACKER.update_goal(goal=one, actor=SYSTEM, now=AFTER, **changes)
    assert read(one).status == "missed"
    assert entries(one) == ["goal.set", "goal.missed"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"target_value": 0}, "target_value"),
        ({"target_value": "9.999"}, "target_value"),
        ({"period_end": date(2026, 2, 1)}, "period_end"),
        ({"period_start": date(2026, 3, 31)}, "period_end"),
        ({"period_start": "2026-03-01"}, "period_start"),
        ({"goal_type": "activity"}, "goal_type"),
        ({"clone": None}, "clone"),
        ({"status": "completed"}, "status"),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(tenant: Tenant, changes: dict[str, Any], name: str) -> None:
    one = goal(tenant)
    with pytest.raises(ValueError, match=rf"^{name}: "):
        TRACKER.update_goal(goal=one, actor=SYSTEM, **changes)
    assert read(one).target_value == 100
    assert entries(one) == ["goal.set"]


@pytest.mark.parametrize("status", GoalStatus.values)
def test_whatever_became_of_it_a_goal_can_be_cancelled_once(tenant: Tenant, status: str) -> None:
    one = goal(tenant)
    with tenant_scope(tenant):
        Goal.objects.update(status=status)
    assert TRACKER.cancel_goal(goal=one, actor=SYSTEM) == (status != "cancelled")
    assert not TRACKER.cancel_goal(goal=one, actor=SYSTEM)
    assert one.status == read(one).status == "cancelled"
    assert entries(one) == ["goal.set", "goal.cancelled"][: 1 + (status != "cancelled")]


def test_a_cancelled_goal_is_neither_measured_nor_changed(tenant: Tenant, write: Any) -> None:
    one = goal(tenant)
    TRACKER.cancel_goal(goal=one, actor=SYSTEM)
    write("opportunities", won(100))
    found = measured(one, WITHIN)
    assert (found.status, found.current_value) == ("cancelled", 0)
    with pytest.raises(GoalIsCancelled):
        TRACKER.update_goal(goal=one, target_value=5, actor=SYSTEM)


# --- reading ------------------------------------------------------------------------------------------------


def test_where_it_stands_is_told_in_full(tenant: Tenant, write: Any) -> None:
    write("opportunities", won("62"))
    one = measured(goal(tenant, target_value=124), WITHIN)
    told = TRACKER.check_goal_status(one, now=WITHIN)
    sentences = told.pop("arithmetic")
    assert sentences["progress_pct"] == "€62 / €124 × 100 = 50.0 %."
    assert sentences["expected_value"] == "The linear pace: €124 × 15 / 31 days, today counted = €60."
    assert told == {
        "status": "active",
        "current_value": Decimal(62),
        "target_value": Decimal(124),
        "progress_pct": 50.0,
        "on_track": True,
        "days_remaining": 16,
        "elapsed_days": 15,
        "total_days": 31,
        "expected_value": Decimal("60.00"),
        "band": "on_track",
        "left": Decimal("62.00"),
        "days_left": 17,
        "needed_per_week": Decimal("25.53"),  # 62 over 17 days, of which 17/7 weeks
        "coverage": 0.0,
        "open_pipeline": Decimal("0.00"),
        "win_rate": 1.0,
        "pipeline_needed": Decimal("62.00"),
        "pipeline_missing": Decimal("62.00"),
        "forecast": Decimal("128.13"),  # nothing but the straight line to go by: 62 x 31 / 15
        "low": None,
        "high": None,
        "likelihood": None,
        "methods": {"pace": Decimal("128.13")},
        "weights": {"pace": 1.0},
        "backtest": None,
    }


@pytest.mark.parametrize(
    ("moment", "elapsed"), [("2026-03-14T22:59:59Z", 14), ("2026-03-14T23:00:00Z", 15), ("2026-03-30T22:00:00Z", 31)]
)
def test_today_is_the_tenants(tenant: Tenant, moment: str, elapsed: int) -> None:
    told = TRACKER.check_goal_status(goal(tenant), now=datetime.fromisoformat(moment))
    assert told["elapsed_days"] == elapsed


def test_active_goals_are_the_tenants_or_a_clones_the_one_that_ends_first_before(tenant: Tenant, ada: Clone) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM)
    goal(rival)
    late = goal(tenant, period_end=date(2026, 12, 31))
    soon, of_ada = goal(tenant), goal(tenant, clone=ada, period_end=date(2026, 6, 30))
    TRACKER.cancel_goal(goal(tenant), actor=SYSTEM)
    measured(goal(tenant), AFTER)
    assert TRACKER.get_active_goals(tenant=tenant) == [soon, of_ada, late]
    assert TRACKER.get_active_goals(tenant=tenant, clone=ada) == [of_ada]
    assert TRACKER.get_active_goals(tenant=tenant, clone="R-1") == [of_ada]
    with pytest.raises(ValueError, match=r"^clone: "):
        TRACKER.get_active_goals(tenant=tenant, clone="nobody")


def test_a_goal_goes_with_its_clone_and_its_story_stays(tenant: Tenant, ada: Clone) -> None:
    one = goal(tenant, clone=ada)
    with tenant_scope(tenant):
        ada.delete()
        assert not Goal.objects.exists()
    assert entries(one) == ["goal.set"]
    with pytest.raises(Goal.DoesNotExist):
        TRACKER.update_progress(one)


def test_another_tenants_rows_do_not_count(tenant: Tenant, write: Any) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM, currency="EUR")
    write("opportunities", won(500), deal("discovery", "500"), tenant=rival)
    for goal_type in ("revenue", "pipeline"):
        assert measured(goal(tenant, goal_type), WITHIN).current_value == 0


def test_measuring_one_takes_few_statements(tenant: Tenant, django_assert_max_num_queries: Any) -> None:
    one = goal(tenant)
    with tenant_scope(tenant), django_assert_max_num_queries(7):
        TRACKER.update_progress(one, now=AFTER)
