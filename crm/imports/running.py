"""Importing a folder: its rows are read one by one, written in bulk, and stored in one transaction or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from crm.imports.cells import Folder, read_day
from crm.imports.profiles import Profile
from crm.imports.sheets import CellError, Row, UnusableFolder, read_rows
from crm.imports.writing import Report, SheetWriter
from crm.linking import link
from crm.models import ImportRun, Tenant
from crm.tenancy import tenant_scope
from crm.upserts import OUTCOMES
from record import journal
from record.actors import Actor

KINDS = ("accounts", "contacts", "opportunities", "interactions", "clones")
ERRORS_KEPT = 1_000  # on the ImportRun, for the console; the command tells them all

Watch = Callable[[str, int], None]


def unwatched(file: str, read: int) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True)
class Import:
    """What to import, for whom, and how. `watch` hears of every line: its file and how many bytes it had."""

    tenant: Tenant
    folder: Path
    profile: Profile
    actor: Actor
    shift_to_today: bool = False
    dry_run: bool = False
    watch: Watch = unwatched


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: `counts` per kind and outcome, `errors` [{file, line, column, reason}]."""

    counts: dict[str, dict[str, int]]
    errors: list[dict[str, Any]]
    shifted_by: int = 0

    def as_json(self) -> dict[str, Any]:
        """As the command answers with --json."""
        return {**self.counts, "errors": self.errors}


def nothing_imported(failure: UnusableFolder) -> Imported:
    """What an import of a folder did that cannot be used."""
    return Imported(_counts(Report()), [failure.error])


def run(job: Import) -> Imported:
    """Import a folder in one transaction; a dry run takes it back.

    A row that cannot be read is in the errors and the rest is stored. Raises UnusableFolder, with nothing stored.
    """
    began = monotonic()
    newest = _newest_date(job) if job.shift_to_today else None
    with tenant_scope(job.tenant), transaction.atomic():
        folder = Folder(ZoneInfo(job.tenant.time_zone), _shift_days(job, newest))
        report = _write_sheets(job, folder)
        link(tenant=job.tenant, actor=job.actor)
        imported = Imported(_counts(report), report.errors, folder.shift_days)
        _keep(job, imported, timedelta(seconds=monotonic() - began))
        transaction.set_rollback(job.dry_run)
    return imported


def _write_sheets(job: Import, folder: Folder) -> Report:
    report = Report()
    for sheet in job.profile.sheets:
        writer = SheetWriter(sheet, folder, job.tenant, job.actor, f"import {job.profile.name}", report)
        writer.write(_rows(job, sheet.file, sheet.columns))
    return report


def _rows(job: Import, file: str, columns: tuple[str, ...]) -> Any:
    return read_rows(job.folder, file, columns, advance=lambda read: job.watch(file, read))


def _newest_date(job: Import) -> date:
    """The latest date that becomes today. Raises UnusableFolder where no row has one."""
    file, column = job.profile.newest
    rows = read_rows(job.folder, file, job.profile.sheet(file).columns, advance=lambda read: None)
    days = [day for row in rows if not row.problems and (day := _day(column, row))]
    if not days:
        reason = f"No row of {file} has a date in {column}: there is nothing to shift to today."
        raise UnusableFolder(reason, file=file, column=column)
    return max(days)


def _day(column: str, row: Row) -> date | None:
    try:
        return read_day(column, row)
    except CellError:
        return None  # told when the row is written


def _shift_days(job: Import, newest: date | None) -> int:
    """The days to add to every date: those of the tenant's first shifted import, for ever after."""
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=job.tenant.pk)
    if tenant.shift_days is None and newest is not None:
        today = timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date()
        tenant.shift_days = (today - newest).days
        tenant.save(update_fields=["shift_days"])
    return tenant.shift_days or 0


def _keep(job: Import, imported: Imported, duration: timedelta) -> None:
    kept = ImportRun.objects.create(
        tenant=job.tenant,
        profile=job.profile.name,
        shifted_by=imported.shifted_by,
        counts=imported.counts,
        errors=imported.errors[:ERRORS_KEPT],
        run_by=job.actor.label,
        duration=duration,
    )
    journal.write(
        tenant_id=job.tenant.pk,
        kind="import.finished",
        subject=("import", kept.pk),
        actor=job.actor,
        facts={
            "profile": job.profile.name,
            "shifted_by": imported.shifted_by,
            "counts": imported.counts,
            "errors": len(imported.errors),
        },
    )


def _counts(report: Report) -> dict[str, dict[str, int]]:
    return {kind: {outcome: report.counts[kind][outcome] for outcome in OUTCOMES} for kind in KINDS}
