"""Critical and high insights are told at once: to managers and clone owners by mail, to the team by chat.

All that one scan found goes out together, one message a person, so that an import is not an avalanche.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse

from crm.console.formats import words
from crm.models import Account, Membership, Role, Tenant
from engine.addresses import absolute
from engine.models import NoticeKind
from engine.notices import Message, notify
from engine.quoting import quoted
from insights.models import OPEN, Insight
from insights.signals import Severity

CHANNEL = "#sales"
URGENT = (Severity.CRITICAL.value, Severity.HIGH.value)
MOST_LISTED = 20
LONGEST_NAME = 80
LONGEST_REASON = 500
LONGEST_QUOTE = 200


class Reader(NamedTuple):
    """Somebody who is told. `accounts`: only those; None: the whole company's."""

    person: User
    accounts: frozenset[UUID] | None


def alert(*, tenant: Tenant, run_id: UUID, now: datetime) -> int:
    """Tell of every urgent insight nobody was told of yet; returns how many. In the tenant's scope."""
    urgent = _untold()
    if not urgent:
        return 0
    for reader in readers(tenant):
        theirs = [one for one in urgent if reader.accounts is None or one.account_id in reader.accounts]
        if theirs and reader.person.email:
            notify(
                tenant=tenant,
                kind=NoticeKind.ALERT,
                key=f"alert:{run_id}:{reader.person.pk}",
                channel="email",
                recipient=reader.person.email,
                message=_message(theirs),
                due_at=now,
            )
    notify(
        tenant=tenant,
        kind=NoticeKind.ALERT,
        key=f"alert:{run_id}:chat",
        channel="chat",
        recipient=CHANNEL,
        message=_message(urgent),
        due_at=now,
    )
    Insight.objects.filter(pk__in=[one.pk for one in urgent]).update(alerted_at=now)
    return len(urgent)


def readers(tenant: Tenant) -> list[Reader]:
    """Managers, for everything; reps, for the accounts their clones have deals with. Two statements."""
    members = Membership.objects.filter(tenant=tenant, person__is_active=True, role__in=[Role.MANAGER, Role.REP])
    people = {member.person_id: (member.person, member.role) for member in members.select_related("person")}
    owned: dict[int, set[UUID]] = {}
    deals = Account.objects.filter(opportunities__clone__owner_id__in=people)
    for person_id, account_id in deals.values_list("opportunities__clone__owner_id", "pk").distinct():
        owned.setdefault(person_id, set()).add(account_id)
    return [
        Reader(person, None if role == Role.MANAGER else frozenset(owned.get(pk, ())))
        for pk, (person, role) in sorted(people.items())
        if role == Role.MANAGER or pk in owned
    ]


def _untold() -> list[Insight]:
    waiting = Insight.objects.filter(status__in=OPEN, severity__in=URGENT, alerted_at=None)
    return sorted(waiting.select_related("account"), key=_most_pressing_first)


def _most_pressing_first(one: Insight) -> tuple[int, float, str, str]:
    """In the same order whichever worker wrote them first."""
    return URGENT.index(one.severity), -one.confidence, str(one.account or one.topic), one.signal


def _message(insights: Sequence[Insight]) -> Message:
    return Message(_subject(insights), _text(insights))


def _subject(insights: Sequence[Insight]) -> str:
    first = insights[0]
    what = f"{_of(first)}: {words(first.signal).lower()}"
    others = f" and {len(insights) - 1} more" if len(insights) > 1 else ""
    return f"[{first.severity}] {what}{others}"


def _text(insights: Sequence[Insight]) -> str:
    listed = "\n\n".join(_paragraph(one) for one in insights[:MOST_LISTED])
    more = len(insights) - MOST_LISTED
    rest = f"\n\n… and {more} more: {absolute(reverse('admin:insights_insight_changelist'))}" if more > 0 else ""
    return f"{listed}{rest}\n"


def _paragraph(insight: Insight) -> str:
    return "\n".join(
        [
            f"{insight.severity.upper()}: {words(insight.signal).lower()}, {_of(insight)}",
            quoted(insight.reason, most=LONGEST_REASON),
            *quotes_of(insight),
            absolute(reverse("admin:insights_insight_change", args=[insight.pk])),
        ]
    )


def quotes_of(insight: Insight, *, most: int = 2) -> Iterable[str]:
    """The evidence's own words, each on a line that says whose they are."""
    for piece in [piece for piece in insight.evidence if piece.get("quote")][:most]:
        who = f"{quoted(piece['who'], most=LONGEST_NAME)}: " if piece.get("who") else ""
        yield f"  {who}“{quoted(piece['quote'], most=LONGEST_QUOTE)}”"


def _of(insight: Insight) -> str:
    return quoted(str(insight.account or insight.topic), most=LONGEST_NAME)
