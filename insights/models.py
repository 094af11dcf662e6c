"""What we notice: insights with their evidence, what people said of them, and what an account's past comes down to."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from crm.models import Account, Contact, TenantRow
from insights.signals import HIGHEST_THRESHOLD, LOWEST_THRESHOLD, SIGNALS, PatternType, Severity


class InsightStatus(models.TextChoices):
    PENDING = "pending", "New"
    ACTED = "acted", "Acted on"
    DISMISSED = "dismissed", "Dismissed"
    CLOSED = "closed", "Closed"


OPEN = (InsightStatus.PENDING, InsightStatus.ACTED)
PATTERN_TYPES = [kind.value for kind in PatternType if kind is not PatternType.CONTACT]


class Insight(TenantRow):
    """Something noticed about an account or, with a `topic` and no account, about several of them."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="insights")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="insights")
    pattern_type = models.CharField(max_length=32)
    signal = models.CharField(max_length=32)
    topic = models.CharField(max_length=100, blank=True, help_text="What a pattern across accounts is about.")
    severity = models.CharField(max_length=8)
    confidence = models.FloatField(help_text="0 to 1.")
    reason = models.TextField()
    evidence = models.JSONField(default=list, help_text="[{interaction, quote, at, channel, who, account}]")
    status = models.CharField(max_length=10, choices=InsightStatus.choices, default=InsightStatus.PENDING)
    seen_at = models.DateTimeField(help_text="The last scan that found it still so.")
    ended_at = models.DateTimeField(null=True, help_text="When it was dismissed or closed.")
    ended_why = models.CharField(max_length=200, blank=True)
    alerted_at = models.DateTimeField(null=True, help_text="When managers were told at once.")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pattern_type__in=PATTERN_TYPES), name="a_pattern_type_is_known"),
            models.CheckConstraint(condition=Q(signal__in=sorted(SIGNALS)), name="a_signal_is_in_the_table"),
            models.CheckConstraint(condition=Q(severity__in=[s.value for s in Severity]), name="a_severity_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=InsightStatus.values), name="an_insight_has_one_of_four_statuses"
            ),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="a_confidence_is_a_share"),
            models.UniqueConstraint(
                fields=["tenant", "account", "signal", "topic"],
                condition=Q(status__in=[s.value for s in OPEN]),
                nulls_distinct=False,
                name="an_account_has_one_open_insight_a_signal",
            ),
        ]
        indexes: ClassVar = [
            # read by: GET insights/ and the console's list, newest first
            models.Index(fields=["tenant", "-id"], name="insights_newest_first"),
            # read by: the scan, the planner and an account's view
            models.Index(fields=["tenant", "account", "-id"], name="insights_of_an_account"),
            # read by: engine.outreach, the digest
            models.Index(
                fields=["tenant", "-id"], condition=Q(status=InsightStatus.PENDING), name="insights_that_are_new"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signal.replace('_', ' ')}: {self.account or self.topic}"


class Verdict(models.TextChoices):
    USEFUL = "useful", "Useful"
    FALSE_ALARM = "false_alarm", "False alarm"


class Feedback(TenantRow):
    """What a person said of an insight; their last word counts."""

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    comment = models.CharField(max_length=2000, blank=True)
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["insight", "person"], name="a_person_has_one_say_about_an_insight"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="feedback_is_one_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.insight}"


class Threshold(TenantRow):
    """From which confidence on a pattern type becomes an insight here; moved by feedback (insights.thresholds)."""

    pattern_type = models.CharField(max_length=32)
    value = models.FloatField()
    useful = models.PositiveIntegerField(default=0)
    false_alarms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "pattern_type"], name="a_pattern_type_has_one_threshold"),
            models.CheckConstraint(
                condition=Q(value__gte=LOWEST_THRESHOLD, value__lte=HIGHEST_THRESHOLD),
                name="a_threshold_stays_within_its_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_type}: {self.value}"


class Watch(TenantRow):
    """How far we have looked at an account: an unchanged one need not be looked at again before `look_again_at`."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="watch")
    seen_changes = models.BigIntegerField(default=-1, help_text="crm.AccountActivity.changes at the last scan.")
    look_again_at = models.DateTimeField(null=True, help_text="From here on time alone may have changed something.")
    scanned_at = models.DateTimeField(null=True)
    mentions = models.JSONField(default=list, help_text="Topics of the last 30 days, for patterns across accounts.")
    summarized_changes = models.BigIntegerField(default=-1)
    summarized_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"watch of {self.account_id}"


class SummaryKind(models.TextChoices):
    FULL = "full", "The last 30 days"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class Summary(TenantRow):
    """What a stretch of an account's past comes down to: sentences taken from its interactions."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="summaries")
    kind = models.CharField(max_length=5, choices=SummaryKind.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    interactions = models.PositiveIntegerField()
    lines = models.JSONField(help_text="[{at, channel, direction, who, text, why, interaction}], newest first")
    source_digest = models.CharField(max_length=64, help_text="Of the interactions it was made of.")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "summaries"
        ordering = ("-starts_on",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "account", "kind", "starts_on"], name="a_stretch_has_one_summary"
            ),
            models.CheckConstraint(condition=Q(kind__in=SummaryKind.values), name="a_summary_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.starts_on}"
