from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.models import Interaction
from crm.tenancy import tenant_scope
from tests.cast import Company, company

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def rival(db: None) -> Company:
    return company("rival")


@pytest.fixture
def happens(acme: Company) -> Callable[..., Interaction]:
    """Put an interaction on acme's account, so many days before NOW."""
    made: list[Interaction] = []

    def happened(days: float = 1, **columns: Any) -> Interaction:
        given = {
            "tenant": acme.tenant,
            "account": acme.account,
            "external_id": f"I-{len(made)}",
            "channel": "email",
            "direction": "in",
            "occurred_at": NOW - timedelta(days=days),
            "text": "We agreed on 100 seats.",
            **columns,
        }
        with tenant_scope(acme.tenant):
            made.append(Interaction.objects.create(**given))
        return made[-1]

    return happened
