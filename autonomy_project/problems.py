"""Errors as RFC 9457 problem details: one table from exception to problem, for views, middleware and Django itself.

What nobody foresaw is a 500 that says nothing of its cause to the caller and everything to the log.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings

from autonomy_project.problem_kinds import KINDS, PLAIN, ProblemKind
from autonomy_project.strict_json import MalformedJson
from crm.api_fields import InvalidRequest
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.representation import instant

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
_SAYS_HOW_TO_MEND = "See `errors`: each entry points at a place and says what to do."
_OF_THE_WHOLE = (api_settings.NON_FIELD_ERRORS_KEY, "__all__")
_UNSTORABLE = "A value is too long, too large or holds a character that cannot be stored."


@dataclass(frozen=True)
class Problem:
    """One answer that is a refusal. `more` holds the members beyond RFC 9457's own."""

    kind: ProblemKind
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    keeps_changes: bool = False

    def body(self, path: str) -> dict[str, Any]:
        """The members of the problem, `instance` being the path that was asked for."""
        named = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": quote(path),
        }
        return named | ({"errors": self.errors} if self.errors else {}) | self.more


class KeyReused(exceptions.APIException):
    """An Idempotency-Key came back with another body (422)."""

    status_code = 422
    default_code = "key_reused"
    default_detail = "This Idempotency-Key was used for another body at this address within the last 7 days."


class BeingAnswered(exceptions.APIException):
    """The first request with this Idempotency-Key has not been answered yet (409)."""

    status_code = 409
    default_code = "being_answered"
    default_detail = "The first request with this Idempotency-Key is still being answered; send it again in a moment."


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """REST framework's EXCEPTION_HANDLER: whatever a view raised, as a problem."""
    return answer(exc, context["request"]._request)


def answer(exc: Exception, request: HttpRequest) -> HttpResponse:
    """The problem response for an exception. One that nobody foresaw is logged, and announced as Django does it."""
    problem = problem_of(exc)
    if problem.kind.status == 500:
        log.error("Unexpected error at %s %s", request.method, request.path, exc_info=exc)
        got_request_exception.send(sender=None, request=request)
    return response(problem, request)


def response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """A problem as an HTTP response; `keeps_changes` on it tells the transaction around it to commit."""
    made = JsonResponse(
        problem.body(request.path), status=problem.kind.status, content_type=MEDIA_TYPE, headers=problem.headers
    )
    made.keeps_changes = problem.keeps_changes  # type: ignore[attr-defined]
    return made


def problem_of(exc: Exception) -> Problem:
    """What an exception means to whoever asked: the nearest class in the table, by the exception's own ancestry."""
    known = next((_PROBLEMS[ancestor] for ancestor in type(exc).__mro__ if ancestor in _PROBLEMS), _internal)
    return known(exc)


def for_paths_under_api(page: Callable[..., HttpResponse], kind: ProblemKind) -> Callable[..., HttpResponse]:
    """Django's own error page, but a problem for the API's addresses: a handler400 to handler500 for the URL conf."""

    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.path.startswith("/api/"):
            return response(Problem(kind, kind.advice), request)
        return page(request, *args, **kwargs)

    return handle


bad_request = for_paths_under_api(defaults.bad_request, PLAIN[400])
permission_denied = for_paths_under_api(defaults.permission_denied, PLAIN[403])
page_not_found = for_paths_under_api(defaults.page_not_found, PLAIN[404])
server_error = for_paths_under_api(defaults.server_error, PLAIN[500])


def listed_errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """REST framework's nested error details as a flat list of {pointer, code, detail}, pointers after RFC 6901."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from listed_errors(inner, pointer if name in _OF_THE_WHOLE else _below(pointer, name))
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for at, inner in enumerate(detail):
            yield from listed_errors(inner, _below(pointer, at))
    elif isinstance(detail, list):
        for inner in detail:
            yield from listed_errors(inner, pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", None) or "invalid", "detail": str(detail)}


def _below(pointer: str, name: object) -> str:
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _invalid(errors: list[dict[str, str]]) -> Problem:
    return Problem(KINDS["invalid"], _SAYS_HOW_TO_MEND, errors=errors)


def _internal(exc: Exception) -> Problem:
    return Problem(KINDS["internal"], "It is logged; give this address and the time to whoever runs this server.")


def _unavailable(exc: Exception) -> Problem:
    log.warning("The database did not serve a request: %s", exc)
    detail = "The database is away or busy. Send the request again; with an Idempotency-Key it is done only once."
    return Problem(KINDS["unavailable"], detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _plain(exc: Any) -> Problem:
    kind = KINDS.get(exc.default_code) or PLAIN.get(exc.status_code) or KINDS["internal"]
    keeps_changes = getattr(exc, "keeps_changes", False)
    return Problem(kind, str(exc.detail), headers=_headers(exc), keeps_changes=keeps_changes)


def _headers(exc: Any) -> dict[str, str]:
    challenge = getattr(exc, "auth_header", None)
    return {"WWW-Authenticate": challenge} if challenge else {}


def _conflict(exc: Conflict) -> Problem:
    """`status` is RFC 9457's own member, the HTTP status; the action's stands beside it as `action_status`."""
    found = exc.action
    more: dict[str, Any] = {"differences": exc.differences}
    if found is not None:
        more |= {
            "action_status": found.status,
            "decided_by": found.decided_by.get_username() if found.decided_by else None,
            "decided_at": instant(found.decided_at),
            "content_hash": found.content_hash,
        }
    return Problem(KINDS["conflict"], str(exc), more=more, keeps_changes=exc.keeps_changes)


_PROBLEMS: dict[type, Callable[[Any], Problem]] = {
    MalformedJson: lambda exc: Problem(KINDS["malformed_json"], str(exc.detail), errors=exc.errors),
    exceptions.ValidationError: lambda exc: _invalid(list(listed_errors(exc.detail))),
    exceptions.ParseError: lambda exc: Problem(KINDS["malformed_json"], str(exc.detail)),
    exceptions.UnsupportedMediaType: lambda exc: Problem(PLAIN[415], f"{exc.detail} {PLAIN[415].advice}"),
    exceptions.APIException: _plain,
    Http404: lambda exc: Problem(KINDS["not_found"], KINDS["not_found"].advice),
    DjangoPermissionDenied: lambda exc: Problem(KINDS["forbidden"], str(exc) or KINDS["forbidden"].advice),
    DjangoValidationError: lambda exc: _invalid(list(listed_errors(as_serializer_error(exc)))),
    SuspiciousOperation: lambda exc: Problem(KINDS["bad_request"], KINDS["bad_request"].advice),
    UnreadablePostError: lambda exc: Problem(KINDS["malformed_json"], "The body broke off."),
    InvalidRequest: lambda exc: _invalid(exc.errors),
    InvalidProposal: lambda exc: _invalid(exc.errors),
    NotAllowed: lambda exc: Problem(KINDS["forbidden"], str(exc)),
    Conflict: _conflict,
    DataError: lambda exc: Problem(KINDS["bad_request"], _UNSTORABLE),
    OperationalError: _unavailable,
    InterfaceError: _unavailable,
}
