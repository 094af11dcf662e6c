"""What is so: tenants and their people, clones and keys, and the customer records the CRM owns."""

from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from uuid_utils.compat import uuid7

from crm.stages import CLOSED_STAGES, Stage

EXTERNAL_ID_LENGTH = 200


def known_time_zone(name: str) -> None:
    """Raise ValidationError for a name the time zone database does not hold."""
    if name not in available_timezones():
        raise ValidationError(f"{name!r} is not a time zone name such as Europe/Berlin.", code="unknown_time_zone")


class Role(models.TextChoices):
    MANAGER = "manager", "Sales manager"
    REP = "rep", "Sales representative"
    AUDITOR = "auditor", "Auditor"
    OPERATOR = "operator", "Operator"


class Scope(models.TextChoices):
    PROPOSE = "propose", "Propose actions"
    READ = "read", "Read customer records and own actions"
    RESULT = "result", "Start agent-run actions and report their results"
    INGEST = "ingest", "Write customer records"


class Tenant(models.Model):
    """A company that uses Autonomy. Not fenced by row: a tenant must be found before its scope can be entered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Three capital letters, as in ISO 4217.")],
    )
    chat_webhook_url = models.URLField(
        max_length=500,
        blank=True,
        help_text="Where chat messages and alerts are posted; empty: the installation's own.",
    )
    requires_two_factor = models.BooleanField(
        default=False, help_text="Whether everybody here must log in with a second factor."
    )
    shift_days = models.IntegerField(
        null=True, blank=True, help_text="Days added to every imported date; set by the first shifted import."
    )
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class TenantRow(models.Model):
    """A row that belongs to one tenant and is seen only inside its scope (row-level security)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Membership(TenantRow):
    """What a person may do in a tenant. One role each."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person"], name="a_person_has_one_role_in_a_tenant"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="a_role_is_one_of_the_four"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class PersonSettings(models.Model):
    """How somebody wants to see the console. Not a tenant's: a person sees it alike in every company of theirs."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="settings"
    )
    locale = models.CharField(max_length=20, blank=True, help_text="A name such as de-DE; empty: the browser's.")

    class Meta:
        verbose_name_plural = "settings of people"

    def __str__(self) -> str:
        return f"settings of {self.person}"


class Clone(TenantRow):
    """An AI sales agent acting for a sales representative; the name and addresses its mails carry."""

    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH, null=True, blank=True)  # noqa: DJ001 - many clones have none
    team = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="clones"
    )
    address = models.EmailField(
        blank=True, help_text="The From address of its mails; empty: the installation's default."
    )
    reply_to = models.EmailField(blank=True)
    signature = models.TextField(blank=True, max_length=2000, help_text="Added under the body of its mails.")

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="a_clone_name_is_unique_in_a_tenant"),
            models.UniqueConstraint(fields=["tenant", "external_id"], name="a_clone_external_id_is_unique_in_a_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Credential(TenantRow):
    """A secret at rest: the public prefix that finds it and the SHA-256 of the rest. The secret is shown once."""

    prefix = models.CharField(max_length=8, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    label = models.CharField(max_length=100, blank=True)
    issued_by = models.CharField(max_length=200, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class AgentKey(Credential):
    """What an agent, or a CRM that feeds records in, sends as `Authorization: Bearer aut_...`."""

    clone = models.ForeignKey(Clone, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values) & models.Q(scopes__len__gt=0),
                name="a_key_has_known_scopes",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes=[Scope.INGEST.value], clone__isnull=True)
                | (~models.Q(scopes__contains=[Scope.INGEST.value]) & models.Q(clone__isnull=False)),
                name="an_ingest_key_has_no_clone_and_no_other_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"aut_{self.prefix}_…"


class PersonToken(Credential):
    """What a person's scripts send as `Authorization: Bearer autp_...`; it can do what its person can in one tenant."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")

    def __str__(self) -> str:
        return f"autp_{self.prefix}_…"


class Account(TenantRow):
    """A customer company."""

    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    name = models.CharField(max_length=300)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    industry = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=200, blank=True, help_text="Who looks after it, as the CRM names them.")
    attributes = models.JSONField(default=dict, blank=True, help_text="Whatever else the CRM's export says of it.")
    context = models.JSONField(default=dict, blank=True, help_text="What agents have learnt (update_account_context).")
    plan = models.TextField(blank=True, help_text="The account plan (modify_account_plan).")
    source_updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="an_account_external_id_is_unique"),
        ]
        indexes: ClassVar = [
            # read by: the accounts page and GET accounts/, by name
            models.Index(fields=["tenant", "name", "id"], name="accounts_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountActivity(TenantRow):
    """How often an account's records have changed: counted by the database in the transaction of each change to its
    interactions, contacts and deals, so that whoever has seen `changes` knows whether to look again."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="activity")
    changes = models.BigIntegerField(default=0)
    is_unread = models.BooleanField(default=True, help_text="Nobody has looked for an opt-out since the last change.")

    class Meta:
        indexes: ClassVar = [
            # read by: engine.intake, and engine_unread_tenants()
            models.Index(fields=["tenant", "account"], condition=models.Q(is_unread=True), name="accounts_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.changes} changes"


class Contact(TenantRow):
    """A person at a customer."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=254, blank=True)
    title = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[known_time_zone], help_text="Empty: the company's own."
    )
    source_updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="a_contact_external_id_is_unique"),
        ]
        indexes: ClassVar = [
            # read by: engine.facts, whose recipients are contacts of the account
            models.Index("tenant", Lower("email"), name="contacts_by_address"),
        ]

    def __str__(self) -> str:
        return self.name


class Suppression(TenantRow):
    """Somebody who must not be written to: by contact, by address, or both. Lifted, never deleted."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="suppressions")
    address = models.CharField(max_length=254, blank=True, help_text="Lower case.")
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=200, editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)
    lifted_by = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False) | ~models.Q(address=""),
                name="a_suppression_names_a_contact_or_an_address",
            ),
        ]
        indexes: ClassVar = [
            # read by: engine.facts, for every message
            models.Index(fields=["tenant", "address"], condition=models.Q(lifted_at=None), name="suppressed_addresses"),
        ]

    def __str__(self) -> str:
        return self.address or str(self.contact)


class Opportunity(TenantRow):
    """A deal. Without an account it is unassigned: kept, counted, and no action can be aimed at it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="opportunities")
    clone = models.ForeignKey(Clone, on_delete=models.SET_NULL, null=True, blank=True, related_name="opportunities")
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    name = models.CharField(max_length=300)
    stage = models.CharField(max_length=20, choices=[(stage.value, stage.value.replace("_", " ")) for stage in Stage])
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    qualification = models.JSONField(default=dict, blank=True, help_text="{framework: {field: text}}.")
    attributes = models.JSONField(default=dict, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "opportunities"
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="an_opportunity_external_id_is_unique"),
            models.CheckConstraint(
                condition=models.Q(stage__in=[stage.value for stage in Stage]), name="a_stage_is_one_of_the_eight"
            ),
        ]
        indexes: ClassVar = [
            # read by: engine.facts (the governing stage of an account), the account's page
            models.Index(fields=["tenant", "account", "stage", "closed_on"], name="deals_of_an_account"),
            # read by: goals.tracker, revenue closed in a period
            models.Index(
                fields=["tenant", "closed_on"],
                include=["amount", "currency", "clone"],
                condition=models.Q(stage=Stage.CLOSED_WON.value),
                name="deals_won_by_day",
            ),
            # read by: goals.tracker, the open pipeline and its quality
            models.Index(
                fields=["tenant", "clone"],
                condition=~models.Q(stage__in=[stage.value for stage in sorted(CLOSED_STAGES)]),
                name="deals_open",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StageChange(TenantRow):
    """A deal's stage as it became so: `source` names who said it (an import, a bulk call, an action)."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stage_changes")
    from_stage = models.CharField(max_length=20, blank=True)
    to_stage = models.CharField(max_length=20)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.from_stage or 'new'} → {self.to_stage}"


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    CHAT = "chat", "Chat"
    MEETING = "meeting", "Meeting"
    CALL = "call", "Call"
    CRM = "crm", "CRM"


class Direction(models.TextChoices):
    IN = "in", "From the customer"
    OUT = "out", "To the customer"
    NONE = "none", "Neither"


class InteractionStatus(models.TextChoices):
    COMPLETED = "completed", "Completed"
    SCHEDULED = "scheduled", "Scheduled"
    CANCELLED = "cancelled", "Cancelled"
    MISSED = "missed", "Missed"


class Interaction(TenantRow):
    """A mail, chat, meeting, call or CRM note, dated when it happened or will happen."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="interactions")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="interactions")
    clone = models.ForeignKey(Clone, on_delete=models.SET_NULL, null=True, blank=True, related_name="interactions")
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="interactions"
    )
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.NONE)
    status = models.CharField(max_length=10, choices=InteractionStatus.choices, default=InteractionStatus.COMPLETED)
    occurred_at = models.DateTimeField()
    subject = models.CharField(max_length=998, blank=True)
    text = models.TextField(blank=True)
    participants = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-occurred_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="an_interaction_external_id_is_unique"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="a_channel_is_one_of_the_five"),
            models.CheckConstraint(condition=models.Q(direction__in=Direction.values), name="a_direction_is_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=InteractionStatus.values), name="an_interaction_status_is_known"
            ),
        ]
        indexes: ClassVar = [
            # read by: an account's timeline, newest first
            models.Index(fields=["tenant", "account", "-occurred_at", "-id"], name="timeline_of_an_account"),
            # read by: goals.tracker, activity in a period
            models.Index(fields=["tenant", "occurred_at"], include=["status", "clone"], name="interactions_by_day"),
            # read by: crm.linking, GET interactions/?linked=false and the console's list
            models.Index(
                fields=["tenant", "-occurred_at", "-id"],
                condition=models.Q(account=None),
                name="interactions_of_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.get_channel_display()} {self.occurred_at:%Y-%m-%d}"


class Briefing(TenantRow):
    """A note prepared for people before they talk to an account (create_briefing)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="briefings")
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    title = models.CharField(max_length=300)
    body = models.TextField()

    class Meta:
        ordering = ("-created_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="a_briefing_external_id_is_unique"),
        ]

    def __str__(self) -> str:
        return self.title


class ImportRun(TenantRow):
    """What one import did, kept so that the console can show it."""

    profile = models.CharField(max_length=50)
    shifted_by = models.IntegerField(default=0, help_text="Days added to every date.")
    counts = models.JSONField(help_text="{kind: {created, updated, unchanged, rejected}}")
    errors = models.JSONField(default=list, help_text="[{file, line, column, reason}]")
    run_by = models.CharField(max_length=200)
    duration = models.DurationField()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.profile} import"
