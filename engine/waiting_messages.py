"""What a message says of actions that wait: what, for whom, what it is worth, why it needs a person, how long it may wait.

It decides nothing and carries nothing that could: each action has one link, to the page where a person who is logged in
looks and decides. Words of customers and agents are quoted (engine.quoting).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import F, Q, Sum
from django.urls import reverse

from crm.console.formats import money, span
from crm.models import Opportunity, Tenant
from engine.addresses import absolute
from engine.console.words import line_of, title_of, why_of
from engine.models import Action
from engine.notices import Message
from engine.quoting import quoted

MOST_LISTED = 20
LONGEST_NAME = 80
LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whom a message is for and when it is made. `is_one_of_several`: the person belongs to other companies as well;
    `is_reminder`: they were told before."""

    tenant: Tenant
    person: User
    now: datetime
    is_one_of_several: bool = False
    is_reminder: bool = False


def message_of(actions: Sequence[UUID], occasion: Occasion) -> Message:
    """The message about these actions, the most valuable first; in the tenant's scope, the same number of statements
    however many they are."""
    listed = _most_valuable(actions, occasion.tenant)
    return Message(_subject(listed[0], len(actions), occasion), _text(listed, actions, occasion))


def _most_valuable(actions: Sequence[UUID], tenant: Tenant) -> list[Action]:
    """In the tenant's currency first: what is in another cannot be compared."""
    ours = Q(opportunity__currency=tenant.currency)
    rows = Action.objects.filter(pk__in=actions).select_related("account", "opportunity", "clone")
    by_value = F("opportunity__amount").desc(nulls_last=True)
    return list(
        rows.annotate(ours=ours).order_by(F("ours").desc(nulls_last=True), by_value, "expires_at", "id")[:MOST_LISTED]
    )


def _subject(first: Action, count: int, occasion: Occasion) -> str:
    what = _what(first)
    start = "Reminder: " if occasion.is_reminder else ""
    if count == 1:
        return f"{start}1 action waits for you: {what}"
    return f"{start}{count} actions wait for you: {what} and {count - 1} more"


def _text(listed: Sequence[Action], actions: Sequence[UUID], occasion: Occasion) -> str:
    more = len(actions) - len(listed)
    parts = [
        _opening(actions, occasion),
        *(_paragraph(action, occasion) for action in listed),
        *([f"… and {more} more, of less value. They stand in the queue."] if more else []),
        f"The whole queue: {_link(reverse('admin:index'), occasion)}",
        "A link leads to log-in and to the page where you decide; nothing is decided by opening it.\n"
        "Which of these messages you get is yours to set, in the console under How you are told.",
    ]
    return "\n\n".join(parts) + "\n"


def _opening(actions: Sequence[UUID], occasion: Occasion) -> str:
    name = quoted(occasion.person.first_name or occasion.person.get_username(), most=LONGEST_NAME)
    waits = "1 action waits" if len(actions) == 1 else f"{len(actions)} actions wait"
    still = " still" if occasion.is_reminder else ""
    company = quoted(occasion.tenant.name, most=LONGEST_NAME)
    worth = _worth(actions, occasion.tenant.currency)
    return f"{name}, {waits}{still} for a decision in {company}{f'; deals of {worth}' if worth else ''}."


def _worth(actions: Sequence[UUID], currency: str) -> str:
    """The value of the deals they are about, each deal once; those in another currency are left out."""
    about = Action.objects.filter(pk__in=actions).order_by().values("opportunity_id")
    return money(
        Opportunity.objects.filter(pk__in=about, currency=currency).aggregate(sum=Sum("amount"))["sum"], currency
    )


def _paragraph(action: Action, occasion: Occasion) -> str:
    zone = ZoneInfo(occasion.tenant.time_zone)
    return "\n".join(
        [
            _what(action),
            quoted(line_of(action.action_type, action.payload, zone), most=LONGEST_LINE),
            f"{why_of(action.reason)} Proposed by {quoted(action.clone.name, most=LONGEST_NAME)}.",
            *_handed_on(action, occasion),
            _time_left(action, occasion, zone),
            _link(reverse("admin:engine_action_change", args=[action.pk]), occasion),
        ]
    )


def _what(action: Action) -> str:
    deal = action.opportunity
    value = money(deal.amount, deal.currency) if deal else ""
    worth = f" ({quoted(value, most=LONGEST_NAME)})" if value else ""
    return f"{title_of(action.action_type)} for {quoted(action.account.name, most=LONGEST_NAME)}{worth}"


def _handed_on(action: Action, occasion: Occasion) -> list[str]:
    if action.escalated_at is None:
        return []
    began = action.waiting_since or action.proposed_at
    to = "to you" if action.assignee_id == occasion.person.pk else "to everybody who decides"
    return [f"Handed on {to}: nobody had decided it in {span(action.escalated_at - began)}."]


def _time_left(action: Action, occasion: Occasion, zone: ZoneInfo) -> str:
    end = action.expires_at.astimezone(zone).strftime("%a %-d %b %Y, %H:%M")
    return f"{span(action.expires_at - occasion.now)} left; on {end} ({zone.key}) it expires, which means no."


def _link(path: str, occasion: Occasion) -> str:
    """The address of a page; for who belongs to several companies it says in which one."""
    return absolute(f"{path}?company={occasion.tenant.slug}" if occasion.is_one_of_several else path)
