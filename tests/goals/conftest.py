from collections.abc import Callable
from typing import Any

import pytest

from crm.models import Tenant
from crm.upserts import Outcome, upsert_interactions, upsert_opportunities
from guardrails.tenants import create_tenant
from record.actors import SYSTEM

UPSERTS: dict[str, Callable[..., Outcome]] = {
    "opportunities": upsert_opportunities,
    "interactions": upsert_interactions,
}


@pytest.fixture
def tenant(db: None) -> Tenant:
    return create_tenant(slug="acme", actor=SYSTEM, time_zone="Europe/Berlin", currency="EUR")


@pytest.fixture
def write(tenant: Tenant) -> Callable[..., None]:
    """Store deals or interactions; every one of them must fit."""

    def written(kind: str, *items: Any, tenant: Tenant = tenant) -> None:
        numbered = [{"external_id": f"X-{n}", **item} for n, item in enumerate(items)]
        outcome = UPSERTS[kind](tenant=tenant, items=numbered, actor=SYSTEM, source="test", all_or_nothing=True)
        assert outcome.counts()["rejected"] == 0, outcome

    return written
