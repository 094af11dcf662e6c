import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("crm", "0003_activity"),
    ]

    operations = [
        migrations.CreateModel(
            name="Goal",
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
                    "goal_type",
                    models.CharField(
                        choices=[
                            ("pipeline", "Pipeline"),
                            ("activity", "Activity"),
                            ("quality", "Quality"),
                            ("revenue", "Revenue"),
                        ],
                        max_length=10,
                    ),
                ),
                ("target_value", models.DecimalField(decimal_places=4, max_digits=18)),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("completed", "Completed"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("current_value", models.DecimalField(decimal_places=4, max_digits=24, null=True)),
                ("measured_at", models.DateTimeField(null=True)),
                ("set_by", models.CharField(max_length=200)),
                (
                    "clone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="goals",
                        to="crm.clone",
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
                "indexes": [
                    models.Index(fields=["tenant", "-id"], name="goals_newest_first"),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["tenant", "period_end"],
                        name="goals_that_are_active",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("target_value__gt", 0)), name="a_target_is_above_zero"),
                    models.CheckConstraint(
                        condition=models.Q(("period_end__gt", models.F("period_start"))),
                        name="a_period_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("goal_type__in", ["pipeline", "activity", "quality", "revenue"])),
                        name="a_goal_type_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["active", "completed", "missed", "cancelled"])),
                        name="a_goal_status_is_known",
                    ),
                ],
            },
        ),
    ]
