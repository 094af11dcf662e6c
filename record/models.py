"""What happened and cannot be changed."""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from uuid_utils.compat import uuid7

from record.canonical import digest


class Entry(models.Model):
    """One fact: who did what to which subject, when. Never updated, never deleted (triggers and privileges).

    `facts` holds ids, hashes and typed facts, never a payload's or a customer's text, so that erasing a customer leaves
    the record whole. `hash` covers every other column (SHA-256 over RFC 8785).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField()
    kind = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "record entry"
        verbose_name_plural = "record"
        indexes = [
            # read by: the history on an action's review page, `stamped_facts` when a stale hash is explained
            models.Index(fields=["tenant_id", "subject_id", "id"], name="entries_of_a_subject"),
            # read by: the record's page in the console, newest first
            models.Index(fields=["tenant_id", "-id"], name="entries_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"

    def covered(self) -> dict[str, Any]:
        """Every column but the hash, as the JSON value that is hashed. A test fails on a column left out here."""
        return {
            "id": str(self.id),
            "tenant_id": str(self.tenant_id),
            "kind": self.kind,
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "actor_kind": self.actor_kind,
            "actor_id": self.actor_id,
            "actor_label": self.actor_label,
            "facts": self.facts,
            "created_at": instant(self.created_at),
        }

    def computed_hash(self) -> str:
        """The hash this row must carry, 64 hex digits."""
        return digest(self.covered())


def instant(moment: datetime) -> str:
    """An aware datetime as UTC text with microseconds: the same text whatever zone a connection reads it in."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
