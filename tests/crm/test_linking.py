"""An interaction that names no account gets the one its people lead to: exactly, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.linking import Linked, link
from crm.models import AccountActivity, Interaction, Tenant
from crm.tenancy import tenant_scope
from crm.upserts import Outcome, upsert_accounts, upsert_contacts
from record.actors import SYSTEM
from record.models import Entry
from tests.crm.bulk_items import account, contact, interaction, make_clone, opportunity

Write = Callable[..., Outcome]


@pytest.fixture
def customers(tenant: Tenant, write: Write) -> None:
    """Globex (globex.example, its Hank and Marge), Initech (initech.example, its Bill) and Hooli; who works for two."""
    make_clone(tenant, address="ada@ours.example", reply_to="sales@answers.example")
    write(
        "accounts",
        account("globex", domains=["globex.example", "shared.example"]),
        account("initech", domains=["initech.example", "shared.example", "ours.example", "answers.example"]),
        account("hooli"),
    )
    write(
        "contacts",
        contact("hank", account="globex", email="Hank@globex.example"),
        contact("marge", account="globex", email="marge@gmail.example"),
        contact("bill", account="initech", email="bill@initech.example"),
        contact("two-1", account="globex", email="both@advisers.example"),
        contact("two-2", account="initech", email="both@advisers.example"),
        contact("twin-1", account="hooli", email="twin@hooli.example"),
        contact("twin-2", account="hooli", email="twin@hooli.example"),
        contact("ours", account="hooli", email="ada@ours.example"),
        contact("idn", account="hooli", email="kurt@b\u00fccher.example"),
    )


def found(tenant: Tenant, external_id: str = "I-1") -> tuple[str | None, str | None]:
    """The external ids of an interaction's account and contact."""
    with tenant_scope(tenant):
        row = Interaction.objects.select_related("account", "contact").get(external_id=external_id)
        return row.account and row.account.external_id, row.contact and row.contact.external_id


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (["hank@globex.example"], ("globex", "hank")),
        (["HANK@GLOBEX.EXAMPLE"], ("globex", "hank")),
        (["Hank Scorpio <hank@globex.example>"], ("globex", "hank")),
        (['"bill@initech.example" <hank@globex.example>'], ("globex", "hank")),  # the name is no address
        (["  <hank@globex.example> "], ("globex", "hank")),
        (["marge@gmail.example"], ("globex", "marge")),
        (["hank@globex.example", "marge@gmail.example"], ("globex", None)),  # of one account, and two people
        (["hank@globex.example", "somebody@gmail.example"], ("globex", "hank")),
        (["somebody@globex.example"], ("globex", None)),
        (["somebody@globex.example", "hank@globex.example"], ("globex", "hank")),
        (["twin@hooli.example"], ("hooli", None)),
        (["kurt@b\u00fccher.example"], ("hooli", "idn")),
        (["Kurt <kurt@xn--bcher-kva.example>"], ("hooli", "idn")),
        (["ada@ours.example", "hank@globex.example"], ("globex", "hank")),
        # Two accounts, or none: it stays as it is.
        (["hank@globex.example", "bill@initech.example"], (None, None)),
        (["hank@globex.example", "somebody@initech.example"], (None, None)),
        (["both@advisers.example"], (None, None)),
        (["both@advisers.example", "hank@globex.example"], (None, None)),
        (["somebody@shared.example"], (None, None)),
        (["somebody@mail.globex.example"], (None, None)),
        (["somebody@globex.example.evil.example"], (None, None)),
        (["somebody@notglobex.example"], (None, None)),
        (["somebody@gl\u043ebex.example"], (None, None)),  # a Cyrillic o
        (["somebody@gmail.example"], (None, None)),
        (["ada@ours.example"], (None, None)),
        (["colleague@ours.example"], (None, None)),
        (["somebody@answers.example"], (None, None)),
        (["hank@globex.example (private)"], (None, None)),
        (["Hank hank@globex.example"], (None, None)),
        (["<hank@globex.example> bill"], (None, None)),
        (["hank@globex.example, bill@gmail.example"], (None, None)),
        (["Hank Scorpio", "globex.example", "@globex.example", "<>", "<"], (None, None)),
        ([], (None, None)),
    ],
    ids=str,
)
def test_people_lead_to_one_account_or_to_none(
    tenant: Tenant, customers: None, write: Write, people: list[str], expected: tuple[str | None, str | None]
) -> None:
    write("interactions", interaction(participants=people))
    assert found(tenant) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"contact": "bill"}, ("initech", "bill")),
        ({"opportunity": "O-1"}, ("globex", None)),
        ({"contact": "bill", "opportunity": "O-1"}, (None, "bill")),
        ({"contact": "bill", "participants": ["hank@globex.example"]}, (None, "bill")),
        ({"contact": "bill", "participants": ["boss@initech.example"]}, ("initech", "bill")),
        ({"account": "hooli", "participants": ["hank@globex.example"]}, ("hooli", None)),
    ],
    ids=str,
)
def test_what_the_interaction_names_itself_counts(
    tenant: Tenant, customers: None, write: Write, named: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    write("opportunities", opportunity("O-1", account="globex"))
    write("interactions", interaction(**named))
    assert found(tenant) == expected


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("contacts", contact("new", account="hooli", email="new@nowhere.example")),
        ("accounts", account("hooli", domains=["nowhere.example"])),
    ],
)
def test_what_came_before_its_people_were_known_is_linked_when_they_are(
    tenant: Tenant, customers: None, write: Write, kind: str, item: dict[str, Any]
) -> None:
    write("interactions", interaction(participants=["new@nowhere.example"]))
    assert found(tenant)[0] is None
    write(kind, item)
    assert found(tenant)[0] == "hooli"


def test_another_tenants_people_and_domains_lead_nowhere(tenant: Tenant, rival: Tenant, write: Write) -> None:
    how: dict[str, Any] = {"tenant": rival, "actor": SYSTEM, "source": "test"}
    upsert_accounts(items=[account(domains=["globex.example"])], **how)
    upsert_contacts(items=[contact(email="hank@globex.example")], **how)
    write("interactions", interaction(participants=["hank@globex.example"]))
    assert found(tenant) == (None, None)
    assert link(tenant=rival, actor=SYSTEM) == Linked(0, 0)


def test_it_counts_and_leaves_one_entry_where_it_linked_something(
    tenant: Tenant, customers: None, write: Write
) -> None:
    write(
        "interactions",
        *(interaction(f"known-{n}", participants=["hank@globex.example"]) for n in range(3)),
        *(interaction(f"unknown-{n}", participants=["x@nowhere.example"]) for n in range(2)),
    )
    with tenant_scope(tenant):
        entries = list(Entry.objects.filter(kind="interactions.linked").values_list("facts", flat=True))
    assert entries == [{"linked": 3, "unlinked": 2}]
    assert link(tenant=tenant, actor=SYSTEM) == Linked(0, 2)
    with tenant_scope(tenant):
        assert Entry.objects.filter(kind="interactions.linked").count() == 1


def test_a_linked_interaction_counts_as_a_change_of_its_account(tenant: Tenant, customers: None, write: Write) -> None:
    def changes() -> int:
        with tenant_scope(tenant):
            return AccountActivity.objects.get(account__external_id="globex").changes

    before = changes()
    write("interactions", interaction(participants=["hank@globex.example"]))
    assert changes() == before + 1


def test_it_takes_the_same_statements_however_many_there_are(tenant: Tenant, customers: None, write: Write) -> None:
    def statements(numbers: range) -> int:
        with tenant_scope(tenant):
            Interaction.objects.bulk_create(
                Interaction(
                    tenant=tenant,
                    external_id=f"bulk-{n}",
                    channel="email",
                    occurred_at="2026-01-01T00:00:00Z",
                    participants=["hank@globex.example", f"x{n}@nowhere.example"],
                )
                for n in numbers
            )
        with CaptureQueriesContext(connection) as counted:
            assert link(tenant=tenant, actor=SYSTEM).linked == len(numbers)
        return len(counted)

    assert statements(range(5)) == statements(range(5, 505))
