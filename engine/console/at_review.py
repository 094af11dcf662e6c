"""What the review page asks for while it is open: what has happened since, what an edit would change, and the way to the
next one. Nothing of it changes a row."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from crm.console.roles import visitor_of
from engine.console.differences import changes_of
from engine.console.payload_forms import PayloadForm
from engine.console.review import find
from engine.edits import difference
from engine.errors import InvalidProposal
from engine.models import Action
from engine.queue import pending
from record.models import Entry

# What an entry of the record comes down to, for somebody who looks at the page it is about.
_HAPPENED: Mapping[str, str] = MappingProxyType(
    {
        "action.approved": "{who} approved this",
        "action.rejected": "{who} rejected this",
        "action.superseded": "{who} edited this; the edited version took its place",
        "action.undone": "{who} took the decision back; it waits again",
        "action.asked": "{who} asked the agent a question",
        "action.answered": "The agent answered a question",
        "action.snoozed": "{who} put this off",
        "action.reassigned": "{who} handed this to somebody",
        "action.withdrawn": "The agent took this back",
        "action.expired": "The deadline of this passed",
        "action.blocked": "The guardrails blocked this",
        "action.restamped": "This was judged anew, for the deal's stage or the rules changed",
        "action.executing": "This is being carried out",
        "action.executed": "This was carried out",
        "action.failed": "This could not be carried out",
        "action.unknown": "Carrying this out had no answer",
    }
)


def now(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """`{version, status, news}` of an action; `news` is a sentence where its version is not the `version` asked with."""
    action = _found(request, object_id)
    known = request.GET.get("version", "")
    news = "" if known == str(action.version) else happened(request, action)
    return JsonResponse({"version": action.version, "status": action.status, "news": news})


def happened(request: HttpRequest, action: Action) -> str:
    """The last thing on record about an action, as a sentence: who did what, and when."""
    entry = Entry.objects.filter(tenant_id=action.tenant_id, subject_id=str(action.pk)).order_by("-id").first()
    if entry is None:
        return "This changed."
    is_visitor = (entry.actor_kind, entry.actor_id) == ("person", str(visitor_of(request).person.pk))
    who = "You" if is_visitor else entry.actor_label
    told = _HAPPENED.get(entry.kind, "{who} changed this").format(who=who)
    return f"{told} at {timezone.localtime(entry.created_at):%H:%M:%S}."


def edited(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """By POST, what the edit as it stands in the form would change, word by word. A GET leads to the page."""
    action = _found(request, object_id)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:engine_action_change", args=[action.pk]))
    return render(request, "engine/edited.html", _changes(action, PayloadForm(action, request.POST)))


def following(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """To the action that waits behind this one, or to the queue where none does."""
    return _beyond(request, object_id, back=False)


def preceding(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """To the action that waits before this one, or to the queue where none does."""
    return _beyond(request, object_id, back=True)


def _changes(action: Action, form: PayloadForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"changes": [], "misfits": ["Something in the form does not fit yet."]}
    try:
        return {"changes": changes_of(difference(action.payload, form.payload())), "misfits": []}
    except InvalidProposal as refusal:
        return {"changes": [], "misfits": [error["detail"] for error in refusal.errors]}


def _beyond(request: HttpRequest, object_id: UUID, *, back: bool) -> HttpResponse:
    action = _found(request, object_id)
    step = "lt" if back else "gt"
    beyond = Q(**{f"expires_at__{step}": action.expires_at}) | Q(
        **{"expires_at": action.expires_at, f"id__{step}": action.pk}
    )
    waiting = pending(tenant_id=action.tenant_id).filter(beyond)
    found = (waiting.reverse() if back else waiting).values_list("pk", flat=True).first()
    page = reverse("admin:engine_action_change", args=[found]) if found else reverse("admin:index")
    return HttpResponseRedirect(page)


def _found(request: HttpRequest, object_id: UUID) -> Action:
    action = find(request, object_id)
    if action is None:
        raise Http404("No action has this id.")
    return action


# By the last part of the address under an action's.
ANSWERS: Mapping[str, Callable[[HttpRequest, UUID], HttpResponse]] = MappingProxyType(
    {"now": now, "edited": edited, "following": following, "preceding": preceding}
)
