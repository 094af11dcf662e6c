"""Paging by key: a page costs the same however far back it lies, and rows that come in before it do not shift it."""

from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet


def page_behind(rows: QuerySet[Any], mark: str | None, *, field: str, newest_first: bool, size: int) -> list[Any]:
    """The page of `rows` that follows the row `mark` (an id), and one row more where others follow.

    `rows` are ordered by `field` and then by id. A mark that names none of them gives the first page.
    """
    found = rows.filter(pk=mark).values_list(field, "pk").first() if is_uuid(mark) else None
    if found is not None:
        sign = "-" if newest_first else ""
        rows = rows.filter(beyond([f"{sign}{field}", f"{sign}pk"], list(found)))
    return list(rows[: size + 1])


def beyond(ordering: list[str], values: list[Any]) -> Q:
    """The rows after the one with these values: further by the first column, or equal in it and further by the next,
    and so on. The leading condition on the first column alone is what an index can start from."""
    names = [name.lstrip("-") for name in ordering]
    further = [
        f"{name}__{'lt' if given.startswith('-') else 'gt'}" for name, given in zip(names, ordering, strict=True)
    ]
    equal = [Q(**dict(zip(names[:place], values[:place], strict=True))) for place in range(len(names))]
    steps = [before & Q(**{how: value}) for before, how, value in zip(equal, further, values, strict=True)]
    return Q(**{f"{further[0]}e": values[0]}) & reduce(or_, steps)


def is_uuid(text: str | None) -> bool:
    """Whether a text from an address can be an id of ours."""
    try:
        return bool(text) and bool(UUID(text))
    except ValueError:
        return False
