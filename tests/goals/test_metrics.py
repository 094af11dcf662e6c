"""What GoalTracker.compute_metrics measures, and what it leaves out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from crm.models import Clone, Opportunity, Tenant
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import CLOSED_STAGES, STAGES, Stage
from crm.tenancy import tenant_scope
from goals.tracker import GoalTracker
from guardrails.tenants import create_tenant
from record.actors import SYSTEM

MARCH = {"period_start": date(2026, 3, 1), "period_end": date(2026, 3, 31)}
ALL_OF_BANT = dict.fromkeys(FRAMEWORK_FIELDS["BANT"], "known")


def deal(stage: str = "discovery", amount: Any = "100.00", **changes: Any) -> dict[str, Any]:
    return {"name": "Seats", "stage": stage, "amount": amount, **changes}


def talk(occurred_at: str, status: str = "completed", **changes: Any) -> dict[str, Any]:
    return {"channel": "email", "direction": "in", "status": status, "occurred_at": occurred_at, **changes}


def measured(tenant: Tenant, **asked: Any) -> dict[str, Any]:
    return GoalTracker().compute_metrics(tenant=tenant, **asked)


def test_a_tenant_without_records_has_nothing_to_show(tenant: Tenant) -> None:
    told = measured(tenant)
    assert told.pop("as_of").utcoffset() is not None
    assert told == {
        "pipeline_value": Decimal(0),
        "revenue_closed": Decimal(0),
        "activity_count": 0,
        "quality_score": None,
        "excluded": 0,
    }


@pytest.mark.parametrize("stage", STAGES)
def test_the_pipeline_is_what_is_open_whatever_the_period(tenant: Tenant, write: Any, stage: Stage) -> None:
    write("opportunities", deal(stage.value, "1200.55", opened_on="2020-01-01", closed_on="2020-01-02"))
    is_open = stage not in CLOSED_STAGES
    for period in ({}, MARCH):
        assert measured(tenant, **period)["pipeline_value"] == Decimal("1200.55" if is_open else "0")


@pytest.mark.parametrize("stage", STAGES)
def test_revenue_is_what_was_won_with_a_closing_date_in_the_period_both_ends_included(
    tenant: Tenant, write: Any, stage: Stage
) -> None:
    days = ["2026-02-28", "2026-03-01", "2026-03-15", "2026-03-31", "2026-04-01", None]
    write("opportunities", *(deal(stage.value, f"{10**n}.01", closed_on=day) for n, day in enumerate(days)))
    assert measured(tenant, **MARCH)["revenue_closed"] == Decimal("1110.03" if stage == "closed_won" else "0")


def test_money_is_added_exactly(tenant: Tenant, write: Any) -> None:
    write("opportunities", *(deal(amount="0.10") for _ in range(30)), deal(amount="999999999999.99"), deal(amount=None))
    assert measured(tenant)["pipeline_value"] == Decimal("1000000000002.99")


def test_deals_in_another_currency_are_left_out_and_counted(tenant: Tenant, write: Any) -> None:
    write(
        "opportunities",
        deal(amount="5"),
        deal(amount="7", currency="USD"),
        deal(amount=None, currency="USD"),
        deal("closed_won", "11", closed_on="2026-03-05"),
        deal("closed_won", "13", closed_on="2026-03-05", currency="USD"),
        deal("closed_won", "17", closed_on="2026-04-05", currency="USD"),
        deal("closed_lost", "19", closed_on="2026-03-05", currency="USD"),
    )
    told = measured(tenant, **MARCH)
    assert (told["pipeline_value"], told["revenue_closed"], told["excluded"]) == (Decimal(5), Decimal(11), 3)


def test_activity_is_dated_by_the_tenants_midnight(tenant: Tenant, write: Any) -> None:
    inside = ["2026-03-01T00:00:00+01:00", "2026-03-31T23:59:59.999999+02:00", "2026-03-31T21:59:59Z"]
    outside = ["2026-02-28T23:59:59.999999+01:00", "2026-04-01T00:00:00+02:00", "2026-03-31T22:00:00Z"]
    write("interactions", *map(talk, inside + outside))
    assert measured(tenant, **MARCH)["activity_count"] == len(inside)


@pytest.mark.parametrize(
    ("status", "past", "future"), [("completed", 1, 1), ("scheduled", 1, 0), ("cancelled", 0, 0), ("missed", 0, 0)]
)
def test_activity_is_what_happened_also_what_was_only_scheduled_once_its_time_has_passed(
    tenant: Tenant, write: Any, status: str, past: int, future: int
) -> None:
    write("interactions", talk("2026-03-10T12:00:00Z", status))
    with time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False):
        assert measured(tenant, **MARCH)["activity_count"] == past
    with time_machine.travel(datetime(2026, 3, 10, 11, 59, 59, tzinfo=UTC), tick=False):
        assert measured(tenant, **MARCH)["activity_count"] == future


QUALITY: list[tuple[str, list[dict[str, Any]], float | None]] = [
    ("no deal", [], None),
    ("too early", [deal("prospecting"), deal("discovery", qualification={"BANT": ALL_OF_BANT})], None),
    ("closed", [deal("closed_won", qualification={"BANT": ALL_OF_BANT}), deal("closed_lost")], None),
    ("nothing filled", [deal("qualification")], 0.0),
    ("all filled", [deal("evaluation", qualification={"BANT": ALL_OF_BANT})], 1.0),
    ("half filled", [deal("negotiation", qualification={"BANT": {"budget": "1", "need": "2"}})], 0.5),
    ("stalled counts", [deal("stalled", qualification={"BANT": {"budget": "1"}})], 0.25),
    ("a third of six", [deal("qualification", qualification={"MEDDIC": {"champion": "x", "metrics": "y"}})], 1 / 3),
    (
        "the fullest framework",
        [deal("qualification", qualification={"BANT": ALL_OF_BANT, "MEDDIC": {"champion": "x"}})],
        1.0,
    ),
    (
        "the mean, deals without any count 0",
        [deal("qualification"), deal("evaluation", qualification={"BANT": ALL_OF_BANT}), deal("discovery")],
        0.5,
    ),
    ("another currency counts", [deal("qualification", currency="USD", qualification={"BANT": ALL_OF_BANT})], 1.0),
]


@pytest.mark.parametrize(("deals", "quality"), [row[1:] for row in QUALITY], ids=[row[0] for row in QUALITY])
def test_quality_is_the_mean_share_of_answers(
    tenant: Tenant, write: Any, deals: list[dict[str, Any]], quality: float | None
) -> None:
    write("opportunities", *deals)
    assert measured(tenant)["quality_score"] == pytest.approx(quality)


@pytest.mark.parametrize(
    "qualification",
    [
        {"BANT": {"budget": "", "need": " \n\t", "authority": None, "timeline": "yes"}},
        {"BANT": {"timeline": True, "colour": "red"}, "SPIN": {"situation": "x"}},
        {"BANT": {"timeline": ["soon"]}, "MEDDIC": "nonsense"},
    ],
)
def test_only_a_filled_answer_to_a_question_of_the_framework_counts(
    tenant: Tenant, write: Any, qualification: Any
) -> None:
    write("opportunities", deal("qualification"))
    with tenant_scope(tenant):
        Opportunity.objects.update(qualification=qualification)
    assert measured(tenant)["quality_score"] == pytest.approx(0.25)


@pytest.fixture
def ada(tenant: Tenant) -> Clone:
    with tenant_scope(tenant):
        return Clone.objects.create(tenant=tenant, name="Ada", external_id="R-1")


def test_of_a_clone_only_the_rows_that_name_it_count(tenant: Tenant, write: Any, ada: Clone) -> None:
    full = {"qualification": {"BANT": ALL_OF_BANT}}
    write(
        "opportunities",
        deal("qualification", "5", clone="R-1", **full),
        deal("qualification", "7"),
        deal("closed_won", "11", closed_on="2026-03-05", clone="R-1"),
        deal("closed_won", "13", closed_on="2026-03-05"),
        deal("discovery", "17", clone="R-1", currency="USD"),
        deal("discovery", "19", currency="USD"),
    )
    write("interactions", talk("2026-03-02T00:00:00Z", clone="R-1"), talk("2026-03-02T00:00:00Z"))
    expected = (Decimal(5), Decimal(11), 1, 1.0, 1)
    for clone in (ada, ada.pk, str(ada.pk), "R-1"):
        told = measured(tenant, clone=clone, **MARCH)
        got = (
            told["pipeline_value"],
            told["revenue_closed"],
            told["activity_count"],
            told["quality_score"],
            told["excluded"],
        )
        assert got == expected


def test_an_unknown_clone_is_refused(tenant: Tenant) -> None:
    for clone in (uuid4(), "nobody"):
        with pytest.raises(ValueError, match="clone: no clone of this tenant"):
            measured(tenant, clone=clone)


def test_an_end_before_its_start_is_refused(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="period_end"):
        measured(tenant, period_start=date(2026, 1, 2), period_end=date(2026, 1, 1))


def test_without_a_period_it_is_the_current_month_of_the_tenants_zone(tenant: Tenant, write: Any) -> None:
    write(
        "opportunities",
        deal("closed_won", "3", closed_on="2026-02-28"),
        deal("closed_won", "5", closed_on="2026-03-01"),
    )
    with time_machine.travel(datetime(2026, 2, 28, 22, 59, tzinfo=UTC), tick=False):
        assert measured(tenant)["revenue_closed"] == Decimal(3)
    with time_machine.travel(datetime(2026, 2, 28, 23, 0, tzinfo=UTC), tick=False):
        assert measured(tenant)["revenue_closed"] == Decimal(5)


def test_another_tenants_rows_do_not_count(tenant: Tenant, write: Any) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM, currency="EUR")
    write("opportunities", deal("qualification"), deal("closed_won", closed_on="2026-03-05"), tenant=rival)
    write("interactions", talk("2026-03-02T00:00:00Z"), tenant=rival)
    told = measured(tenant, **MARCH)
    assert (told["pipeline_value"], told["revenue_closed"], told["activity_count"]) == (0, 0, 0)
    assert told["quality_score"] is None


def test_it_takes_three_statements_and_the_scopes_own(
    tenant: Tenant, write: Any, django_assert_num_queries: Any
) -> None:
    for how_many in (1, 50):
        write("opportunities", *(deal("qualification") for _ in range(how_many)))
        with tenant_scope(tenant), django_assert_num_queries(3):
            measured(tenant, **MARCH)
