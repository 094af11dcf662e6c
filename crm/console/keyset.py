"""Paging by key: a page costs the same however far back it lies, and rows that come in before it do not shift it."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet


def page_behind(rows: QuerySet[Any], mark: str | None, *, field: str, newest_first: bool, size: int) -> list[Any]:
    """The page of `rows` that follows the row `mark` (an id), and one row more where others follow.

    `rows` are ordered by `field` and then by id. A mark that names none of them gives the first page.
    """
    found = rows.filter(pk=mark).values_list(field, "pk").first() if is_uuid(mark) else None
    if found is not None:
        side = "lt" if newest_first else "gt"
        behind = Q(**{f"{field}__{side}": found[0]}) | Q(**{field: found[0], f"pk__{side}": found[1]})
        rows = rows.filter(behind)
    return list(rows[: size + 1])


def is_uuid(text: str | None) -> bool:
    """Whether a text from an address can be an id of ours."""
    try:
        return bool(text) and bool(UUID(text))
    except ValueError:
        return False
