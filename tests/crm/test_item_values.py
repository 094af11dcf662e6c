"""What each field of an item takes, and what it refuses: a table."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.items import ACCOUNTS, CONTACTS, INTERACTIONS, OPPORTUNITIES, Kind, read_items
from crm.models import Tenant

KINDS = {kind.name: kind for kind in (ACCOUNTS, CONTACTS, OPPORTUNITIES, INTERACTIONS)}
SOMEBODY = Tenant(slug="acme", currency="EUR")

TAKEN: list[tuple[str, str, Any, Any]] = [
    ("accounts", "name", " Globex ", " Globex "),
    ("accounts", "name", "Ω" * 300, "Ω" * 300),
    ("accounts", "name", "a\nb\u202e\x01", "a\nb\u202e\x01"),
    ("accounts", "industry", "", ""),
    ("accounts", "domains", [], []),
    ("accounts", "domains", ["Globex.COM", "globex.com", "b.example"], ["globex.com", "b.example"]),
    ("accounts", "domains", ["müller.example"], ["xn--mller-kva.example"]),
    ("contacts", "email", "Hank.Scorpio@GLOBEX.example", "Hank.Scorpio@globex.example"),
    ("contacts", "time_zone", "America/New_York", "America/New_York"),
    ("contacts", "time_zone", "", ""),
    ("opportunities", "amount", "0", Decimal("0.00")),
    ("opportunities", "amount", 0, Decimal("0.00")),
    ("opportunities", "amount", "12.5", Decimal("12.50")),
    ("opportunities", "amount", 12.5, Decimal("12.50")),
    ("opportunities", "amount", 10.1, Decimal("10.10")),
    ("opportunities", "amount", 1000.0, Decimal("1000.00")),
    ("opportunities", "amount", Decimal("3.10"), Decimal("3.10")),
    ("opportunities", "amount", 999_999_999_999, Decimal("999999999999.00")),
    ("opportunities", "amount", "999999999999.99", Decimal("999999999999.99")),
    ("opportunities", "currency", "USD", "USD"),
    ("opportunities", "opened_on", "2024-02-29", date(2024, 2, 29)),
    ("opportunities", "qualification", {}, {}),
    ("opportunities", "qualification", {"BANT": {"budget": "ok", "need": None}}, {"BANT": {"budget": "ok"}}),
    ("opportunities", "qualification", {"BANT": {"budget": " "}}, {}),
    (
        "opportunities",
        "qualification",
        {"framework": "MEDDIC", "fields": {"champion": "Hank"}},
        {"MEDDIC": {"champion": "Hank"}},
    ),
    ("interactions", "occurred_at", "2026-03-01T09:30Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    (
        "interactions",
        "occurred_at",
        "2026-03-01T09:30:15.25+05:30",
        datetime(2026, 3, 1, 4, 0, 15, 250_000, tzinfo=UTC),
    ),
    ("interactions", "text", "=1+1\u0007'; DROP TABLE--", "=1+1\u0007'; DROP TABLE--"),
    ("interactions", "participants", ["A", "B", "A"], ["A", "B"]),
]

_NUL, _HALF = "a\0b", "a\ud800b"

REFUSED: list[tuple[str, str, Any, str, str]] = [
    ("accounts", "name", 5, "type", ""),
    ("accounts", "name", True, "type", ""),
    ("accounts", "name", ["x"], "type", ""),
    ("accounts", "name", "", "blank", ""),
    ("accounts", "name", " \t\u00a0", "blank", ""),
    ("accounts", "name", "x" * 301, "too_long", ""),
    ("accounts", "name", _NUL, "nul", ""),
    ("accounts", "name", _HALF, "surrogate", ""),
    ("accounts", "owner", 1.5, "type", ""),
    ("accounts", "domains", "globex.com", "type", ""),
    ("accounts", "domains", {"0": "globex.com"}, "type", ""),
    ("accounts", "domains", ["ok.example", 5], "type", "/1"),
    ("accounts", "domains", ["ok.example", "no domain"], "not_a_domain", "/1"),
    ("accounts", "domains", ["globex"], "not_a_domain", "/0"),
    ("accounts", "domains", ["https://globex.com"], "not_a_domain", "/0"),
    ("accounts", "domains", ["hank@globex.com"], "not_a_domain", "/0"),
    ("accounts", "domains", ["127.0.0.1"], "not_a_domain", "/0"),
    ("accounts", "domains", ["globex.com."], "not_a_domain", "/0"),
    ("accounts", "domains", [""], "not_a_domain", "/0"),
    ("accounts", "domains", [_HALF], "surrogate", "/0"),
    ("accounts", "domains", [f"d{n}.example" for n in range(101)], "count", ""),
    ("accounts", "updated_at", "2026-03-01", "not_a_moment", ""),
    ("contacts", "email", "", "not_an_address", ""),
    ("contacts", "time_zone", "Atlantis/Poseidonis", "unknown_time_zone", ""),
    ("contacts", "time_zone", "europe/berlin", "unknown_time_zone", ""),
    ("contacts", "time_zone", 1, "type", ""),
    ("contacts", "time_zone", "x" * 65, "too_long", ""),
    ("contacts", "email", "hank", "not_an_address", ""),
    ("contacts", "email", "Hank <hank@globex.example>", "not_an_address", ""),
    ("contacts", "email", "hank@globex.example\nBcc: all@globex.example", "not_an_address", ""),
    ("contacts", "email", "x" * 250 + "@globex.example", "not_an_address", ""),
    ("contacts", "email", ["hank@globex.example"], "type", ""),
    ("contacts", "account", 7, "type", ""),
    ("contacts", "account", "", "blank", ""),
    ("contacts", "account", "x" * 201, "too_long", ""),
    ("opportunities", "stage", "Discovery", "not_one_of", ""),
    ("opportunities", "stage", "won", "not_one_of", ""),
    ("opportunities", "stage", 1, "type", ""),
    ("opportunities", "stage", ["discovery"], "type", ""),
    ("opportunities", "amount", "", "not_an_amount", ""),
    ("opportunities", "amount", "-1", "not_an_amount", ""),
    ("opportunities", "amount", -1, "not_an_amount", ""),
    ("opportunities", "amount", -0.5, "not_an_amount", ""),
    ("opportunities", "amount", "1.234", "not_an_amount", ""),
    ("opportunities", "amount", 0.1 + 0.2, "not_an_amount", ""),
    ("opportunities", "amount", "1,000", "not_an_amount", ""),
    ("opportunities", "amount", "1e3", "not_an_amount", ""),
    ("opportunities", "amount", " 1", "not_an_amount", ""),
    ("opportunities", "amount", "1\n", "not_an_amount", ""),
    ("opportunities", "amount", "\u0661\u0662", "not_an_amount", ""),
    ("opportunities", "amount", "NaN", "not_an_amount", ""),
    ("opportunities", "amount", float("nan"), "not_an_amount", ""),
    ("opportunities", "amount", float("inf"), "not_an_amount", ""),
    ("opportunities", "amount", 1e300, "not_an_amount", ""),
    ("opportunities", "amount", 10**12, "not_an_amount", ""),
    ("opportunities", "amount", 10**5000, "not_an_amount", ""),
    ("opportunities", "amount", True, "type", ""),
    ("opportunities", "amount", [1], "type", ""),
    ("opportunities", "currency", "usd", "not_a_currency", ""),
    ("opportunities", "currency", "EURO", "not_a_currency", ""),
    ("opportunities", "currency", "EU\u0420", "not_a_currency", ""),
    ("opportunities", "opened_on", "2025-02-30", "not_a_date", ""),
    ("opportunities", "opened_on", "20250201", "not_a_date", ""),
    ("opportunities", "opened_on", "2025-02-01T00:00:00Z", "not_a_date", ""),
    ("opportunities", "opened_on", "0001-01-01", "not_a_date", ""),
    ("opportunities", "opened_on", 20250201, "type", ""),
    ("opportunities", "qualification", "BANT", "type", ""),
    ("opportunities", "qualification", {"SPIN": {}}, "unknown_framework", ""),
    ("opportunities", "qualification", {"BANT": "yes"}, "type", "/BANT"),
    ("opportunities", "qualification", {"BANT": {"colour": "red"}}, "unknown_field", "/BANT"),
    ("opportunities", "qualification", {"BANT": {"budget": 5}}, "type", "/BANT/budget"),
    ("opportunities", "qualification", {"BANT": {"budget": _NUL}}, "nul", "/BANT/budget"),
    ("opportunities", "qualification", {"BANT": {"budget": "x" * 5001}}, "too_long", "/BANT/budget"),
    ("opportunities", "qualification", {"framework": "SPIN", "fields": {}}, "unknown_framework", ""),
    ("interactions", "channel", "fax", "not_one_of", ""),
    ("interactions", "direction", "IN", "not_one_of", ""),
    ("interactions", "status", "done", "not_one_of", ""),
    ("interactions", "occurred_at", "2026-03-01T09:30:00", "not_a_moment", ""),
    ("interactions", "occurred_at", "2026-03-01 09:30:00Z", "not_a_moment", ""),
    ("interactions", "occurred_at", "2026-13-01T09:30:00Z", "not_a_moment", ""),
    ("interactions", "occurred_at", "9999-12-31T23:59:59-01:00", "not_a_moment", ""),
    ("interactions", "occurred_at", "2026-W10-1T09:30:00Z", "not_a_moment", ""),
    ("interactions", "occurred_at", 1_772_353_800, "type", ""),
    ("interactions", "subject", "x" * 999, "too_long", ""),
    ("interactions", "text", "x" * 100_001, "too_long", ""),
    ("interactions", "text", _HALF, "surrogate", ""),
    ("interactions", "participants", ["A", ""], "blank", "/1"),
    ("interactions", "participants", ["A", None], "type", "/1"),
    ("interactions", "participants", "A", "type", ""),
]


def _ids(table: list[Any]) -> list[str]:
    return [f"{row[1]} {place}" for place, row in enumerate(table)]  # some values have no text of their own


def _draft(kind: Kind, item: Any) -> Any:
    return read_items(kind, [item], SOMEBODY)[0]


@pytest.mark.parametrize(("kind", "field", "value", "stored"), TAKEN, ids=_ids(TAKEN))
def test_a_value_that_fits_is_stored_so(kind: str, field: str, value: Any, stored: Any) -> None:
    draft = _draft(KINDS[kind], {"external_id": "X", field: value})
    assert draft.errors == []
    assert draft.values == {KINDS[kind].fields[field].stored_as: stored}


@pytest.mark.parametrize(("kind", "field", "value", "code", "at"), REFUSED, ids=_ids(REFUSED))
def test_a_value_that_does_not_fit_is_an_error_at_its_place(
    kind: str, field: str, value: Any, code: str, at: str
) -> None:
    draft = _draft(KINDS[kind], {"external_id": "X", field: value})
    assert [(error["pointer"], error["code"]) for error in draft.errors] == [(f"/items/0/{field}{at}", code)]
    assert draft.errors[0]["detail"].endswith(".")


@pytest.mark.parametrize("value", [None, "", "  ", 5, True, "x" * 201, _NUL, _HALF, ["A"]])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_external_id_is_a_text_that_says_something(kind: str, value: Any) -> None:
    draft = _draft(KINDS[kind], {"external_id": value})
    assert [error["pointer"] for error in draft.errors] == ["/items/0/external_id"]
    assert draft.external_id is None


@pytest.mark.parametrize("item", [None, 5, "A-1", ["A-1"], True])
def test_an_item_is_an_object(item: Any) -> None:
    assert [(error["pointer"], error["code"]) for error in _draft(ACCOUNTS, item).errors] == [("/items/0", "type")]


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("name", ["tenant", "id", "tenant_id", "account_id", "attributes", "context", "created_at"])
def test_what_no_item_may_set_is_an_unknown_field(kind: str, name: str) -> None:
    draft = _draft(KINDS[kind], {"external_id": "X", name: "anything"})
    assert [(error["pointer"], error["code"]) for error in draft.errors] == [(f"/items/0/{name}", "unknown_field")]


def test_the_name_of_an_unknown_field_is_told_as_part_of_a_pointer() -> None:
    draft = _draft(ACCOUNTS, {"external_id": "X", "a/b~c\ud800" + "x" * 100: 1})
    assert draft.errors[0]["pointer"] == "/items/0/a~1b~0c?" + "x" * 74


def test_every_error_of_an_item_is_told_at_once() -> None:
    draft = _draft(ACCOUNTS, {"external_id": 5, "name": "", "domains": ["x"], "colour": "red"})
    assert [error["pointer"] for error in draft.errors] == [
        "/items/0/external_id",
        "/items/0/name",
        "/items/0/domains/0",
        "/items/0/colour",
    ]
