"""Bulk calls of any make-up end as a plain loop over a dictionary would have it."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Opportunity, StageChange, Tenant
from crm.tenancy import tenant_scope
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.crm.bulk_items import outcomes

FIELDS = {
    "name": st.sampled_from(["Seats", "Support", "", None]),
    "stage": st.sampled_from(["discovery", "negotiation", "closed_won", "won", None]),
    "amount": st.sampled_from(["1.00", "2.50", "-1", None]),
    "currency": st.sampled_from(["USD", "EUR", None]),
    "updated_at": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", None]),
}
ITEMS = st.builds(
    lambda external_id, fields: {"external_id": external_id, **fields},
    st.sampled_from(["A", "B", "C", "D"]),
    st.fixed_dictionaries({}, optional=FIELDS),
)
CALLS = st.lists(st.tuples(st.lists(ITEMS, max_size=6), st.booleans()), min_size=1, max_size=5)
BAD = {"name": {"", None}, "stage": {"won", None}, "amount": {"-1"}}
NEW = {"amount": None, "currency": "USD", "updated_at": None}


def reference(stored: dict[str, Any], items: list[dict[str, Any]], all_or_nothing: bool) -> tuple[list[str], int]:
    """Apply `items` to `stored` one by one. Returns the outcomes and how many stages changed."""
    result: list[str] = []
    after = dict(stored)
    stages = 0
    for place, item in enumerate(items):
        wanted = {name: value for name, value in item.items() if name != "external_id"}
        row = after.get(item["external_id"])
        if _is_bad(item, wanted, row, earlier=items[:place]):
            result.append("rejected")
            continue
        wanted = {
            name: NEW["currency"] if (name, value) == ("currency", None) else value for name, value in wanted.items()
        }
        new = {**(NEW if row is None else row), **wanted}
        outdated = row and wanted.get("updated_at") and row["updated_at"] and wanted["updated_at"] < row["updated_at"]
        result.append("created" if row is None else "unchanged" if outdated or new == row else "updated")
        if result[-1] in ("created", "updated"):
            stages += row is None or row["stage"] != new["stage"]
            after[item["external_id"]] = new
    if all_or_nothing and "rejected" in result:
        return ["rejected"] * len(items), 0
    stored.update(after)
    return result, stages


def _is_bad(item: dict[str, Any], wanted: dict[str, Any], row: Any, *, earlier: list[dict[str, Any]]) -> bool:
    return (
        any(value in BAD.get(name, ()) for name, value in wanted.items())
        or any(other["external_id"] == item["external_id"] for other in earlier)
        or (row is None and not {"name", "stage"} <= wanted.keys())
    )


def _stored(tenant: Tenant) -> dict[str, Any]:
    return {
        deal.external_id: {
            "name": deal.name,
            "stage": deal.stage,
            "amount": None if deal.amount is None else str(deal.amount),
            "currency": deal.currency,
            "updated_at": deal.source_updated_at and f"{deal.source_updated_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        for deal in Opportunity.objects.filter(tenant=tenant)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, number=st.integers(min_value=0))
def test_bulk_calls_do_what_a_plain_loop_does(db: None, write: Any, calls: Any, number: int) -> None:
    _RUNS.append(number)
    tenant = create_tenant(slug=f"run-{len(_RUNS)}", actor=SYSTEM)
    expected: dict[str, Any] = {}
    stage_changes = 0
    for items, all_or_nothing in calls:
        told, changed = reference(expected, items, all_or_nothing)
        stage_changes += changed
        outcome = write("opportunities", *items, tenant=tenant, all_or_nothing=all_or_nothing)
        assert outcomes(outcome) == told
        assert sum(outcome.counts().values()) == len(items)
    with tenant_scope(tenant):
        assert _stored(tenant) == expected
        assert StageChange.objects.count() == stage_changes


_RUNS: list[int] = []
