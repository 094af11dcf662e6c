"""What a tenant, or one of its clones, wants to reach in a period."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from crm.models import Clone, TenantRow


class GoalType(models.TextChoices):
    PIPELINE = "pipeline", "Pipeline"
    ACTIVITY = "activity", "Activity"
    QUALITY = "quality", "Quality"
    REVENUE = "revenue", "Revenue"


class GoalStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


class Goal(TenantRow):
    """A target for a period of whole days, both ends included, in the tenant's time zone."""

    clone = models.ForeignKey(Clone, on_delete=models.CASCADE, null=True, blank=True, related_name="goals")
    goal_type = models.CharField(max_length=10, choices=GoalType.choices)
    target_value = models.DecimalField(max_digits=18, decimal_places=4)
    period_start = models.DateField()
    period_end = models.DateField()
    status = models.CharField(max_length=10, choices=GoalStatus.choices, default=GoalStatus.ACTIVE)
    current_value = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    measured_at = models.DateTimeField(null=True)
    set_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(target_value__gt=0), name="a_target_is_above_zero"),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="a_period_ends_after_its_start"),
            models.CheckConstraint(condition=Q(goal_type__in=GoalType.values), name="a_goal_type_is_known"),
            models.CheckConstraint(condition=Q(status__in=GoalStatus.values), name="a_goal_status_is_known"),
        ]
        indexes: ClassVar = [
            # read by: GET goals/ and the console's list, newest first
            models.Index(fields=["tenant", "-id"], name="goals_newest_first"),
            # read by: the daily measuring, the planner, the digest
            models.Index(fields=["tenant", "period_end"], condition=Q(status="active"), name="goals_that_are_active"),
        ]

    def __str__(self) -> str:
        return f"{self.get_goal_type_display()} {self.period_start} to {self.period_end}"
