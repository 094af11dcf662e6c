"""The export of a list: what it shows to whoever asks, as a file that is written while it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, SEARCH_VAR
from django.db.models import Model
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise

from crm.console.roles import visitor_of
from crm.exports import BYTE_ORDER_MARK, Format, csv_end, csv_lines, json_end, json_lines
from crm.keyset import pages_of
from record import journal
from record.canonical import digest

PAGE = 500  # rows in memory at a time
_LONGEST = 200  # characters of a filter's value that the record keeps
_NOT_FILTERS = (PAGE_VAR, ALL_VAR, ERROR_FLAG)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the CSV file: its heading, and how its value is had from a row."""

    heading: str
    of: Callable[[Any], Any]


def export(page: Any, request: HttpRequest, chosen: Format) -> StreamingHttpResponse:
    """The rows of the list `page` that its filters and search leave, in its order, as a file.

    The record says that it was asked for, before the first row is read. Raises IncorrectLookupParameters.
    """
    request.GET = _of_the_list(request)  # type: ignore[assignment]
    found = page.get_changelist_instance(request)
    _record(page, request, found, chosen)
    rows = pages_of(found.queryset, size=PAGE)
    content = _as_json(page, rows) if chosen is Format.JSON_LINES else _as_csv(page, rows, chosen)
    response = StreamingHttpResponse(content, content_type=chosen.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(page, request, chosen)}"'
    return response


def columns(page: Any) -> list[Column]:
    """The id and the columns of the list. What the list says in words may stand there as numbers: `page.in_csv`."""
    made = [Column("id", lambda row: row.pk)]
    for name in page.list_display:
        for part in page.in_csv.get(name, ()):
            made.append(Column(part.rpartition("__")[2].replace("_", " "), _reader(part)))
        if name not in page.in_csv:
            made.append(Column(str(label_for_field(name, page.model, page)), _shown(page, name)))
    return made


def raw(page: Any, row: Any) -> dict[str, Any]:
    """The columns of the row's table by their names, less `page.kept_back`."""
    fields = [field for field in row._meta.concrete_fields if field.name not in page.kept_back]
    return {field.attname: field.value_from_object(row) for field in fields}


def _of_the_list(request: HttpRequest) -> Any:
    """The address as the list reads it: an export has no pages."""
    given = request.GET.copy()
    for name in _NOT_FILTERS:
        given.pop(name, None)
    return given


def _record(page: Any, request: HttpRequest, found: Any, chosen: Format) -> None:
    """The filters word by word; of what was searched for, which may name a customer, its hash alone."""
    who = visitor_of(request)
    facts: dict[str, Any] = {"list": page.list_name, "format": chosen.value, "filters": _filters(request)}
    if found.query:
        facts["search_sha256"] = digest(found.query)
    journal.write(
        tenant_id=who.tenant.pk, kind="list.exported", subject=("list", page.list_name), actor=who.actor, facts=facts
    )


def _filters(request: HttpRequest) -> dict[str, str]:
    given = {name: values for name, values in request.GET.lists() if name != SEARCH_VAR}
    return {name[:_LONGEST]: ", ".join(values)[:_LONGEST] for name, values in given.items()}


def _file_name(page: Any, request: HttpRequest, chosen: Format) -> str:
    return f"{page.list_name}-{visitor_of(request).tenant.slug}-{timezone.localdate()}.{chosen.suffix}"


def _as_csv(page: Any, pages: Iterator[list[Any]], chosen: Format) -> Iterator[bytes]:
    made = page.csv_columns()
    headings = csv_lines([[column.heading for column in made]])
    yield BYTE_ORDER_MARK + headings if chosen is Format.EXCEL else headings
    count = 0
    for rows in pages:
        count += len(rows)
        yield csv_lines([[column.of(row) for column in made] for row in rows])
    yield csv_end(count)


def _as_json(page: Any, pages: Iterator[list[Any]]) -> Iterator[bytes]:
    count = 0
    for rows in pages:
        count += len(rows)
        yield json_lines(page.json_row(row) for row in rows)
    yield json_end(count)


def _reader(name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        for part in name.split("__"):
            row = None if row is None else getattr(row, part)
        return _in_zone(row)

    return read


def _shown(page: Any, name: str) -> Callable[[Any], Any]:
    def show(row: Any) -> Any:
        field, _, value = lookup_field(name, row, page)
        if field is not None and field.choices and value is not None:
            return str(getattr(row, f"get_{field.name}_display")())
        return str(value) if isinstance(value, Model | Promise) else _in_zone(value)

    return show


def _in_zone(value: Any) -> Any:
    """A moment in the company's zone; anything else as it is."""
    return timezone.localtime(value) if hasattr(value, "utcoffset") and value.tzinfo else value
