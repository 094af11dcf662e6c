"""What becomes of a value in a file: nothing runs as a formula, nothing exact is lost."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.exports import cell, csv_end, csv_lines, json_end, json_lines

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tx",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\u202e=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "\ufe661",
    "=cmd|' /C calc'!A0",
    "'=1",
    "''=1",
]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "plain", "a=b", "1-2", "O'Neil", "'quoted'", "é", "„=“", "Ünal = ok"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


@given(st.text())
def test_no_cell_begins_as_a_formula_and_one_apostrophe_gives_the_text_back(text: str) -> None:
    made = cell(text)
    assert isinstance(made, str)
    assert not made.lstrip().startswith(STARTS)
    assert made in (text, f"'{text}")
    assert made != text or cell(f"'{text}") == f"'{text}"  # so whoever reads it knows which apostrophes are ours


@pytest.mark.parametrize("number", [0, -5, 3.5, -0.25, Decimal("-12.50")])
def test_a_number_stays_a_number(number: Any) -> None:
    line = csv_lines([[number]]).decode()
    assert line == f"{number}\r\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1))), "2026-01-02T03:04:05+01:00"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (["a", "b"], '["a", "b"]'),
        ({"a": 1}, '{"a": 1}'),
        (timedelta(seconds=1.5), "PT1.500000S"),
    ],
)
def test_every_kind_of_value_has_its_text(value: Any, text: str) -> None:
    assert cell(value) == text


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1)))
def test_a_reader_of_csv_gets_the_cells_back(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows).decode(), newline=""), strict=True))
    assert read == [[cell(text) for text in row] for row in rows]


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text() | st.integers() | st.none()))
def test_a_line_of_json_is_exact(row: dict[str, Any]) -> None:
    try:
        line = json_lines([row])
    except UnicodeEncodeError:
        return  # half of a surrogate pair, which no column can hold
    assert line.count(b"\n") == 1
    assert json.loads(line) == row


def test_json_rounds_nothing() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    line = json_lines([{"at": moment, "money": Decimal("0.10"), "text": "=1", "list": ["ä"]}])
    assert json.loads(line) == {"at": "2026-01-02T03:04:05.678901Z", "money": "0.10", "text": "=1", "list": ["ä"]}
    assert "ä".encode() in line


def test_what_no_column_of_ours_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes has no form"):
        json_lines([{"x": b"1"}])


def test_a_whole_file_says_at_its_end_that_it_is_whole() -> None:
    assert json.loads(json_end(3)) == {"complete": True, "rows": 3}
    assert csv_end(3) == b'"complete: 3 rows"\r\n'
