"""The command import_crm: what it prints, where, and how it ends."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.models import Account, ImportRun, Tenant
from crm.tenancy import tenant_scope
from tests.crm.maven_folder import SMALL, with_rows, write_export

NOTHING = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def import_crm(folder: Path, *switches: str, stderr: Any = None) -> tuple[int, str, str]:
    """Run the command. Returns its exit code and what it printed on standard output and on standard error."""
    stdout, stderr = io.StringIO(), stderr or io.StringIO()
    arguments = [str(folder), "--profile", "maven", "--tenant", "acme", *switches]
    try:
        call_command("import_crm", *arguments, stdout=stdout, stderr=stderr)
        code = 0
    except SystemExit as end:
        code = int(str(end.code))
    return code, stdout.getvalue(), stderr.getvalue()


def test_a_clean_import_ends_with_0_and_one_json_object(tenant: Tenant, tmp_path: Path) -> None:
    code, printed, errors = import_crm(write_export(tmp_path), "--json")
    told = json.loads(printed)
    assert (code, errors) == (0, "")
    assert told.keys() == {"accounts", "contacts", "opportunities", "interactions", "clones", "errors"}
    assert told["accounts"] == NOTHING | {"created": 2}
    assert told["errors"] == []
    assert printed.count("\n") == 1


def test_rejected_rows_end_with_1_and_the_rest_is_stored(tenant: Tenant, tmp_path: Path) -> None:
    folder = write_export(tmp_path, accounts=with_rows("accounts.csv", "1003,,retail,,,,,,"))
    code, printed, _ = import_crm(folder, "--json")
    told = json.loads(printed)
    assert code == 1
    assert told["accounts"] == NOTHING | {"created": 2, "rejected": 1}
    assert told["errors"] == [{"file": "accounts.csv", "line": 4, "column": "account", "reason": "Must not be blank."}]
    with tenant_scope(tenant):
        assert Account.objects.count() == 2


def test_a_folder_of_no_use_ends_with_2_and_says_why(tenant: Tenant, tmp_path: Path) -> None:
    code, printed, errors = import_crm(write_export(tmp_path, interactions=None), "--json")
    told = json.loads(printed)
    assert code == 2
    assert [told[kind] for kind in ("accounts", "contacts", "opportunities", "interactions", "clones")] == [NOTHING] * 5
    assert [(error["file"], error["line"]) for error in told["errors"]] == [("interactions.csv", None)]
    assert errors.startswith("interactions.csv cannot be read: No such file")
    with tenant_scope(tenant):
        assert Account.objects.count() == 0


def test_a_dry_run_stores_nothing_and_says_so(tenant: Tenant, tmp_path: Path) -> None:
    code, printed, _ = import_crm(write_export(tmp_path), "--dry-run")
    assert code == 0
    assert "accounts      2 created, 0 updated" in printed
    assert printed.endswith("A dry run: nothing was stored.\n")
    with tenant_scope(tenant):
        assert (Account.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_for_people_it_prints_counts_and_the_first_errors_in_sentences(tenant: Tenant, tmp_path: Path) -> None:
    rows = ["D-9,1001,Nobody,2,GTX Pro,Betasoloin,Won,7/25/25,11/1/25,1"] * 25 + ["too,short"]
    code, printed, _ = import_crm(write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", *rows)))
    lines = printed.splitlines()
    assert code == 1
    assert lines[2] == "opportunities 4 created, 0 updated, 0 unchanged, 26 rejected"
    assert lines[5].startswith("sales_pipeline.csv, line 6, column sales_agent: 'Nobody' is not in sales_teams.csv")
    assert lines[-1] == "... and 6 more; --json shows all of them."
    assert len(lines) == 5 + 20 + 1


def test_on_a_terminal_a_progress_bar_runs_to_the_end_on_standard_error(tenant: Tenant, tmp_path: Path) -> None:
    code, printed, bar = import_crm(write_export(tmp_path), "--json", stderr=Terminal())
    assert code == 0
    json.loads(printed)
    percents = [int(part.split("]")[1].split()[0]) for part in bar.split("\r")[1:]]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert bar.endswith("\n")


def test_where_nobody_looks_there_is_no_progress_bar(tenant: Tenant, tmp_path: Path) -> None:
    assert import_crm(write_export(tmp_path))[2] == ""


def test_an_unknown_tenant_or_profile_ends_with_2(tenant: Tenant, tmp_path: Path) -> None:
    folder = str(write_export(tmp_path))
    with pytest.raises(CommandError, match="there is no tenant 'nobody'") as refusal:
        call_command("import_crm", folder, profile="maven", tenant="nobody")
    assert refusal.value.returncode == 2
    with pytest.raises(CommandError, match="invalid choice: 'other'"):
        call_command("import_crm", folder, "--profile", "other", "--tenant", "acme")


def test_the_run_that_is_kept_holds_the_first_thousand_errors(tenant: Tenant, tmp_path: Path) -> None:
    rows = [f"{n},,retail,,,,,," for n in range(2_000, 3_100)]
    code, printed, _ = import_crm(write_export(tmp_path, accounts=with_rows("accounts.csv", *rows)), "--json")
    assert code == 1
    assert len(json.loads(printed)["errors"]) == 1_100
    with tenant_scope(tenant):
        kept = ImportRun.objects.get()
    assert len(kept.errors) == 1_000
    assert kept.counts["accounts"]["rejected"] == 1_100


def test_hostile_text_is_printed_as_data(tenant: Tenant, tmp_path: Path) -> None:
    rows = SMALL["sales_pipeline.csv"].replace("Won", "\x1b[2J\u202eWon")
    code, printed, _ = import_crm(write_export(tmp_path, sales_pipeline=rows))
    assert code == 1
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "'\\x1b[2J\\u202eWon' is none of" in printed
