"""A wish to be left alone is heard at once: within seconds of its arrival the sweep reads what changed and suppresses.

The patterns wait for the scan; this does not. An account is unread (crm.AccountActivity) from the moment its records
change, marked by the database itself, until its recent texts were read for an opt-out.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from email.utils import parseaddr
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from crm.addresses import address_key
from crm.models import AccountActivity, Contact, Suppression, Tenant
from crm.suppressions import LONGEST_ADDRESS, suppress
from crm.tenancy import tenant_scope
from engine.reading import read_all, texts_of
from insights.findings import Finding
from insights.noticing import Text, is_opt_out
from record.actors import SCHEDULE

PAGE = 200
RECENT = timedelta(days=30)


def hear_opt_outs(*, pages: int = 10) -> int:
    """Read the unread accounts of every tenant, a few pages at a time; returns how many people were suppressed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_unread_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    return sum(_hear(tenant_id, pages) for tenant_id in tenants)


def _hear(tenant_id: UUID, pages: int) -> int:
    heard = 0
    for _ in range(pages):
        with tenant_scope(tenant_id):
            unread = AccountActivity.objects.filter(is_unread=True).order_by("account_id")
            taken = list(unread.select_for_update(skip_locked=True).values_list("account_id", flat=True)[:PAGE])
            heard += _read(Tenant.objects.get(pk=tenant_id), taken) if taken else 0
        if len(taken) < PAGE:
            break
    return heard


def _read(tenant: Tenant, accounts: Sequence[UUID]) -> int:
    """The rows are locked: a change that comes meanwhile waits, and marks the account unread again."""
    AccountActivity.objects.filter(account_id__in=accounts).update(is_unread=False)
    texts = texts_of(accounts, since=timezone.now() - RECENT)
    read, _ = read_all(texts)  # what cannot be read is told by the scan
    return suppress_opt_outs(tenant, [text for of_one in read.values() for text, found in of_one if _wishes(found)])


def _wishes(findings: Iterable[Finding]) -> bool:
    return any(map(is_opt_out, findings))


def suppress_opt_outs(tenant: Tenant, texts: Iterable[Text]) -> int:
    """Suppress who wrote each text, unless a person lifted it since; returns how many suppressions are new."""
    return sum(_suppress(tenant, text) for text in texts)


def _suppress(tenant: Tenant, text: Text) -> bool:
    contact = Contact.objects.filter(pk=text.contact).first() if text.contact else None
    address = "" if contact else address_key(parseaddr(text.who)[1])
    if contact is None and ("@" not in address or len(address) > LONGEST_ADDRESS):
        return False  # nobody is named who could be written to
    reason = f"Asked on {text.at:%Y-%m-%d} not to be contacted: {text.text.strip()[:200]}"
    if _known_since(contact, address, text):
        return False
    suppress(tenant=tenant, actor=SCHEDULE, reason=reason, contact=contact, address=address)
    return True


def _known_since(contact: Contact | None, address: str, text: Text) -> bool:
    """They are suppressed, or a person lifted the suppression after they wrote: who lifts it has the last word."""
    key = address or address_key(contact.email if contact else "")
    known = Suppression.objects.filter(contact=contact, address=key)
    return known.filter(Q(lifted_at=None) | Q(lifted_at__gt=text.at)).exists()
