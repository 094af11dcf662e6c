"""The demo's world: two companies, made once, each in one transaction."""

from collections import Counter
from datetime import datetime

from django.db import connection, models, transaction

from crm.models import Account, Clone, Contact, Interaction, Membership, Opportunity, Suppression, Tenant
from crm.tenancy import tenant_scope
from engine.demo.brightwell import BRIGHTWELL
from engine.demo.dates import Calendar
from engine.demo.kessler import KESSLER
from engine.demo.players import fill_records, hire, log_in_password
from engine.demo.rows import Company
from engine.demo.story import tell
from engine.demo.watching import set_goals, watch
from engine.lifecycle import Status
from engine.models import Action
from goals.models import Goal
from guardrails.models import Pause
from guardrails.policies import set_times
from guardrails.setting import set_rule
from guardrails.tenants import create_tenant
from insights.models import Insight, Summary
from record import journal
from record.actors import SYSTEM
from record.models import Entry

COMPANIES = (BRIGHTWELL, KESSLER)
MADE = "demo.made"

_COUNTED: dict[str, type[models.Model]] = {
    "people": Membership,
    "clones": Clone,
    "accounts": Account,
    "contacts": Contact,
    "opportunities": Opportunity,
    "interactions": Interaction,
    "actions": Action,
    "pauses": Pause,
    "suppressions": Suppression,
    "goals": Goal,
    "insights": Insight,
    "summaries": Summary,
}


class SlugTaken(Exception):
    """A tenant that is not the demo's has one of its slugs."""


def make_world(now: datetime) -> str | None:
    """Make the companies that are not there yet, as of `now`.

    Returns the password of the person to log in as where they are new, else None.
    Raises SlugTaken, having made nothing.
    """
    with transaction.atomic():
        _take_turns()
        missing = [company for company in COMPANIES if not _is_there(company)]
        passwords = [_make(company, Calendar(now, company.time_zone)) for company in missing]
    return next(filter(None, passwords), None)


def counts() -> dict[str, int]:
    """How much of everything there is in the demo's companies."""
    counted = Counter(dict.fromkeys(("tenants", *_COUNTED, "pending"), 0))
    for tenant in Tenant.objects.filter(slug__in=[company.slug for company in COMPANIES]):
        with tenant_scope(tenant):
            counted.update({name: model._default_manager.count() for name, model in _COUNTED.items()})
            counted.update(tenants=1, pending=Action.objects.filter(status=Status.PENDING).count())
    return dict(counted)


def _take_turns() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('engine.demo', 0))")


def _is_there(company: Company) -> bool:
    tenant = Tenant.objects.filter(slug=company.slug).first()
    if tenant is None:
        return False
    with tenant_scope(tenant):
        if not Entry.objects.filter(subject_id=str(tenant.pk), kind=MADE).exists():
            raise SlugTaken(company.slug)
    return True


def _make(company: Company, calendar: Calendar) -> str | None:
    tenant = create_tenant(
        slug=company.slug,
        name=company.name,
        time_zone=company.time_zone,
        currency=company.currency,
        actor=SYSTEM,
    )
    with tenant_scope(tenant):
        set_times(
            tenant=tenant,
            actor=SYSTEM,
            hold_seconds=company.hold_seconds,
            deadline_hours=company.deadline_hours,
            deadlines=company.deadlines,
        )
        password = log_in_password(tenant)
        players = hire(company, tenant, calendar)
        fill_records(company, players)
        for rule in company.rules:
            set_rule(tenant=tenant, actor=SYSTEM, kind=rule.kind, reason=rule.reason, **rule.given)
        set_goals(company.targets, players)
        tell(company.happenings, players)
        journal.write(tenant_id=tenant.pk, kind=MADE, subject=("tenant", tenant.pk), actor=SYSTEM)
    watch(tenant)
    return password
