"""import_crm: a folder that a CRM exported becomes a tenant's customer records."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import OperationalError

from crm.commands import add_tenant_argument, tenant_named
from crm.imports.profiles import PROFILES
from crm.imports.progress import ProgressBar
from crm.imports.running import Import, Imported, Watch, nothing_imported, run, unwatched
from crm.imports.sheets import UnusableFolder
from crm.models import Tenant
from record.actors import SYSTEM
from record.commands import Answer, JsonCommand

CLEAN, SOME_REJECTED, NOTHING_STORED = 0, 1, 2
ERRORS_SHOWN = 20


class Command(JsonCommand):
    """Exit 0: everything stored; 1: some rows were rejected and the rest stored; 2: nothing stored."""

    help = (
        "Import a CRM's export (CSV files in a folder). Rows that cannot be read are reported with file, line, column"
        " and reason, and the rest is stored (exit 1); a folder that cannot be used changes nothing (exit 2)."
        " Run again, it changes only what has changed."
    )
    exit_code = CLEAN

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="DIR", help="the folder with the export")
        parser.add_argument("--profile", required=True, choices=sorted(PROFILES), help="the layout of the export")
        add_tenant_argument(parser, "whose records these are")
        parser.add_argument(
            "--shift-to-today",
            action="store_true",
            help="move all dates by one number of days, so that the newest interaction is today; the number is kept and"
            " used by every later import of the tenant",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.exit_code:
            sys.exit(self.exit_code)

    def answer(self, options: dict[str, Any]) -> Answer:
        """What the import did. A folder that cannot be used has its answer, too, with exit code 2."""
        tenant = tenant_named(options["tenant"])
        try:
            imported = self._import(tenant, options)
        except UnusableFolder as failure:
            self.exit_code = NOTHING_STORED
            self.stderr.write(str(failure))
            return Answer(nothing_imported(failure).as_json(), "Nothing was stored.")
        except OperationalError as failure:
            raise CommandError(f"Nothing was stored; try again. {failure}", returncode=NOTHING_STORED) from failure
        self.exit_code = SOME_REJECTED if imported.errors else CLEAN
        return Answer(imported.as_json(), _in_words(imported, dry_run=options["dry_run"]))

    def _import(self, tenant: Tenant, options: dict[str, Any]) -> Imported:
        folder = Path(options["folder"])
        bar = ProgressBar(folder, self.stderr) if self.stderr.isatty() else None
        try:
            return run(_job(tenant, folder, options, watch=bar.advance if bar else unwatched))
        finally:
            if bar:
                bar.end()


def _job(tenant: Tenant, folder: Path, options: dict[str, Any], *, watch: Watch) -> Import:
    return Import(
        tenant=tenant,
        folder=folder,
        profile=PROFILES[options["profile"]],
        actor=SYSTEM,
        shift_to_today=options["shift_to_today"],
        dry_run=options["dry_run"],
        watch=watch,
    )


def _in_words(imported: Imported, *, dry_run: bool) -> str:
    lines = [_counted(kind, counts) for kind, counts in imported.counts.items()]
    lines += [_sentence(error) for error in imported.errors[:ERRORS_SHOWN]]
    if len(imported.errors) > ERRORS_SHOWN:
        lines.append(f"... and {len(imported.errors) - ERRORS_SHOWN:,} more; --json shows all of them.")
    if dry_run:
        lines.append("A dry run: nothing was stored.")
    return "\n".join(lines)


def _counted(kind: str, counts: dict[str, int]) -> str:
    return f"{kind:<14}" + ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items())


def _sentence(error: dict[str, Any]) -> str:
    place = [str(error["file"])]
    place += [f"line {error['line']}"] if error["line"] else []
    place += [f"column {error['column']}"] if error["column"] else []
    return f"{', '.join(place)}: {error['reason']}"
