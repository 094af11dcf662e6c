"""What a cause calls for: the action, whom it goes to, and its words. The mapping is a table.

Where nobody on record can be written to, a briefing says what is missing. Nothing a customer or a colleague wrote chooses an
action or a recipient: both come from typed fields.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Lower

from crm.addresses import is_address
from crm.console.formats import money
from crm.models import Channel, Contact, Direction, Interaction, Suppression, Tenant
from engine import drafts
from engine.causes import Cause
from engine.drafts import Matter
from insights.models import OPEN, Insight
from insights.signals import PatternType, Severity

log = logging.getLogger(__name__)

MESSAGES = frozenset({"send_follow_up_email", "schedule_meeting"})  # what reaches the customer
MEETING_MINUTES = 30
MEETING_AT = time(10)
MEETING_IN = 3  # working days from today, so that there is time to say no

# Source: the contract's pattern to action. By pattern type: (what low and medium ones call for, what high ones do).
MAPPING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        PatternType.BUYING_SIGNAL.value: ("send_follow_up_email", "send_follow_up_email"),
        PatternType.RISK_INDICATOR.value: ("send_follow_up_email", "escalate_to_management"),
        PatternType.ENGAGEMENT_CHANGE.value: ("send_chat_message", "send_chat_message"),
    }
)
_PRESSING = frozenset({Severity.CRITICAL.value, Severity.HIGH.value})
# The questions of a framework that an insight answers, in the customer's own words.
FRAMEWORK = "BANT"
ANSWERS = MappingProxyType({"budget_mentioned": "budget", "timeline_urgency": "timeline"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be proposed for a cause. `contact` is whom it goes to, None where it goes to nobody outside."""

    cause: Cause
    action_type: str
    payload: dict[str, Any]
    rationale: str
    contact: Contact | None = None

    @property
    def is_message(self) -> bool:
        return self.action_type in MESSAGES


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plans, in the order of their causes, and the accounts for which none could be made, with why."""

    plans: list[Plan] = field(default_factory=list)
    errors: list[tuple[UUID | None, str]] = field(default_factory=list)


def plans_for(found: Sequence[Cause], *, tenant: Tenant, now: datetime) -> Drawn:
    """What each cause calls for; three statements, however many causes."""
    known = _Known(found)
    drawn = Drawn()
    for cause in found:
        try:
            drawn.plans.append(_plan_for(_Case(cause, known, tenant, now)))
        except Exception as error:
            # The edge of one account: whatever its records do to our sentences, the others get theirs.
            log.exception("nothing could be planned for account %s", cause.account.pk)
            drawn.errors.append((cause.account.pk, f"{cause.key}: {type(error).__name__}: {error}"))
    return drawn


def action_type_for(cause: Cause) -> str:
    """What the mapping asks for, before anybody looked whom it could go to."""
    if cause.suggestion:
        return cause.suggestion.action_type
    if cause.insight is None:
        return "send_follow_up_email"
    return MAPPING[cause.insight.pattern_type][cause.insight.severity in _PRESSING]


class _Known:
    """What the records tell of the accounts of some causes. Three statements."""

    def __init__(self, found: Sequence[Cause]) -> None:
        accounts = {cause.account.pk for cause in found}
        self.people = _reachable(accounts)
        self.answers = _answers(accounts)
        self.written_by = _written_by(found)


class _Case:
    """One cause with all that its plan needs."""

    def __init__(self, cause: Cause, known: _Known, tenant: Tenant, now: datetime) -> None:
        people = known.people.get(cause.account.pk, [])
        wanted = cause.insight.contact_id if cause.insight else None
        # Whoever gave the evidence, if they can be reached; else who was last in touch.
        contact = next((person for person in people if person.pk == wanted), people[0] if people else None)
        self.cause, self.contact, self.tenant, self.now = cause, contact, tenant, now
        self.answers = _unanswered(cause, known.answers.get(cause.account.pk, {}))
        self.matter = _matter(self, known.written_by)


def _plan_for(case: _Case) -> Plan:
    action_type = action_type_for(case.cause)
    if action_type == "qualify_conversation" and not (case.cause.deal and case.answers):
        action_type = "send_follow_up_email"  # nothing is made up: the customer is asked
    is_message = action_type in MESSAGES
    if is_message and case.contact is None:
        action_type, is_message = "create_briefing", False
    contact = case.contact if is_message else None
    return Plan(case.cause, action_type, _PAYLOADS[action_type](case), case.matter.reason, contact)


def _matter(case: _Case, written_by: Mapping[UUID, set[str]]) -> Matter:
    cause, contact = case.cause, case.contact
    deal, insight = cause.deal, cause.insight
    return Matter(
        signal=_signal(cause),
        account=cause.account.name,
        deal=deal.name if deal else "",
        value=money(deal.amount, deal.currency) if deal else "",
        stage=deal.stage if deal else "",
        contact=contact.name if contact else "",
        reason=_reason(cause, case.now),
        severity=insight.severity if insight else Severity.MEDIUM.value,
        evidence=insight.evidence if insight else (),
        theirs=frozenset(written_by.get(contact.pk, ())) if contact else frozenset(),
        zone=case.tenant.time_zone,
    )


def _signal(cause: Cause) -> str:
    if cause.insight:
        return cause.insight.signal
    if cause.goal:
        return f"goal:{cause.goal.goal_type}"
    return "silence" if cause.since else "untouched"


def _reason(cause: Cause, now: datetime) -> str:
    if cause.insight:
        return cause.insight.reason
    if cause.goal and cause.suggestion:
        return f"The {cause.goal.goal_type} goal is behind. {cause.suggestion.reason}"
    name = cause.deal.name if cause.deal else cause.account.name
    if cause.since is None:
        return f"No interaction is on record for the open deal {name}."
    return f"The open deal {name} has been silent for {(now - cause.since).days} days."


# --- what the records tell ---------------------------------------------------------------------------------------------


def _reachable(accounts: Iterable[UUID]) -> dict[UUID, list[Contact]]:
    """The contacts with a valid address who are not suppressed, by account, who was last in touch first."""
    barred = Suppression.objects.filter(lifted_at=None).filter(
        Q(contact=OuterRef("pk")) | Q(address=Lower(OuterRef("email")))
    )
    rows = Contact.objects.filter(~Exists(barred), account__in=list(accounts)).exclude(email="")
    found: dict[UUID, list[Contact]] = {}
    last = Max("interactions__occurred_at")
    for contact in rows.annotate(last=last).order_by("account", F("last").desc(nulls_last=True), "pk"):
        if is_address(contact.email):
            found.setdefault(contact.account_id, []).append(contact)
    return found


def _answers(accounts: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """What insights tell of the framework's questions, by account: the customer's own words, the newest first."""
    told = Insight.objects.filter(account__in=list(accounts), signal__in=ANSWERS, status__in=OPEN).order_by("-pk")
    found: dict[UUID, dict[str, str]] = {}
    for account, signal, evidence in told.values_list("account", "signal", "evidence"):
        quote = next((piece["quote"] for piece in _pieces(evidence) if piece.get("quote")), "")
        if quote:
            found.setdefault(account, {}).setdefault(ANSWERS[signal], drafts.quoted(quote))
    return found


def _unanswered(cause: Cause, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers that the deal has not: what people found out is not written over."""
    known = (cause.deal.qualification.get(FRAMEWORK) if cause.deal else None) or {}
    return {question: answer for question, answer in answers.items() if not str(known.get(question) or "").strip()}


def _written_by(found: Sequence[Cause]) -> dict[UUID, set[str]]:
    """By contact, the interactions among the evidence that they wrote to us themselves."""
    insights = [cause.insight for cause in found if cause.insight]
    named = {str(piece.get("interaction")) for insight in insights for piece in _pieces(insight.evidence)}
    rows = Interaction.objects.filter(
        pk__in=[name for name in named if _is_id(name)],
        direction=Direction.IN,
        channel__in=(Channel.EMAIL, Channel.CHAT),
        contact__isnull=False,
    )
    by_contact: dict[UUID, set[str]] = {}
    for contact, pk in rows.values_list("contact", "pk"):
        if contact:
            by_contact.setdefault(contact, set()).add(str(pk))
    return by_contact


def _pieces(evidence: Any) -> list[dict[str, Any]]:
    """What can be read of some evidence; where a draft stumbles over the rest, that is its account's error alone."""
    return [piece for piece in evidence if isinstance(piece, dict)] if isinstance(evidence, list) else []


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


# --- payloads ----------------------------------------------------------------------------------------------------------


def _mail(case: _Case) -> dict[str, Any]:
    assert case.contact is not None, "where nobody can be reached it is a briefing"
    written = drafts.mail(case.matter)
    return {"to": [case.contact.email], "subject": written.subject, "body": written.body}


def _meeting(case: _Case) -> dict[str, Any]:
    assert case.contact is not None, "where nobody can be reached it is a briefing"
    written = drafts.meeting(case.matter)
    return {
        "attendees": [case.contact.email],
        "starts_at": meeting_time(case.now, ZoneInfo(case.tenant.time_zone)).isoformat(),
        "duration_minutes": MEETING_MINUTES,
        "title": written.subject,
        "description": written.body,
    }


def meeting_time(now: datetime, zone: ZoneInfo) -> datetime:
    """Ten in the morning, three working days from today."""
    day, left = now.astimezone(zone).date(), MEETING_IN
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day, MEETING_AT, zone)


def _escalation(case: _Case) -> dict[str, Any]:
    return {"summary": drafts.escalation(case.matter), "severity": case.matter.severity}


def _chat(case: _Case) -> dict[str, Any]:
    clone = case.cause.clone
    return {"channel": drafts.channel_of(clone.team if clone else ""), "text": drafts.chat(case.matter)}


def _qualification(case: _Case) -> dict[str, Any]:
    return {"framework": FRAMEWORK, "fields": case.answers}


def _briefing(case: _Case) -> dict[str, Any]:
    missing = (
        f"No contact of {drafts.one_line(case.cause.account.name)} has an e-mail address that may be written to."
        " Add a contact with an address, or call."
    )
    written = drafts.briefing(case.matter, missing)
    return {"title": written.subject, "body": written.body}


_PAYLOADS: Mapping[str, Callable[[_Case], dict[str, Any]]] = MappingProxyType(
    {
        "send_follow_up_email": _mail,
        "schedule_meeting": _meeting,
        "escalate_to_management": _escalation,
        "send_chat_message": _chat,
        "qualify_conversation": _qualification,
        "create_briefing": _briefing,
    }
)
