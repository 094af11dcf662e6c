"""The metrics of the real export, where it is at hand, against sums made of its files alone."""

import csv
from calendar import monthrange
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, run
from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from goals.measuring import Survey, values_of
from goals.models import Goal, GoalType
from goals.terms import METRIC_OF
from goals.tracker import GoalTracker
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.crm.maven_folder import real_export

pytestmark = pytest.mark.xdist_group("real export")  # one process imports it once

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
MONTHS = [(date(2025, month, 1), date(2025, month, monthrange(2025, month)[1])) for month in range(1, 13)]
OTHERS = [(date(2025, 7, 7), date(2025, 7, 7)), (date(2020, 1, 1), date(2020, 1, 1))]
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

Span = tuple[date, date]


@dataclass(frozen=True)
class Files:
    """The export's rows as its files have them, each file read once, with the agents' ids and managers."""

    deals: list[dict[str, Any]]
    talks: list[dict[str, Any]]
    prices: dict[str, Decimal]
    ids: dict[str, str]
    managers: dict[str, str]

    def of(self, agents: set[str] | None) -> list[dict[str, Any]]:
        """The deals of some agents; None: all of them."""
        return [row for row in self.deals if agents is None or row["sales_agent"] in agents]

    def metrics(self, agents: set[str] | None, span: Span) -> dict[str, Any]:
        """The four metrics of some agents' deals; talk names no agent."""
        deals = self.of(agents)
        held = [row for row in self.talks if span[0] <= row["day"] <= span[1]]
        return {
            "pipeline_value": sum((self._worth(row) for row in deals if row["is_open"]), Decimal(0)),
            "revenue_closed": sum((row["value"] for row in deals if is_won_in(row, span)), Decimal(0)),
            "activity_count": len(held) if agents is None else 0,
            # The export asks no questions of a deal, and Engaging is as far as an open one comes.
            "quality_score": 0 if any(row["deal_stage"] == "Engaging" for row in deals) else None,
        }

    def _worth(self, row: dict[str, Any]) -> Decimal:
        return row["value"] if row["close_value"] else self.prices[_key(row["product"])]


def read_files(folder: Path) -> Files:
    """The export as plain rows, with dates and numbers where the files have texts."""
    deals, talks, agents = (_rows(folder, name) for name in ("sales_pipeline", "interactions", "sales_teams"))
    for row in deals:
        row["is_open"] = row["deal_stage"] in ("Prospecting", "Engaging")
        row["closed"] = _day(row["close_date"]) if row["close_date"] else None
        row["value"] = Decimal(row["close_value"] or 0)
    for row in talks:
        row["day"] = _day(row["timestamp"])
    return Files(
        deals,
        talks,
        {_key(row["product"]): Decimal(row["sales_price"]) for row in _rows(folder, "products")},
        {row["sales_agent"]: row["sales_person_id"] for row in agents},
        {row["sales_agent"]: row["manager"] for row in agents},
    )


@contextmanager
def imported_into(unblocked: Any, folder: Path) -> Iterator[Tenant]:
    """A tenant that has the whole export, for as long as the block lasts."""
    with unblocked, transaction.atomic():
        tenant = create_tenant(slug="maven", actor=SYSTEM, time_zone="Europe/Berlin", currency="EUR")
        run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM))
        yield tenant
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def folder() -> Path:
    return real_export()


@pytest.fixture(scope="module")
def files(folder: Path) -> Files:
    return read_files(folder)


@pytest.fixture(scope="module")
def imported(folder: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenant]:
    with imported_into(django_db_blocker.unblock(), folder) as tenant:
        yield tenant


Scopes = dict[str, tuple[set[str] | None, dict[str, Any]]]


@pytest.fixture(scope="module")
def scopes(imported: Tenant, files: Files) -> Scopes:
    """Everybody, each agent and each team: whose deals in the files, and how a goal and compute_metrics name them."""
    with tenant_scope(imported):
        clones = {clone.external_id: clone for clone in Clone.objects.all()}
    by_team = {team: {one for one, manager in files.managers.items() if manager == team} for team in _teams(files)}
    return (
        {"everybody": (None, {})}
        | {agent: ({agent}, {"clone": clones[number]}) for agent, number in files.ids.items()}
        | {team: (agents, {"team": team}) for team, agents in by_team.items()}
    )


def test_the_export_has_as_many_agents_and_teams_as_we_say(scopes: Scopes, files: Files) -> None:
    assert (len(files.ids), len(_teams(files)), len(scopes)) == (35, 6, 42)
    assert {row["sales_agent"] for row in files.deals} < set(files.ids)  # five of them have no deal


def test_a_year_of_the_real_export_is_what_we_know_it_to_be(imported: Tenant) -> None:
    year = GoalTracker().compute_metrics(tenant=imported, period_start=YEAR[0], period_end=YEAR[1])
    assert (year["revenue_closed"], year["pipeline_value"]) == (Decimal("7016124.00"), Decimal("3431020.00"))
    assert (year["activity_count"], year["quality_score"], year["excluded"]) == (435, 0.0, 0)


@pytest.mark.parametrize("span", [YEAR, *MONTHS, *OTHERS], ids=lambda span: f"{span[0]}-{span[1]}")
def test_each_agent_and_team_is_measured_as_the_files_say(
    imported: Tenant, scopes: Scopes, files: Files, span: Span
) -> None:
    with tenant_scope(imported):
        for name, (agents, whose) in scopes.items():
            asked = {"clone": files.ids[name]} if "clone" in whose else whose  # as the export numbers them
            told = GoalTracker().compute_metrics(imported, period_start=span[0], period_end=span[1], **asked)
            meant = files.metrics(agents, span)
            assert {metric: told[metric] for metric in meant} == meant, (name, span)
            assert told["excluded"] == 0


def test_all_their_goals_together_are_measured_as_the_files_say(
    imported: Tenant, scopes: Scopes, files: Files, django_assert_num_queries: Callable[[int], Any]
) -> None:
    asked = list(product(scopes.items(), [YEAR, *MONTHS], GoalType.values))
    goals = [
        Goal(tenant=imported, goal_type=kind, target_value=1, period_start=span[0], period_end=span[1], **whose)
        for (_, (_, whose)), span, kind in asked
    ]
    with tenant_scope(imported), django_assert_num_queries(4):  # the teams, the open deals, what was won, the talk
        found = values_of(goals, Survey(imported, NOW))
    meant = {
        (name, span): files.metrics(agents, span) for name, (agents, _) in scopes.items() for span in [YEAR, *MONTHS]
    }
    for one, ((name, _), span, kind) in zip(goals, asked, strict=True):
        assert found[one.pk] == meant[name, span][METRIC_OF[kind]], (name, span, kind)
    assert len(goals) == 42 * 13 * 4


def test_agents_teams_and_months_add_up(imported: Tenant, scopes: Scopes) -> None:
    """Every deal has an agent, and every agent a team: whichever way the year is cut, it is the same sum."""
    spans = [YEAR, *MONTHS]
    goals = {
        (name, span): Goal(tenant=imported, goal_type="revenue", period_start=span[0], period_end=span[1], **whose)
        for (name, (_, whose)), span in product(scopes.items(), spans)
    }
    with tenant_scope(imported):
        found = values_of(goals.values(), Survey(imported, NOW))
    value = {key: found[one.pk] or Decimal(0) for key, one in goals.items()}
    for span in spans:
        by_level = [
            sum(value[name, span] for name, (_, whose) in scopes.items() if list(whose) == level)
            for level in ([], ["clone"], ["team"])
        ]
        assert by_level == [value["everybody", span]] * 3, span
    for name in scopes:
        assert sum(value[name, month] for month in MONTHS) == value[name, YEAR], name


def _teams(files: Files) -> list[str]:
    return sorted(set(files.managers.values()))


def is_won_in(row: dict[str, Any], span: Span) -> bool:
    """Whether a deal was won on a day of a span, both ends included."""
    return row["deal_stage"] == "Won" and span[0] <= row["closed"] <= span[1]


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as content:
        return list(csv.DictReader(content))


def _day(written: str) -> date:
    return datetime.strptime(written, "%m/%d/%y").date()


def _key(product: str) -> str:
    return product.replace(" ", "").lower()
