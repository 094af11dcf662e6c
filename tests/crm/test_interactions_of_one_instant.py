"""Interactions that share one instant, as an import of bare dates makes them."""

from typing import Any

import pytest

from crm.upserts import upsert_interactions
from record.actors import SYSTEM
from tests.api.callers import caller
from tests.cast import company
from tests.crm.bulk_items import interaction


@pytest.mark.parametrize("how_many", [130, 1_250])
def test_pages_lead_through_many_interactions_of_one_instant_and_back(db: None, how_many: int) -> None:
    acme = company("acme")
    agent = caller(acme.bearer)
    items = [interaction(f"N-{n:04}") for n in range(how_many)]
    for start in range(0, how_many, 1_000):
        upsert_interactions(tenant=acme.tenant, items=items[start : start + 1_000], actor=SYSTEM, source="test")

    def walk(page: dict[str, Any], way: str) -> list[dict[str, Any]]:
        pages = [page]
        while pages[-1][way] and len(pages) <= how_many:
            pages.append(agent.get(pages[-1][way].partition("/api/v1/")[2]).json())
        return pages

    there = walk(agent.get("interactions/", {"page_size": 60}).json(), "next")
    back = walk(there[-1], "previous")
    seen = [row["external_id"] for page in there for row in page["results"]]
    assert len(seen) == len(set(seen)) == how_many
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in there]
