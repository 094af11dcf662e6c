import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("crm", "0003_activity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Insight",
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
                ("pattern_type", models.CharField(max_length=32)),
                ("signal", models.CharField(max_length=32)),
                (
                    "topic",
                    models.CharField(blank=True, help_text="What a pattern across accounts is about.", max_length=100),
                ),
                ("severity", models.CharField(max_length=8)),
                ("confidence", models.FloatField(help_text="0 to 1.")),
                ("reason", models.TextField()),
                (
                    "evidence",
                    models.JSONField(default=list, help_text="[{interaction, quote, at, channel, who, account}]"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "New"),
                            ("acted", "Acted on"),
                            ("dismissed", "Dismissed"),
                            ("closed", "Closed"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("seen_at", models.DateTimeField(help_text="The last scan that found it still so.")),
                ("ended_at", models.DateTimeField(help_text="When it was dismissed or closed.", null=True)),
                ("ended_why", models.CharField(blank=True, max_length=200)),
                ("alerted_at", models.DateTimeField(help_text="When managers were told at once.", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="insights",
                        to="crm.account",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="insights",
                        to="crm.contact",
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
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Feedback",
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
                (
                    "verdict",
                    models.CharField(choices=[("useful", "Useful"), ("false_alarm", "False alarm")], max_length=12),
                ),
                ("comment", models.CharField(blank=True, max_length=2000)),
                ("given_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
                    ),
                ),
                (
                    "insight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="feedback", to="insights.insight"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "feedback",
            },
        ),
        migrations.CreateModel(
            name="Summary",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("full", "The last 30 days"), ("week", "Week"), ("month", "Month")], max_length=5
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("interactions", models.PositiveIntegerField()),
                (
                    "lines",
                    models.JSONField(help_text="[{at, channel, direction, who, text, why, interaction}], newest first"),
                ),
                ("source_digest", models.CharField(help_text="Of the interactions it was made of.", max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="summaries", to="crm.account"
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
                "verbose_name_plural": "summaries",
                "ordering": ("-starts_on",),
            },
        ),
        migrations.CreateModel(
            name="Threshold",
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
                ("pattern_type", models.CharField(max_length=32)),
                ("value", models.FloatField()),
                ("useful", models.PositiveIntegerField(default=0)),
                ("false_alarms", models.PositiveIntegerField(default=0)),
                (
                    "tenant",
                    models.ForeignKey(
                        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.tenant"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
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
                (
                    "seen_changes",
                    models.BigIntegerField(default=-1, help_text="crm.AccountActivity.changes at the last scan."),
                ),
                (
                    "look_again_at",
                    models.DateTimeField(help_text="From here on time alone may have changed something.", null=True),
                ),
                ("scanned_at", models.DateTimeField(null=True)),
                (
                    "mentions",
                    models.JSONField(
                        default=list, help_text="Topics of the last 30 days, for patterns across accounts."
                    ),
                ),
                ("summarized_changes", models.BigIntegerField(default=-1)),
                ("summarized_on", models.DateField(null=True)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watch", to="crm.account"
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
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="insight",
            index=models.Index(fields=["tenant", "-id"], name="insights_newest_first"),
        ),
        migrations.AddIndex(
            model_name="insight",
            index=models.Index(fields=["tenant", "account", "-id"], name="insights_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="insight",
            index=models.Index(
                condition=models.Q(("status", "pending")), fields=["tenant", "-id"], name="insights_that_are_new"
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "pattern_type__in",
                        ["buying_signal", "risk_indicator", "engagement_change", "cross_account_pattern"],
                    )
                ),
                name="a_pattern_type_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "signal__in",
                        [
                            "attendance_down",
                            "attendance_up",
                            "budget_freeze",
                            "budget_mentioned",
                            "champion_departure",
                            "competitive_evaluation",
                            "competitor_preference",
                            "depth_down",
                            "depth_up",
                            "meeting_missed",
                            "negative_sentiment",
                            "next_step_requested",
                            "opt_out",
                            "pricing_requested",
                            "rate_down",
                            "rate_up",
                            "review_started",
                            "shared_competitor",
                            "shared_objection",
                            "shared_request",
                            "silence",
                            "slower_replies",
                            "stakeholder_expansion",
                            "timeline_urgency",
                        ],
                    )
                ),
                name="a_signal_is_in_the_table",
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["low", "medium", "high", "critical"])), name="a_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pending", "acted", "dismissed", "closed"])),
                name="an_insight_has_one_of_four_statuses",
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.CheckConstraint(
                condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)), name="a_confidence_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="insight",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["pending", "acted"])),
                fields=("tenant", "account", "signal", "topic"),
                name="an_account_has_one_open_insight_a_signal",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.UniqueConstraint(
                fields=("insight", "person"), name="a_person_has_one_say_about_an_insight"
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["useful", "false_alarm"])), name="feedback_is_one_of_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.UniqueConstraint(
                fields=("tenant", "account", "kind", "starts_on"), name="a_stretch_has_one_summary"
            ),
        ),
        migrations.AddConstraint(
            model_name="summary",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["full", "week", "month"])), name="a_summary_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="threshold",
            constraint=models.UniqueConstraint(
                fields=("tenant", "pattern_type"), name="a_pattern_type_has_one_threshold"
            ),
        ),
        migrations.AddConstraint(
            model_name="threshold",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0.3), ("value__lte", 0.95)),
                name="a_threshold_stays_within_its_bounds",
            ),
        ),
    ]
