"""How the cells of a row become the fields of an item. A profile is a table of these."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.fields import FieldError, Money
from crm.imports.sheets import CellError, Row
from record.canonical import digest

_MONTH_DAY_YEAR = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|[0-9]{4})")
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that one file lists and others point at."""

    id: str
    name: str
    price: str = ""


@dataclass(slots=True)
class Directory:
    """What one file lists, by id and by name. A name that several share finds none of them."""

    by_id: dict[str, Named] = field(default_factory=dict)
    by_name: dict[str, Named | None] = field(default_factory=dict)

    def add(self, thing: Named) -> None:
        """Remember `thing` unless its id is known already."""
        if self.by_id.setdefault(thing.id, thing) is thing:
            self.by_name[squashed(thing.name)] = None if squashed(thing.name) in self.by_name else thing


@dataclass(slots=True)
class Folder:
    """What the cells of a row may ask for: the tenant's zone, the days added to each date, what other files list."""

    zone: ZoneInfo
    shift_days: int = 0
    directories: dict[str, Directory] = field(default_factory=dict)


Read = Callable[[Row, Folder], Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A field made of a row. Raises CellError. Its first column is the one to look at when the field does not fit."""

    columns: tuple[str, ...]
    read: Read
    may_have: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointing:
    """How the rows of one file point at what another lists: by a column with its id, one with its name, or both.

    With `ours`, an id that the file does not list passes: our records may know it.
    """

    file: str
    name_column: str
    id_column: str = ""
    ours: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is read from."""
        return (self.id_column, self.name_column) if self.id_column else (self.name_column,)

    def find(self, row: Row, folder: Folder) -> Named | None:
        """What a row points at; None where it names nothing, or an id that may be ours.

        Raises CellError for what is not listed, and for a name that is not that of the id.
        """
        name = row.cells[self.name_column].strip()
        if self.id_column and (its_id := row.cells[self.id_column].strip()):
            return self._by_id(its_id, name, folder.directories[self.file])
        return self._by_name(name, folder.directories[self.file]) if name else None

    def _by_id(self, its_id: str, name: str, directory: Directory) -> Named | None:
        thing = directory.by_id.get(its_id)
        if thing is None and not self.ours:
            raise CellError(self.id_column, f"{quoted(its_id)} is not in {self.file}.")
        if thing and name and squashed(thing.name) != squashed(name):
            reason = f"{self.id_column} {its_id} is {quoted(thing.name)} in {self.file}, not {quoted(name)}."
            raise CellError(self.name_column, reason)
        return thing

    def _by_name(self, name: str, directory: Directory) -> Named:
        thing = directory.by_name.get(squashed(name))
        if thing is None:
            raise CellError(self.name_column, f"{quoted(name)} is not in {self.file}, or there more than once.")
        return thing


def squashed(name: str) -> str:
    """A name without white space and case: GTXPro is GTX Pro."""
    return "".join(name.split()).casefold()


def text(column: str) -> Cell:
    """The cell without white space around it."""
    return Cell((column,), lambda row, folder: row.cells[column].strip())


def prose(column: str) -> Cell:
    """The cell as it is, its line ends made one kind: saving the file elsewhere changes nothing."""
    return Cell((column,), lambda row, folder: _prose(row.cells[column]))


def constant(value: Any) -> Cell:
    """A field that the export does not tell."""
    return Cell((), lambda row, folder: value)


def listed(column: str) -> Cell:
    """A list of the one text in the cell; empty for a blank cell."""
    return Cell((column,), lambda row, folder: [name] if (name := row.cells[column].strip()) else [])


def word(column: str, meanings: Mapping[str, str]) -> Cell:
    """What a word of the export means, whatever its case."""

    def read(row: Row, folder: Folder) -> str:
        found = meanings.get(row.cells[column].strip().casefold())
        if found is None:
            raise CellError(column, f"{quoted(row.cells[column])} is none of: {', '.join(meanings)}.")
        return found

    return Cell((column,), read)


def day(column: str) -> Cell:
    """A date written M/D/YY or M/D/YYYY, moved by the folder's shift; null for a blank cell. YY means 20YY."""
    return Cell((column,), lambda row, folder: _iso(_shifted(column, row, folder)))


def noon(column: str) -> Cell:
    """Twelve o'clock on a date, in the tenant's zone.

    The export gives the day alone. Noon keeps that day in every zone within eleven hours; no clock change touches it.
    """

    def read(row: Row, folder: Folder) -> str | None:
        when = _shifted(column, row, folder)
        return datetime.combine(when, _NOON, folder.zone).astimezone(UTC).isoformat() if when else None

    return Cell((column,), read)


def reference(pointing: Pointing) -> Cell:
    """The id of the thing that a row points at, as the file lists it; null where the row names none."""

    def read(row: Row, folder: Folder) -> str | None:
        thing = pointing.find(row, folder)
        return thing.id if thing else row.cells.get(pointing.id_column, "").strip() or None

    return Cell(pointing.columns, read)


def amount(column: str, *, of: Pointing) -> Cell:
    """An amount; a blank cell takes the list price of the product (0 stays 0), and null without a product."""

    def read(row: Row, folder: Folder) -> str | None:
        if told := row.cells[column].strip():
            return told
        sold = of.find(row, folder)
        return _price(sold, column) if sold else None

    return Cell((column, *of.columns), read)


def priced(column: str) -> Cell:
    """A cell that must hold an amount."""

    def read(row: Row, folder: Folder) -> str:
        try:
            return str(Money().read(row.cells[column].strip()))
        except FieldError as refusal:
            raise CellError(column, refusal.detail) from refusal

    return Cell((column,), read)


def hashed(prefix: str, *parts: Cell, column: str | None = None) -> Cell:
    """An id made of `parts`, the same in every import; where the row has one in `column`, that one."""

    def read(row: Row, folder: Folder) -> str:
        if column and (told := row.cells.get(column, "").strip()):
            return told
        return f"{prefix}-{digest([part.read(row, folder) for part in parts])[:32]}"

    needed = tuple(name for part in parts for name in part.columns)
    return Cell(needed, read, may_have=(column,) if column else ())


def as_written(column: str) -> Cell:
    """A date as the file has it, unmoved by the folder's shift: what an id is made of."""
    return Cell((column,), lambda row, folder: _iso(read_day(column, row)))


def where(condition: Callable[[Row], bool], cell: Cell) -> Cell:
    """The cell, or null in rows that do not meet the condition."""
    return Cell(cell.columns, lambda row, folder: cell.read(row, folder) if condition(row) else None, cell.may_have)


def read_day(column: str, row: Row) -> date | None:
    """The date in a cell, as the file has it; None for a blank one. Raises CellError."""
    written = row.cells[column].strip()
    if not written:
        return None
    match = _MONTH_DAY_YEAR.fullmatch(written)
    try:
        if match is None:
            raise ValueError("not M/D/YY")
        month, its_day, year = (int(part) for part in match.groups())
        return date(year + 2000 if len(match[3]) == 2 else year, month, its_day)
    except ValueError as failure:
        raise CellError(column, f"{quoted(written)} is not a date written M/D/YY ({failure}).") from failure


def _shifted(column: str, row: Row, folder: Folder) -> date | None:
    when = read_day(column, row)
    try:
        return when + timedelta(days=folder.shift_days) if when else None
    except OverflowError as failure:
        raise CellError(column, f"{quoted(row.cells[column])} is too late a date to be shifted.") from failure


def _price(sold: Named, column: str) -> str:
    try:
        return str(Money().read(sold.price))
    except FieldError as refusal:
        raise CellError(column, f"Blank, and the list price of {quoted(sold.name)} is no amount.") from refusal


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when else None


def _prose(written: str) -> str:
    return written.replace("\r\n", "\n").replace("\r", "\n")


def quoted(written: str) -> str:
    """A cell's text for a message: in quotes, whatever is in it, and not too long."""
    return repr(written[:60])
