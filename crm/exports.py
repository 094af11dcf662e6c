"""Rows as CSV or as JSON lines, for people to take away. Knows no Django.

CSV is for spreadsheets: a text that a spreadsheet would read as a formula is led by an apostrophe (OWASP, "CSV
Injection"; full-width forms count, and what nobody sees before them does not hide them). JSON lines are exact.
Both end with a line that says so, and how many rows there were: a file without it broke off on its way.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # by which Excel knows UTF-8


class Format(StrEnum):
    CSV = "csv"
    EXCEL = "excel"  # CSV behind a byte order mark
    JSON_LINES = "jsonl"

    @property
    def suffix(self) -> str:
        """How a file of it ends."""
        return "jsonl" if self is Format.JSON_LINES else "csv"

    @property
    def content_type(self) -> str:
        """What it is called over HTTP."""
        return "application/jsonl" if self is Format.JSON_LINES else "text/csv; charset=utf-8"


# White space, and characters nobody sees, before one of the signs a formula begins with, in any of their widths. The
# apostrophes before them are those of this rule: a text that has them already gains one, so that all can be taken off.
_FORMULA = re.compile(
    r"'*[\s\u0000\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
)
_ALWAYS = ("\t", "\r", "\n")


def cell(value: Any) -> str | int | float | Decimal:
    """A value as a cell of CSV: numbers as they are, times in ISO 8601 with their zone, lists and objects as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, Mapping | list | tuple):
        return _harmless(_json(value))
    return "" if value is None else _harmless(_written(value))


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows of values as lines of CSV (RFC 4180): every text in quotation marks."""
    lines = io.StringIO(newline="")
    csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC).writerows([[cell(value) for value in row] for row in rows])
    return lines.getvalue().encode()


def csv_end(rows: int) -> bytes:
    """The last line of a whole file."""
    return csv_lines([[f"complete: {rows} rows"]])


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as one JSON object a line, nothing rounded: decimals are texts, times are UTC to the microsecond."""
    return "".join(f"{_json(row)}\n" for row in rows).encode()


def json_end(rows: int) -> bytes:
    """The last line of a whole file."""
    return json_lines([{"complete": True, "rows": rows}])


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_ALWAYS) or _FORMULA.match(text) else text


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else _exact(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_exact, allow_nan=False)


def _exact(value: Any) -> str:
    """What JSON has no type for, as text. Raises TypeError for what no column of ours holds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():.6f}S"
    if isinstance(value, Decimal | UUID | str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in an export")
