"""What a cause calls for: the action, whom it goes to, and its words. What is proposed passes the gate like anybody's.

The mapping is a table. Where nobody on record can be written to, a briefing says what is missing. The same cause is not
proposed twice while one is open or within its cool-down, and an account gets one message a day from here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from crm.console.formats import money
from crm.models import Account, Clone, Contact, Suppression, Tenant
from crm.tenancy import tenant_scope
from engine import drafts
from engine.causes import SILENCE, Cause, causes
from engine.drafts import Matter
from engine.models import Action
from engine.proposals import Proposal, propose
from insights.models import Insight, InsightStatus
from insights.signals import PatternType, Severity
from record.actors import SCHEDULE

MESSAGES = frozenset({"send_follow_up_email", "schedule_meeting"})  # what reaches the customer
MEETING_MINUTES = 30
MEETING_AT = time(10)
MEETING_IN = 3  # working days from today, so that there is time to say no
_PRESSING = frozenset({Severity.CRITICAL.value, Severity.HIGH.value})
# What an insight tells about a deal, for the framework that asks it.
_ANSWERS = MappingProxyType({"budget_mentioned": "budget", "timeline_urgency": "timeline"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be proposed for a cause. `contact` is whom it goes to, None where it goes to nobody outside."""

    cause: Cause
    action_type: str
    payload: dict[str, Any]
    rationale: str
    contact: Contact | None = None


def plan(*, tenant: Tenant, account: Account, clone: Clone | None = None) -> list[Action]:
    """Propose what `account` calls for now, as `clone` or as the clone that looks after it; [] where nothing does."""
    now = timezone.now()
    with tenant_scope(tenant):
        take_turns(tenant)
        found = causes(tenant=tenant, now=now, account=account)
        plans = plans_for(found, tenant=tenant, now=now)
        wanted = [one for one in plans if clone or one.cause.clone_id]
        return [propose_plan(one, tenant=tenant, clone_id=clone.pk if clone else None) for one in one_message(wanted)]


def take_turns(tenant: Tenant) -> None:
    """One planner at a time in a tenant, until the transaction ends: what one proposes the next one sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"planning:{tenant.pk}"])


def one_message(plans: Iterable[Plan]) -> list[Plan]:
    """The plans, best first, with one message a customer at the most; the others wait for another day."""
    kept: list[Plan] = []
    told: set[UUID] = set()
    for one in plans:
        account = one.cause.account.pk
        if one.action_type not in MESSAGES:
            kept.append(one)
        elif account not in told:
            told.add(account)
            kept.append(one)
    return kept


def propose_plan(one: Plan, *, tenant: Tenant, clone_id: UUID | None = None) -> Action:
    """Propose it, and mark its insight as acted on, in the transaction that is open. Raises InvalidProposal."""
    cause = one.cause
    acting = clone_id or cause.clone_id
    assert acting is not None, "without a clone nobody speaks"
    action = propose(
        Proposal(
            tenant=tenant,
            clone_id=acting,
            action_type=one.action_type,
            account=str(cause.account.pk),
            opportunity=str(cause.deal.pk) if cause.deal else None,
            contact=str(one.contact.pk) if one.contact else None,
            payload=one.payload,
            rationale=one.rationale,
            cause=cause.key,
        ),
        actor=SCHEDULE,
    )
    if cause.insight:
        Insight.objects.filter(pk=cause.insight.pk, status=InsightStatus.PENDING).update(status=InsightStatus.ACTED)
    return action


def plans_for(found: Sequence[Cause], *, tenant: Tenant, now: datetime) -> list[Plan]:
    """What each cause calls for, in their order; three statements, however many causes."""
    accounts = {cause.account.pk for cause in found}
    people = _reachable(accounts)
    told = _told_today(accounts, tenant, now)
    answers = _answers(accounts)
    return [
        one
        for cause in found
        if (one := _plan_for(cause, people.get(cause.account.pk, []), answers, tenant, now))
        and not (one.action_type in MESSAGES and cause.account.pk in told)
    ]


def action_type_for(cause: Cause) -> str:
    """What the mapping asks for, before anybody looked whom it could go to."""
    if cause.suggestion:
        return cause.suggestion.action_type
    if cause.insight is None:
        return "send_follow_up_email"
    by_severity = _MAPPING[cause.insight.pattern_type]
    return by_severity[cause.insight.severity in _PRESSING]


# Source: the contract's pattern to action. By pattern type: (what low and medium ones call for, what high ones do).
_MAPPING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        PatternType.BUYING_SIGNAL.value: ("send_follow_up_email", "send_follow_up_email"),
        PatternType.RISK_INDICATOR.value: ("send_follow_up_email", "escalate_to_management"),
        PatternType.ENGAGEMENT_CHANGE.value: ("send_chat_message", "send_chat_message"),
    }
)


def _plan_for(
    cause: Cause, people: list[Contact], answers: Mapping[UUID, Mapping[str, str]], tenant: Tenant, now: datetime
) -> Plan | None:
    contact = _whom(cause, people)
    matter = _matter(cause, contact, tenant, now)
    action_type = action_type_for(cause)
    known = answers.get(cause.account.pk, {})
    if action_type == "qualify_conversation" and not (cause.deal and known):
        action_type = "send_follow_up_email"  # nothing is made up: the customer is asked
    if action_type in MESSAGES and contact is None:
        return _briefing(cause, matter)
    payload = _PAYLOADS[action_type](matter, contact, known, now)
    return Plan(cause, action_type, payload, matter.reason, contact if action_type in MESSAGES else None)


def _matter(cause: Cause, contact: Contact | None, tenant: Tenant, now: datetime) -> Matter:
    deal, insight = cause.deal, cause.insight
    names = contact.name.split() if contact else []
    return Matter(
        signal=insight.signal if insight else f"goal:{cause.goal.goal_type}" if cause.goal else SILENCE,
        account=cause.account.name,
        deal=deal.name if deal else "",
        value=money(deal.amount, deal.currency) if deal else "",
        stage=deal.stage if deal else "",
        first_name=names[0] if names else "",
        reason=_reason(cause, now),
        severity=insight.severity if insight else Severity.MEDIUM.value,
        evidence=insight.evidence if insight else (),
        zone=tenant.time_zone,
    )


def _reason(cause: Cause, now: datetime) -> str:
    if cause.insight:
        return cause.insight.reason
    if cause.goal and cause.suggestion:
        return f"The {cause.goal.goal_type} goal is behind. {cause.suggestion.reason}"
    name = cause.deal.name if cause.deal else cause.account.name
    if cause.since is None:
        return f"No interaction is on record for the open deal {name}."
    return f"The open deal {name} has been silent for {(now - cause.since).days} days."


def _whom(cause: Cause, people: list[Contact]) -> Contact | None:
    """Whoever gave the evidence, if they can be reached; else who was last in touch."""
    wanted = cause.insight.contact_id if cause.insight else None
    return next((person for person in people if person.pk == wanted), people[0] if people else None)


def _reachable(accounts: Iterable[UUID]) -> dict[UUID, list[Contact]]:
    """The contacts with an address who are not suppressed, by account, who was last in touch first."""
    barred = Suppression.objects.filter(lifted_at=None).filter(
        Q(contact=OuterRef("pk")) | Q(address=Lower(OuterRef("email")))
    )
    rows = Contact.objects.filter(~Exists(barred), account_id__in=list(accounts)).exclude(email="")
    found: dict[UUID, list[Contact]] = {}
    last = Max("interactions__occurred_at")
    for contact in rows.annotate(last=last).order_by("account_id", F("last").desc(nulls_last=True), "pk"):
        found.setdefault(contact.account_id, []).append(contact)
    return found


def _told_today(accounts: Iterable[UUID], tenant: Tenant, now: datetime) -> set[UUID]:
    """The accounts that got a message from the planner today, by the tenant's clock."""
    own = Action.objects.filter(
        proposer_kind=SCHEDULE.kind, action_type__in=MESSAGES, proposed_at__gte=day_began(tenant, now)
    )
    return set(own.filter(account_id__in=list(accounts)).values_list("account_id", flat=True))


def day_began(tenant: Tenant, now: datetime) -> datetime:
    """The first moment of today where the tenant is."""
    zone = ZoneInfo(tenant.time_zone)
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def _answers(accounts: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """What insights already tell of BANT, by account: the customer's own words."""
    open_ones = Insight.objects.filter(
        account_id__in=list(accounts), signal__in=_ANSWERS, status__in=[InsightStatus.PENDING, InsightStatus.ACTED]
    )
    found: dict[UUID, dict[str, str]] = {}
    for account, signal, evidence in open_ones.values_list("account_id", "signal", "evidence"):
        quote = next((piece["quote"] for piece in evidence if piece.get("quote")), "")
        if account and quote:
            found.setdefault(account, {})[_ANSWERS[signal]] = drafts.quoted(quote)
    return found


def _briefing(cause: Cause, matter: Matter) -> Plan:
    missing = (
        f"No contact of {drafts.one_line(cause.account.name)} has an e-mail address that may be written to."
        " Add a contact with an address, or call."
    )
    title, body = drafts.briefing(matter, missing)
    return Plan(cause, "create_briefing", {"title": title, "body": body}, matter.reason)


_Payload = Callable[[Matter, Contact | None, Mapping[str, str], datetime], dict[str, Any]]


def _mail_payload(matter: Matter, contact: Contact | None, known: Mapping[str, str], now: datetime) -> dict[str, Any]:
    assert contact is not None, "where nobody can be reached it is a briefing"
    written = drafts.mail(matter)
    return {"to": [contact.email], "subject": written.subject, "body": written.body}


def _meeting_payload(
    matter: Matter, contact: Contact | None, known: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    assert contact is not None, "where nobody can be reached it is a briefing"
    about = drafts.one_line(matter.deal) or drafts.one_line(matter.account)
    return {
        "attendees": [contact.email],
        "starts_at": _meeting_time(now, ZoneInfo(matter.zone)).isoformat(),
        "duration_minutes": MEETING_MINUTES,
        "title": f"Where we stand: {about}"[:200],
        "description": "A short call to see where things stand. If the time does not suit you, please propose another.",
    }


def _meeting_time(now: datetime, zone: ZoneInfo) -> datetime:
    """Ten in the morning, three working days from today."""
    day, left = now.astimezone(zone).date(), MEETING_IN
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day, MEETING_AT, zone)


def _escalation_payload(
    matter: Matter, contact: Contact | None, known: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    return {"summary": drafts.escalation(matter), "severity": matter.severity}


def _chat_payload(matter: Matter, contact: Contact | None, known: Mapping[str, str], now: datetime) -> dict[str, Any]:
    return {"channel": drafts.CHANNEL, "text": drafts.chat(matter)}


def _qualify_payload(
    matter: Matter, contact: Contact | None, known: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    return {"framework": "BANT", "fields": dict(known)}


_PAYLOADS: Mapping[str, _Payload] = MappingProxyType(
    {
        "send_follow_up_email": _mail_payload,
        "schedule_meeting": _meeting_payload,
        "escalate_to_management": _escalation_payload,
        "send_chat_message": _chat_payload,
        "qualify_conversation": _qualify_payload,
    }
)
