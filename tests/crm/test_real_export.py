"""The real export, where it is at hand: exact numbers, and quickly."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, run
from crm.models import Account, Clone, Interaction, Opportunity, Tenant
from crm.stages import OPEN_STAGES
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from tests.crm.maven_folder import real_export

IN_THE_FOLDER = {"accounts": 60, "contacts": 60, "opportunities": 6_259, "interactions": 435, "clones": 35}


@pytest.fixture
def folder() -> Path:
    return real_export()


def imported(tenant: Tenant, folder: Path, **how: Any) -> Any:
    return run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM, **how))


def test_it_is_imported_whole_and_a_second_run_changes_nothing(tenant: Tenant, folder: Path) -> None:
    first = imported(tenant, folder)
    second = imported(tenant, folder)
    assert first.errors == second.errors == []
    assert {kind: told["created"] for kind, told in first.counts.items()} == IN_THE_FOLDER
    assert {kind: told["unchanged"] for kind, told in second.counts.items()} == IN_THE_FOLDER


def test_its_sums_and_rows_are_those_of_the_files(tenant: Tenant, folder: Path) -> None:
    imported(tenant, folder)
    with tenant_scope(tenant):
        won = Opportunity.objects.filter(stage="closed_won", closed_on__range=(date(2025, 1, 1), date(2025, 12, 31)))
        still_open = Opportunity.objects.filter(stage__in=OPEN_STAGES)
        assert won.aggregate(Sum("amount"))["amount__sum"] == Decimal("7016124.00")
        assert still_open.aggregate(Sum("amount"))["amount__sum"] == Decimal("3431020.00")
        assert Opportunity.objects.filter(account=None).count() == 1_000
        assert Clone.objects.filter(owner=None).count() == 35
        assert Opportunity.objects.filter(clone=None).count() == 0
        _check_every_row(folder)


def _check_every_row(folder: Path) -> None:
    """Each deal and each interaction is with the account, the clone and the person its file names."""
    deals = _rows(folder, "sales_pipeline.csv")
    talks = _rows(folder, "interactions.csv")
    by_account = Account.objects.annotate(n=Count("opportunities")).values_list("external_id", "n")
    by_clone = Clone.objects.annotate(n=Count("opportunities")).values_list("name", "n")
    told = Interaction.objects.values_list("account__external_id", "participants", "channel", "text")
    texts = Counter((account, names[0], channel, text) for account, names, channel, text in told)
    assert {name: n for name, n in by_account if n} == Counter(row["account_id"] for row in deals if row["account_id"])
    assert {name: n for name, n in by_clone if n} == Counter(row["sales_agent"] for row in deals)
    assert texts == Counter(
        (row["account_id"], row["contact_name"], row["activity_type"].lower(), row["comment"].replace("\r\n", "\n"))
        for row in talks
    )


def test_shifted_it_ends_today_and_again_changes_nothing(tenant: Tenant, folder: Path) -> None:
    first = imported(tenant, folder, shift_to_today=True)
    again = imported(tenant, folder)
    assert {kind: told["created"] for kind, told in first.counts.items()} == IN_THE_FOLDER
    assert {kind: told["unchanged"] for kind, told in again.counts.items()} == IN_THE_FOLDER
    assert first.shifted_by == again.shifted_by != 0


def _rows(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8-sig", newline="") as content:
        return list(csv.DictReader(content))
