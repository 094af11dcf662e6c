"""A company's people, agents and customer records, made from its tables."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.functions import Cast

from crm.access import actor_of
from crm.clones import add_clone
from crm.keys import issue_agent_key
from crm.models import Channel, Clone, Direction, InteractionStatus, Opportunity, Role, StageChange, Tenant
from crm.people import add_person
from crm.upserts import upsert_accounts, upsert_contacts, upsert_interactions, upsert_opportunities
from engine.demo.dates import Calendar
from engine.demo.rows import Agent, Company, Contact, Customer, Deal, Loose, Person, Talk
from record.actors import SYSTEM, Actor

SOURCE = "demo"
LOG_IN = "manager"  # the person `manage.py up` lets you log in as; a manager in every company of the demo


@dataclass(frozen=True, slots=True)
class Players:
    """Who acts: people by user name, agents by their clone's name."""

    tenant: Tenant
    calendar: Calendar
    people: dict[str, Actor]
    clones: dict[str, Clone]
    agents: dict[str, Actor]


def hire(company: Company, tenant: Tenant, calendar: Calendar) -> Players:
    """Make the company's people and agents. Within the tenant's scope."""
    people = {row.username: _person(row, tenant) for row in company.people}
    clones = {row.name: _clone(row, tenant, people) for row in company.agents}
    keys = {
        name: issue_agent_key(
            tenant=tenant, clone=clone, scopes=["propose", "read"], actor=SYSTEM, label=f"{name}, demo"
        )[0]
        for name, clone in clones.items()
    }
    return Players(
        tenant=tenant,
        calendar=calendar,
        people={name: actor_of(person) for name, person in people.items()},
        clones=clones,
        agents={name: actor_of(key) for name, key in keys.items()},
    )


def log_in_password(tenant: Tenant) -> str | None:
    """Make the person one logs in as a manager here, with an address to be told at. Their password where they are new,
    else None."""
    made = add_person(tenant=tenant, username=LOG_IN, role=Role.MANAGER, actor=SYSTEM)
    User.objects.filter(pk=made.person.pk, email="").update(email=f"{LOG_IN}@{tenant.slug}.example")
    return made.password


def fill_records(company: Company, players: Players) -> None:
    """Make the company's customer records, through the same door as every CRM. Within the tenant's scope."""
    deals = {deal.key: deal for deal in company.deals}
    _store(upsert_accounts, players, [_account(row) for row in company.customers])
    _store(upsert_contacts, players, [_contact(row) for row in company.contacts])
    _store(upsert_opportunities, players, [_deal(row, company, players) for row in company.deals])
    _store(
        upsert_interactions, players, [_talk(n, row, deals, players) for n, row in enumerate(company.talks, start=1)]
    )
    _store(upsert_interactions, players, [_loose(n, row, players) for n, row in enumerate(company.unsorted, start=1)])
    _date_back_stages()


def _person(row: Person, tenant: Tenant) -> User:
    """A colleague. Nobody can log in as them until `manage.py changepassword` gives them a password."""
    person, is_new = User.objects.get_or_create(
        username=row.username,
        defaults={"first_name": row.first_name, "last_name": row.last_name, "email": row.email, "is_staff": True},
    )
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    add_person(tenant=tenant, username=row.username, role=row.role, actor=SYSTEM)
    return person


def _clone(row: Agent, tenant: Tenant, people: dict[str, User]) -> Clone:
    return add_clone(
        tenant=tenant,
        actor=SYSTEM,
        name=row.name,
        team=row.team,
        owner=people[row.owner],
        address=row.address,
        reply_to=row.reply_to,
        signature=row.signature,
    )


def _store(upsert: Any, players: Players, items: list[dict[str, Any]]) -> None:
    outcome = upsert(tenant=players.tenant, items=items, actor=SYSTEM, source=SOURCE, all_or_nothing=True)
    refused = [error for result in outcome.results for error in result.errors]
    if refused:
        raise ValueError(f"a row of the demo does not fit: {refused[0]}")


def _account(row: Customer) -> dict[str, Any]:
    return {
        "external_id": row.key,
        "name": row.name,
        "domains": [row.domain],
        "industry": row.industry,
        "owner": row.owner,
    }


def _contact(row: Contact) -> dict[str, Any]:
    return {"external_id": row.key, "account": row.account, "name": row.name, "email": row.email, "title": row.title}


def _deal(row: Deal, company: Company, players: Players) -> dict[str, Any]:
    closed = None if row.closed_days_ago is None else players.calendar.day(-row.closed_days_ago).isoformat()
    return {
        "external_id": row.key,
        "account": row.account,
        "clone": str(players.clones[row.clone].pk),
        "name": row.name,
        "stage": row.stage.value,
        "amount": row.amount,
        "currency": players.tenant.currency,
        "opened_on": players.calendar.day(-row.opened_days_ago).isoformat(),
        "closed_on": closed,
        "qualification": {"BANT": company.answers.get(row.key, {})},
    }


def _talk(number: int, row: Talk, deals: dict[str, Deal], players: Players) -> dict[str, Any]:
    deal = deals[row.deal]
    return {
        "external_id": f"talk-{number}",
        "account": deal.account,
        "contact": row.contact,
        "opportunity": row.deal,
        "clone": str(players.clones[deal.clone].pk),
        "channel": row.channel.value,
        "direction": row.direction.value,
        "status": row.status.value,
        "occurred_at": players.calendar.instant(-row.days_ago, row.at).isoformat(),
        "subject": row.subject,
        "text": row.text,
    }


def _loose(number: int, row: Loose, players: Players) -> dict[str, Any]:
    return {
        "external_id": f"unsorted-{number}",
        "channel": Channel.EMAIL.value,
        "direction": Direction.IN.value,
        "status": InteractionStatus.COMPLETED.value,
        "occurred_at": players.calendar.instant(-row.days_ago, row.at).isoformat(),
        "subject": row.subject,
        "text": row.text,
        "participants": [row.sender],
    }


def _date_back_stages() -> None:
    """A deal's first stage dates from the day it was opened."""
    opened = Opportunity.objects.filter(pk=OuterRef("opportunity_id")).values("opened_on")[:1]
    StageChange.objects.filter(source=SOURCE).update(created_at=Cast(Subquery(opened), DateTimeField()))
