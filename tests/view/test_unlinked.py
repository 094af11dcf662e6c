"""What belongs to no account is kept and listed."""

from django.urls import reverse

from crm.models import Interaction
from crm.tenancy import tenant_scope
from tests.api.callers import caller, pointers, problem
from tests.cast import Company
from tests.console.visits import Visit


def two(company: Company) -> None:
    with tenant_scope(company.tenant):
        for name, account in (("linked", company.account), ("unlinked", None)):
            Interaction.objects.create(
                tenant=company.tenant,
                account=account,
                external_id=name,
                subject=f"the {name} one",
                channel="email",
                occurred_at="2026-01-01T00:00:00Z",
            )


def test_the_list_gives_those_without_an_account_or_those_with_one(acme: Company) -> None:
    two(acme)
    manager = caller(acme.token_of(acme.manager))

    def listed(**query: str) -> list[str]:
        return sorted(row["external_id"] for row in manager.get("interactions/", query).json()["results"])

    assert listed(linked="false") == ["unlinked"]
    assert listed(linked="true") == ["linked"]
    assert listed() == ["linked", "unlinked"]
    assert pointers(problem(manager.get("interactions/", {"linked": "no"}), 400)) == ["/linked"]


def test_the_console_lists_them_too(acme: Company) -> None:
    two(acme)
    visit = Visit(acme.manager)
    page = reverse("admin:crm_interaction_changelist")
    assert "Unlinked" in visit.page(page)
    told = visit.page(page, linked="false")
    assert "the unlinked one" in told
    assert "the linked one" not in told
