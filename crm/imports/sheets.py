"""Reading a folder of CSV files line by line, without losing one: what cannot be read is told with its line.

UTF-8 with or without a byte order mark, lines that end in LF or CRLF, quoted fields over several lines. What no such
file holds (another encoding, no header, a quotation mark that is never closed) makes the whole folder unusable: the
rows behind it would be guesses.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LONGEST_LINE = 10_000_000  # bytes; a longer one is no line of a spreadsheet

Advance = Callable[[int], None]


class UnusableFolder(Exception):
    """Nothing of the folder can be imported; the message says why and what to do."""

    def __init__(self, reason: str, *, file: str, line: int | None = None, column: str | None = None) -> None:
        super().__init__(reason)
        self.error = {"file": file, "line": line, "column": column, "reason": reason}


class CellError(ValueError):
    """A cell cannot be read. `column` None: the row as a whole cannot."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(slots=True)
class Row:
    """A row of a file: the physical line it begins on, its cells by column name, and what is wrong with it."""

    file: str
    line: int
    cells: dict[str, str]
    problems: dict[tuple[str | None, str], None] = field(default_factory=dict)

    def refuse(self, column: str | None, reason: str) -> None:
        """Note what is wrong; the same is noted once."""
        self.problems[(column, reason)] = None

    @property
    def errors(self) -> list[dict[str, str | int | None]]:
        """What is wrong, as the command reports it."""
        return [
            {"file": self.file, "line": self.line, "column": column, "reason": reason}
            for column, reason in self.problems
        ]


def read_rows(folder: Path, file: str, columns: Sequence[str], *, advance: Advance) -> Iterator[Row]:
    """The rows of a file of `folder` that must have these columns (it may have more). `advance` hears of bytes read.

    Column names are matched without regard to case and white space around them. Blank lines are no rows.
    Raises UnusableFolder.
    """
    try:
        with (folder / file).open("rb") as content:
            yield from _rows(content, file, columns, advance)
    except OSError as failure:
        reason = f"{file} cannot be read: {failure.strerror or failure}. It must be in the folder {folder}."
        raise UnusableFolder(reason, file=file) from failure


def _rows(content: IO[bytes], file: str, columns: Sequence[str], advance: Advance) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    records = csv.reader(_lines(content, file, advance), strict=True)
    header = _header(records, file, columns)
    while True:
        line = records.line_num + 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as failure:
            yield _malformed(failure, file, line, last=records.line_num)
            continue
        if cells:
            yield _row(file, line, header, cells)


def _lines(content: IO[bytes], file: str, advance: Advance) -> Iterator[str]:
    number = 0
    while raw := content.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE:
            reason = f"Line {number} of {file} is longer than {LONGEST_LINE} bytes: that is no CSV file."
            raise UnusableFolder(reason, file=file, line=number)
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as failure:
            reason = f"{file} is not in UTF-8 (line {number}, byte {failure.start + 1}). Export it as UTF-8."
            raise UnusableFolder(reason, file=file, line=number) from failure
        advance(len(raw))
        yield text


def _header(records: Iterator[list[str]], file: str, columns: Sequence[str]) -> list[str]:
    found = _column_names(records, file)
    spelling = {column.casefold(): column for column in columns}
    header = [spelling.get(name.casefold(), name) for name in found]
    for column in dict.fromkeys([*columns, *header]):
        if header.count(column) != 1:
            how_often = "is missing" if column not in header else "appears more than once"
            reason = f"The column {column} of {file} {how_often}. Its first line reads: {', '.join(found)[:300]}"
            raise UnusableFolder(reason, file=file, line=1, column=column)
    return header


def _column_names(records: Iterator[list[str]], file: str) -> list[str]:
    try:
        names = [name.strip() for name in next(records, [])]
    except csv.Error as failure:
        raise UnusableFolder(f"The first line of {file} is no CSV: {failure}.", file=file, line=1) from failure
    if not any(names):
        raise UnusableFolder(f"{file} is empty: its first line must name the columns.", file=file, line=1)
    return [name or f"column {place}" for place, name in enumerate(names, start=1)]


def _row(file: str, line: int, header: list[str], cells: list[str]) -> Row:
    row = Row(file, line, dict(zip(header, cells, strict=False)))
    if len(cells) != len(header):
        row.refuse(None, f"The row has {len(cells)} columns, the header has {len(header)}.")
    return row


def _malformed(failure: csv.Error, file: str, line: int, *, last: int) -> Row:
    """A row whose quotation marks do not fit, with all lines between them; one never closed has taken the rest."""
    if "unexpected end of data" in str(failure) or "field limit" in str(failure):
        reason = f"A quotation mark opened in the row on line {line} of {file} is never closed. Is the file cut off?"
        raise UnusableFolder(reason, file=file, line=line) from failure
    row = Row(file, line, {})
    lines = f"Lines {line} to {last} are" if last > line else "The row is"
    row.refuse(None, f"{lines} no CSV: {failure}.")
    return row
