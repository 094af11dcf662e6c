"""One file of an import: its rows made into items, the items written in batches, every refusal told with its row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from crm.imports.cells import Cell, Directory, Folder, Named, quoted
from crm.imports.clones import stored_clones
from crm.imports.profiles import Listing, Made, Sheet
from crm.imports.sheets import CellError, Row
from crm.items import CLONES
from crm.models import Tenant
from crm.upserts import REJECTED, Outcome, upsert
from record.actors import Actor

BATCH = 1_000

Item = dict[str, Any]
Errors = Sequence[dict[str, str]]


@dataclass(slots=True)
class Report:
    """What an import did so far: per kind how many items had which outcome, and every row that was refused."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: list[dict[str, Any]] = field(default_factory=list)

    def count(self, kind: str, outcome: str) -> None:
        """One more item of `kind` with this outcome."""
        self.counts[kind][outcome] += 1

    def refuse(self, row: Row, kind: str | None) -> None:
        """One row less: the row's own kind counts it as rejected."""
        self.errors.extend(row.errors)
        if kind:
            self.count(kind, REJECTED)


@dataclass(slots=True)
class SheetWriter:
    """Writes the rows of one sheet. `seen` remembers the line of every external id, `made` what became of items that
    several rows share (no errors: stored)."""

    sheet: Sheet
    folder: Folder
    tenant: Tenant
    actor: Actor
    source: str
    report: Report
    seen: dict[str, int] = field(default_factory=dict)
    made: dict[str, Errors] = field(default_factory=dict)

    def write(self, rows: Iterable[Row]) -> None:
        """Write every row. What a row lists is known to later files even where the row itself is refused."""
        for batch in _batches(self._listed(rows)):
            self._write_batch(batch)

    def _listed(self, rows: Iterable[Row]) -> Iterator[Row]:
        directory = self.folder.directories.setdefault(self.sheet.file, Directory())
        for row in rows:
            if self.sheet.lists and not row.problems:
                directory.add(_named(self.sheet.lists, row))
            yield row

    def _write_batch(self, rows: list[Row]) -> None:
        read = [(row, self._read(row)) for row in rows]
        for place, made in enumerate(self.sheet.makes):
            offered = [(row, item) for row, items in read if not row.problems and (item := items[place])]
            (self._write_once if made.once else self._write_each)(made, offered)
        own_kind = self.sheet.makes[-1].kind.name if self.sheet.makes else None
        for row in rows:
            if row.problems:
                self.report.refuse(row, own_kind)

    def _read(self, row: Row) -> list[Item | None]:
        """The items of a row. What cannot be read is noted on it."""
        if row.problems:
            return []
        for check in self.sheet.checks:
            _cell(check, row, self.folder)
        items = [self._item(made, row) for made in self.sheet.makes]
        if items and items[-1] and not row.problems:
            self._note_repetition(row, items[-1]["external_id"])
        return items

    def _item(self, made: Made, row: Row) -> Item | None:
        external_id = _cell(made.external_id, row, self.folder)
        if external_id is None:
            return None
        item = {name: _cell(cell, row, self.folder) for name, cell in made.fields.items()}
        if "attributes" in made.kind.fields:
            item["attributes"] = {**(item.get("attributes") or {}), **self._extra(row)}
        return {"external_id": external_id, **item}

    def _extra(self, row: Row) -> dict[str, str]:
        known = self.sheet.known
        return {name: text.strip() for name, text in row.cells.items() if name not in known and text.strip()}

    def _note_repetition(self, row: Row, external_id: str) -> None:
        first = self.seen.setdefault(external_id, row.line)
        if first != row.line:
            columns = self.sheet.makes[-1].external_id.columns
            if len(columns) == 1:
                row.refuse(columns[0], f"{quoted(external_id)} is on line {first} already.")
            else:
                row.refuse(None, f"The same row is on line {first} already.")

    def _write_each(self, made: Made, offered: list[tuple[Row, Item]]) -> None:
        outcome = self._upsert(made, [item for _, item in offered])
        for (row, _), result in zip(offered, outcome.results, strict=True):
            _refuse(row, made, result.errors)
            if result.outcome != REJECTED:
                self.report.count(made.kind.name, result.outcome)

    def _write_once(self, made: Made, offered: list[tuple[Row, Item]]) -> None:
        new = {item["external_id"]: item for _, item in offered if item["external_id"] not in self.made}
        outcome = self._upsert(made, list(new.values()))
        for external_id, result in zip(new, outcome.results, strict=True):
            self.made[external_id] = result.errors
            if result.outcome != REJECTED:
                self.report.count(made.kind.name, result.outcome)
        for row, item in offered:
            _refuse(row, made, self.made[item["external_id"]])

    def _upsert(self, made: Made, items: list[Item]) -> Outcome:
        if not items:
            return Outcome([])
        write = partial(upsert, find=stored_clones) if made.kind is CLONES else upsert
        return write(made.kind, tenant=self.tenant, items=items, actor=self.actor, source=self.source)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _named(listing: Listing, row: Row) -> Named:
    price = row.cells[listing.price].strip() if listing.price else ""
    return Named(row.cells[listing.id].strip(), row.cells[listing.name].strip(), price)


def _cell(cell: Cell, row: Row, folder: Folder) -> Any:
    try:
        return cell.read(row, folder)
    except CellError as refusal:
        row.refuse(refusal.column, refusal.reason)
        return None


def _refuse(row: Row, made: Made, errors: Errors) -> None:
    """Tell the errors of an item in the words of its file: the column a field was read from, and what is there."""
    for error in errors:
        column = _column(made, error["pointer"])
        written = row.cells.get(column, "").strip() if column else ""
        row.refuse(column, f"{quoted(written)}: {error['detail']}" if written else error["detail"])


def _column(made: Made, pointer: str) -> str | None:
    name, *rest = pointer.split("/")[3:] or [""]
    if name == "attributes" and rest:
        return "/".join(rest)
    cell = made.external_id if name == "external_id" else made.fields.get(name)
    return cell.columns[0] if cell and cell.columns else None
