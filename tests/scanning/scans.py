"""How the tests of the scan write to a customer's timeline, scan it, and look at what was noticed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from crm.models import Account, Contact, Interaction, Tenant
from crm.tenancy import tenant_scope
from engine import reading
from engine.jobs import Job, Part
from engine.scanning import conclude, scan
from insights.findings import DECISIVE, Finding
from insights.models import Insight
from insights.noticing import Read, Text
from record.models import Entry

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NUMBERS = count()

QUOTE = "Please send us a quote for 100 seats."
LEAVING = "Dana, our champion, is leaving the company on Friday."
UNHAPPY = "We are very unhappy with your service."
OPT_OUT = "Please unsubscribe me from your mailing list."
PLAIN = "The parcel with the lamp stood beside the fireplace."


@dataclass
class Scanned:
    """What one scan counted."""

    done: int = 0
    count: int = 0
    more: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[UUID | None, str]] = field(default_factory=list)


def scanned(tenant: Tenant, *, now: datetime = NOW, job: Job = scan) -> Scanned:
    """Scan all accounts of a tenant as the schedule's runner does, page by page."""
    part, so_far = Part(tenant, tenant.pk, None, None, None, 0, now), Scanned()
    while page := job(part):
        with tenant_scope(tenant):
            tally = page.write()
        so_far.done += tally.done
        so_far.count += tally.count
        so_far.more += tally.more
        so_far.errors += tally.errors
        if page.is_last:
            break
        part = replace(part, cursor=page.cursor, pages=part.pages + 1)
    return so_far


def concluded(tenant: Tenant, *, now: datetime = NOW) -> Scanned:
    """The scan's last step: what accounts share, and alerts."""
    return scanned(tenant, now=now, job=conclude)


def says(account: Account, text: str, *, days_ago: float = 1, contact: Contact | None = None, **changes: Any) -> Any:
    """The customer writes a mail."""
    written = {
        "tenant_id": account.tenant_id,
        "account": account,
        "contact": contact,
        "external_id": f"said-{next(NUMBERS)}",
        "channel": "email",
        "direction": "in",
        "occurred_at": NOW - timedelta(days=days_ago),
        "text": text,
        **changes,
    }
    with tenant_scope(account.tenant_id):
        return Interaction.objects.create(**written)


def another_account(tenant: Tenant, name: str) -> Account:
    with tenant_scope(tenant):
        return Account.objects.create(tenant=tenant, external_id=name, name=name)


def insights(tenant: Tenant, **wanted: Any) -> list[Insight]:
    """The tenant's insights, the oldest first."""
    with tenant_scope(tenant):
        return list(Insight.objects.filter(**wanted).select_related("account").order_by("pk"))


def finds(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, float]) -> None:
    """Have the detectors find the same in every text."""

    def read(texts: Sequence[Text]) -> list[Read]:
        seen = [Finding(signal, sure, "So it is.", "", 0, 0, sure >= DECISIVE) for signal, sure in found]
        return [Read(text, seen) for text in texts]

    monkeypatch.setattr(reading, "read_texts", read)


def signals(tenant: Tenant, **wanted: Any) -> list[str]:
    return sorted(row.signal for row in insights(tenant, **wanted))


def entries(tenant: Tenant, kind: str) -> list[Entry]:
    with tenant_scope(tenant):
        return list(Entry.objects.filter(kind=kind).order_by("pk"))
