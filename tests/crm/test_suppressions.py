"""Who must not be written to."""

from typing import Any

import pytest

from crm.models import Contact, Suppression, Tenant
from crm.suppressions import lift, suppress
from crm.tenancy import tenant_scope
from record.actors import SYSTEM
from record.models import Entry
from tests.crm.bulk_items import account, contact


@pytest.fixture
def hank(tenant: Tenant, write: Any) -> Contact:
    write("accounts", account())
    write("contacts", contact(email="Hank@Globex.example"))
    with tenant_scope(tenant):
        return Contact.objects.get()


def test_a_suppressed_contact_is_kept_with_their_address(tenant: Tenant, hank: Contact) -> None:
    made = suppress(tenant=tenant, actor=SYSTEM, reason=" asked us to stop ", contact=hank)
    assert (made.contact_id, made.address, made.reason) == (hank.pk, "hank@globex.example", "asked us to stop")
    assert (made.set_by, made.lifted_at) == ("command line", None)


def test_an_address_is_suppressed_in_the_form_in_which_addresses_are_compared(tenant: Tenant) -> None:
    made = suppress(tenant=tenant, actor=SYSTEM, reason="bounced", address=" Jo@M\u00dcLLER.example ")
    assert (made.contact_id, made.address) == (None, "jo@xn--mller-kva.example")


def test_suppressing_again_gives_the_one_that_stands(tenant: Tenant, hank: Contact) -> None:
    first = suppress(tenant=tenant, actor=SYSTEM, reason="asked", contact=hank)
    again = suppress(tenant=tenant, actor=SYSTEM, reason="asked twice", contact=hank)
    with tenant_scope(tenant):
        assert first.pk == again.pk == Suppression.objects.get().pk


def test_a_lifted_one_stays_and_can_be_set_anew(tenant: Tenant, hank: Contact) -> None:
    first = suppress(tenant=tenant, actor=SYSTEM, reason="asked", contact=hank)
    assert lift(first, actor=SYSTEM) is True
    assert lift(first, actor=SYSTEM) is False
    second = suppress(tenant=tenant, actor=SYSTEM, reason="asked again", contact=hank)
    with tenant_scope(tenant):
        standing = list(Suppression.objects.filter(lifted_at=None).values_list("pk", flat=True))
        assert Suppression.objects.count() == 2
    assert standing == [second.pk]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_needed(tenant: Tenant, hank: Contact, reason: str) -> None:
    with pytest.raises(ValueError, match="reason: say why"):
        suppress(tenant=tenant, actor=SYSTEM, reason=reason, contact=hank)


@pytest.mark.parametrize("address", ["", "  "])
def test_somebody_must_be_named(tenant: Tenant, address: str) -> None:
    with pytest.raises(ValueError, match="contact or address"):
        suppress(tenant=tenant, actor=SYSTEM, reason="asked", address=address)


def test_an_address_longer_than_any_is_refused(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="address: at most 254"):
        suppress(tenant=tenant, actor=SYSTEM, reason="asked", address="x" * 255)


def test_setting_and_lifting_are_recorded_without_the_address(tenant: Tenant, hank: Contact) -> None:
    lift(suppress(tenant=tenant, actor=SYSTEM, reason="asked", contact=hank), actor=SYSTEM)
    with tenant_scope(tenant):
        entries = list(Entry.objects.filter(subject_type="suppression").order_by("pk"))
    assert [entry.kind for entry in entries] == ["suppression.set", "suppression.lifted"]
    assert all(entry.facts["contact"] == str(hank.pk) for entry in entries)
    assert "globex" not in str([entry.facts for entry in entries])
    assert len(entries[0].facts["address_sha256"]) == 64
