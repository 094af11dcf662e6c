"""What agents want to do, what became of it, and every try at doing it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from crm.models import Account, Clone, Contact, Opportunity, TenantRow
from engine.lifecycle import Status
from goals.models import Goal
from guardrails.policy import HARD_STOPS, MESSAGE_TYPES, Tier

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
    first_vote_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    first_vote_at = models.DateTimeField(null=True)

    waiting_since = models.DateTimeField(null=True, help_text="When it last began to wait for a decision.")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True, help_text="Until then it stays out of the queue's way.")
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    quiet_until = models.DateTimeField(
        null=True, help_text="End of the recipient's quiet hours, in which it may not go."
    )
    executed_at = models.DateTimeField(null=True)

    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    cause = models.CharField(
        max_length=80, blank=True, help_text="What the planner proposed it for: insight:<signal>, goal:<id> or silence."
    )

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
            # read by: engine.planning, what was proposed lately and why
            models.Index(fields=["tenant", "cause", "-id"], condition=~Q(cause=""), name="actions_by_cause"),
            # read by: engine.caps, how many of a clone's proposals wait
            models.Index(
                fields=["tenant", "clone"], condition=Q(status=Status.PENDING), name="actions_waiting_of_a_clone"
            ),
            # read by: engine.caps, what was and will be sent to an account
            models.Index(
                fields=["tenant", "account", "executed_at"],
                condition=Q(
                    action_type__in=sorted(MESSAGE_TYPES),
                    status__in=[Status.APPROVED, Status.EXECUTING, Status.EXECUTED, Status.UNKNOWN],
                ),
                name="messages_to_an_account",
            ),
            # read by: the dashboard, what people decided and how fast
            models.Index(fields=["tenant", "decided_at"], condition=~Q(decided_at=None), name="actions_by_decision"),
            # read by: the dashboard, what was stopped, ran out or went wrong
            models.Index(
                fields=["tenant", "status", "-id"],
                condition=Q(status__in=[Status.BLOCKED, Status.EXPIRED, Status.FAILED, Status.UNKNOWN]),
                name="actions_that_came_to_nothing",
            ),
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
        indexes: ClassVar = [
            # read by: the search for what a Message-ID belongs to
            models.Index(fields=["tenant", "key"], name="attempts_by_key"),
        ]

    def __str__(self) -> str:
        return f"try {self.fence} of {self.action_id}"


class Question(TenantRow):
    """What a person asked the agent about a waiting action, and its answer. The action stays where it is."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    answer = models.CharField(max_length=10_000, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [
            # read by: an action's page, the queue and the API, in the order they were asked
            models.Index(fields=["tenant", "action", "id"], name="questions_of_an_action"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="an_answer_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SavedView(TenantRow):
    """A person's own name for a set of the queue's filters."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    filters = models.JSONField(help_text="{filter: value}, as in the queue's address.")

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "name"], name="a_person_has_one_view_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Way(models.TextChoices):
    EMAIL = "email", "By e-mail"
    CHAT = "chat", "By chat"
    BOTH = "both", "By e-mail and chat"
    NONE = "none", "Not at all"


class Reach(TenantRow):
    """How one person wants to hear that actions wait for them: what presses at once, the rest in batches."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    urgent_way = models.CharField(max_length=5, choices=Way.choices, default=Way.EMAIL)
    other_way = models.CharField(max_length=5, choices=Way.choices, default=Way.EMAIL)
    batch_minutes = models.PositiveIntegerField(default=30, help_text="What does not press is told at most this often.")
    urgent_value = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="A deal worth this or more presses."
    )
    urgent_hours = models.PositiveIntegerField(default=4, help_text="A deadline this near presses.")
    chat_channel = models.CharField(max_length=100, blank=True)
    urgent_told_at = models.DateTimeField(null=True, editable=False)
    others_told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "reaches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person"], name="a_person_is_reached_one_way"),
            models.CheckConstraint(condition=Q(batch_minutes__gte=1), name="a_batch_takes_a_minute_or_more"),
        ]

    def __str__(self) -> str:
        return f"how {self.person} is told"


class Outcome(models.TextChoices):
    OPEN = "", "not known yet"
    NOT_DONE = "not_done", "was not carried out"
    NOTHING = "nothing", "nothing moved"
    ANSWERED = "answered", "the customer answered"
    MOVED = "moved", "the deal moved on"
    WON = "won", "the deal was won"


class Effort(TenantRow):
    """An action that was suggested for a goal, what stood then, and what came of it in the two weeks after it was carried
    out. What came after it need not have come of it: nobody can tell that apart."""

    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="effort")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="efforts")
    reasons = ArrayField(models.CharField(max_length=32), default=list, help_text="Of goals.suggestions.REASONS.")
    left = models.DecimalField(max_digits=24, decimal_places=4, help_text="What was left to the target then.")
    stage = models.CharField(max_length=20, blank=True, help_text="The deal's, when it was suggested.")
    executed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    moved_to = models.CharField(max_length=20, blank=True)
    won_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="In the tenant's currency.")
    judged_at = models.DateTimeField(null=True)
    is_final = models.BooleanField(default=False, help_text="Nothing that comes later counts.")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="an_outcome_is_known"),
        ]
        indexes: ClassVar = [
            # read by: engine.efforts, what came of them
            models.Index(fields=["tenant"], condition=Q(is_final=False), name="efforts_to_judge"),
            # read by: a goal's page, the overview of goals
            models.Index(fields=["tenant", "goal", "-id"], name="efforts_of_a_goal"),
        ]

    def __str__(self) -> str:
        return f"for {self.goal}: {self.get_outcome_display()}"


class Run(TenantRow):
    """One task at one slot for one tenant. `as_of` is its clock: a slice that is resumed later reckons from it too."""

    task = models.CharField(max_length=32)
    slot = models.DateTimeField(help_text="Which turn of the schedule it is; two beats mean the same slot.")
    by_hand = models.BooleanField(default=False, help_text="Run now, by a person or a command.")
    started_by = models.CharField(max_length=200)
    as_of = models.DateTimeField()
    total = models.PositiveIntegerField(default=0, help_text="Accounts, or other things, to go through.")
    done = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(default=0, help_text="What the task counts.")
    more = models.JSONField(default=dict, help_text="Further counts, {name: number}.")
    errors = models.PositiveIntegerField(default=0)
    passed_over = models.PositiveIntegerField(default=0, help_text="Turns that came while it was still running.")
    passed_slot = models.DateTimeField(null=True, help_text="The last of those turns.")
    missed = models.PositiveIntegerField(default=0, help_text="Turns before it that did not take place.")
    tokens = models.PositiveIntegerField(default=0, help_text="Language model tokens it has used.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "slot", "tenant"], name="a_task_has_one_run_a_slot_and_tenant"),
        ]
        indexes: ClassVar = [
            # read by: the schedule's page, the latest runs of a task
            models.Index(fields=["tenant", "task", "-id"], name="runs_of_a_task"),
            # read by: engine.runs, whether the task is still running
            models.Index(fields=["tenant", "task"], condition=Q(ended_at=None), name="runs_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.task.replace('_', ' ').capitalize()} {self.slot:%Y-%m-%d %H:%M}"


class Slice(TenantRow):
    """A part of a run: a range of accounts by id, or (no range) the whole. `cursor` is the last id that is done."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="slices")
    number = models.PositiveIntegerField()
    first = models.UUIDField(null=True)
    last = models.UUIDField(null=True)
    is_final = models.BooleanField(default=False, help_text="Worked when all the others have ended.")
    cursor = models.UUIDField(null=True)
    pages = models.PositiveIntegerField(default=0)
    failed_tries = models.PositiveIntegerField(default=0, help_text="Of the page that is next.")
    takes = models.PositiveIntegerField(default=0, help_text="How often it was taken up since its last page.")
    seen_at = models.DateTimeField(null=True, help_text="When it was last taken up or moved on.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("run", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="a_slice_has_its_number"),
        ]
        indexes: ClassVar = [
            # read by: engine.slices, what is left to work
            models.Index(fields=["tenant", "run", "number"], condition=Q(ended_at=None), name="slices_to_work"),
        ]

    def __str__(self) -> str:
        return f"slice {self.number} of {self.run_id}"


class RunError(TenantRow):
    """What went wrong with one account, or one other thing; the rest went on."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="failures")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    detail = models.TextField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.detail


class NoticeKind(models.TextChoices):
    ALERT = "alert", "Alert"
    DIGEST = "digest", "Digest"
    APPROVAL = "approval", "What waits"
    REMINDER = "reminder", "Reminder"


class NoticeStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"
    DROPPED = "dropped", "Nothing to say"


class Notice(TenantRow):
    """A message of ours to our own people. Sent once by the sweep: one whose answer was lost is not sent again."""

    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    key = models.CharField(max_length=200, help_text="What it is about and for whom; a second one is not made.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    about = ArrayField(models.UUIDField(), default=list, help_text="The actions that wait, which it tells `person` of.")
    channel = models.CharField(max_length=8, help_text="email or chat")
    recipient = models.CharField(max_length=254, help_text="An address, or a chat channel.")
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    due_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=NoticeStatus.choices, default=NoticeStatus.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "key"], name="a_notice_is_made_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="a_notice_is_of_a_known_kind"),
            models.CheckConstraint(condition=Q(status__in=NoticeStatus.values), name="a_notice_status_is_known"),
            models.CheckConstraint(condition=Q(channel__in=["email", "chat"]), name="a_notice_goes_by_mail_or_chat"),
        ]
        indexes: ClassVar = [
            # read by: the sweep, what is to be sent
            models.Index(fields=["due_at"], condition=Q(status="waiting"), name="notices_to_send"),
            # read by: the sweep, leases that ran out
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="notices_under_way"),
            # read by: the console's list, newest first
            models.Index(fields=["tenant", "-id"], name="notices_newest_first"),
            # read by: engine.reaching, what a person was told of
            models.Index(
                fields=["tenant", "person", "created_at"],
                condition=Q(kind__in=["approval", "reminder"]),
                name="what_a_person_was_told",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Digest(TenantRow):
    """What one person is told one morning. `day` is the tenant's; `content` is what mail and page are drawn from."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    content = models.JSONField()
    notice = models.OneToOneField(Notice, on_delete=models.SET_NULL, null=True, related_name="digest")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "day"], name="a_person_has_one_digest_a_day"),
        ]
        indexes: ClassVar = [
            # read by: GET digests/ and the console's list
            models.Index(fields=["tenant", "-day", "-id"], name="digests_newest_first"),
        ]

    def __str__(self) -> str:
        return f"Digest of {self.day}"
