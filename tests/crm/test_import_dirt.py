"""Dirty exports: every bad row is told with its place and the rest stored; a folder of no use leaves nothing behind."""

from pathlib import Path
from typing import Any

import pytest

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, Imported, run
from crm.imports.sheets import LONGEST_LINE, UnusableFolder
from crm.models import Account, Clone, Contact, ImportRun, Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.crm.bulk_items import make_clone
from tests.crm.maven_folder import HEADERS, SMALL, last_line, with_rows, write_export

SOLD = "D-9,1001,Anna Snelling,2,GTX Pro,Betasoloin,Won,7/25/25,11/1/25"
DEAL = f"{SOLD},100"
TALK = "1001,Betasoloin,Joel Woods,Email,Completed,1/1/25,Hello"
KIND = {
    "sales_teams.csv": "clones",
    "accounts.csv": "accounts",
    "sales_pipeline.csv": "opportunities",
    "interactions.csv": "interactions",
}

# file, the added row, the column and a part of the reason that must be told
BAD_ROWS: list[tuple[str, str, str | None, str]] = [
    ("sales_teams.csv", ",Nobody,Boss,East", "sales_person_id", "blank"),
    ("sales_teams.csv", "102,,Boss,East", "sales_agent", "blank"),
    ("sales_teams.csv", "100,Zoe Quill,Boss,East", "sales_person_id", "'100' is on line 2 already"),
    ("sales_teams.csv", f"102,{'x' * 201},Boss,East", "sales_agent", "At most 200 characters"),
    ("accounts.csv", ",NoId,x,,,,,,", "account_id", "blank"),
    ("accounts.csv", "1003,,x,,,,,,", "account", "blank"),
    ("accounts.csv", "1001,Twice,x,,,,,,", "account_id", "'1001' is on line 2 already"),
    ("accounts.csv", "1003,Nul\0,x,,,,,,", "account", "NUL"),
    ("accounts.csv", "1003,Fine,x,\0,,,,,", "year_established", "NUL"),
    ("accounts.csv", f"{'9' * 201},Long id,x,,,,,,", "account_id", "At most 200 characters"),
    ("accounts.csv", "1003,Short", None, "has 2 columns, the header has 9"),
    ("accounts.csv", "1003,Long,x,,,,,,,extra", None, "has 10 columns, the header has 9"),
    ("sales_pipeline.csv", DEAL.replace("D-9", ""), "opportunity_id", "blank"),
    ("sales_pipeline.csv", DEAL.replace("D-9", "D-1"), "opportunity_id", "'D-1' is on line 2 already"),
    ("sales_pipeline.csv", DEAL.replace("1001", "9999"), "account_id", "'9999': There is no account"),
    ("sales_pipeline.csv", DEAL.replace("1001", "1002"), "account", "1002 is 'Betatech' in accounts.csv, not 'Beta"),
    (
        "sales_pipeline.csv",
        DEAL.replace("1001", "").replace("soloin", "max"),
        "account",
        "'Betamax' is not in accounts",
    ),
    ("sales_pipeline.csv", DEAL.replace("Anna", "Hanna"), "sales_agent", "'Hanna Snelling' is not in sales_teams.csv"),
    ("sales_pipeline.csv", DEAL.replace("GTX Pro", "GTX Ultra"), "product", "product_id 2 is 'GTX Pro'"),
    ("sales_pipeline.csv", DEAL.replace(",2,GTX Pro", ",,GTX Ultra"), "product", "'GTX Ultra' is not in products.csv"),
    ("sales_pipeline.csv", DEAL.replace(",2,", ",77,"), "product_id", "'77' is not in products.csv"),
    ("sales_pipeline.csv", DEAL.replace("Won", "Maybe"), "deal_stage", "'Maybe' is none of: prospecting, engaging"),
    ("sales_pipeline.csv", DEAL.replace("Won", ""), "deal_stage", "'' is none of"),
    ("sales_pipeline.csv", DEAL.replace("7/25/25", "2/30/25"), "engage_date", "'2/30/25' is not a date"),
    ("sales_pipeline.csv", DEAL.replace("7/25/25", "25/7/25"), "engage_date", "'25/7/25' is not a date"),
    ("sales_pipeline.csv", DEAL.replace("11/1/25", "2025-11-01"), "close_date", "not a date written M/D/YY"),
    ("sales_pipeline.csv", DEAL.replace("11/1/25", "11/1/0225"), "close_date", "Must be a date"),
    ("sales_pipeline.csv", DEAL.replace("11/1/25", "\u0661/1/25"), "close_date", "not a date"),
    ("sales_pipeline.csv", f"{SOLD},-100", "close_value", "'-100': Must be an amount"),
    ("sales_pipeline.csv", f"{SOLD},lots", "close_value", "'lots': Must be an amount"),
    ("sales_pipeline.csv", f'{SOLD},"1,000"', "close_value", "'1,000': Must be an amount"),
    ("sales_pipeline.csv", f"{SOLD},0.001", "close_value", "Must be an amount"),
    ("sales_pipeline.csv", f"{SOLD},{'9' * 30}", "close_value", "Must be an amount"),
    ("sales_pipeline.csv", f"{SOLD},NaN", "close_value", "Must be an amount"),
    ("sales_pipeline.csv", ",,,,,,,,,", "deal_stage", "'' is none of"),
    ("sales_pipeline.csv", '"D-9"x' + DEAL[3:], None, "no CSV"),
    ("interactions.csv", TALK.replace("1001", "9999"), "account_id", "'9999': There is no account"),
    ("interactions.csv", TALK.replace("soloin", "tech"), "account_name", "1001 is 'Betasoloin'"),
    ("interactions.csv", TALK.replace("Email", "Fax"), "activity_type", "'Fax' is none of"),
    ("interactions.csv", TALK.replace("Completed", "Done"), "status", "'Done' is none of"),
    ("interactions.csv", TALK.replace("1/1/25", ""), "timestamp", "cannot be cleared"),
    ("interactions.csv", TALK.replace("1/1/25", "13/1/25"), "timestamp", "not a date"),
    ("interactions.csv", TALK.replace("Joel Woods", "J" * 301), "contact_name", "At most 300 characters"),
    ("interactions.csv", TALK.replace("Hello", "x" * 100_001), "comment", "At most 100000 characters"),
    ("interactions.csv", TALK.replace("Hello", "x" * 200_000), "comment", "At most 100000 characters"),
    ("interactions.csv", TALK.replace("Hello", "a\0b"), "comment", "NUL"),
]


def imported(tenant: Tenant, folder: Path, **how: Any) -> Imported:
    return run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM, **how))


def _ids(table: list[Any]) -> list[str]:
    return [f"{row[0].removesuffix('.csv')} {row[2] or 'row'} {place}" for place, row in enumerate(table)]


@pytest.mark.parametrize(("file", "row", "column", "reason"), BAD_ROWS, ids=_ids(BAD_ROWS))
def test_a_bad_row_is_told_with_its_place_and_the_rest_is_stored(
    tenant: Tenant, tmp_path: Path, file: str, row: str, column: str | None, reason: str
) -> None:
    folder = write_export(tmp_path, **{file.removesuffix(".csv"): with_rows(file, row)})
    told = imported(tenant, folder)
    assert [(error["file"], error["line"], error["column"]) for error in told.errors] == [
        (file, last_line(file), column)
    ]
    assert reason in told.errors[0]["reason"]
    assert {kind: counts["rejected"] for kind, counts in told.counts.items() if counts["rejected"]} == {KIND[file]: 1}
    created = {kind: counts["created"] for kind, counts in told.counts.items()}
    assert created == {"accounts": 2, "contacts": 2, "opportunities": 4, "interactions": 3, "clones": 2}


def test_every_problem_of_a_row_is_told_at_once(tenant: Tenant, tmp_path: Path) -> None:
    row = "D-9,1001,Nobody,2,GTX Pro,Betasoloin,Maybe,2/30/25,x/y,-1"
    told = imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", row)))
    assert {error["column"] for error in told.errors} == {"sales_agent", "deal_stage", "engage_date", "close_date"}
    assert told.counts["opportunities"]["rejected"] == 1


def test_lines_are_counted_as_an_editor_does_through_fields_of_several_lines(tenant: Tenant, tmp_path: Path) -> None:
    rows = [
        '1001,Betasoloin,Joel Woods,Email,Completed,1/2/25,"One\r\n\r\ntwo\nthree"',
        "",
        TALK.replace("Email", "Fax"),
    ]
    told = imported(tenant, write_export(tmp_path, interactions=with_rows("interactions.csv", *rows)))
    assert [error["line"] for error in told.errors] == [last_line("interactions.csv") + 5]
    assert told.counts["interactions"]["created"] == 4


def test_a_bad_row_of_several_lines_is_told_by_its_first(tenant: Tenant, tmp_path: Path) -> None:
    row = '1001,Betasoloin,Joel Woods,Fax,Completed,1/2/25,"One\n\ntwo"'
    told = imported(tenant, write_export(tmp_path, interactions=with_rows("interactions.csv", row, TALK)))
    assert [error["line"] for error in told.errors] == [last_line("interactions.csv")]
    assert told.counts["interactions"]["created"] == 4


def test_a_row_after_one_that_is_no_csv_is_read(tenant: Tenant, tmp_path: Path) -> None:
    rows = with_rows("sales_pipeline.csv", '"D-8"x,1001', DEAL)
    told = imported(tenant, write_export(tmp_path, sales_pipeline=rows))
    assert [error["line"] for error in told.errors] == [last_line("sales_pipeline.csv")]
    assert told.counts["opportunities"]["created"] == 5


def test_lines_that_an_open_quotation_mark_swallowed_are_told(tenant: Tenant, tmp_path: Path) -> None:
    rows = [TALK.replace("Hello", '"Hello'), TALK, TALK.replace("Hello", '"Bye"'), TALK.replace("Hello", "Again")]
    told = imported(tenant, write_export(tmp_path, interactions=with_rows("interactions.csv", *rows)))
    first = last_line("interactions.csv")
    assert [error["line"] for error in told.errors] == [first]
    assert told.errors[0]["reason"].startswith(f"Lines {first} to {first + 2} are no CSV")
    assert told.counts["interactions"]["created"] == 4


def test_the_same_interaction_twice_is_told(tenant: Tenant, tmp_path: Path) -> None:
    told = imported(tenant, write_export(tmp_path, interactions=with_rows("interactions.csv", TALK, TALK)))
    first = last_line("interactions.csv")
    assert told.errors == [
        {
            "file": "interactions.csv",
            "line": first + 1,
            "column": None,
            "reason": f"The same row is on line {first} already.",
        }
    ]


def test_a_price_that_cannot_be_read_costs_only_the_deals_that_need_it(tenant: Tenant, tmp_path: Path) -> None:
    prices = SMALL["products.csv"].replace("4821", "ask")
    told = imported(tenant, write_export(tmp_path, products=prices))
    assert [(error["file"], error["line"], error["column"]) for error in told.errors] == [
        ("products.csv", 3, "sales_price"),
        ("sales_pipeline.csv", 4, "close_value"),
    ]
    with tenant_scope(tenant):
        assert sorted(Opportunity.objects.values_list("external_id", flat=True)) == ["D-1", "D-2", "D-4"]


def test_deals_of_an_account_that_was_rejected_are_told_too(tenant: Tenant, tmp_path: Path) -> None:
    accounts = SMALL["accounts.csv"].replace("1002,Betatech,technolgy", f"1002,Betatech,{'x' * 201}")
    told = imported(tenant, write_export(tmp_path, accounts=accounts))
    assert [(error["file"], error["line"], error["column"]) for error in told.errors] == [
        ("accounts.csv", 3, "sector"),
        ("sales_pipeline.csv", 4, "account_id"),
        ("interactions.csv", 6, "account_id"),
    ]
    assert told.counts["contacts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 0}


def test_a_name_that_a_clone_of_another_id_has_is_refused(tenant: Tenant, tmp_path: Path) -> None:
    make_clone(tenant, name="Anna Snelling", external_id="other")
    told = imported(tenant, write_export(tmp_path))
    assert (told.errors[0]["file"], told.errors[0]["column"]) == ("sales_teams.csv", "sales_agent")
    with tenant_scope(tenant):
        assert sorted(Clone.objects.values_list("external_id", flat=True)) == ["101", "other"]


def test_an_account_listed_twice_is_still_found_by_its_name(tenant: Tenant, tmp_path: Path) -> None:
    accounts = with_rows("accounts.csv", SMALL["accounts.csv"].splitlines()[1])
    deals = with_rows("sales_pipeline.csv", DEAL.replace("1001", ""))
    told = imported(tenant, write_export(tmp_path, accounts=accounts, sales_pipeline=deals))
    assert [(error["file"], error["line"]) for error in told.errors] == [("accounts.csv", last_line("accounts.csv"))]
    assert told.counts["opportunities"]["created"] == 5


def test_deals_of_a_name_that_two_reps_share_are_told_not_guessed(tenant: Tenant, tmp_path: Path) -> None:
    teams = with_rows("sales_teams.csv", "102,Anna Snelling,Boss,East")
    told = imported(tenant, write_export(tmp_path, sales_teams=teams))
    assert [(error["file"], error["line"], error["column"]) for error in told.errors] == [
        ("sales_teams.csv", 4, "sales_agent"),
        ("sales_pipeline.csv", 2, "sales_agent"),
    ]
    assert "Another clone has this name" in told.errors[0]["reason"]
    assert "more than once" in told.errors[1]["reason"]


UNUSABLE: list[tuple[str, str | bytes | None, str]] = [
    ("accounts", None, "accounts.csv cannot be read: No such file"),
    ("sales_teams", None, "sales_teams.csv cannot be read"),
    ("products", None, "products.csv cannot be read"),
    ("sales_pipeline", None, "sales_pipeline.csv cannot be read"),
    ("interactions", None, "interactions.csv cannot be read"),
    ("interactions", b"", "interactions.csv is empty"),
    ("interactions", b"\xef\xbb\xbf", "interactions.csv is empty"),
    ("interactions", b"\n\n", "interactions.csv is empty"),
    ("interactions", HEADERS["interactions.csv"].replace("timestamp", "when"), "The column timestamp"),
    ("interactions", HEADERS["interactions.csv"].replace(",", ";"), "The column account_id"),
    ("interactions", HEADERS["interactions.csv"] + ",Status", "The column status of interactions.csv appears more"),
    ("interactions", HEADERS["interactions.csv"] + ",a,a", "The column a of interactions.csv appears more"),
    ("interactions", with_rows("interactions.csv", TALK).encode("utf-16"), "not in UTF-8 (line 1, byte 1)"),
    ("interactions", with_rows("interactions.csv", TALK + " \u00e9").encode("latin-1"), "not in UTF-8 (line 7"),
    (
        "interactions",
        b"PK\x03\x04\x14\x00\x06\x00" + b"\0" * 50,
        "The column account_id of interactions.csv is missing",
    ),
    ("interactions", b"\x89PNG\r\n\x1a\n\0\0", "not in UTF-8 (line 1, byte 1)"),
    ("interactions", with_rows("interactions.csv", TALK.replace("Hello", '"Hello')), "opened in the row on line 7"),
    (
        "interactions",
        HEADERS["interactions.csv"].encode() + b"\n" + b"x" * LONGEST_LINE,
        "Line 2 of interactions.csv is",
    ),
    ("interactions", HEADERS["interactions.csv"].replace("account_id", '"account_id"x'), "The first line of interact"),
]


@pytest.mark.parametrize(
    ("file", "content", "reason"), UNUSABLE, ids=[f"{row[0]} {n}" for n, row in enumerate(UNUSABLE)]
)
def test_a_folder_of_no_use_leaves_nothing_half_imported(
    tenant: Tenant, tmp_path: Path, file: str, content: Any, reason: str
) -> None:
    with tenant_scope(tenant):
        before = Entry.objects.count()
    with pytest.raises(UnusableFolder) as refusal:
        imported(tenant, write_export(tmp_path, **{file: content}))
    assert reason in str(refusal.value)
    assert refusal.value.error["file"] == f"{file}.csv"
    assert refusal.value.error["reason"] == str(refusal.value)
    with tenant_scope(tenant):
        for model in (Account, Contact, Opportunity, Interaction, Clone, ImportRun):
            assert model.objects.count() == 0
        assert Entry.objects.count() == before


def test_a_folder_that_is_a_file_or_missing_is_of_no_use(tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for folder in (file, tmp_path / "missing"):
        with pytest.raises(UnusableFolder, match=r"sales_teams\.csv cannot be read"):
            imported(tenant, folder)


def test_more_rows_than_one_batch_holds_are_all_stored_or_told(tenant: Tenant, tmp_path: Path) -> None:
    rows = [DEAL.replace("D-9", f"N-{n}") if n % 7 else DEAL.replace("100", "bad") for n in range(2_500)]
    told = imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", *rows)))
    bad = [n for n in range(2_500) if n % 7 == 0]
    first = last_line("sales_pipeline.csv")
    assert told.counts["opportunities"] == {
        "created": 4 + 2_500 - len(bad),
        "updated": 0,
        "unchanged": 0,
        "rejected": len(bad),
    }
    assert sorted({error["line"] for error in told.errors}) == [first + n for n in bad]


def test_an_id_that_comes_again_in_a_later_batch_is_told(tenant: Tenant, tmp_path: Path) -> None:
    rows = [DEAL.replace("D-9", f"N-{n}") for n in range(1_500)] + [DEAL.replace("D-9", "N-3")]
    told = imported(tenant, write_export(tmp_path, sales_pipeline=with_rows("sales_pipeline.csv", *rows)))
    first = last_line("sales_pipeline.csv")
    assert [(error["line"], error["reason"]) for error in told.errors] == [
        (first + 1_500, f"'N-3' is on line {first + 3} already.")
    ]
