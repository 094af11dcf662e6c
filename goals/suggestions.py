"""What would help a goal that is behind: accounts and deals, each with its reason, the most worthwhile first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from crm.models import Interaction, InteractionStatus, Opportunity
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import CLOSED_STAGES
from goals.metrics import QUALIFIED_STAGES
from goals.models import Goal, GoalType

MOST = 10
QUIET_AFTER = timedelta(days=7)

# Source: the contract's mapping of goals behind target to actions.
ACTION_OF: Mapping[str, str] = MappingProxyType(
    {
        GoalType.REVENUE.value: "send_follow_up_email",
        GoalType.PIPELINE.value: "send_follow_up_email",
        GoalType.ACTIVITY.value: "schedule_meeting",
        GoalType.QUALITY.value: "qualify_conversation",
    }
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One action that would help: about which account and deal, as which clone (None: not known), and why."""

    action_type: str
    account_id: UUID
    account: str
    opportunity_id: UUID
    opportunity: str
    clone_id: UUID | None
    reason: str


def suggestions(goal: Goal, now: datetime) -> list[Suggestion]:
    """At most ten, in the tenant's scope, by one statement."""
    deals, reason = _CHOSEN[goal.goal_type](_open_deals(goal), now)
    return [_suggestion(goal, deal, reason(deal)) for deal in deals[:MOST]]


def _open_deals(goal: Goal) -> QuerySet[Opportunity]:
    deals = Opportunity.objects.exclude(stage__in=sorted(CLOSED_STAGES)).exclude(account=None)
    if goal.clone_id:
        deals = deals.filter(clone_id=goal.clone_id)
    held = Q(account__interactions__status=InteractionStatus.COMPLETED)
    return deals.select_related("account").annotate(last=Max("account__interactions__occurred_at", filter=held))


Reason = Callable[[Opportunity], str]
Chosen = tuple[QuerySet[Opportunity], Reason]


def _quiet(deals: QuerySet[Opportunity], now: datetime) -> Chosen:
    """Open deals that nobody has touched lately, the most valuable first."""
    quiet = deals.filter(Q(last=None) | Q(last__lt=now - QUIET_AFTER))
    return quiet.order_by(F("amount").desc(nulls_last=True), "pk"), lambda deal: _silence(deal, now)


def _without_a_date(deals: QuerySet[Opportunity], now: datetime) -> Chosen:
    """Open deals without an appointment ahead, the most valuable first."""
    ahead = Interaction.objects.filter(
        account=OuterRef("account"), status=InteractionStatus.SCHEDULED, occurred_at__gt=now
    )
    free = deals.filter(~Exists(ahead))
    return free.order_by(F("amount").desc(nulls_last=True), "pk"), lambda deal: "No meeting is planned."


def _unqualified(deals: QuerySet[Opportunity], now: datetime) -> Chosen:
    """Deals in qualification or later of which least is known, the most valuable first."""
    stages = sorted(stage.value for stage in QUALIFIED_STAGES)
    known = deals.filter(stage__in=stages).order_by(F("amount").desc(nulls_last=True), "pk")
    return known, _what_is_missing


_CHOSEN: Mapping[str, Callable[[QuerySet[Opportunity], datetime], Chosen]] = MappingProxyType(
    {
        GoalType.REVENUE.value: _quiet,
        GoalType.PIPELINE.value: _quiet,
        GoalType.ACTIVITY.value: _without_a_date,
        GoalType.QUALITY.value: _unqualified,
    }
)


def _silence(deal: Opportunity, now: datetime) -> str:
    last = getattr(deal, "last", None)
    return "Nothing is on record yet." if last is None else f"Nobody was in touch for {(now - last).days} days."


def _what_is_missing(deal: Opportunity) -> str:
    fullest = max(FRAMEWORK_FIELDS, key=lambda name: len(deal.qualification.get(name) or {}))
    answers = deal.qualification.get(fullest) or {}
    missing = [field for field in FRAMEWORK_FIELDS[fullest] if not str(answers.get(field) or "").strip()]
    return f"Not known yet ({fullest}): {', '.join(missing)}." if missing else f"{fullest} is complete."


def _suggestion(goal: Goal, deal: Opportunity, reason: str) -> Suggestion:
    assert deal.account is not None, "deals without an account were left out"
    return Suggestion(
        action_type=ACTION_OF[goal.goal_type],
        account_id=deal.account.pk,
        account=deal.account.name,
        opportunity_id=deal.pk,
        opportunity=deal.name,
        clone_id=goal.clone_id or deal.clone_id,
        reason=reason,
    )
