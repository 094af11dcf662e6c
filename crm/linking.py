"""Which account an interaction belongs to that names none: found by its people, exactly, never by likeness (docs/view.md).

Each participant is looked at by itself: whose contact has this address, else which account lists its domain. The contact and
the deal that the interaction names count, too. All of it must lead to one account; where it leads to two, nobody guesses.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from crm.addresses import AddressError, clean_address
from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor

_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")  # the address stands last; a name may look like one, and is none


class Linked(NamedTuple):
    """How many interactions found their account, and how many of those looked at still have none."""

    linked: int
    unlinked: int


def link(*, tenant: Tenant, actor: Actor, among: Sequence[UUID] | None = None) -> Linked:
    """Give the interactions without an account (those `among`, or all) the one their people lead to, and the contact.

    Takes the same three statements however many there are; one record entry where something was linked. A row that
    somebody else is writing is left to them.
    """
    with tenant_scope(tenant):
        written = _participants(among)
        if not written:
            return Linked(0, 0)
        keys = {text: key for text in written if text and (key := _address_in(text))}
        found = _store(among, keys, _ours())
        if found.linked:
            journal.write(
                tenant_id=tenant.pk,
                kind="interactions.linked",
                subject=("tenant", tenant.pk),
                actor=actor,
                facts=found._asdict(),
            )
    return found


def _participants(among: Sequence[UUID] | None) -> list[str | None]:
    """The different participants of what has no account; with None in it for rows that name nobody, [] for no rows."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, {"among": None if among is None else list(among)})
        return [row[0] for row in cursor.fetchall()]


def _address_in(written: str) -> str | None:
    """The address of a participant, `address` or `Name <address>`, in the form that compares; None for anything else."""
    bracketed = _IN_BRACKETS.search(written)
    try:
        return clean_address((bracketed[1] if bracketed else written).strip()).lower()
    except AddressError:
        return None


def _ours() -> list[str]:
    """The addresses our own mails come from and are answered to."""
    pairs = Clone.objects.values_list("address", "reply_to")
    return _keys([settings.DEFAULT_FROM_EMAIL, *(address for pair in pairs for address in pair)])


def _keys(written: Iterable[str]) -> list[str]:
    return sorted({key for text in written if (key := _address_in(text))})


def _store(among: Sequence[UUID] | None, keys: dict[str, str], ours: list[str]) -> Linked:
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK,
            {
                "among": None if among is None else list(among),
                "written": list(keys),
                "keys": list(keys.values()),
                "ours": ours,
                "our_domains": sorted({address.rpartition("@")[2] for address in ours}),
            },
        )
        looked_at, linked = cursor.fetchone()
    return Linked(linked, looked_at - linked)


_WRITTEN = """
SELECT DISTINCT written FROM crm_interaction i LEFT JOIN LATERAL unnest(i.participants) written ON true
WHERE i.account_id IS NULL AND (%(among)s::uuid[] IS NULL OR i.id = ANY(%(among)s::uuid[]))
"""

# said: who took part; known: the contacts with such an address; meant: every account that something leads to.
_LINK = """
WITH loose AS MATERIALIZED (
    SELECT i.id, i.participants, i.contact_id, i.opportunity_id FROM crm_interaction i
    WHERE i.account_id IS NULL AND (%(among)s::uuid[] IS NULL OR i.id = ANY(%(among)s::uuid[]))
), people AS MATERIALIZED (
    SELECT written, key FROM unnest(%(written)s::text[], %(keys)s::text[]) AS given(written, key)
    WHERE key <> ALL(%(ours)s::text[])
), known AS MATERIALIZED (
    SELECT people.key, c.id AS contact_id, c.account_id
    FROM (SELECT DISTINCT key FROM people) people JOIN crm_contact c ON lower(c.email) = people.key
), lists AS MATERIALIZED (
    SELECT DISTINCT lower(domain) AS domain, a.id AS account_id FROM crm_account a, unnest(a.domains) domain
    WHERE lower(domain) <> ALL(%(our_domains)s::text[])
), leads AS MATERIALIZED (
    SELECT key, account_id, contact_id FROM known
    UNION
    SELECT people.key, lists.account_id, NULL
    FROM people JOIN lists ON lists.domain = split_part(people.key, '@', 2)
    WHERE people.key NOT IN (SELECT key FROM known)
), said AS (
    SELECT DISTINCT loose.id, people.key FROM loose, unnest(loose.participants) taking JOIN people ON people.written = taking
), meant AS (
    SELECT said.id, leads.account_id, leads.contact_id FROM said JOIN leads USING (key)
    UNION
    SELECT loose.id, c.account_id, c.id FROM loose JOIN crm_contact c ON c.id = loose.contact_id
    UNION
    SELECT loose.id, o.account_id, NULL FROM loose JOIN crm_opportunity o ON o.id = loose.opportunity_id
    WHERE o.account_id IS NOT NULL
), clear AS MATERIALIZED (
    SELECT id, (array_agg(account_id))[1] AS account_id,
        CASE WHEN count(DISTINCT contact_id) = 1
            THEN (array_agg(contact_id) FILTER (WHERE contact_id IS NOT NULL))[1] END AS contact_id
    FROM meant GROUP BY id HAVING count(DISTINCT account_id) = 1
), free AS (
    SELECT i.id FROM crm_interaction i WHERE i.id IN (SELECT id FROM clear) AND i.account_id IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
), linked AS (
    UPDATE crm_interaction i SET account_id = clear.account_id, contact_id = coalesce(i.contact_id, clear.contact_id)
    FROM clear JOIN free USING (id) WHERE i.id = clear.id
    RETURNING i.id
)
SELECT (SELECT count(*) FROM loose), (SELECT count(*) FROM linked)
"""
