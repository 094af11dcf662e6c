"""Actions as lines: what each does, for whom, of what value, why it needs a person, and what about it is risky."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from crm.console.formats import money
from crm.console.roles import Visitor
from crm.models import Role, Tenant
from engine.console.words import line_of, title_of, why_of
from engine.models import Action, Question
from engine.payloads import recipients
from engine.ranking import Ranked
from engine.serving import Served
from guardrails.policy import MOST_RECIPIENTS

SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about an action to look at twice. `icon` is one of Material Symbols, `mood` bad, warn or plain."""

    icon: str
    text: str
    mood: str = "warn"


@dataclass(frozen=True, slots=True)
class Row:
    """One action as a line. `place` is where the queue ranks it, None outside of the queue."""

    action: Action
    title: str
    line: str
    why: str
    value: str
    served: Served | None = None
    flags: tuple[Flag, ...] = ()
    place: Ranked | None = None
    may_decide: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a flag is raised by: an action read by `in_full`, the amount in the tenant's currency from which a deal is
    large, and the time."""

    action: Any
    tenant: Tenant
    large: Decimal | None
    now: datetime


def rows_of(actions: Iterable[Action], tenant: Tenant) -> list[Row]:
    """Actions as lines; they come with what their lines name (account, opportunity)."""
    zone = ZoneInfo(tenant.time_zone)
    return [
        Row(
            action=action,
            title=title_of(action.action_type),
            line=line_of(action.action_type, action.payload, zone),
            why=why_of(action.reason),
            value=money(action.opportunity.amount, action.opportunity.currency) if action.opportunity else "",
        )
        for action in actions
    ]


def in_full(ids: Collection[UUID], tenant: Tenant) -> Mapping[UUID, Action]:
    """The tenant's actions among `ids` with all that their lines and flags show; one statement, none for no ids."""
    if not ids:
        return {}
    return {action.pk: action for action in _with_what_flags_ask(tenant).filter(pk__in=ids)}


def flags_of(seen: Seen) -> tuple[Flag, ...]:
    """What is risky about an action, the worst first."""
    found = (ask(seen) for ask in _FLAGS)
    return tuple(flag for flag in found if flag is not None)


def may_try(who: Visitor, action: Action) -> bool:
    """Whether a person is offered to decide: a manager, and a representative for their own clones, whose rights the engine
    judges by the tenant's rules."""
    return who.role == Role.MANAGER or (who.role == Role.REP and action.clone.owner_id == who.person.pk)


def has_one_of_two_votes(action: Action) -> bool:
    """Whether one person has approved what two have to: since the last decision, if there was one."""
    given = action.first_vote_at
    return given is not None and (action.decided_at is None or given > action.decided_at)


def _with_what_flags_ask(tenant: Tenant) -> QuerySet[Action]:
    asked = Question.objects.filter(tenant_id=tenant.pk, action=OuterRef("pk")).order_by("-id")
    latest = asked.values(told=JSONObject(answered_at="answered_at"))[:1]
    rows = Action.objects.filter(tenant_id=tenant.pk).annotate(question=Subquery(latest))
    return rows.select_related("account", "opportunity", "contact", "clone", "tenant", "assignee", "first_vote_by")


def _stranger(seen: Seen) -> Flag | None:
    if "unknown_recipient" not in seen.action.rules:
        return None
    people = len(recipients(seen.action.action_type, seen.action.payload))
    if people > MOST_RECIPIENTS:
        return Flag("groups", f"Goes to {people} people, perhaps beyond the account", "bad")
    return Flag("person_alert", "Goes to a stranger", "bad")


def _commitment(seen: Seen) -> Flag | None:
    return Flag("contract", "May promise something", "bad") if "commitment" in seen.action.rules else None


def _runs_out(seen: Seen) -> Flag | None:
    return Flag("hourglass_bottom", "Runs out soon", "bad") if seen.action.expires_at - seen.now < SOON else None


def _large(seen: Seen) -> Flag | None:
    deal = seen.action.opportunity
    if seen.large is None or deal is None or deal.currency != seen.tenant.currency:
        return None
    return Flag("trending_up", "Large deal") if (deal.amount or 0) >= seen.large else None


def _two_people(seen: Seen) -> Flag | None:
    if "four_eyes" not in seen.action.rules:
        return None
    if has_one_of_two_votes(seen.action):
        return Flag("group", f"One of two votes given, by {seen.action.first_vote_by}")
    return Flag("group", "Needs two people")


def _question(seen: Seen) -> Flag | None:
    if seen.action.question is None:
        return None
    if seen.action.question["answered_at"]:
        return Flag("mark_chat_read", "The agent answered", "plain")
    return Flag("contact_support", "Asked; no answer yet", "plain")


def _edited(seen: Seen) -> Flag | None:
    return Flag("edit", "Edited", "plain") if seen.action.supersedes_id else None


_FLAGS: tuple[Callable[[Seen], Flag | None], ...] = (
    *(_stranger, _commitment, _runs_out, _two_people, _large, _question, _edited),
)
