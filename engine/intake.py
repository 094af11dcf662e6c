"""A wish to be left alone is heard at once: within seconds of its arrival the sweep reads what changed and suppresses.

The patterns wait for the scan; this does not. An account is unread (crm.AccountActivity) from the moment its records
change, marked by the database itself, until its recent texts were read for an opt-out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from email.utils import parseaddr
from time import monotonic
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

PAGE = 100
RECENT = timedelta(days=365)  # a wish to be left alone does not grow old as a signal does


def hear_opt_outs(*, seconds: float = 5.0) -> int:
    """Read unread accounts, a page of each tenant in turn, until none is left or the time is up; returns how many people
    were suppressed. What is left, after an import of a whole book, the next sweeps read."""
    until, heard = monotonic() + seconds, 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_unread_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    while tenants and monotonic() < until:
        for tenant_id in list(tenants):
            more, suppressed = _hear_page(tenant_id)
            heard += suppressed
            if not more:
                tenants.remove(tenant_id)
    return heard


def _hear_page(tenant_id: UUID) -> tuple[bool, int]:
    """Whether more may be left, and how many were suppressed. Nothing is locked while the texts are read: an account that
    changes meanwhile stays unread, and whoever reads the same page finds the same."""
    with tenant_scope(tenant_id):
        unread = AccountActivity.objects.filter(is_unread=True).order_by("account_id")
        taken = dict(unread.values_list("account_id", "changes")[:PAGE])
        texts = texts_of(list(taken), since=timezone.now() - RECENT)
    read, _ = read_all(texts)  # what cannot be read is told by the scan
    wishes = [text for of_one in read.values() for text, found in of_one if _wishes(found)]
    with tenant_scope(tenant_id):
        heard = suppress_opt_outs(Tenant.objects.get(pk=tenant_id), wishes)
        for changes, accounts in _by_changes(taken).items():
            AccountActivity.objects.filter(account_id__in=accounts, changes=changes).update(is_unread=False)
    return len(taken) == PAGE, heard


def _by_changes(taken: Mapping[UUID, int]) -> dict[int, list[UUID]]:
    found: dict[int, list[UUID]] = defaultdict(list)
    for account, changes in taken.items():
        found[changes].append(account)
    return found


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
