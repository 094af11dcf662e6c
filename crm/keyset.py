"""Paging by key: a page costs the same however far back it lies, and rows that come in before it do not shift it."""

from collections.abc import Collection, Iterator
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

_NOTHING = Q(pk__in=[])


def page_behind(rows: QuerySet[Any], mark: str | None, *, field: str, newest_first: bool, size: int) -> list[Any]:
    """The page of `rows` that follows the row `mark` (an id), and one row more where others follow.

    `rows` are ordered by `field` and then by id. A mark that names none of them gives the first page.
    """
    found = rows.filter(pk=mark).values_list(field, "pk").first() if is_uuid(mark) else None
    if found is not None:
        sign = "-" if newest_first else ""
        rows = rows.filter(beyond([f"{sign}{field}", f"{sign}pk"], list(found)))
    return list(rows[: size + 1])


def beyond(ordering: list[str], values: list[Any], *, nullable: Collection[str] = ()) -> Q:
    """The rows after the one with these values: further by the first column, or equal in it and further by the next,
    and so on. The leading condition on the first column alone is what an index can start from.

    `nullable` are the columns that may hold NULL, which PostgreSQL counts as larger than everything.
    """
    columns = [
        _Column(given.lstrip("-"), given.startswith("-"), value, given.lstrip("-") in nullable)
        for given, value in zip(ordering, values, strict=True)
    ]
    steps = [reduce(and_, [*(one.equal for one in columns[:at]), column.further]) for at, column in enumerate(columns)]
    return columns[0].not_before & reduce(or_, steps)


class _Column(NamedTuple):
    """A column of an ordering, and the value of the row to go on from."""

    name: str
    falls: bool
    value: Any
    is_nullable: bool

    @property
    def equal(self) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if self.value is None else Q(**{self.name: self.value})

    @property
    def further(self) -> Q:
        if self.value is None:
            return Q(**{f"{self.name}__isnull": False}) if self.falls else _NOTHING
        return self._compared("lt" if self.falls else "gt")

    @property
    def not_before(self) -> Q:
        if self.value is None:
            return Q() if self.falls else self.equal
        return self._compared("lte" if self.falls else "gte")

    def _compared(self, how: str) -> Q:
        found = Q(**{f"{self.name}__{how}": self.value})
        return found | Q(**{f"{self.name}__isnull": True}) if self.is_nullable and not self.falls else found


def is_uuid(text: str | None) -> bool:
    """Whether a text from an address can be an id of ours."""
    try:
        return bool(text) and bool(UUID(text))
    except ValueError:
        return False


def pages_of(rows: QuerySet[Any], *, size: int) -> Iterator[list[Any]]:
    """All of `rows` in their order, page after page: one statement each, and no more than a page in memory.

    The rows of a page are as they are when it is fetched. Rows ordered by an expression come by their id instead.
    """
    names, nullable = _columns(rows.model, list(rows.query.order_by))
    ordered = rows.order_by(*names)
    page = list(ordered[:size])
    while page:
        yield page
        if len(page) < size:
            return
        last = [_value(page[-1], name.lstrip("-")) for name in names]
        page = list(ordered.filter(beyond(names, last, nullable=nullable))[:size])


def _columns(model: Any, ordering: list[Any]) -> tuple[list[str], set[str]]:
    """What an ordering comes to, column by column, the id last, and which of them may hold NULL."""
    if not all(isinstance(name, str) for name in ordering):
        ordering = ["-pk"]
    found = [part for name in ordering for part in _spelled_out(model, name)]
    names = (
        list(dict.fromkeys(found)) if "pk" in {name.lstrip("-") for name in found} else [*dict.fromkeys(found), "-pk"]
    )
    return names, {name for name in (given.lstrip("-") for given in names) if _may_be_null(model, name)}


def _spelled_out(model: Any, given: str) -> list[str]:
    """A name of an ordering as names of columns: a relation stands for what its rows are ordered by."""
    sign, name = ("-" if given.startswith("-") else ""), given.lstrip("-")
    field = _fields(model, name)[-1]
    if name == "pk" or not field.is_relation or name.endswith(field.attname):
        return [f"{sign}pk" if field.primary_key and "__" not in name else given]
    theirs = field.related_model._meta.ordering or ("pk",)
    turned = [other.lstrip("-") if sign == other[:1] == "-" else f"{sign}{other}" for other in theirs]
    return [f"{'-' * one.startswith('-')}{name}__{one.lstrip('-')}" for one in turned]


def _may_be_null(model: Any, name: str) -> bool:
    return any(field.null for field in _fields(model, name))


def _fields(model: Any, name: str) -> list[Any]:
    """The fields that a name leads through."""
    found = []
    for part in name.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        found.append(field)
        model = field.related_model
    return found


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = None if row is None else getattr(row, part)
    return row
