"""The API's description: OpenAPI 3.1, generated from the views, completed by what the middleware adds to every call."""

import hashlib
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from autonomy_project.idempotency import HEADER, KEPT_FOR, REPLAYED
from autonomy_project.problem_kinds import KINDS, PLAIN
from autonomy_project.problems import MEDIA_TYPE
from autonomy_project.request_scope import API

Node = dict[str, Any]

_TEXT: Node = {"type": "string"}
_PROBLEM: Node = {
    "type": "object",
    "description": "RFC 9457. `type` ends in a slug that programs can compare.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "enum": [kind.type for kind in KINDS.values()]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
_FAULT: Node = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body; for a query, / and its parameter."},
        "code": _TEXT,
        "detail": _TEXT,
    },
    "required": ["pointer", "code", "detail"],
    "additionalProperties": False,
}
_CONFLICT: Node = {
    "allOf": [
        {"$ref": "#/components/schemas/Problem"},
        {
            "type": "object",
            "description": "About an action it also says what the action is now.",
            "properties": {
                "action_status": _TEXT,
                "decided_by": {"type": ["string", "null"]},
                "decided_at": {"type": ["string", "null"], "format": "date-time"},
                "content_hash": _TEXT,
                "differences": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"field": _TEXT, "shown": {}, "now": {}},
                        "required": ["field", "shown", "now"],
                    },
                },
            },
        },
    ]
}
_KEY: Node = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": f"Sent again with the same body, the request is done once; its answer is kept for {KEPT_FOR}.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_REPLAYED: Node = {"description": "true where this is the answer that was given before.", "schema": {"const": "true"}}


def add_what_every_call_has(result: Node, generator: Any, request: Any, public: bool) -> Node:
    """A drf-spectacular post-processing hook: problems on every operation, the Idempotency-Key on every POST."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=_PROBLEM, Fault=_FAULT, ConflictProblem=_CONFLICT)
    components["responses"] = {_name(status): _response(status) for status in sorted({*PLAIN, 422})}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if path.startswith(API):
                _complete(operation, method, has_id="{" in path)
    return result


@cache
def description() -> tuple[bytes, str]:
    """The description as JSON, and its ETag. Made once per process: the views do not change while it runs."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    rendered = OpenApiJsonRenderer().render(made, renderer_context={})
    return rendered, f'"{hashlib.sha256(rendered).hexdigest()[:32]}"'


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """GET /api/schema/."""
    rendered, tag = description()
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    return HttpResponse(rendered, content_type=OpenApiJsonRenderer.media_type, headers={"ETag": tag})


@require_safe
def problem_page(request: HttpRequest) -> HttpResponse:
    """GET /api/docs/problems/: where the `type` of every problem leads."""
    return render(request, "autonomy_project/problems.html", {"kinds": KINDS.values()})


def _complete(operation: Node, method: str, *, has_id: bool) -> None:
    if body := operation.get("requestBody"):
        body["required"] = True
    for status in _refusals(operation, method, has_id=has_id):
        operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})
    if method == "post":
        operation.setdefault("parameters", []).append(_KEY)
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                answer.setdefault("headers", {})[REPLAYED] = _REPLAYED


def _refusals(operation: Node, method: str, *, has_id: bool) -> list[int]:
    with_id = [404] if has_id else []
    with_body = [411, 413, 415] if "requestBody" in operation else []
    writing = [] if method == "get" else [409]
    keyed = [422] if method == "post" else []
    return sorted({400, 401, 403, 500, 503, *with_id, *with_body, *writing, *keyed})


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(status: int) -> Node:
    kinds = [kind for kind in KINDS.values() if kind.status == status]
    shape = "ConflictProblem" if status == 409 else "Problem"
    return {
        "description": ". ".join(kind.title for kind in kinds) + ".",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
    }
