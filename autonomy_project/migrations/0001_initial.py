"""The answers that can be given again."""

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("crm", "0002_one_tenant_at_a_time")]

    operations = [
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("credential_id", models.UUIDField()),
                (
                    "endpoint",
                    models.CharField(
                        help_text="SHA-256 of method and path, which may be of any length.", max_length=64
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                (
                    "fingerprint",
                    models.CharField(help_text="SHA-256 of method, path and canonical body.", max_length=64),
                ),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField(default=bytes)),
                (
                    "tenant",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "created_at"], name="answers_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "credential_id", "endpoint", "key"),
                        name="an_idempotency_key_is_answered_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status", None), ("status__range", (200, 299)), _connector="OR"),
                        name="only_successes_are_kept",
                    ),
                ],
            },
        ),
    ]
