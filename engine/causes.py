"""Why something should be done: the insights that nobody acted on, the goals that are behind, the deals that fell silent.

Gathered for a tenant, or for one account of it, the most worthwhile first, by the same few statements however many there
are. A cause that was proposed for lately, or is being acted on, is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Q

from crm.models import Account, Interaction, InteractionStatus, Opportunity, Tenant
from crm.stages import CLOSED_STAGES
from engine.lifecycle import Status
from engine.models import Action
from goals.models import Goal, GoalStatus
from goals.suggestions import Suggestion
from goals.tracker import GoalTracker
from insights.models import Insight, InsightStatus
from insights.signals import Severity
from record.actors import SCHEDULE

SILENT_AFTER = timedelta(days=14)
COOL_DOWN = timedelta(days=7)
SILENCE = "silence"
MOST_OF_A_KIND = 300  # the best of each kind that are looked at
MOST_GOALS = 50
_RANK = {level.value: place for place, level in enumerate(Severity)}
_OPEN = (Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN)
_HELD = (InteractionStatus.COMPLETED, InteractionStatus.SCHEDULED)
_GOAL_RANK, _SILENCE_RANK = _RANK[Severity.MEDIUM.value], _RANK[Severity.LOW.value]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason to act on an account. Exactly one of `insight` and `goal` is set, none for a silent deal.

    `deal` is the largest open one, `clone_id` who would act (None: nobody), `since` when anything was last heard.
    """

    key: str
    account: Account
    deal: Opportunity | None
    clone_id: UUID | None
    insight: Insight | None = None
    goal: Goal | None = None
    suggestion: Suggestion | None = None
    since: datetime | None = None

    @property
    def worth(self) -> tuple[int, float, Decimal]:
        """For sorting: how pressing, how sure, how valuable."""
        value = self.deal.amount if self.deal and self.deal.amount else Decimal(0)
        if self.insight:
            return _RANK[self.insight.severity], self.insight.confidence, value
        return (_GOAL_RANK if self.goal else _SILENCE_RANK), 0.0, value


def causes(*, tenant: Tenant, now: datetime, account: Account | None = None) -> list[Cause]:
    """The causes of the tenant in scope, or of one of its accounts, that nobody proposed for lately; the best first."""
    insights = _insights(account)
    gaps = _gaps(tenant, now, account)
    silent = _silent(now, account)
    accounts = {one.account_id for one in insights if one.account_id} | {one.account_id for _, one in gaps} | set(silent)
    known = _Surroundings(accounts)
    found = [known.of_insight(one) for one in insights]
    found += [known.of_gap(goal, one) for goal, one in gaps]
    told = {cause.account.pk for cause in found}
    found += [known.of_silence(pk, since) for pk, since in silent.items() if pk not in told]
    lately = _proposed_lately(tenant, now)
    return sorted((c for c in found if not lately.covers(c)), key=lambda c: (c.worth, str(c.account.pk)), reverse=True)


def _insights(account: Account | None) -> list[Insight]:
    pending = Insight.objects.filter(status=InsightStatus.PENDING).exclude(account=None)
    if account is not None:
        pending = pending.filter(account=account)
    ranked = pending.select_related("account", "contact").order_by("-confidence", "-pk")[:MOST_OF_A_KIND]
    return list(ranked)


def _gaps(tenant: Tenant, now: datetime, account: Account | None) -> list[tuple[Goal, Suggestion]]:
    """The suggestions for goals that are behind; for one account, only those about it."""
    tracker = GoalTracker()
    active = (
        Goal.objects.filter(status=GoalStatus.ACTIVE).select_related("tenant", "clone").order_by("period_end", "pk")
    )
    return [
        (goal, suggestion)
        for goal in active[:MOST_GOALS]
        for suggestion in tracker.suggest_actions(goal=goal, now=now)
        if account is None or suggestion.account_id == account.pk
    ]


def _silent(now: datetime, account: Account | None) -> dict[UUID, datetime | None]:
    """Accounts with an open deal, nothing planned and nothing heard for two weeks: since when, None for never."""
    open_deal = ~Q(opportunities__stage__in=sorted(CLOSED_STAGES)) & Q(opportunities__isnull=False)
    accounts = Account.objects.filter(open_deal)
    if account is not None:
        accounts = accounts.filter(pk=account.pk)
    held = Q(interactions__status__in=_HELD)
    quiet = accounts.annotate(last=Max("interactions__occurred_at", filter=held)).filter(
        Q(last=None) | Q(last__lte=now - SILENT_AFTER)
    )
    ranked = quiet.annotate(value=Max("opportunities__amount")).order_by(F("value").desc(nulls_last=True), "pk")
    return dict(ranked.values_list("pk", "last")[:MOST_OF_A_KIND])


class _Surroundings:
    """The accounts of some causes, with each one's largest open deal and whose clone looks after it. Three statements."""

    def __init__(self, accounts: Iterable[UUID]) -> None:
        asked = list(accounts)
        self._accounts: Mapping[UUID, Account] = Account.objects.in_bulk(asked)
        self._deals = _first_of(
            Opportunity.objects.filter(account_id__in=asked)
            .exclude(stage__in=sorted(CLOSED_STAGES))
            .order_by("account_id", F("amount").desc(nulls_last=True), "pk")
        )
        self._clones = _first_of(
            Interaction.objects.filter(account_id__in=asked)
            .exclude(clone=None)
            .order_by("account_id", "-occurred_at", "-pk")
            .only("account_id", "clone_id", "occurred_at")
        )

    def of_insight(self, insight: Insight) -> Cause:
        assert insight.account_id is not None, "those of several accounts are left to people"
        return self._cause(f"insight:{insight.signal}", insight.account_id, insight=insight)

    def of_gap(self, goal: Goal, suggestion: Suggestion) -> Cause:
        clone_id = goal.clone_id or suggestion.clone_id
        return self._cause(f"goal:{goal.pk}", suggestion.account_id, clone_id, goal=goal, suggestion=suggestion)

    def of_silence(self, account_id: UUID, since: datetime | None) -> Cause:
        return self._cause(SILENCE, account_id, since=since)

    def _cause(self, key: str, account_id: UUID, clone_id: UUID | None = None, **told: Any) -> Cause:
        deal = self._deals.get(account_id)
        spoke = self._clones.get(account_id)
        clone_id = clone_id or (deal.clone_id if deal else None) or (spoke.clone_id if spoke else None)
        return Cause(key, self._accounts[account_id], deal, clone_id, **told)


def _first_of(rows: Any) -> dict[UUID, Any]:
    return {row.account_id: row for row in rows.distinct("account_id")}


@dataclass(frozen=True, slots=True)
class _Lately:
    """What the schedule proposed within the cool-down, or what of it is still open."""

    by_account: frozenset[tuple[UUID, str]]
    goals: frozenset[str]
    accounts: frozenset[UUID]

    def covers(self, cause: Cause) -> bool:
        if cause.goal:
            return cause.key in self.goals
        if cause.key == SILENCE:  # whatever was proposed for the account broke the silence
            return cause.account.pk in self.accounts
        return (cause.account.pk, cause.key) in self.by_account


def _proposed_lately(tenant: Tenant, now: datetime) -> _Lately:
    own = Action.objects.filter(tenant=tenant, proposer_kind=SCHEDULE.kind)
    recent = own.filter(Q(status__in=_OPEN) | Q(proposed_at__gt=now - COOL_DOWN))
    rows: Sequence[tuple[UUID, str]] = list(recent.values_list("account_id", "cause"))
    return _Lately(frozenset(rows), frozenset(cause for _, cause in rows), frozenset(account for account, _ in rows))
