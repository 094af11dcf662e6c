"""Why something should be done: the insights that nobody acted on, the goals that are behind, the deals that fell silent.

Gathered for a tenant, or for one account of it, the most worthwhile first, by the same few statements however many accounts
there are (a goal that is behind takes one or two of its own). A cause that was proposed for lately, or is being acted on, is
left out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from crm.models import Account, Clone, Interaction, InteractionStatus, Opportunity, Tenant
from crm.stages import OPEN_STAGES, Stage, strictest
from engine.lifecycle import Status
from engine.models import Action
from goals.models import Goal, GoalStatus
from goals.suggestions import Suggestion
from goals.tracker import GoalTracker
from insights.models import Insight, InsightStatus
from insights.signals import PatternType, Severity
from record.actors import SCHEDULE

SILENT_AFTER = timedelta(days=14)
COOL_DOWN = timedelta(days=7)
SILENCE = "silence"
MOST_OF_A_KIND = 300  # the best of each kind that are looked at
MOST_GOALS = 50  # those furthest behind
# What accounts have in common is left to people, and told in the digest.
ACTED_ON = (PatternType.BUYING_SIGNAL, PatternType.RISK_INDICATOR, PatternType.ENGAGEMENT_CHANGE)

_RANK = {level.value: place for place, level in enumerate(Severity)}
_GOAL_RANK, _SILENCE_RANK = _RANK[Severity.MEDIUM.value], _RANK[Severity.LOW.value]
_OPEN = (Status.PENDING, Status.APPROVED, Status.EXECUTING, Status.UNKNOWN)
_HELD = (InteractionStatus.COMPLETED, InteractionStatus.SCHEDULED)
_IS_OPEN = Q(stage__in=sorted(OPEN_STAGES))


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason to act on an account: an `insight`, a `goal` with its `suggestion`, or else silence.

    `deal` is the one it is about, the largest open one unless a suggestion names another; `stage` the strictest of the
    account's open deals; `clone` who would act (None: nobody); `since` when anything was last heard (None: never).
    """

    key: str
    account: Account
    deal: Opportunity | None
    stage: Stage | None
    clone: Clone | None
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
    insights = list(_insights(now, account))
    gaps = _gaps(now, account)
    silent = _silent(now, account)
    asked = {one.account_id for one in insights if one.account_id} | {one.account_id for _, one in gaps} | set(silent)
    known = _Surroundings(asked)
    found = [known.of_insight(one) for one in insights]
    found += [known.of_gap(goal, one) for goal, one in gaps]
    told = {one.account_id for one in insights} | {one.account_id for _, one in gaps}
    found += [known.of_silence(pk, since) for pk, since in silent.items() if pk not in told]
    return sorted(found, key=lambda cause: (cause.worth, str(cause.account.pk)), reverse=True)


def _lately(now: datetime) -> QuerySet[Action]:
    """What the schedule proposed within the cool-down, and what of its earlier proposals is still open."""
    own = Action.objects.filter(proposer_kind=SCHEDULE.kind).exclude(cause="")
    return own.filter(Q(status__in=_OPEN) | Q(proposed_at__gt=now - COOL_DOWN))


def _insights(now: datetime, account: Account | None) -> QuerySet[Insight]:
    same = _lately(now).filter(account=OuterRef("account"), cause=Concat(Value("insight:"), OuterRef("signal")))
    pending = Insight.objects.filter(
        ~Exists(same), status=InsightStatus.PENDING, pattern_type__in=ACTED_ON, account__isnull=False
    )
    if account is not None:
        pending = pending.filter(account=account)
    return pending.order_by(_by_severity().desc(), "-confidence", "-pk")[:MOST_OF_A_KIND]


def _by_severity() -> Case:
    return Case(*(When(severity=level, then=Value(rank)) for level, rank in _RANK.items()), output_field=IntegerField())


def _gaps(now: datetime, account: Account | None) -> list[tuple[Goal, Suggestion]]:
    """What would help the goals that are behind; for one account, only what is about it. A goal's gap is one cause,
    however many accounts could help."""
    same = _lately(now).filter(cause=Concat(Value("goal:"), Cast(OuterRef("pk"), CharField())))
    day = timedelta(days=1)  # whatever the tenant's time zone
    under_way = Q(period_start__lte=(now + day).date(), period_end__gte=(now - day).date())
    active = Goal.objects.filter(~Exists(same), under_way, status=GoalStatus.ACTIVE).select_related("tenant", "clone")
    tracker = GoalTracker()
    paces = [(tracker.pace(goal, now=now), goal) for goal in active.order_by("period_end", "pk").iterator()]
    behind = sorted((pace.reached_of_pace, place) for place, (pace, _) in enumerate(paces) if pace.is_behind)
    return [
        (goal, suggestion)
        for goal in (paces[place][1] for _, place in behind[:MOST_GOALS])
        for suggestion in tracker.suggest_actions(goal=goal, now=now)
        if account is None or suggestion.account_id == account.pk
    ]


def _silent(now: datetime, account: Account | None) -> dict[UUID, datetime | None]:
    """Accounts with an open deal, nothing planned and nothing heard for two weeks, the most valuable first: since when,
    None for never. Whatever we proposed for an account lately breaks the silence."""
    heard = Interaction.objects.filter(account=OuterRef("pk"), status__in=_HELD)
    deals = Opportunity.objects.filter(_IS_OPEN, account=OuterRef("pk"))
    quiet = Account.objects.filter(
        Exists(deals),
        ~Exists(heard.filter(occurred_at__gt=now - SILENT_AFTER)),
        ~Exists(_lately(now).filter(account=OuterRef("pk"))),
    )
    if account is not None:
        quiet = quiet.filter(pk=account.pk)
    largest = deals.order_by().values("account").annotate(most=Max("amount")).values("most")
    ranked = quiet.annotate(value=Subquery(largest)).order_by(F("value").desc(nulls_last=True), "pk")
    last = Subquery(heard.order_by("-occurred_at", "-pk").values("occurred_at")[:1])
    return dict(ranked.annotate(last=last).values_list("pk", "last")[:MOST_OF_A_KIND])


class _Surroundings:
    """The accounts of some causes, with their open deals and whose clone looks after them. Three statements."""

    def __init__(self, asked: Iterable[UUID]) -> None:
        ids = list(asked)
        spoke = Interaction.objects.filter(account=OuterRef("pk"), clone__isnull=False).order_by("-occurred_at", "-pk")
        accounts: Any = Account.objects.filter(pk__in=ids).annotate(spoke=Subquery(spoke.values("clone")[:1]))
        self._accounts = {account.pk: account for account in accounts}
        self._clones = {clone.pk: clone for clone in Clone.objects.all()}
        self._only = next(iter(self._clones.values())) if len(self._clones) == 1 else None
        self._deals: dict[UUID, list[Opportunity]] = defaultdict(list)  # the largest first
        for deal in Opportunity.objects.filter(_IS_OPEN, account__in=ids).order_by(
            F("amount").desc(nulls_last=True), "pk"
        ):
            self._deals[deal.account_id].append(deal)  # type: ignore[index]  # those of the accounts asked for

    def of_insight(self, insight: Insight) -> Cause:
        assert insight.account_id is not None, "those of several accounts are left to people"
        return self._cause(f"insight:{insight.signal}", insight.account_id, insight=insight)

    def of_gap(self, goal: Goal, suggestion: Suggestion) -> Cause:
        return self._cause(f"goal:{goal.pk}", suggestion.account_id, goal=goal, suggestion=suggestion)

    def of_silence(self, account_id: UUID, since: datetime | None) -> Cause:
        return self._cause(SILENCE, account_id, since=since)

    def _cause(self, key: str, account_id: UUID, **told: Any) -> Cause:
        deals = self._deals[account_id]
        named = told["suggestion"].opportunity_id if "suggestion" in told else None
        deal = next((one for one in deals if one.pk == named), deals[0] if deals else None)
        clone = self._clone(account_id, deal, told.get("suggestion"))
        return Cause(key, self._accounts[account_id], deal, strictest(one.stage for one in deals), clone, **told)

    def _clone(self, account_id: UUID, deal: Opportunity | None, suggestion: Suggestion | None) -> Clone | None:
        """Whose goal it is, whose deal, who spoke with the customer last, or the only one there is."""
        named = (
            suggestion.clone_id if suggestion else None,
            deal.clone_id if deal else None,
            self._accounts[account_id].spoke,
        )
        return next((self._clones[pk] for pk in named if pk in self._clones), self._only)
