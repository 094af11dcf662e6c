import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0002_one_tenant_at_a_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="chat_webhook_url",
            field=models.URLField(
                blank=True,
                help_text="Where chat messages and alerts are posted; empty: the installation's own.",
                max_length=500,
            ),
        ),
        migrations.CreateModel(
            name="AccountActivity",
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
                ("changes", models.BigIntegerField(default=0)),
                (
                    "is_unread",
                    models.BooleanField(
                        default=True, help_text="Nobody has looked for an opt-out since the last change."
                    ),
                ),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activity", to="crm.account"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_unread", True)), fields=["tenant", "account"], name="accounts_unread"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="interaction",
            index=models.Index(
                condition=models.Q(("account", None)),
                fields=["tenant", "-occurred_at", "-id"],
                name="interactions_of_nobody",
            ),
        ),
    ]
