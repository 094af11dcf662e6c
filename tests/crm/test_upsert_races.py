"""Rival bulk calls for the same records, by real threads on connections of their own."""

from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection

from crm.models import Account, Opportunity, StageChange, Tenant
from crm.stage_changes import change_stage
from crm.tenancy import tenant_scope
from crm.upserts import upsert_accounts, upsert_opportunities
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.crm.bulk_items import account, opportunity, outcomes
from tests.rivals import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def tenant() -> Tenant:
    return create_tenant(slug="acme", actor=SYSTEM)


def test_rival_calls_with_the_same_external_ids_create_each_record_once(tenant: Tenant) -> None:
    def call(number: int) -> Any:
        items = [account(f"A-{n}", name=f"by {number}") for n in range(50)]
        items = items if number % 2 else items[::-1]
        return upsert_accounts(tenant=tenant, items=items, actor=SYSTEM, source="test")

    results = at_once(*(lambda number=number: call(number) for number in range(THREADS)))
    with tenant_scope(tenant):
        names = set(Account.objects.values_list("name", flat=True))
        assert Account.objects.count() == 50
    assert sum(result.counts()["created"] for result in results) == 50
    assert sum(result.counts()["updated"] for result in results) == 50 * (THREADS - 1)
    assert len(names) == 1  # one call's records, whole


def test_the_newest_of_rival_calls_stands_whatever_their_order(tenant: Tenant) -> None:
    def call(hour: int) -> Any:
        item = account(name=f"at {hour}", updated_at=f"2026-03-01T{hour:02}:00:00Z")
        return upsert_accounts(tenant=tenant, items=[item], actor=SYSTEM, source="test")

    at_once(*(lambda hour=hour: call(hour) for hour in (3, 7, 1, 5, 2, 6, 4, 0)))
    with tenant_scope(tenant):
        assert Account.objects.get().name == "at 7"


def test_stage_changes_of_rival_calls_make_one_unbroken_chain(tenant: Tenant) -> None:
    stages = ["discovery", "qualification", "evaluation", "negotiation", "stalled", "closed_won"]

    def call(stage: str) -> Any:
        items = [opportunity(stage=stage)]
        return upsert_opportunities(tenant=tenant, items=items, actor=SYSTEM, source="test")

    at_once(*(lambda stage=stage: call(stage) for stage in stages))
    with tenant_scope(tenant):
        changes = dict(StageChange.objects.values_list("from_stage", "to_stage"))
        final = Opportunity.objects.get().stage
    assert len(changes) == len(stages)
    at = ""
    for _ in stages:
        at = changes[at]
    assert at == final


def test_a_stage_that_an_action_moves_meanwhile_is_seen_by_the_bulk_call(tenant: Tenant) -> None:
    deal_id = upsert_opportunities(tenant=tenant, items=[opportunity()], actor=SYSTEM, source="test").results[0].id
    moved = Event()

    def action() -> None:
        with tenant_scope(tenant):
            change_stage(deal_id, "qualification", source="action")
            moved.set()
            assert _somebody_waits()

    def bulk() -> Any:
        moved.wait(5)
        items = [opportunity(stage="evaluation")]
        return upsert_opportunities(tenant=tenant, items=items, actor=SYSTEM, source="bulk")

    _, outcome = at_once(action, bulk)
    with tenant_scope(tenant):
        trace = list(StageChange.objects.values_list("from_stage", "to_stage"))
    assert outcomes(outcome) == ["updated"]
    assert trace == [("", "discovery"), ("discovery", "qualification"), ("qualification", "evaluation")]


def _somebody_waits() -> bool:
    """Whether within five seconds somebody has come to wait for a lock."""
    until = monotonic() + 5
    with connection.cursor() as cursor:
        while monotonic() < until:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return True
            sleep(0.01)
    return False
