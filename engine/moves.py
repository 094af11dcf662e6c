"""The only writer of an action's status: one conditional UPDATE over a set, and its record entries, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.sql import UpdateQuery

from crm.tenancy import current_tenant_id
from engine.clock import ClockTimestamp
from engine.lifecycle import Status, sources
from engine.models import Action
from record import journal
from record.actors import Actor

ALIVE = Q(expires_at__gt=ClockTimestamp())  # the deadline is judged in the UPDATE, by the database's clock


# What else a move sets: an action that waits anew has been told to nobody and put off by nobody.
_BESIDE: Mapping[Status, dict[str, Any]] = MappingProxyType(
    {
        Status.PENDING: {
            "waiting_since": ClockTimestamp(),
            "snoozed_until": None,
            "reminded_at": None,
            "escalated_at": None,
            "quiet_until": None,
        },
        Status.EXECUTED: {"executed_at": ClockTimestamp()},
    }
)


@dataclass(frozen=True, slots=True)
class Moved:
    """One action as the UPDATE left it."""

    id: UUID
    was: str
    version: int
    content_hash: str


def move(
    ids: Iterable[UUID],
    to: Status,
    *,
    actor: Actor,
    only: Q | None = None,
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    kind: str | None = None,
) -> list[UUID]:
    """Move those of `ids` that may go to `to` and meet the condition `only`; return the ids that moved.

    `changes` are further columns to set, `facts` go into each record entry, `kind` names the entry where the status
    alone would not ("action.undone"). The caller stands in a tenant's scope; moving none where one was meant is the
    caller's Conflict.
    """
    wanted = list(ids)
    if not wanted:
        return []
    condition = Q(pk__in=wanted, status__in=sorted(sources(to)))
    with transaction.atomic():
        moved = _update(
            condition & only if only else condition, {"status": to, **_BESIDE.get(to, {}), **(changes or {})}
        )
        _record(moved, kind or f"action.{to}", to, actor, facts or {})
    return [action.id for action in moved]


def restamp(action: Action, *, actor: Actor, changes: dict[str, Any], facts: dict[str, Any]) -> None:
    """Write down a new verdict on an action that stays where it is, so that its hash is the one to consent to."""
    note(action, actor=actor, kind="action.restamped", changes=changes, facts=facts)


def note(
    action: Action,
    *,
    actor: Actor,
    kind: str,
    changes: dict[str, Any],
    facts: dict[str, Any],
    only: Q | None = None,
) -> bool:
    """Change columns of an action that stays where it is and meets `only`, with an entry of `kind`; False where it has
    moved meanwhile."""
    condition = Q(pk=action.pk, status=action.status)
    with transaction.atomic():
        moved = _update(condition & only if only else condition, changes)
        _record(moved, kind, Status(action.status), actor, facts)
    return bool(moved)


def _update(condition: Q, changes: dict[str, Any]) -> list[Moved]:
    query: Any = Action.objects.filter(condition).query.chain(UpdateQuery)  # as QuerySet.update() does, with RETURNING
    query.add_update_values({"version": F("version") + 1, **changes})
    sql, parameters = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING id, old.status, version, content_hash", parameters)
        return [Moved(*row) for row in cursor.fetchall()]


def _record(moved: list[Moved], kind: str, to: Status, actor: Actor, facts: dict[str, Any]) -> None:
    tenant_id = current_tenant_id()
    assert tenant_id is not None, "move() outside a tenant's scope"
    journal.write_all(
        journal.entry(
            tenant_id=tenant_id,
            kind=kind,
            subject=("action", action.id),
            actor=actor,
            facts={
                "from": action.was,
                "to": to.value,
                "version": action.version,
                "content_hash": action.content_hash,
                **facts,
            },
        )
        for action in moved
    )


def note_all(
    ids: Iterable[UUID], *, actor: Actor, kind: str, only: Q, changes: dict[str, Any], facts: dict[str, Any]
) -> list[UUID]:
    """Change columns of those of `ids` that are pending and meet `only`, each with an entry of `kind`; return which."""
    wanted = list(ids)
    if not wanted:
        return []
    with transaction.atomic():
        noted = _update(Q(pk__in=wanted, status=Status.PENDING) & only, changes)
        _record(noted, kind, Status.PENDING, actor, facts)
    return [action.id for action in noted]
