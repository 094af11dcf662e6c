"""An account's timeline."""

from typing import Any

from crm.models import Account, Tenant
from crm.tenancy import tenant_scope
from crm.timeline import timeline
from tests.crm.bulk_items import account, contact, interaction, make_clone


def test_it_holds_the_accounts_interactions_newest_first(tenant: Tenant, write: Any) -> None:
    write("accounts", account(), account("A-2"))
    days = [3, 9, 1, 7]
    write(
        "interactions",
        *(interaction(f"I-{day}", account="A-1", occurred_at=f"2026-03-0{day}T09:00:00Z") for day in days),
        interaction("other", account="A-2"),
        interaction("nobody's"),
    )
    with tenant_scope(tenant):
        told = [row.external_id for row in timeline(Account.objects.get(external_id="A-1"))]
    assert told == ["I-9", "I-7", "I-3", "I-1"]


def test_contacts_and_clones_cost_no_further_query(tenant: Tenant, write: Any, django_assert_num_queries: Any) -> None:
    make_clone(tenant, external_id="R-1")
    write("accounts", account())
    write("contacts", contact())
    write(
        "interactions",
        *(interaction(f"I-{n}", account="A-1", contact="C-1", clone="R-1") for n in range(20)),
    )
    with tenant_scope(tenant):
        customer = Account.objects.get()
        with django_assert_num_queries(1):
            told = [(row.contact and row.contact.name, row.clone and row.clone.name) for row in timeline(customer)]
    assert told == [("Hank Scorpio", "Ada")] * 20
