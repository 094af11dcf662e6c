"""Items that are accepted, to be changed by tests in one place at a time."""

from typing import Any

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from crm.upserts import Outcome


def account(external_id: str = "A-1", **changes: Any) -> dict[str, Any]:
    return {"external_id": external_id, "name": "Globex", **changes}


def contact(external_id: str = "C-1", **changes: Any) -> dict[str, Any]:
    return {"external_id": external_id, "account": "A-1", "name": "Hank Scorpio", **changes}


def opportunity(external_id: str = "O-1", **changes: Any) -> dict[str, Any]:
    return {"external_id": external_id, "name": "100 seats", "stage": "discovery", **changes}


def interaction(external_id: str = "I-1", **changes: Any) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "channel": "email",
        "direction": "in",
        "status": "completed",
        "occurred_at": "2026-03-01T09:30:00+01:00",
        **changes,
    }


ITEMS = {"accounts": account, "contacts": contact, "opportunities": opportunity, "interactions": interaction}


def make_clone(tenant: Tenant, name: str = "Ada", **columns: Any) -> Clone:
    with tenant_scope(tenant):
        return Clone.objects.create(tenant=tenant, name=name, **columns)


def outcomes(outcome: Outcome) -> list[str]:
    return [result.outcome for result in outcome.results]


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """What was wrong: pointers and codes."""
    return [(error["pointer"], error["code"]) for result in outcome.results for error in result.errors]
