"""What the person decided a moment ago and can still take back. The session keeps the ids, the database the time."""

from django.http import HttpRequest
from django.utils import timezone

from engine.lifecycle import Status
from engine.models import Action

_KEY = "decided"
_MOST = 10


def remember(request: HttpRequest, action: Action) -> None:
    """Note a decision, so that the next pages offer to undo it while its hold lasts."""
    if action.not_before is not None:
        request.session[_KEY] = [*request.session.get(_KEY, []), str(action.pk)][-_MOST:]


def undoable(request: HttpRequest) -> list[Action]:
    """The person's decisions whose hold lasts; one query, and none where nothing was decided lately."""
    noted = request.session.get(_KEY, [])
    if not noted:
        return []
    held = Action.objects.filter(
        pk__in=noted, status__in=(Status.APPROVED, Status.REJECTED), not_before__gt=timezone.now()
    )
    return list(held.select_related("account", "opportunity").order_by("-decided_at"))
