"""The database counts an account's changes, whoever makes them and in whatever way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from crm.models import Account, AccountActivity, Contact, Interaction, Opportunity
from crm.tenancy import tenant_scope
from tests.cast import Company, company
from tests.scanning.scans import NOW, PLAIN, QUOTE, another_account, says, scanned


def changes(account: Account) -> int:
    with tenant_scope(account.tenant_id):
        return AccountActivity.objects.filter(account=account).values_list("changes", flat=True).first() or 0


def unread(account: Account) -> bool:
    with tenant_scope(account.tenant_id):
        return AccountActivity.objects.filter(account=account, is_unread=True).exists()


def all_read(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        AccountActivity.objects.update(is_unread=False)


CHANGES: dict[str, Callable[[Company], Any]] = {
    "a mail comes": lambda acme: says(acme.account, PLAIN),
    "a contact comes": lambda acme: Contact.objects.create(
        tenant=acme.tenant, account=acme.account, external_id="C-2", name="Bill"
    ),
    "a contact changes": lambda acme: Contact.objects.update(title="CEO"),
    "a deal changes": lambda acme: Opportunity.objects.update(stage="negotiation"),
    "plain SQL": lambda acme: connection.cursor().execute("UPDATE crm_opportunity SET name = 'New'"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_counts_and_marks_the_account_unread(acme: Company, change: Callable[[Company], Any]) -> None:
    all_read(acme)
    before = changes(acme.account)
    with tenant_scope(acme.tenant):
        change(acme)
    assert changes(acme.account) == before + 1
    assert unread(acme.account)


def test_what_was_deleted_counts_but_needs_no_reading(acme: Company) -> None:
    mail = says(acme.account, PLAIN)
    all_read(acme)
    before = changes(acme.account)
    with tenant_scope(acme.tenant):
        Interaction.objects.filter(pk=mail.pk).delete()
    assert changes(acme.account) == before + 1
    assert not unread(acme.account)


def test_a_move_counts_for_both_accounts(acme: Company) -> None:
    initech, mail = another_account(acme.tenant, "Initech"), says(acme.account, PLAIN)
    before = changes(acme.account), changes(initech)
    with tenant_scope(acme.tenant):
        Interaction.objects.filter(pk=mail.pk).update(account=initech)
    assert (changes(acme.account), changes(initech)) == (before[0] + 1, before[1] + 1)


def test_what_belongs_to_nobody_counts_for_nobody_until_it_is_linked(acme: Company) -> None:
    before = changes(acme.account)
    with tenant_scope(acme.tenant):
        mail = Interaction.objects.create(tenant=acme.tenant, external_id="X", channel="email", occurred_at=NOW)
        assert changes(acme.account) == before
        Interaction.objects.filter(pk=mail.pk).update(account=acme.account)
    assert changes(acme.account) == before + 1


def test_a_statement_with_many_rows_counts_once_an_account(acme: Company) -> None:
    initech = another_account(acme.tenant, "Initech")
    before = changes(acme.account), changes(initech)
    with tenant_scope(acme.tenant):
        Interaction.objects.bulk_create(
            Interaction(tenant=acme.tenant, account=account, external_id=f"B-{number}", channel="crm", occurred_at=NOW)
            for number, account in enumerate([acme.account, initech] * 10)
        )
    assert (changes(acme.account), changes(initech)) == (before[0] + 1, before[1] + 1)


def test_a_change_that_is_undone_was_none(acme: Company) -> None:
    before = changes(acme.account)
    with tenant_scope(acme.tenant):
        says(acme.account, PLAIN)
        transaction.set_rollback(True)
    assert changes(acme.account) == before


@pytest.mark.django_db(transaction=True)
def test_an_account_can_be_deleted_with_all_it_has() -> None:
    acme = company("acme")
    says(acme.account, QUOTE, contact=acme.contact, opportunity=acme.deal, clone=acme.clone)
    scanned(acme.tenant)
    with tenant_scope(acme.tenant):
        Account.objects.get(pk=acme.account.pk).delete()
    with tenant_scope(acme.tenant):
        assert not AccountActivity.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_contact_can_be_deleted_whose_mails_stay() -> None:
    acme = company("acme")
    mail = says(acme.account, PLAIN, contact=acme.contact)
    with tenant_scope(acme.tenant):
        Contact.objects.get(pk=acme.contact.pk).delete()
    with tenant_scope(acme.tenant):
        assert Interaction.objects.get(pk=mail.pk).contact_id is None
