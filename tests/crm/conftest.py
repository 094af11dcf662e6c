from collections.abc import Callable
from typing import Any

import pytest

from crm.models import Tenant
from crm.upserts import Outcome, upsert_accounts, upsert_contacts, upsert_interactions, upsert_opportunities
from guardrails.tenants import create_tenant
from record.actors import SYSTEM

UPSERTS: dict[str, Callable[..., Outcome]] = {
    "accounts": upsert_accounts,
    "contacts": upsert_contacts,
    "opportunities": upsert_opportunities,
    "interactions": upsert_interactions,
}


@pytest.fixture
def tenant(db: None) -> Tenant:
    return create_tenant(slug="acme", actor=SYSTEM, time_zone="Europe/Berlin", currency="EUR")


@pytest.fixture
def rival(db: None) -> Tenant:
    return create_tenant(slug="rival", actor=SYSTEM)


@pytest.fixture
def write(tenant: Tenant) -> Callable[..., Outcome]:
    """Upsert items of a kind into the tenant."""

    def written(kind: str, *items: Any, **how: Any) -> Outcome:
        return UPSERTS[kind](**{"tenant": tenant, "items": list(items), "actor": SYSTEM, "source": "test", **how})

    return written
