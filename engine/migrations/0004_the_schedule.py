import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0003_activity"),
        ("engine", "0003_actions_to_settle"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Digest",
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
                ("day", models.DateField()),
                ("content", models.JSONField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-day", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                ("kind", models.CharField(choices=[("alert", "Alert"), ("digest", "Digest")], max_length=8)),
                (
                    "key",
                    models.CharField(
                        help_text="What it is about and for whom; a second one is not made.", max_length=200
                    ),
                ),
                ("channel", models.CharField(help_text="email or chat", max_length=8)),
                ("recipient", models.CharField(help_text="An address, or a chat channel.", max_length=254)),
                ("subject", models.CharField(max_length=300)),
                ("text", models.TextField()),
                ("html", models.TextField(blank=True)),
                ("due_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                            ("dropped", "Nothing to say"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("detail", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Run",
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
                ("task", models.CharField(max_length=32)),
                (
                    "slot",
                    models.DateTimeField(help_text="Which turn of the schedule it is; two beats mean the same slot."),
                ),
                ("by_hand", models.BooleanField(default=False, help_text="Run now, by a person or a command.")),
                ("started_by", models.CharField(max_length=200)),
                ("as_of", models.DateTimeField()),
                (
                    "total",
                    models.PositiveIntegerField(default=0, help_text="Accounts, or other things, to go through."),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("count", models.PositiveIntegerField(default=0, help_text="What the task counts.")),
                ("more", models.JSONField(default=dict, help_text="Further counts, {name: number}.")),
                ("errors", models.PositiveIntegerField(default=0)),
                (
                    "passed_over",
                    models.PositiveIntegerField(default=0, help_text="Turns that came while it was still running."),
                ),
                ("passed_slot", models.DateTimeField(help_text="The last of those turns.", null=True)),
                (
                    "missed",
                    models.PositiveIntegerField(default=0, help_text="Turns before it that did not take place."),
                ),
                ("tokens", models.PositiveIntegerField(default=0, help_text="Language model tokens it has used.")),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="RunError",
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
                ("detail", models.TextField()),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Slice",
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
                ("number", models.PositiveIntegerField()),
                ("first", models.UUIDField(null=True)),
                ("last", models.UUIDField(null=True)),
                ("is_final", models.BooleanField(default=False, help_text="Worked when all the others have ended.")),
                ("cursor", models.UUIDField(null=True)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("failed_tries", models.PositiveIntegerField(default=0, help_text="Of the page that is next.")),
                (
                    "takes",
                    models.PositiveIntegerField(default=0, help_text="How often it was taken up since its last page."),
                ),
                ("seen_at", models.DateTimeField(help_text="When it was last taken up or moved on.", null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("run", "number"),
            },
        ),
        migrations.AddField(
            model_name="action",
            name="cause",
            field=models.CharField(
                blank=True,
                help_text="What the planner proposed it for: insight:<signal>, goal:<id> or silence.",
                max_length=80,
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("cause", ""), _negated=True),
                fields=["tenant", "cause", "-id"],
                name="actions_by_cause",
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="notice",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="digest", to="engine.notice"
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
            ),
        ),
        migrations.AddField(
            model_name="runerror",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="crm.account"
            ),
        ),
        migrations.AddField(
            model_name="runerror",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="failures", to="engine.run"
            ),
        ),
        migrations.AddField(
            model_name="runerror",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
            ),
        ),
        migrations.AddField(
            model_name="slice",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="slices", to="engine.run"
            ),
        ),
        migrations.AddField(
            model_name="slice",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("status", "waiting")), fields=["due_at"], name="notices_to_send"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("status", "sending")), fields=["lease_until"], name="notices_under_way"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["tenant", "-id"], name="notices_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("tenant", "key"), name="a_notice_is_made_once"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["alert", "digest"])), name="a_notice_is_an_alert_or_a_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "sending", "sent", "failed", "unknown", "dropped"])),
                name="a_notice_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["email", "chat"])), name="a_notice_goes_by_mail_or_chat"
            ),
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(fields=["tenant", "-day", "-id"], name="digests_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.UniqueConstraint(
                fields=("tenant", "person", "day"), name="a_person_has_one_digest_a_day"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["tenant", "task", "-id"], name="runs_of_a_task"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["tenant", "task"], name="runs_under_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                fields=("task", "slot", "tenant"), name="a_task_has_one_run_a_slot_and_tenant"
            ),
        ),
        migrations.AddIndex(
            model_name="slice",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["tenant", "run", "number"], name="slices_to_work"
            ),
        ),
        migrations.AddConstraint(
            model_name="slice",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="a_slice_has_its_number"),
        ),
    ]
