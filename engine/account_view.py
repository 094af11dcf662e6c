"""All that is known of one account in one look: people, deals, signals, timeline, actions, summaries, facts (docs/view.md).

However much there is, it takes the same few statements; every list has its bound.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from crm.addresses import address_key
from crm.models import Account, Contact, Opportunity, Suppression
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import CLOSED_STAGES
from engine.account_facts import Fact, Telling, fact_name, facts_of
from engine.lifecycle import Status
from engine.models import Action, Attempt
from insights.models import OPEN, Insight, Summary, SummaryKind

MOST_CONTACTS = 200
MOST_DEALS = 200
MOST_SIGNALS = 50
MOST_ACTIONS = 50
MOST_SUMMARIES = 200
MOST_NOTED = 200  # executed actions that told a fact

_CRM = "CRM"
_TOLD_BY = ("update_account_context", "qualify_conversation")
_TOLD_OF = ("clone", "decided_by", "assignee", "first_vote_by", "opportunity")
_PEOPLE_FIELDS = frozenset({"champion", "economic_buyer", "authority"})  # qualification answers that name a person


@dataclass(frozen=True, slots=True)
class AccountView:
    """What is known of an account beside its timeline, which is read page by page (crm.timeline)."""

    account: Account
    contacts: list[Contact]
    suppressed: frozenset[UUID]  # the contacts that must not be written to
    open_deals: list[Opportunity]
    signals: list[Insight]
    actions: list[Action]
    summaries: list[Summary]
    facts: list[Fact]


def account_view(account: Account, *, clone_id: UUID | None = None) -> AccountView:
    """The view of `account`, in the tenant's scope; with `clone_id` only this clone's actions. Takes seven statements."""
    contacts = list(account.contacts.order_by("name", "id")[:MOST_CONTACTS])
    deals = _deals(account)
    return AccountView(
        account=account,
        contacts=contacts,
        suppressed=_suppressed(contacts),
        open_deals=[deal for deal in deals if deal.stage not in CLOSED_STAGES],
        signals=_signals(account),
        actions=_actions(account, clone_id),
        summaries=_summaries(account),
        facts=facts_of(_tellings(account, contacts, deals)),
    )


def _deals(account: Account) -> list[Opportunity]:
    """The open deals, and the closed ones that answer a question of a qualification."""
    telling = ~Q(stage__in=[stage.value for stage in CLOSED_STAGES]) | ~Q(qualification={})
    return list(
        account.opportunities.filter(telling).select_related("clone").order_by("-opened_on", "-id")[:MOST_DEALS]
    )


def _suppressed(contacts: Sequence[Contact]) -> frozenset[UUID]:
    """Those a suppression stands against, by their row or by their address."""
    keys = {contact.pk: address_key(contact.email) for contact in contacts if contact.email}
    standing = Suppression.objects.filter(lifted_at=None).filter(
        Q(contact__in=[contact.pk for contact in contacts]) | Q(address__in=set(keys.values()))
    )
    found = list(standing.values_list("contact_id", "address"))
    people, addresses = {contact for contact, _ in found}, {address for _, address in found if address}
    return frozenset(contact.pk for contact in contacts if contact.pk in people or keys.get(contact.pk) in addresses)


def _signals(account: Account) -> list[Insight]:
    noticed = Insight.objects.filter(account=account, status__in=OPEN).select_related("contact")
    return list(noticed.order_by("-id")[:MOST_SIGNALS])


def _actions(account: Account, clone_id: UUID | None) -> list[Action]:
    proposed = Action.objects.filter(account=account).select_related(
        "clone", "decided_by", "assignee", "first_vote_by", "opportunity"
    )
    if clone_id is not None:
        proposed = proposed.filter(clone_id=clone_id)
    return list(proposed.order_by("-id")[:MOST_ACTIONS])


def _summaries(account: Account) -> list[Summary]:
    """Newest first; the last 30 days are the newest of all."""
    told = list(Summary.objects.filter(account=account).order_by("-starts_on")[:MOST_SUMMARIES])
    return sorted(told, key=lambda one: (one.kind == SummaryKind.FULL, one.starts_on), reverse=True)


def _tellings(account: Account, contacts: Sequence[Contact], deals: Sequence[Opportunity]) -> Iterator[Telling]:
    noted = _noted(account)
    yield from _of_the_account(account)
    yield from _of_the_contacts(contacts)
    yield from _of_the_deals(deals, noted)
    yield from _of_the_agents(account, noted)


def _noted(account: Account) -> list[Any]:
    """The executed actions that told a fact, oldest first, each with when it was `done_at`."""
    done = Attempt.objects.filter(action=OuterRef("pk"), outcome="executed").order_by("-ended_at").values("ended_at")
    told = Action.objects.filter(account=account, action_type__in=_TOLD_BY, status=Status.EXECUTED)
    latest = told.select_related("clone").annotate(done_at=Subquery(done[:1])).order_by("-id")[:MOST_NOTED]
    return sorted(latest, key=lambda action: (action.done_at or action.proposed_at, action.pk))


def _of_the_account(account: Account) -> Iterator[Telling]:
    at = account.source_updated_at
    columns = {"industry": account.industry, "owner": account.owner, "domains": account.domains}
    for name, value in {**columns, **account.attributes}.items():
        yield Telling(name, value, _CRM, at)


def _of_the_contacts(contacts: Sequence[Contact]) -> Iterator[Telling]:
    """What each of them is, and who is the one of a role that qualifications ask for."""
    holders: defaultdict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        yield Telling(f"{contact.name} title", contact.title, _CRM, contact.source_updated_at)
        yield Telling(f"{contact.name} role", contact.role, _CRM, contact.source_updated_at)
        if _field(contact.role) in _PEOPLE_FIELDS:
            holders[_field(contact.role)].append(contact)
    for role, holding in holders.items():
        at = max((one.source_updated_at for one in holding if one.source_updated_at), default=None)
        yield Telling(role, ", ".join(one.name for one in holding), f"{_CRM}, role of the contact", at)


def _field(name: str) -> str:
    return fact_name(name).replace(" ", "_")


def _of_the_deals(deals: Sequence[Opportunity], noted: Sequence[Any]) -> Iterator[Telling]:
    """The answers as they stand; an answer that an agent noted counts from then on."""
    answered = {
        (action.opportunity_id, action.payload["framework"], name): (action, answer)
        for action in noted
        if action.action_type == "qualify_conversation"
        for name, answer in action.payload["fields"].items()
    }
    for deal in deals:
        for framework, answers in deal.qualification.items():
            for name in FRAMEWORK_FIELDS.get(framework, ()):
                action, answer = answered.get((deal.pk, framework, name), (None, None))
                at = _done(action) if action and answer == answers.get(name) else deal.source_updated_at
                yield Telling(name, answers.get(name), f"{framework} of {deal.name}", at)


def _of_the_agents(account: Account, noted: Sequence[Any]) -> Iterator[Telling]:
    """What each clone noted last of each fact; nothing of a fact that was cleared since."""
    told: dict[str, dict[UUID, Telling]] = {}
    for action in noted:
        if action.action_type == "update_account_context":
            for name, value in action.payload["context"].items():
                if value is None:
                    told.pop(fact_name(name), None)
                else:
                    telling = Telling(name, value, f"{action.clone.name} (agent)", _done(action))
                    told.setdefault(fact_name(name), {})[action.clone_id] = telling
    for by_clone in told.values():
        yield from by_clone.values()
    for name, value in account.context.items():
        if fact_name(name) not in told:
            yield Telling(name, value, "notes about the account", None)


def _done(action: Any) -> datetime:
    done: datetime = action.done_at or action.proposed_at
    return done
