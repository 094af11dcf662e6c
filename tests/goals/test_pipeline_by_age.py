"""The open pipeline by stage and age, against a plain count over the same deals."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Opportunity, Tenant
from crm.stages import CLOSED_STAGES, OPEN_STAGES, STAGES, Stage
from crm.tenancy import tenant_scope
from goals.ages import NAMES, UNKNOWN, Row, pipeline_by_age
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.goals.test_metrics import deal

TODAY = date(2026, 3, 15)
COLUMNS = [*NAMES, UNKNOWN]


def by_age(tenant: Tenant, today: date = TODAY) -> list[Row]:
    with tenant_scope(tenant):
        return pipeline_by_age(tenant, today)


def opened(days_ago: int | None, stage: str = "discovery", amount: Any = "100.00", **changes: Any) -> dict[str, Any]:
    """A deal in euros that was opened so many days ago."""
    day = None if days_ago is None else (TODAY - timedelta(days=days_ago)).isoformat()
    return deal(stage, amount, opened_on=day, **{"currency": "EUR", **changes})


def column_of(days_ago: int | None) -> str:
    """Under which head a deal of this age stands, reckoned plainly."""
    if days_ago is None:
        return "age not known"
    if days_ago <= 30:
        return "0–30 days"  # noqa: RUF001 - a span
    if days_ago <= 60:
        return "31–60 days"  # noqa: RUF001 - a span
    if days_ago <= 90:
        return "61–90 days"  # noqa: RUF001 - a span
    return "91–180 days" if days_ago <= 180 else "older"  # noqa: RUF001 - a span


def where_it_lies(tenant: Tenant) -> list[str]:
    """The heads of the columns that hold a deal of the only stage."""
    (row,) = by_age(tenant)
    return [name for name, cell in zip(COLUMNS, row.cells, strict=True) if cell.deals]


@pytest.mark.parametrize("days_ago", [-400, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 179, 180, 181, 9999, None])
def test_each_bound_belongs_to_the_younger_side(
    tenant: Tenant, write: Callable[..., None], days_ago: int | None
) -> None:
    write("opportunities", opened(days_ago))
    assert where_it_lies(tenant) == [column_of(days_ago)]


def test_there_is_a_row_for_each_stage_with_open_deals_in_the_order_in_which_a_deal_goes_on(
    tenant: Tenant, write: Callable[..., None]
) -> None:
    write("opportunities", *(opened(1, stage.value) for stage in reversed(STAGES)))
    rows = by_age(tenant)
    assert [row.stage for row in rows] == [stage.value for stage in STAGES if stage in OPEN_STAGES]
    assert {row.deals for row in rows} == {1}


@pytest.mark.parametrize("stage", sorted(CLOSED_STAGES))
def test_what_is_closed_lies_nowhere(tenant: Tenant, write: Callable[..., None], stage: Stage) -> None:
    write("opportunities", opened(1, stage.value))
    assert by_age(tenant) == []


def test_without_a_deal_there_is_no_row(tenant: Tenant) -> None:
    assert by_age(tenant) == []


def test_another_currency_is_counted_and_not_valued(tenant: Tenant, write: Callable[..., None]) -> None:
    write("opportunities", opened(1), opened(2, currency="USD", amount="900.00"), opened(100, currency="USD"))
    (row,) = by_age(tenant)
    assert (row.value, row.deals) == (100, 3)
    assert [(cell.value, cell.deals) for cell in row.cells if cell.deals] == [(100, 2), (0, 1)]
    assert [cell.share for cell in row.cells] == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_where_only_other_currencies_are_open_no_cell_is_shaded(tenant: Tenant, write: Callable[..., None]) -> None:
    write("opportunities", opened(1, currency="USD"), opened(1, currency="USD", amount=None))
    (row,) = by_age(tenant)
    assert (row.value, row.deals) == (0, 2)
    assert {cell.share for cell in row.cells} == {0.0}


def test_a_deal_without_an_amount_counts_as_nothing(tenant: Tenant, write: Callable[..., None]) -> None:
    write("opportunities", opened(1, amount=None), opened(40, amount="0.00"), opened(70, amount="0.01"))
    (row,) = by_age(tenant)
    assert (row.value, row.deals) == (Decimal("0.01"), 3)


def test_the_largest_cell_of_all_stages_is_the_measure_of_every_shade(
    tenant: Tenant, write: Callable[..., None]
) -> None:
    write(
        "opportunities",
        opened(1, "discovery", "50.00"),
        opened(1, "negotiation", "150.00"),
        opened(1, "negotiation", "50.00"),
    )
    shares = {row.stage: row.cells[0].share for row in by_age(tenant)}
    assert shares == {"discovery": 0.25, "negotiation": 1.0}


def test_the_day_one_asks_on_moves_a_deal_along(tenant: Tenant, write: Callable[..., None]) -> None:
    write("opportunities", opened(30))
    for days_later, name in ((0, NAMES[0]), (1, NAMES[1]), (31, NAMES[2]), (61, NAMES[3]), (151, NAMES[4])):
        (row,) = by_age(tenant, TODAY + timedelta(days=days_later))
        assert row.cells[NAMES.index(name)].deals == 1, name


def test_another_companys_deals_are_not_seen(tenant: Tenant, write: Callable[..., None]) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM, currency="EUR")
    write("opportunities", opened(1, amount="999.00"), tenant=rival)
    write("opportunities", opened(1, amount="1.00"))
    assert [(row.value, row.deals) for row in by_age(tenant)] == [(1, 1)]


@pytest.mark.parametrize("seed", range(4))
def test_any_deals_at_all_lie_where_a_plain_count_puts_them(tenant: Tenant, seed: int) -> None:
    dice = Random(seed)
    ages = [None, *range(-3, 4), *range(28, 34), *range(58, 64), *range(88, 94), *range(178, 184), 500]
    plain: dict[tuple[str, str], tuple[Decimal, int]] = {}
    deals = []
    for number in range(400):
        age, stage, currency = dice.choice(ages), dice.choice(STAGES), dice.choice(["EUR", "EUR", "USD"])
        amount = dice.choice([None, Decimal(dice.randrange(10**13)) / 100])
        day = None if age is None else TODAY - timedelta(days=age)
        deals.append(
            Opportunity(
                tenant=tenant,
                external_id=str(number),
                name="Seats",
                stage=stage.value,
                amount=amount,
                currency=currency,
                opened_on=day,
            )
        )
        if stage in OPEN_STAGES:
            key = stage.value, column_of(age)
            value, count = plain.get(key, (Decimal(0), 0))
            plain[key] = value + ((amount or 0) if currency == "EUR" else 0), count + 1
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(deals)
    rows = by_age(tenant)
    found = {
        (row.stage, name): (cell.value, cell.deals)
        for row in rows
        for name, cell in zip(COLUMNS, row.cells, strict=True)
        if cell.deals
    }
    assert found == plain
    assert sum(row.deals for row in rows) == sum(count for _, count in plain.values())
    assert sum(row.value for row in rows) == sum(value for value, _ in plain.values())
    assert max(cell.share for row in rows for cell in row.cells) == 1.0
    assert min(cell.share for row in rows for cell in row.cells) >= 0.0


@pytest.mark.parametrize("number", [0, 1, 300])
def test_it_takes_one_statement_however_many_deals_there_are(tenant: Tenant, number: int) -> None:
    with tenant_scope(tenant):
        Opportunity.objects.bulk_create(
            Opportunity(tenant=tenant, external_id=str(n), name="Seats", stage=STAGES[n % 8].value, currency="EUR")
            for n in range(number)
        )
        with CaptureQueriesContext(connection) as captured:
            rows = pipeline_by_age(tenant, TODAY)
    assert bool(rows) == bool(number)
    assert len(captured.captured_queries) == 1
