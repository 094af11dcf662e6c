"""Any list as a file: what its filters leave, in its order, whole or visibly broken off, and nothing that is secret."""

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.console import exporting
from crm.exports import Format
from crm.models import Account, Interaction, Opportunity
from crm.tenancy import current_tenant_id, tenant_scope
from record.canonical import digest
from record.models import Entry
from tests.cast import Company
from tests.console.pages import EVERYBODY, READERS, Furnished, furnish
from tests.console.test_query_counts import FEW, MANY, fill
from tests.console.visits import Visit, everything, messages

ROWS_OF_A_LONG_LIST = 100_000


@pytest.fixture
def furnished(acme: Company) -> Furnished:
    return furnish(acme)


def ask(visit: Visit, page: str, kind: str = "jsonl", query: str = "") -> Any:
    return visit.post(reverse(f"admin:{page}_export") + query, format=kind)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content).decode()


def objects(visit: Visit, page: str, query: str = "") -> list[dict[str, Any]]:
    """The rows of a list as JSON lines, the file being whole."""
    *rows, end = [json.loads(line) for line in text_of(ask(visit, page, query=query)).splitlines()]
    assert end == {"complete": True, "rows": len(rows)}
    return rows


def ids(visit: Visit, page: str) -> list[str]:
    """The primary keys of the rows of a list; the first column of a table is its own."""
    return [str(next(iter(row.values()))) for row in objects(visit, page)]


def table(visit: Visit, page: str, query: str = "") -> tuple[list[str], list[list[str]]]:
    """The headings and the rows of a list as CSV, the file being whole."""
    lines = list(csv.reader(io.StringIO(text_of(ask(visit, page, "csv", query)), newline=""), strict=True))
    headings, *rows, end = lines
    assert end == [f"complete: {len(rows)} rows"]
    return headings, rows


def entries(company: Company) -> list[Entry]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(kind="list.exported").order_by("id"))


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_who_may_see_a_list_may_take_it_away_and_nobody_else(furnished: Furnished, role: str) -> None:
    visit = Visit(getattr(furnished.company, role))
    for page, readers in READERS.items():
        for kind in Format:
            response = ask(visit, page, kind)
            assert response.status_code == (200 if role in readers else 403), page
            if role in readers:
                assert "complete" in text_of(response)


def test_the_row_of_every_list_is_in_its_file(furnished: Furnished) -> None:
    visit = Visit(furnished.company.operator)
    for page in READERS:
        row = str(furnished.rows[page].pk)
        assert row in ids(visit, page), page
        headings, rows = table(visit, page)
        assert headings[0] == "id"
        assert row in [cells[0] for cells in rows], page
        assert {len(cells) for cells in rows} == {len(headings)}


def test_nothing_of_another_company_is_in_a_file(furnished: Furnished, rival: Company) -> None:
    theirs = furnish(rival)
    shared = {"django_celery_beat_periodictask"}
    visit = Visit(furnished.company.operator)
    for page in READERS.keys() - shared:
        assert str(theirs.rows[page].pk) not in ids(visit, page), page


def test_no_secret_leaves(furnished: Furnished) -> None:
    visit = Visit(furnished.company.operator)
    company = furnished.company
    for page in READERS:
        for row in objects(visit, page):
            assert not {"secret_hash", "password", "chat_webhook_url", "get_data", "post_data"} & row.keys(), page
        for kind in Format:
            said = text_of(ask(visit, page, kind))
            assert company.key.secret_hash not in said
            assert company.operator.password not in said


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=lambda model: model._meta.label))
def test_no_column_that_sounds_secret_is_exported(model: Any) -> None:
    page = admin.site._registry[model]
    known = {"content_hash", "policy_hash", "tokens", "key", "hash", "routing_key"}
    names = {field.name for field in model._meta.concrete_fields} - page.kept_back - known
    assert not [name for name in names if re.search("secret|password|token|hash|webhook|key|post_data", name)]


def test_filters_search_and_order_are_those_of_the_list(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        for name, stage in (("b", "closed_won"), ("a", "closed_won"), ("c", "discovery")):
            Opportunity.objects.create(tenant=acme.tenant, external_id=name, name=name, stage=stage, currency="USD")
    all_names = [row["name"] for row in objects(manager, "crm_opportunity")]
    assert all_names == sorted(all_names)
    assert [row["name"] for row in objects(manager, "crm_opportunity", "?stage__exact=closed_won")] == ["a", "b"]
    assert [row["name"] for row in objects(manager, "crm_opportunity", "?q=100+seats")] == ["Globex: 100 seats"]
    assert [row["name"] for row in objects(manager, "crm_opportunity", "?o=-0&stage__exact=closed_won")] == ["b", "a"]
    assert objects(manager, "crm_opportunity", "?p=3") == objects(manager, "crm_opportunity")


@pytest.mark.parametrize("order", ["0", "-0", "1", "-1", "2", "-2", "3", "4", "5", "-5", "6", "-6", "7", "-7", "6.-2"])
def test_every_order_is_kept_across_pages_whatever_is_null(acme: Company, manager: Visit, order: str) -> None:
    with tenant_scope(acme.tenant):
        for n in range(20):
            Opportunity.objects.create(
                tenant=acme.tenant,
                external_id=f"N{n}",
                name=f"Deal {n % 3}",
                account=acme.account if n % 2 else None,
                clone=acme.clone if n % 5 else None,
                stage="discovery",
                currency="USD",
                opened_on=date(2026, 1, 1 + n % 4) if n % 3 else None,
            )
    at_once = [row["id"] for row in objects(manager, "crm_opportunity", f"?o={order}")]
    with patch.object(exporting, "PAGE", 3):
        page_by_page = [row["id"] for row in objects(manager, "crm_opportunity", f"?o={order}")]
    listed = manager.get(reverse("admin:crm_opportunity_changelist"), o=order).context["cl"].result_list
    assert page_by_page == at_once == [str(row.pk) for row in listed]
    assert len(set(at_once)) == 21


def test_csv_has_the_columns_of_the_list_with_amounts_as_numbers(acme: Company, manager: Visit) -> None:
    headings, rows = table(manager, "crm_opportunity")
    assert headings == ["id", "Name", "Account", "Stage", "amount", "currency", "Clone", "Opened on", "Closed on"] or (
        [heading.lower() for heading in headings]
        == ["id", "name", "account", "stage", "amount", "currency", "clone", "opened on", "closed on"]
    )
    assert rows[0][1:] == ["Globex: 100 seats", "Globex", "discovery", "12000.00", "USD", "Ada of acme", "", ""]


def test_a_formula_in_a_customers_name_stays_text(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.filter(pk=acme.account.pk).update(name='=HYPERLINK("http://x.example")')
    assert table(manager, "crm_account")[1][0][1] == '\'=HYPERLINK("http://x.example")'
    assert objects(manager, "crm_account")[0]["name"] == '=HYPERLINK("http://x.example")'


def test_excel_is_told_that_it_is_utf_8(acme: Company, manager: Visit) -> None:
    assert b"".join(ask(manager, "crm_account", "excel").streaming_content).startswith(b"\xef\xbb\xbf")
    assert not b"".join(ask(manager, "crm_account", "csv").streaming_content).startswith(b"\xef\xbb\xbf")


def test_the_file_is_named_by_list_company_and_day(acme: Company, manager: Visit) -> None:
    response = ask(manager, "crm_account", "excel")
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="crm_account-acme-{timezone.localdate()}.csv"'
    )
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "no-store" in response.headers["Cache-Control"]


def test_the_record_says_who_took_what_and_keeps_no_customers_name(acme: Company, manager: Visit) -> None:
    text_of(ask(manager, "crm_opportunity", "csv", "?stage__exact=discovery&q=Hank"))
    (entry,) = entries(acme)
    assert (entry.subject_type, entry.subject_id) == ("list", "crm_opportunity")
    assert entry.actor_id == str(acme.manager.pk)
    assert entry.facts == {
        "list": "crm_opportunity",
        "format": "csv",
        "filters": {"stage__exact": "discovery"},
        "search_sha256": digest("Hank"),
    }


def test_the_record_can_be_verified_without_us(acme: Company, manager: Visit) -> None:
    acme.approve(acme.propose_proposal())
    rows = objects(manager, "record_entry")
    assert len(rows) > 5
    for row in rows:
        given = row.pop("hash")
        assert digest(row) == given
    with tenant_scope(acme.tenant):
        assert {row["id"] for row in rows} == {str(pk) for pk in Entry.objects.values_list("pk", flat=True)}


def test_the_records_csv_has_every_column_of_the_hash(acme: Company, manager: Visit) -> None:
    headings, rows = table(manager, "record_entry")
    by_id = {row["id"]: row for row in objects(manager, "record_entry")}
    assert set(headings) == set(next(iter(by_id.values())))
    for cells in rows:
        one = dict(zip(headings, cells, strict=True))
        assert {**one, "facts": json.loads(one["facts"])} == by_id[one["id"]]


def test_a_get_exports_nothing(acme: Company, manager: Visit) -> None:
    before = everything([acme.tenant])
    assert manager.get(reverse("admin:crm_account_export"), format="csv").status_code == 405
    assert everything([acme.tenant]) == before


def test_without_the_forms_token_nothing_is_exported(acme: Company) -> None:
    visit = Visit(acme.manager)
    visit.client.handler.enforce_csrf_checks = True
    assert ask(visit, "crm_account").status_code == 403
    assert entries(acme) == []


@pytest.mark.parametrize("kind", ["", "pdf", "CSV"])
def test_an_unknown_format_is_said(acme: Company, manager: Visit, kind: str) -> None:
    response = ask(manager, "crm_account", kind)
    assert response.status_code == 302
    assert messages(response) == ["format: choose from csv, excel, jsonl."]
    assert entries(acme) == []


@pytest.mark.parametrize("query", ["?stage__exact=%ff", "?opened_on__exact=x", "?o=x.99.-", "?id__in=1"])
def test_an_odd_filter_is_no_500(acme: Company, query: str) -> None:
    response = ask(Visit(acme.manager, patient=True), "crm_opportunity", query=query)
    assert response.status_code in (200, 302, 400)
    if response.status_code == 200:
        text_of(response)


def test_a_file_that_broke_off_lacks_its_last_line(acme: Company, manager: Visit) -> None:
    fill(acme, 0, FEW)
    response = ask(manager, "crm_account")
    pieces: list[bytes] = []
    with patch.object(exporting, "json_lines", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        pieces.extend(response.streaming_content)
    assert b"complete" not in b"".join(pieces)


def test_each_page_enters_the_company_by_itself(acme: Company, manager: Visit) -> None:
    fill(acme, 0, FEW)
    with patch.object(exporting, "PAGE", 2):
        for _ in ask(manager, "crm_account").streaming_content:
            assert current_tenant_id() is None


def test_a_page_asks_the_same_number_of_questions_whatever_the_list(acme: Company) -> None:
    visit = Visit(acme.operator)
    fill(acme, 0, FEW)
    few = {(page, kind): questions(visit, page, kind) for page in READERS for kind in ("csv", "jsonl")}
    fill(acme, FEW, MANY)
    for (page, kind), asked in few.items():
        assert questions(visit, page, kind) == asked, (page, kind)


def questions(visit: Visit, page: str, kind: str) -> int:
    response = ask(visit, page, kind)
    with CaptureQueriesContext(connection) as captured:
        text_of(response)
    return len(captured)


def many_interactions(company: Company, number: int) -> None:
    with tenant_scope(company.tenant), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO crm_interaction (id, tenant_id, account_id, external_id, channel, direction, status, occurred_at,
                subject, text, participants, attributes)
            SELECT gen_random_uuid(), %s, %s, 'x' || n, 'email', 'in', 'completed',
                timestamptz '2026-01-01 00:00Z' + n / 3 * interval '1 minute', 'Subject ' || n, repeat('word ', 40),
                '{}', '{}'
            FROM generate_series(1, %s) n
            """,
            [company.tenant.pk, company.account.pk, number],
        )


@pytest.mark.parametrize(
    "number", [5_000, pytest.param(ROWS_OF_A_LONG_LIST, marks=pytest.mark.long)], ids=["some", "many"]
)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_long_list_takes_a_statement_a_page_and_no_more_memory_than_a_page(
    acme: Company, manager: Visit, kind: str, number: int
) -> None:
    many_interactions(acme, number)
    response = ask(manager, "crm_interaction", kind)
    asked = Selects()
    with connection.execute_wrapper(asked):
        tracemalloc.start()
        size = sum(len(piece) for piece in response.streaming_content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    with tenant_scope(acme.tenant):
        assert Interaction.objects.count() == number
    assert asked.number == number // exporting.PAGE + 1  # the last page is full, so that one more is looked for
    assert size > number * 100
    assert peak < 12 * 1024 * 1024


class Selects:
    """Counts the statements that read rows, and keeps none of them."""

    number = 0

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.number += " FROM " in sql
        return execute(sql, *rest)


@pytest.fixture(autouse=True)
def traced_no_longer() -> Iterator[None]:
    yield
    tracemalloc.stop()
