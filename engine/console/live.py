"""What changed since a queue was shown: how much came, and what became of the rows that stand there. Light enough to be
asked every few seconds."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from crm.console.roles import visitor_of
from crm.keyset import is_uuid
from engine.console.filters import filters_of
from engine.lifecycle import Status
from engine.models import Action
from engine.ranking import LONGEST_READING, news

SHOWN = "X-Shown"  # a header, for so many ids would fill the log if they stood in the address
MOST_SHOWN = 200  # ids that fit into it


def changes(request: HttpRequest) -> dict[str, Any]:
    """`{new, waiting, rows}` for the rows that are shown (their ids in the header SHOWN, separated by commas), since they
    were ranked (`as_of`): how many others came that the filters let through, how many these let through in all, and of
    each row that is shown {version, waits, status, told}.

    Two statements. An odd `as_of` is now, and what is no id is left out.
    """
    who, now = visitor_of(request), timezone.now()
    shown = _ids(request.headers.get(SHOWN, ""))
    since = instant(request.GET.get("as_of"), now=now) or now
    came, waiting = news(tenant=who.tenant, wanted=filters_of(request).wanted, since=since, shown=shown, now=now)
    return {
        "new": came,
        "waiting": waiting,
        "rows": {str(action.pk): _told(action, now) for action in _rows(who.tenant.pk, shown)},
    }


def instant(text: str | None, *, now: datetime) -> datetime | None:
    """The instant that a page was ranked at, from its microseconds; None for what is none of the last day."""
    try:
        found = datetime.fromtimestamp(int(text or "") / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if now - LONGEST_READING < found <= now else None


def _ids(text: str) -> list[UUID]:
    return [UUID(one) for one in text.split(",")[:MOST_SHOWN] if is_uuid(one)]


def _rows(tenant_id: UUID, ids: list[UUID]) -> list[Action]:
    if not ids:
        return []
    rows = Action.objects.filter(tenant_id=tenant_id, pk__in=ids).select_related("decided_by")
    needed = (
        "status",
        "version",
        "decided_by__username",
        "decided_at",
        "executed_at",
        "snoozed_until",
        "superseded_by_id",
    )
    return list(rows.only(*needed))


def _told(action: Action, now: datetime) -> dict[str, Any]:
    put_off = action.snoozed_until is not None and action.snoozed_until > now
    waits = action.status == Status.PENDING
    told = f"Put off until {_when(action.snoozed_until)}" if waits and put_off else _SAID[action.status](action)
    return {"version": action.version, "waits": waits and not put_off, "status": action.status, "told": told}


def _decided(word: str) -> Callable[[Action], str]:
    def said(action: Action) -> str:
        return f"{word} by {action.decided_by} at {_when(action.decided_at)}" if action.decided_by_id else word

    return said


def _when(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def _plain(words: str) -> Callable[[Action], str]:
    return lambda action: words


_SAID: Mapping[str, Callable[[Action], str]] = MappingProxyType(
    {
        Status.PENDING: _plain(""),
        Status.APPROVED: _decided("Approved"),
        Status.REJECTED: _decided("Rejected"),
        Status.EXECUTING: _plain("Being carried out"),
        Status.EXECUTED: lambda action: (
            f"Carried out at {_when(action.executed_at)}" if action.executed_at else "Carried out"
        ),
        Status.FAILED: _plain("Failed"),
        Status.UNKNOWN: _plain("Its outcome is unknown"),
        Status.BLOCKED: _plain("Blocked by the guardrails"),
        Status.EXPIRED: _plain("Expired, which means no"),
        Status.WITHDRAWN: _plain("Withdrawn by its agent"),
        Status.SUPERSEDED: _decided("Edited"),
    }
)
