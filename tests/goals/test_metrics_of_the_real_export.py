"""The metrics of the real export, where it is at hand, against sums made of its files alone."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, run
from crm.models import Tenant
from goals.tracker import GoalTracker
from record.actors import SYSTEM
from tests.crm.maven_folder import real_export

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
PERIODS = [YEAR, (date(2025, 3, 1), date(2025, 3, 31)), (date(2025, 7, 7), date(2025, 7, 7)), (date(2020, 1, 1),) * 2]


@pytest.fixture
def folder() -> Path:
    return real_export()


@pytest.fixture
def imported(tenant: Tenant, folder: Path) -> Tenant:
    run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM))
    return tenant


def test_a_year_of_the_real_export_and_other_periods_are_what_the_files_say(imported: Tenant, folder: Path) -> None:
    year = GoalTracker().compute_metrics(tenant=imported, period_start=YEAR[0], period_end=YEAR[1])
    assert (year["revenue_closed"], year["pipeline_value"]) == (Decimal("7016124.00"), Decimal("3431020.00"))
    assert (year["activity_count"], year["quality_score"], year["excluded"]) == (435, 0.0, 0)
    prices = {_key(row["product"]): row["sales_price"] for row in _rows(folder, "products")}
    clones = {row["sales_agent"]: row["sales_person_id"] for row in _rows(folder, "sales_teams")}
    for (first, last), agent in product(PERIODS, [None, "Darcel Schlecht", "Mei-Mei Johns", "Reed Clapper"]):
        told = GoalTracker().compute_metrics(
            tenant=imported, clone=clones.get(agent or ""), period_start=first, period_end=last
        )
        deals = [row for row in _rows(folder, "sales_pipeline") if agent in (None, row["sales_agent"])]
        still_open = [row for row in deals if row["deal_stage"] in ("Prospecting", "Engaging")]
        won = [row for row in deals if row["deal_stage"] == "Won" and first <= _day(row["close_date"]) <= last]
        talks = [row for row in _rows(folder, "interactions") if first <= _day(row["timestamp"]) <= last]
        assert told["pipeline_value"] == sum(
            Decimal(row["close_value"] or prices[_key(row["product"])]) for row in still_open
        )
        assert told["revenue_closed"] == sum(Decimal(row["close_value"]) for row in won)
        assert told["activity_count"] == (len(talks) if agent is None else 0)


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as content:
        yield from csv.DictReader(content)


def _day(written: str) -> date:
    return datetime.strptime(written, "%m/%d/%y").date()


def _key(product: str) -> str:
    return product.replace(" ", "").lower()
