"""What the person decided a moment ago and can still take back. The session keeps the ids, the database the time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from engine.lifecycle import Status
from engine.models import Action

_KEY = "decided"
BATCH = "decided_in_bulk"
_MOST = 10


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions taken together, which can be taken back together until `until`."""

    ids: tuple[UUID, ...]
    said: str
    until: datetime


def remember(request: HttpRequest, action: Action) -> None:
    """Note a decision, so that the next pages offer to undo it while its hold lasts."""
    if action.not_before is not None:
        request.session[_KEY] = [*request.session.get(_KEY, []), str(action.pk)][-_MOST:]


def noted(request: HttpRequest) -> list[UUID]:
    """The ids of the person's last decisions, newest first."""
    return [UUID(one) for one in dict.fromkeys(reversed(request.session.get(_KEY, [])))]


def still_held(actions: Iterable[Action], now: datetime) -> list[Action]:
    """Those of the actions whose decision can be taken back at `now`."""
    return [action for action in actions if is_held(action, now)]


def is_held(action: Action, now: datetime) -> bool:
    """Whether the decision on an action can still be taken back, as far as this clock can tell."""
    decided = action.status in (Status.APPROVED, Status.REJECTED)
    return decided and action.not_before is not None and action.not_before > now


def remember_batch(request: HttpRequest, actions: Sequence[Action], said: str) -> None:
    """Note decisions taken together; `said` tells of them. None that is held is nothing to note."""
    held = [action for action in actions if action.not_before is not None]
    if held:
        until = max(action.not_before for action in held if action.not_before)
        ids = [str(action.pk) for action in held]
        request.session[BATCH] = {"ids": ids, "said": said, "until": until.isoformat()}


def noted_batch(request: HttpRequest, now: datetime) -> Batch | None:
    """The person's last decisions taken together, while the last of their holds lasts; asks no database."""
    kept = request.session.get(BATCH)
    if kept is None or datetime.fromisoformat(kept["until"]) <= now:
        return None
    return Batch(tuple(map(UUID, kept["ids"])), kept["said"], datetime.fromisoformat(kept["until"]))


def forget_batch(request: HttpRequest) -> None:
    """They have been taken back."""
    request.session.pop(BATCH, None)
