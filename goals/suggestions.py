"""What would help a goal that is behind: accounts and deals, each with its reason, the most worthwhile first.

The rules of each type of goal are a table: the first one that fits a deal gives its reason and its place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from crm.console.formats import money
from crm.models import Account, Channel, Interaction, InteractionStatus, Opportunity
from crm.qualification import FRAMEWORK_FIELDS
from goals.metrics import IS_OPEN, IS_QUALIFIED, share_filled
from goals.models import Goal, GoalType

MOST = 10
LOOKED_AT = 50  # deals; an account is suggested once, for its best one
QUIET_AFTER = timedelta(days=7)

# Source: docs/goals.md.
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
    """One action that would help: about which account and deal (None: it has no open one), as which clone (None: not
    known), and why. `suggestion["reason"]` reads like the tracker's other answers."""

    action_type: str
    account_id: UUID
    account: str
    opportunity_id: UUID | None
    opportunity: str
    clone_id: UUID | None
    reason: str

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


def suggestions(goal: Goal, now: datetime) -> list[Suggestion]:
    """At most ten, an account once, in the tenant's scope. One statement; two where no open deal calls for anything."""
    found = [_of_deal(goal, deal, now) for deal in _once_an_account(_deals(goal, now))]
    return found[:MOST] or [_of_account(goal, account, now) for account in _accounts(goal, now)]


# --- open deals ----------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """`fits` is asked of a deal with the columns of `_deals`; `why` says it in a sentence."""

    fits: Callable[[datetime], Q]
    why: Callable[[Any, datetime], str]


def _is_quiet(now: datetime) -> Q:
    return Q(last=None) | Q(last__lt=now - QUIET_AFTER)


def _silence(deal: Any, now: datetime) -> str:
    if deal.last is None:
        return "Nobody has been in touch yet."
    return f"Nobody was in touch for {(now - deal.last).days} days."


def _missing(deal: Any, now: datetime) -> str:
    name, fields = max(_unanswered(deal.qualification).items(), key=_share_answered)
    return f"Not known yet ({name}): {', '.join(field.replace('_', ' ') for field in fields)}."


def _unanswered(qualification: Mapping[str, Any]) -> dict[str, list[str]]:
    """The questions of each framework without an answer that says something."""
    found = {}
    for name, fields in FRAMEWORK_FIELDS.items():
        answers = qualification.get(name)
        known = answers if isinstance(answers, dict) else {}
        found[name] = [field for field in fields if known.get(field) is None or not str(known[field]).strip()]
    return found


def _share_answered(framework: tuple[str, list[str]]) -> float:
    return 1 - len(framework[1]) / len(FRAMEWORK_FIELDS[framework[0]])


_QUIET = Rule(_is_quiet, _silence)
_NO_NEXT_STEP = Rule(lambda now: Q(has_next=False), lambda deal, now: "No next step is planned.")
_NO_MEETING = Rule(lambda now: Q(has_meeting=False), lambda deal, now: "No meeting or call is planned.")
_OPEN = Rule(lambda now: Q(pk__isnull=False), lambda deal, now: "It is among the largest that are open.")
_INCOMPLETE = Rule(lambda now: IS_QUALIFIED & Q(filled__lt=1), _missing)
_UNQUALIFIED = Rule(lambda now: ~IS_QUALIFIED, lambda deal, now: "It is not in qualification yet.")

RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        GoalType.REVENUE.value: (_QUIET, _NO_NEXT_STEP, _OPEN),
        GoalType.PIPELINE.value: (_QUIET, _NO_NEXT_STEP, _OPEN),
        GoalType.ACTIVITY.value: (_NO_MEETING, _QUIET, _OPEN),
        GoalType.QUALITY.value: (_INCOMPLETE, _UNQUALIFIED),
    }
)


def _deals(goal: Goal, now: datetime) -> QuerySet[Any]:
    """Open deals that some rule fits: the clone's own before those that no clone works on, then by rule and value."""
    deals: QuerySet[Any] = Opportunity.objects.filter(IS_OPEN).exclude(account=None).select_related("account")
    if goal.clone_id:
        deals = deals.filter(Q(clone=goal.clone_id) | Q(clone=None))
    known = deals.annotate(
        last=_last_held(OuterRef("account"), now),
        has_next=Exists(_ahead(now)),
        has_meeting=Exists(_ahead(now).filter(channel__in=(Channel.MEETING, Channel.CALL))),
        filled=share_filled(),
    )
    ruled = known.annotate(rule=_first_that_fits(RULES[goal.goal_type], now)).exclude(rule=None)
    return ruled.order_by(F("clone").asc(nulls_last=True) if goal.clone_id else "rule", "rule", *_LARGEST)[:LOOKED_AT]


_LARGEST = (F("amount").desc(nulls_last=True), "pk")


def _first_that_fits(rules: Sequence[Rule], now: datetime) -> Case:
    whens = [When(rule.fits(now), then=Value(place)) for place, rule in enumerate(rules)]
    return Case(*whens, default=None, output_field=IntegerField())


def _last_held(account: Any, now: datetime) -> Subquery:
    held = Interaction.objects.filter(account=account, status=InteractionStatus.COMPLETED, occurred_at__lte=now)
    return Subquery(held.order_by("-occurred_at", "-pk").values("occurred_at")[:1])


def _ahead(now: datetime) -> QuerySet[Interaction]:
    return Interaction.objects.filter(
        account=OuterRef("account"), status=InteractionStatus.SCHEDULED, occurred_at__gt=now
    )


def _once_an_account(deals: Iterable[Any]) -> list[Any]:
    first: dict[UUID, Any] = {}
    for deal in deals:
        first.setdefault(deal.account_id, deal)
    return list(first.values())


def _of_deal(goal: Goal, deal: Any, now: datetime) -> Suggestion:
    return Suggestion(
        action_type=ACTION_OF[goal.goal_type],
        account_id=deal.account_id,
        account=deal.account.name,
        opportunity_id=deal.pk,
        opportunity=deal.name,
        clone_id=goal.clone_id or deal.clone_id,
        reason=f"{_at_stake(goal, deal)} {RULES[goal.goal_type][deal.rule].why(deal, now)}",
    )


def _at_stake(goal: Goal, deal: Any) -> str:
    value = f"{money(deal.amount, deal.currency)} in" if deal.amount else "In"
    nobodys = ", with no clone" if goal.clone_id and deal.clone_id is None else ""
    return f"{value} {deal.stage.replace('_', ' ')}{nobodys}."


# --- accounts without an open deal -----------------------------------------------------------------------------------------


def _accounts(goal: Goal, now: datetime) -> QuerySet[Any]:
    """Accounts with nothing open: those the clone has spoken with first, then who was last in touch."""
    deals = Opportunity.objects.filter(IS_OPEN, account=OuterRef("pk"))
    spoke = Interaction.objects.filter(account=OuterRef("pk"), clone=goal.clone_id)
    known: QuerySet[Any] = Account.objects.filter(~Exists(deals)).annotate(
        last=_last_held(OuterRef("pk"), now),
        is_known=Exists(spoke) if goal.clone_id else Value(False, output_field=BooleanField()),
    )
    return known.order_by("-is_known", F("last").desc(nulls_last=True), "pk")[:MOST]


def _of_account(goal: Goal, account: Any, now: datetime) -> Suggestion:
    return Suggestion(
        action_type=ACTION_OF[goal.goal_type],
        account_id=account.pk,
        account=account.name,
        opportunity_id=None,
        opportunity="",
        clone_id=goal.clone_id,
        reason=f"Nothing is open there. {_silence(account, now)}",
    )
