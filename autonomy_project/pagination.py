"""Lists by cursor: a page stays what it was while rows are added before it, and no page costs more than another."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions, pagination
from rest_framework.response import Response

from crm.keyset import beyond

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
_SIZE = f"A whole number from 1 to {LARGEST_SIZE}."
_CURSOR = "Not one of our cursors: follow `next` and `previous` as they were given."


class CursorPages(pagination.CursorPagination):
    """`{results, next, previous}`, `page_size` 1 to 200; ordered by what the view's `page_ordering` says."""

    page_size = DEFAULT_SIZE
    max_page_size = LARGEST_SIZE
    page_size_query_param = "page_size"
    cursor_query_description = "Where the page begins: taken from `next` or `previous` of another page."
    ordering = "-id"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's `page_ordering`, newest first by default. Its last column is unique, none of them is ever null."""
        ordering = getattr(view, "page_ordering", self.ordering)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """One page of rows. Raises ValidationError for a size out of range and for what is no cursor of ours.

        A position holds every column of the ordering, so it names one place also where many rows share a time or name.
        REST framework's own counts rows from the first column's value, and loses its way in 1,000 equal ones.
        """
        self.base_url = request.build_absolute_uri()
        self._ordering = self.get_ordering(request, queryset, view)
        self._columns = [queryset.model._meta.get_field(name.lstrip("-")) for name in self._ordering]
        size = self.get_page_size(request)
        self._at: Any = self.decode_cursor(request) or _cursor(None)
        rows = list(self._rows(queryset)[: size + 1])
        self._has_more, self._page = len(rows) > size, rows[:size]
        if self._at.reverse:
            self._page.reverse()
        return self._page

    def get_next_link(self) -> str | None:
        """The page after this one."""
        if not self._page or not (self._has_more or self._at.reverse):
            return None
        return self.encode_cursor(_cursor(self._position(self._page[-1])))

    def get_previous_link(self) -> str | None:
        """The page before this one."""
        if not self._page or not (self._has_more if self._at.reverse else self._at.position):
            return None
        return self.encode_cursor(_cursor(self._position(self._page[0]), reverse=True))

    def _rows(self, queryset: Any) -> Any:
        """The rows from the cursor on, in the direction it goes."""
        towards = [_reversed(name) for name in self._ordering] if self._at.reverse else list(self._ordering)
        rows = queryset.order_by(*towards)
        if self._at.position is None:
            return rows
        return rows.filter(beyond(towards, self._values(self._at.position)))

    def _position(self, row: Any) -> str:
        return json.dumps([column.value_to_string(row) for column in self._columns])

    def _values(self, position: str) -> list[Any]:
        """What a position says of each column. Raises ValueError or ValidationError for anything but ours."""
        texts = json.loads(position)
        if not isinstance(texts, list) or not all(isinstance(text, str) and "\0" not in text for text in texts):
            raise ValueError("not a position of ours")
        return [column.to_python(text) for column, text in zip(self._columns, texts, strict=True)]

    def get_page_size(self, request: Any) -> int:
        """The size asked for. Raises ValidationError for one out of range."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return DEFAULT_SIZE
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= LARGEST_SIZE):
            raise exceptions.ValidationError({self.page_size_query_param: [_SIZE]})
        return int(asked)

    def decode_cursor(self, request: Any) -> Any:
        """The cursor sent, its position fit for the ordering's column. Raises ValidationError for any other text."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None:
                self._check(cursor, request.query_params[self.cursor_query_param])
        except (exceptions.NotFound, DjangoValidationError, ValueError, OverflowError, RecursionError):
            raise exceptions.ValidationError({self.cursor_query_param: [_CURSOR]}) from None
        return cursor

    def _check(self, cursor: Any, given: str) -> None:
        """Raise ValueError or ValidationError unless it is spelled as we spell it and its position fits the column."""
        ours = parse_qs(urlsplit(self.encode_cursor(cursor)).query, keep_blank_values=True)
        if ours[self.cursor_query_param] != [given]:
            raise ValueError("not spelled as we do")
        if cursor.offset or cursor.position is None:
            raise ValueError("our cursors name a place")
        self._values(cursor.position)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Both parameters as OpenAPI describes them."""
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE}
        return [
            {
                "name": self.cursor_query_param,
                "in": "query",
                "required": False,
                "description": self.cursor_query_description,
                "schema": {"type": "string"},
            },
            {"name": self.page_size_query_param, "in": "query", "required": False, "schema": size},
        ]

    def get_paginated_response(self, data: list[Any]) -> Response:
        """The page in the contract's form."""
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same as JSON Schema; `schema` is that of the list."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "properties": {"results": schema, "next": link, "previous": link},
            "required": ["results", "next", "previous"],
        }


def _cursor(position: Any, *, reverse: bool = False) -> Any:
    return pagination.Cursor(0, reverse, position)


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
