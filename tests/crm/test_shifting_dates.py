"""--shift-to-today: all dates of an export move by one number of days, the same one for ever after."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, Imported, run
from crm.imports.sheets import UnusableFolder
from crm.models import Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from tests.crm.maven_folder import HEADERS, with_rows, write_export

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHIFT = (date(2026, 11, 24) - date(2025, 12, 31)).days


def imported(tenant: Tenant, folder: Path, **how: Any) -> Imported:
    return run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM, **how))


@time_machine.travel(NOON, tick=False)
def test_the_newest_interaction_becomes_today_and_everything_else_moves_with_it(tenant: Tenant, tmp_path: Path) -> None:
    assert imported(tenant, write_export(tmp_path), shift_to_today=True).shifted_by == SHIFT
    with tenant_scope(tenant):
        newest, lunch = Interaction.objects.get(text="Hi Joel"), Interaction.objects.get(text="Lunch")
        deal = Opportunity.objects.get(external_id="D-1")
    assert newest.occurred_at == datetime(2026, 11, 24, 11, tzinfo=UTC)  # noon in Berlin
    assert lunch.occurred_at == datetime(2025, 6, 30, 10, tzinfo=UTC) + timedelta(days=SHIFT)  # noon there in summer
    assert deal.opened_on == date(2025, 7, 25) + timedelta(days=SHIFT)
    assert deal.closed_on == date(2025, 11, 1) + timedelta(days=SHIFT)


def test_today_is_that_of_the_tenants_zone(tenant: Tenant, tmp_path: Path) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), tick=False):
        assert imported(tenant, write_export(tmp_path), shift_to_today=True).shifted_by == SHIFT + 1


def test_the_next_import_uses_the_same_shift_with_and_without_the_switch(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path)
    with time_machine.travel(NOON, tick=False):
        imported(tenant, folder, shift_to_today=True)
    with time_machine.travel(NOON + timedelta(days=40), tick=False):
        for again in (imported(tenant, folder), imported(tenant, folder, shift_to_today=True)):
            assert again.shifted_by == SHIFT
            assert sum(told["created"] + told["updated"] for told in again.counts.values()) == 0


@time_machine.travel(NOON, tick=False)
def test_shifting_a_tenant_that_was_imported_unshifted_moves_its_rows(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path)
    imported(tenant, folder)
    told = imported(tenant, folder, shift_to_today=True)
    assert told.counts["interactions"] == {"created": 0, "updated": 3, "unchanged": 0, "rejected": 0}
    assert told.counts["opportunities"] == {"created": 0, "updated": 3, "unchanged": 1, "rejected": 0}


@time_machine.travel(NOON, tick=False)
def test_a_date_that_cannot_be_read_does_not_count_as_the_newest(tenant: Tenant, tmp_path: Path) -> None:
    rows = with_rows("interactions.csv", "1001,Betasoloin,Joel Woods,Email,Completed,2/30/26,Never", "1001,12/31/29")
    told = imported(tenant, write_export(tmp_path, interactions=rows), shift_to_today=True)
    assert told.shifted_by == SHIFT
    assert len(told.errors) == 2


@time_machine.travel(NOON, tick=False)
def test_a_date_too_far_off_to_be_shifted_is_told(tenant: Tenant, tmp_path: Path) -> None:
    row = "D-9,1001,Anna Snelling,2,GTX Pro,Betasoloin,Won,12/31/9999,11/1/2999,1"
    folder = write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", row))
    told = imported(tenant, folder, shift_to_today=True)
    assert [error["column"] for error in told.errors] == ["engage_date"]
    assert "too late a date" in told.errors[0]["reason"]


def test_an_export_without_a_dated_interaction_cannot_be_shifted(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path, interactions=HEADERS["interactions.csv"] + "\n")
    with pytest.raises(UnusableFolder, match="nothing to shift to today"):
        imported(tenant, folder, shift_to_today=True)
    assert imported(tenant, folder).errors == []
