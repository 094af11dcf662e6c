"""What a decision answers to a script that sent it (`X-Requested-With: fetch`): the same as the pages say, as JSON."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone

from crm.console.roles import visitor_of
from engine.console import undoing
from engine.console.review import Refused
from engine.console.rows import rows_of
from engine.errors import Conflict
from engine.lifecycle import Status
from engine.models import Action


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours asks."""
    return request.headers.get("X-Requested-With") == "fetch"


def done(request: HttpRequest, action: Action, message: str) -> JsonResponse:
    """A decision was taken: `leaves` says whether the action no longer waits in the queue, `undo` is the strip that offers
    to take it back ("" where nothing can be)."""
    now = timezone.now()
    strip = _strip(request, action) if undoing.is_held(action, now) else ""
    return JsonResponse(
        {
            "status": action.status,
            "message": message,
            "leaves": not _waits(action, now),
            "undo": strip,
            **_shown(action),
        }
    )


def refused(refusal: Refused, status: int) -> JsonResponse:
    """A decision that does not fit (400, with `errors` by field) or that this person may not take (403)."""
    errors: dict[str, list[str]] = {}
    if refusal.form is not None:
        errors = {name: [str(one) for one in found] for name, found in refusal.form.errors.items()}
    message = refusal.sentence or " ".join(sentence for found in errors.values() for sentence in found)
    return JsonResponse({"message": message, "errors": errors}, status=status)


def conflicting(conflict: Conflict, action: Action, message: str) -> JsonResponse:
    """Somebody was there before, or the action is no longer what was shown (409): the message tells who, when and what."""
    now = conflict.action or action
    leaves = not _waits(now, timezone.now())
    answer = {"status": now.status, "message": message, "leaves": leaves, "differences": conflict.differences}
    return JsonResponse({**answer, **_shown(now)}, status=409)


def _waits(action: Action, now: datetime) -> bool:
    put_off = action.snoozed_until is not None and action.snoozed_until > now
    return action.status == Status.PENDING and not put_off


def _shown(action: Action) -> dict[str, Any]:
    return {"id": str(action.pk), "version": action.version, "content_hash": action.content_hash}


def _strip(request: HttpRequest, action: Action) -> str:
    rows = rows_of([action], visitor_of(request).tenant)
    return render_to_string("engine/undo.html", {"undoable": rows}, request)
