"""What a tenant has set: its policy row and its pauses."""

from typing import ClassVar
from uuid import UUID

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Now

from crm.models import Clone, Tenant, TenantRow


class Policy(models.Model):
    """One row per tenant, made with it. The claim locks it for share, setting a pause for update (see guardrails.pauses).

    `version` moves when a tenant's rule changes; a hold, a deadline or a pause is not a rule.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, primary_key=True, related_name="policy")
    version = models.PositiveIntegerField(default=1, editable=False)
    hold_seconds = models.PositiveIntegerField(
        default=10,
        validators=[MaxValueValidator(3600)],
        help_text="How long a decision taken in the console can be undone before anything happens; 0 for no hold.",
    )
    deadline_hours = models.PositiveIntegerField(
        default=72, help_text="How long after its proposal an action may wait; then it expires, which means no."
    )
    deadlines = models.JSONField(default=dict, blank=True, help_text="{action type: hours}, where it differs.")

    class Meta:
        verbose_name_plural = "policies"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(deadline_hours__gt=0), name="a_deadline_lies_in_the_future"),
        ]

    def __str__(self) -> str:
        return f"policy of {self.tenant}"


class Pause(TenantRow):
    """While it stands nothing in its scope starts: one clone's actions, one action type, or (neither) everything."""

    clone = models.ForeignKey(Clone, on_delete=models.CASCADE, null=True, blank=True, related_name="pauses")
    action_type = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=200, editable=False)
    set_at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)
    lifted_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ("-set_at",)
        indexes: ClassVar = [
            # read by: engine.facts and the claim
            models.Index(fields=["tenant"], condition=models.Q(lifted_at=None), name="pauses_that_stand"),
        ]

    def __str__(self) -> str:
        return f"pause of {self.scope}"

    def holds_back(self, clone_id: UUID, action_type: str) -> bool:
        """Whether its scope takes in this clone's actions of this type; guardrails.pauses.holding asks the same of rows."""
        return self.clone_id in (None, clone_id) and self.action_type in ("", action_type)

    @property
    def scope(self) -> str:
        """What it holds back, in words."""
        of_clone = f" of {self.clone}" if self.clone_id else ""
        return (self.action_type or "everything") + of_clone
