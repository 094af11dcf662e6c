"""What a tenant has set: its policy row and its pauses."""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Now

from crm.models import Account, Clone, Tenant, TenantRow


class Policy(models.Model):
    """One row per tenant, made with it. The claim locks it for share, setting a pause for update (see guardrails.pauses).

    `version` moves when a tenant's rule or deadline changes; a hold or a pause is not a rule.
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


class RuleKind(models.TextChoices):
    NEEDS_PERSON = "needs_person", "A person decides"
    NEVER = "never", "Never"
    FOUR_EYES = "four_eyes", "Two people decide"
    TOUCH_LIMIT = "touch_limit", "At most so many messages to a contact in a week"
    SEND_LIMIT = "send_limit", "At most so many messages to an account in a day"
    PENDING_LIMIT = "pending_limit", "At most so many of a clone's proposals wait"
    QUIET_HOURS = "quiet_hours", "No messages in quiet hours"
    REPS_DECIDE = "reps_decide", "Representatives decide for their own clones"
    REMINDER = "reminder", "Remind who decides"
    ESCALATION = "escalation", "Hand over to somebody else"


class TenantRule(TenantRow):
    """One rule a tenant has set: what it takes in (all of it where nothing is named), and what it asks for.

    A rule is never changed: it is lifted, and another set. Both make a new version of the policy.
    """

    kind = models.CharField(max_length=16, choices=RuleKind.choices)
    action_type = models.CharField(max_length=64, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    clone = models.ForeignKey(Clone, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    recipient = models.CharField(max_length=254, blank=True, help_text="An address, or @ and a domain.")
    value_from = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    value_below = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    limit = models.PositiveIntegerField(null=True, blank=True)
    hours = models.PositiveIntegerField(null=True, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField(default=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=200, editable=False)
    set_at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)
    lifted_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ("-set_at",)
        verbose_name = "rule"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=RuleKind.values), name="a_rule_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["touch_limit", "send_limit", "pending_limit"])
                | models.Q(limit__isnull=False),
                name="a_limit_says_how_many",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["reminder", "escalation"]) | models.Q(hours__gte=1),
                name="a_reminder_says_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="escalation") | models.Q(person__isnull=False),
                name="an_escalation_says_to_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="quiet_hours") | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_a_beginning_and_an_end",
            ),
        ]
        indexes: ClassVar = [
            # read by: engine.facts, for every proposal, approval and claim
            models.Index(fields=["tenant"], condition=models.Q(lifted_at=None), name="rules_that_stand"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class PolicyVersion(TenantRow):
    """A version of a tenant's rules: who made it and why, and what changed. Version 1 has none: nothing was set yet."""

    version = models.PositiveIntegerField()
    made_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    changes = models.JSONField(
        help_text="[{change, rule}] of what was set or lifted, [{change, was, now}] of deadlines."
    )

    class Meta:
        ordering = ("-version",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "version"], name="a_policy_has_each_version_once"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


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
