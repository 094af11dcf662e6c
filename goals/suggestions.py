"""What would help a goal that is behind: accounts and deals, each with its reason, the most worthwhile first.

The rules of each type of goal are a table: the first one that fits a deal gives its place; what else is so is said besides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import PercentRank

from crm.console.formats import money
from crm.models import Account, Channel, Clone, Interaction, InteractionStatus, Opportunity
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import Stage
from goals.metrics import IS_OPEN, IS_QUALIFIED, share_filled
from goals.models import Goal, GoalType
from goals.terms import MONEY

MOST = 10
LOOKED_AT = 500  # deals; an account is suggested once, for its best one
QUIET_AFTER = timedelta(days=7)
HIGH_VALUE_FROM = 0.75  # of the open deals by value

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
    known), and why, in words and by names (`reasons`, of REASONS). `suggestion["reason"]` reads like the tracker's other
    answers."""

    action_type: str
    account_id: UUID
    account: str
    opportunity_id: UUID | None
    opportunity: str
    clone_id: UUID | None
    reason: str
    reasons: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


def suggestions(goal: Goal, now: datetime) -> list[Suggestion]:
    """At most ten, an account once, in the tenant's scope. One statement; two where no open deal calls for anything."""
    found = [_of_deal(goal, deal, now) for deal in _once_an_account(_deals(goal, now))]
    return found[:MOST] or [_of_account(goal, account, now) for account in _accounts(goal, now)]


# --- what customers said -------------------------------------------------------------------------------------------------

# Rows about an account, the newest first, each with its `signal`: asked with a reference to the account and the moment.
Heard = Callable[[OuterRef, datetime], QuerySet[Any]]
_heard: list[Heard] = []


def hear_from(heard: Heard) -> None:
    """Have buying signals told by `heard`: this room knows nothing of insights, whoever starts knows both."""
    _heard[:] = [heard]


def _buying_signal(account: OuterRef, now: datetime) -> Combinable:
    if not _heard:
        return Value(None, output_field=CharField())
    return Subquery(_heard[0](account, now).values("signal")[:1])


# --- open deals ----------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """`reason` names it, `fits` is asked of a deal with the columns of `_deals`, `why` says it in a sentence."""

    reason: str
    fits: Callable[[datetime], Q]
    why: Callable[[Any, datetime], str]


def _is_quiet(now: datetime) -> Q:
    return Q(last=None) | Q(last__lt=now - QUIET_AFTER) | Q(stage=Stage.STALLED.value)


def _silence(deal: Any, now: datetime) -> str:
    if deal.last is None:
        return "Nobody has been in touch yet."
    return f"Nobody was in touch for {(now - deal.last).days} days."


def _stalled(deal: Any, now: datetime) -> str:
    if deal.stage == Stage.STALLED and deal.last and deal.last >= now - QUIET_AFTER:
        return "It is stalled, though somebody was in touch within the week."
    return _silence(deal, now)


def _interest(deal: Any, now: datetime) -> str:
    return f"They showed interest: {deal.signal.replace('_', ' ')}."


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


_BUYING = Rule("buying_signal", lambda now: Q(signal__isnull=False), _interest)
_QUIET = Rule("stalled", _is_quiet, _stalled)
_NO_NEXT_STEP = Rule("no_next_step", lambda now: Q(has_next=False), lambda deal, now: "No next step is planned.")
_NO_MEETING = Rule("no_meeting", lambda now: Q(has_meeting=False), lambda deal, now: "No meeting or call is planned.")
_VALUABLE = Rule(
    "high_value",
    lambda now: Q(amount__isnull=False, rank__gte=HIGH_VALUE_FROM),
    lambda deal, now: "It is in the most valuable quarter of the open deals.",
)
_OPEN = Rule("open", lambda now: Q(pk__isnull=False), lambda deal, now: "It is among the largest that are open.")
_INCOMPLETE = Rule("questions_open", lambda now: IS_QUALIFIED & Q(filled__lt=1), _missing)
_UNQUALIFIED = Rule("not_qualified", lambda now: ~IS_QUALIFIED, lambda deal, now: "It is not in qualification yet.")

# By type of goal: the first that fits gives a deal its place.
RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        GoalType.REVENUE.value: (_BUYING, _QUIET, _NO_NEXT_STEP, _OPEN),
        GoalType.PIPELINE.value: (_BUYING, _QUIET, _NO_NEXT_STEP, _OPEN),
        GoalType.ACTIVITY.value: (_NO_MEETING, _QUIET, _OPEN),
        GoalType.QUALITY.value: (_INCOMPLETE, _UNQUALIFIED),
    }
)
# What is said of a deal besides, where it is so: silence is no answer to an open question.
_TOLD = (_BUYING, _QUIET, _NO_NEXT_STEP, _VALUABLE)
_TOLD_OF_QUALITY = (_BUYING, _VALUABLE)
REASONS = (*dict.fromkeys(rule.reason for rules in (*RULES.values(), _TOLD) for rule in rules), "nothing_open")


def _deals(goal: Goal, now: datetime) -> QuerySet[Any]:
    """Open deals that some rule fits: the clone's own before those that no clone works on, then by rule and value."""
    deals: QuerySet[Any] = Opportunity.objects.filter(IS_OPEN).exclude(account=None).select_related("account")
    if goal.goal_type in MONEY:
        deals = deals.filter(currency=goal.tenant.currency)  # what is in another one is left out of the value
    if goal.clone_id:
        deals = deals.filter(Q(clone=goal.clone_id) | Q(clone=None))
    if goal.team:
        deals = deals.filter(Q(clone__in=Clone.objects.filter(team=goal.team)) | Q(clone=None))
    known = deals.annotate(
        last=_last_held(OuterRef("account"), now),
        has_next=Exists(_ahead(now)),
        has_meeting=Exists(_ahead(now).filter(channel__in=(Channel.MEETING, Channel.CALL))),
        filled=share_filled(),
        signal=_buying_signal(OuterRef("account"), now),
        rank=Window(PercentRank(), order_by=F("amount").asc(nulls_first=True)),
    )
    ruled = known.annotate(rule=_first_that_fits(RULES[goal.goal_type], now)).filter(rule__isnull=False)
    told = ruled.annotate(**{f"is_{rule.reason}": _whether(rule, now) for rule in _TOLD})
    own_first = [_OWN_FIRST] if goal.clone_id or goal.team else []
    return told.order_by(*own_first, "rule", *_LARGEST)[:LOOKED_AT]


def _whether(rule: Rule, now: datetime) -> Case:
    return Case(When(rule.fits(now), then=Value(True)), default=Value(False), output_field=BooleanField())


_OWN_FIRST = Case(When(clone=None, then=Value(1)), default=Value(0), output_field=IntegerField())
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
    first = RULES[goal.goal_type][deal.rule]
    told = _TOLD_OF_QUALITY if goal.goal_type == GoalType.QUALITY else _TOLD
    besides = [rule for rule in told if rule is not first and getattr(deal, f"is_{rule.reason}")]
    if first is _NO_MEETING:
        besides = [rule for rule in besides if rule is not _NO_NEXT_STEP]
    if first is _OPEN and besides:
        first, *besides = besides
    fitting = [first, *besides]
    return Suggestion(
        action_type=ACTION_OF[goal.goal_type],
        account_id=deal.account_id,
        account=deal.account.name,
        opportunity_id=deal.pk,
        opportunity=deal.name,
        clone_id=goal.clone_id or deal.clone_id,
        reason=" ".join([_at_stake(goal, deal), *(rule.why(deal, now) for rule in fitting)]),
        reasons=tuple(rule.reason for rule in fitting),
    )


def _at_stake(goal: Goal, deal: Any) -> str:
    value = f"{money(deal.amount, deal.currency)} in" if deal.amount else "In"
    nobodys = ", with no clone" if (goal.clone_id or goal.team) and deal.clone_id is None else ""
    return f"{value} {deal.stage.replace('_', ' ')}{nobodys}."


# --- accounts without an open deal -----------------------------------------------------------------------------------------


def _accounts(goal: Goal, now: datetime) -> QuerySet[Any]:
    """Accounts with nothing open: those the clone has spoken with first, then who was last in touch."""
    deals = Opportunity.objects.filter(IS_OPEN, account=OuterRef("pk"))
    ours = Clone.objects.filter(team=goal.team) if goal.team else Clone.objects.filter(pk__in=[goal.clone_id])
    spoke = Interaction.objects.filter(account=OuterRef("pk"), clone__in=ours)
    known: QuerySet[Any] = Account.objects.filter(~Exists(deals)).annotate(
        last=_last_held(OuterRef("pk"), now),
        is_known=Exists(spoke) if goal.clone_id or goal.team else Value(False, output_field=BooleanField()),
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
        reasons=("nothing_open",),
    )
