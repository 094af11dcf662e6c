"""What a tenant, one of its teams or one of its clones wants to reach in a period, and how that went."""

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
    team = models.CharField(max_length=200, blank=True, help_text="The clones of one manager, by their team's name.")
    goal_type = models.CharField(max_length=10, choices=GoalType.choices)
    target_value = models.DecimalField(max_digits=18, decimal_places=4)
    period_start = models.DateField()
    period_end = models.DateField()
    status = models.CharField(max_length=10, choices=GoalStatus.choices, default=GoalStatus.ACTIVE)
    current_value = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    measured_at = models.DateTimeField(null=True)
    passed = models.PositiveSmallIntegerField(
        default=0, help_text="The highest milestone of this target that was passed, in percent; 0: none."
    )
    foreseen = models.JSONField(
        null=True, help_text="The forecast of that moment with its arithmetic: goals.foreseeing."
    )
    set_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(target_value__gt=0), name="a_target_is_above_zero"),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="a_period_ends_after_its_start"),
            models.CheckConstraint(condition=Q(goal_type__in=GoalType.values), name="a_goal_type_is_known"),
            models.CheckConstraint(condition=Q(status__in=GoalStatus.values), name="a_goal_status_is_known"),
            models.CheckConstraint(condition=Q(clone=None) | Q(team=""), name="a_goal_is_of_a_clone_or_of_a_team"),
        ]
        indexes: ClassVar = [
            # read by: GET goals/ and the console's list, newest first
            models.Index(fields=["tenant", "-id"], name="goals_newest_first"),
            # read by: the daily measuring, the planner, the digest
            models.Index(fields=["tenant", "period_end"], condition=Q(status="active"), name="goals_that_are_active"),
        ]

    def __str__(self) -> str:
        return f"{self.get_goal_type_display()} {self.period_start} to {self.period_end}"

    @property
    def narrowness(self) -> int:
        """0 for the company's, 1 for a team's, 2 for a clone's."""
        return 2 if self.clone_id else 1 if self.team else 0

    @property
    def whose(self) -> str:
        """Who it is set for, in words."""
        if self.clone is not None:
            return self.clone.name
        return f"team {self.team}" if self.team else "the whole company"


class Reading(TenantRow):
    """What a goal was measured at, and what was foreseen then; one for each measuring, never changed."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="readings")
    taken_at = models.DateTimeField()
    value = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    target_value = models.DecimalField(max_digits=18, decimal_places=4)
    status = models.CharField(max_length=10, choices=GoalStatus.choices)
    forecast = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=24, decimal_places=4, null=True)

    class Meta:
        ordering = ("-taken_at", "-id")
        constraints: ClassVar = [
            # also read by: GET goals/{id}/readings/, the goal's drawing, goals.foreseeing
            models.UniqueConstraint(fields=["tenant", "goal", "taken_at"], name="a_goal_has_one_reading_a_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.value} at {self.taken_at:%Y-%m-%d %H:%M}"


class Milestone(TenantRow):
    """A share of the target that was passed for the first time since the target was set."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="milestones")
    percent = models.PositiveSmallIntegerField()
    target_value = models.DecimalField(max_digits=18, decimal_places=4)
    value = models.DecimalField(max_digits=24, decimal_places=4)
    reached_at = models.DateTimeField()

    class Meta:
        ordering = ("-reached_at", "-percent")
        indexes: ClassVar = [
            # read by: a goal's page
            models.Index(fields=["tenant", "goal", "-reached_at"], name="milestones_of_a_goal"),
            # read by: the digest, what was passed since yesterday
            models.Index(fields=["tenant", "-reached_at"], name="milestones_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"
