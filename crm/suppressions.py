"""Who must not be written to. A suppression blocks every message to them, approved or not, until it is lifted."""

import hashlib
from typing import Any

from django.db.models.functions import Now

from crm.addresses import address_key
from crm.models import Contact, Suppression, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor

LONGEST_REASON = 500
LONGEST_ADDRESS = 254


def suppress(
    *, tenant: Tenant, actor: Actor, reason: str, contact: Contact | None = None, address: str = ""
) -> Suppression:
    """Stop every message to a contact, an address, or both.

    A contact's own address is kept with the suppression: it holds also where the CRM makes the contact anew under
    another id. Returns the one that stands already where there is one for the same contact and address.

    Raises ValueError without a reason, or for neither contact nor address.
    """
    told = _reason(reason)
    key = address_key(address or (contact.email if contact else ""))
    if contact is None and not key:
        raise ValueError("contact or address: name who must not be written to.")
    if len(key) > LONGEST_ADDRESS:
        raise ValueError(f"address: at most {LONGEST_ADDRESS} characters.")
    with tenant_scope(tenant):
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # two at once make one suppression
        standing = Suppression.objects.filter(contact=contact, address=key, lifted_at=None).first()
        if standing:
            return standing
        made = Suppression.objects.create(tenant=tenant, contact=contact, address=key, reason=told, set_by=actor.label)
        _record(made, "suppression.set", actor)
    return made


def lift(suppression: Suppression, *, actor: Actor) -> bool:
    """Let messages go to them again. Returns False where it was lifted before."""
    with tenant_scope(suppression.tenant_id):
        standing = Suppression.objects.filter(pk=suppression.pk, lifted_at=None)
        lifted = standing.update(lifted_at=Now(), lifted_by=actor.label)
        if lifted:
            _record(suppression, "suppression.lifted", actor)
    return bool(lifted)


def _reason(reason: str) -> str:
    told = reason.strip()
    if not told or len(told) > LONGEST_REASON:
        raise ValueError(f"reason: say why, in at most {LONGEST_REASON} characters.")
    return told


def _record(suppression: Suppression, kind: str, actor: Actor) -> None:
    """The address goes in as a hash: whoever asks about one can look for it, the record itself names nobody."""
    address = suppression.address
    facts: dict[str, Any] = {
        "contact": str(suppression.contact_id) if suppression.contact_id else None,
        "address_sha256": hashlib.sha256(address.encode()).hexdigest() if address else None,
    }
    journal.write(
        tenant_id=suppression.tenant_id,
        kind=kind,
        subject=("suppression", suppression.pk),
        actor=actor,
        facts=facts,
    )
