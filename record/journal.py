"""Writing the record. Called inside the transaction of the change it tells of; if it fails, so does the change."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from record.actors import Actor
from record.models import Entry

_LABEL_LENGTH = 200


def entry(
    *, tenant_id: UUID, kind: str, subject: tuple[str, Any], actor: Actor, facts: dict[str, Any] | None = None
) -> Entry:
    """An entry ready to be written. `kind` is `<subject>.<past participle>`; `subject` is (type, id)."""
    made = Entry(
        tenant_id=tenant_id,
        kind=kind,
        subject_type=subject[0],
        subject_id=str(subject[1]),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:_LABEL_LENGTH],
        facts=facts or {},
        created_at=timezone.now(),
    )
    made.hash = made.computed_hash()
    return made


def write(
    *, tenant_id: UUID, kind: str, subject: tuple[str, Any], actor: Actor, facts: dict[str, Any] | None = None
) -> Entry:
    """Write one entry (arguments as for `entry`) and return it."""
    made = entry(tenant_id=tenant_id, kind=kind, subject=subject, actor=actor, facts=facts)
    made.save(force_insert=True)
    return made


def write_all(entries: Iterable[Entry]) -> None:
    """Write many entries in one statement."""
    Entry.objects.bulk_create(entries)
