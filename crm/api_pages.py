"""A list as the API gives it: one page, and the way to the next and the previous one."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from crm.fields import Schema


AsJson = Callable[[Sequence[Any]], list[dict[str, Any]]]


def page_of(rows: QuerySet[Any], *, view: APIView, request: Request, as_json: AsJson) -> Response:
    """The page of `rows` the request asks for, ordered as the view's `page_ordering` says (default: newest first).

    `as_json` is called once with the rows of the page. The pagination is the settings'.
    """
    pagination = api_settings.DEFAULT_PAGINATION_CLASS()
    page = pagination.paginate_queryset(rows, request, view=view)
    return pagination.get_paginated_response(as_json(page))


def page_schema(item: Schema) -> Schema:
    """The JSON Schema of a page of items."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "properties": {"results": {"type": "array", "items": item}, "next": link, "previous": link},
        "required": ["results", "next", "previous"],
    }
