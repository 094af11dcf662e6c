"""What agents want to do, what became of it, and every try at doing it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from crm.models import Account, Clone, Contact, Opportunity, TenantRow
from engine.lifecycle import Status
from guardrails.policy import HARD_STOPS, Tier

HARD_STOP_LETTERS = sorted(name.replace("_", "") for name in HARD_STOPS)


class Runner(models.TextChoices):
    CONNECTOR = "connector", "one of our connectors"
    AGENT = "agent", "its agent"


def _letters(field: str) -> Func:
    """The column without anything but letters: two names with equal letters are one name."""
    return Func(
        F(field), Value("[^a-z]"), Value(""), Value("g"), function="regexp_replace", output_field=models.TextField()
    )


class Action(TenantRow):
    """One thing an agent proposed. `status` is written by engine.moves.move and by nothing else."""

    clone = models.ForeignKey(Clone, on_delete=models.PROTECT, related_name="actions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="actions")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="actions")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="actions")

    action_type = models.CharField(max_length=64)
    payload = models.JSONField()
    rationale = models.TextField(blank=True)
    runner = models.CharField(max_length=10, choices=Runner.choices, default=Runner.CONNECTOR)
    queue = models.CharField(max_length=32, blank=True, help_text="The connector that will carry it out.")
    claimed_stage = models.CharField(max_length=64, null=True, help_text="What the caller said the deal stage was.")  # noqa: DJ001

    tier = models.CharField(max_length=20)
    status = models.CharField(max_length=12)
    version = models.PositiveIntegerField(default=1)
    stage = models.CharField(max_length=20, null=True, help_text="Our records' stage at the last check.")  # noqa: DJ001
    policy_version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    allowed = models.BooleanField()
    requires_human = models.BooleanField()
    rules = ArrayField(models.CharField(max_length=64), default=list)
    remedy = models.JSONField(null=True)
    judged_at = models.DateTimeField(db_default=Now(), help_text="When the guardrails last judged it.")

    proposer_kind = models.CharField(max_length=16)
    proposer_id = models.CharField(max_length=64)
    proposer_label = models.CharField(max_length=200)
    proposed_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_comment = models.TextField(blank=True)
    not_before = models.DateTimeField(null=True, help_text="End of the hold in which a console decision can be undone.")

    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    edit_diff = models.JSONField(null=True, help_text="{field: {old, new}} of the edit that made it.")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in Status]), name="a_status_is_one_of_the_eleven"
            ),
            models.CheckConstraint(condition=Q(tier__in=[t.value for t in Tier]), name="a_tier_is_one_of_the_three"),
            models.CheckConstraint(
                condition=Q(action_type__regex=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"), name="an_action_type_is_normalised"
            ),
            models.CheckConstraint(
                condition=~models.lookups.In(_letters("action_type"), HARD_STOP_LETTERS) | Q(status=Status.BLOCKED),
                name="a_hard_stop_is_blocked",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.EXECUTING) | Q(lease_until__isnull=False), name="what_executes_holds_a_lease"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.SUPERSEDED]) | Q(superseded_by__isnull=True),
                name="only_a_superseded_action_has_a_successor",
            ),
            models.UniqueConstraint(
                fields=["supersedes"], condition=~Q(status=Status.BLOCKED), name="an_action_has_one_successor"
            ),
        ]
        indexes: ClassVar = [
            # read by: engine.execution, the claim, and engine_due_tenants()
            models.Index(
                fields=["queue", "tenant", "id"], condition=Q(status=Status.APPROVED), name="actions_to_start"
            ),
            # read by: engine.sweep, leases that ran out
            models.Index(fields=["lease_until"], condition=Q(status=Status.EXECUTING), name="actions_under_way"),
            # read by: engine.sweep, deadlines
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=[Status.PENDING, Status.APPROVED]),
                name="actions_with_a_deadline",
            ),
            # read by: the console's queue and GET approvals/
            models.Index(fields=["tenant", "id"], condition=Q(status=Status.PENDING), name="actions_that_wait"),
            # read by: the console's queue, which asks a person what became of these
            models.Index(fields=["tenant", "-id"], condition=Q(status=Status.UNKNOWN), name="actions_to_settle"),
            # read by: GET actions/ by a key, newest first
            models.Index(fields=["tenant", "clone", "-id"], name="actions_of_a_clone"),
            # read by: the console's list and GET actions/ by a person
            models.Index(fields=["tenant", "-id"], name="actions_newest_first"),
            # read by: an account's page and view
            models.Index(fields=["tenant", "account", "-id"], name="actions_of_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.action_type} for {self.account}"

    @property
    def reason(self) -> str:
        """The strictest rule that fired, or the tier's name where none did."""
        return self.rules[0] if self.rules else self.tier


class Attempt(TenantRow):
    """One try at carrying an action out; written before the outside call, so that a crash leaves its trace."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="tries")
    fence = models.PositiveIntegerField()
    key = models.CharField(max_length=64, help_text="What the connector hands on, so that a repeat can be recognised.")
    worker = models.CharField(max_length=200)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=16, blank=True, help_text="executed, retry, failed or unknown; empty while it runs."
    )
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ("started_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "fence"], name="a_fence_is_used_once"),
        ]

    def __str__(self) -> str:
        return f"try {self.fence} of {self.action_id}"
