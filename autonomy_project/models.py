"""What the map itself keeps: answers that can be given again."""

from typing import ClassVar

from django.db import models

from crm.models import TenantRow


class IdempotentAnswer(TenantRow):
    """The answer to one POST with an Idempotency-Key, written in the transaction of what the POST did.

    `status` is null only while the request is being answered, in its own transaction: only 2xx answers are kept.
    """

    credential_id = models.UUIDField()
    endpoint = models.CharField(max_length=64, help_text="SHA-256 of method and path, which may be of any length.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and canonical body.")
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "credential_id", "endpoint", "key"], name="an_idempotency_key_is_answered_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status=None) | models.Q(status__range=(200, 299)), name="only_successes_are_kept"
            ),
        ]
        indexes: ClassVar = [
            # read by: autonomy_project.idempotency, which removes the expired
            models.Index(fields=["tenant", "created_at"], name="answers_by_age"),
        ]

    def __str__(self) -> str:
        return f"answer {self.status} to {self.key}"
