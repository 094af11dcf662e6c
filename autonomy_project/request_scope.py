"""Around every view of the API: who asks, their tenant's transaction, and what becomes of it.

The caller is found before the transaction begins. The view then runs, and its answer is rendered, inside it; an answer
of 400 or more undoes it, unless it says that it keeps its changes. A view with `scoped = False` sees to its own scope.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ValidationError

from autonomy_project import problems
from autonomy_project.idempotency import answer_once
from autonomy_project.strict_json import LengthRequired
from crm.access import Caller
from crm.keys import InvalidKey, find_caller
from crm.tenancy import tenant_scope

API = "/api/v1/"
_SCHEME = "bearer "
_PIECE, _MOST_PIECES = 65_536, 16  # bytes, and how many of them: 1 MiB

Run = Callable[[], HttpResponse]


class RequestScope:
    """The middleware. `request.caller` is the Caller, or None without a valid credential (then the view says 401)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
            _read_to_its_end(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer in the view's place, for the views under /api/v1/."""
        if not request.path.startswith(API):
            return None
        try:
            return self._answered(request, view, lambda: _rendered(view(request, *args, **kwargs)))
        except Exception as error:  # the edge of the API: every error leaves as a problem
            return problems.answer(error, request)

    def _answered(self, request: HttpRequest, view: Any, run: Run) -> HttpResponse:
        caller = _caller(request)
        request.caller = caller  # type: ignore[attr-defined]
        if caller is None:
            return run()
        _refuse_unreadable(request)
        view_class = getattr(view, "cls", view)
        if not getattr(view_class, "scoped", True):
            return run()
        return _in_scope(caller, lambda: answer_once(request, caller=caller, view=view_class, run=run))


def _caller(request: HttpRequest) -> Caller | None:
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_SCHEME):
        return None
    try:
        return find_caller(given[len(_SCHEME) :].strip())
    except InvalidKey:
        return None


def _read_to_its_end(request: HttpRequest) -> None:
    """Take in what a refusal left unread of the body, up to a limit: on a connection that lives on, it would stand in the
    way of the next request."""
    with suppress(OSError):  # the sender is gone, and so is the connection
        for _ in range(_MOST_PIECES):
            if not request.read(_PIECE):
                return


def _refuse_unreadable(request: HttpRequest) -> None:
    """Refuse what no view could take: a body without a length, and NUL in the query, which no column can hold."""
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired
    for name, values in request.GET.lists():
        if any("\0" in text for text in (name, *values)):
            raise ValidationError({name.replace("\0", "?"): ["The character NUL (U+0000) is not allowed."]})


def _in_scope(caller: Caller, run: Run) -> HttpResponse:
    with tenant_scope(caller.tenant):
        response = run()
        if response.status_code >= 400 and not getattr(response, "keeps_changes", False):
            transaction.set_rollback(True)
    return response


def _rendered(response: Any) -> HttpResponse:
    return response.render() if hasattr(response, "render") else response
