"""A book of customers as large as wanted: accounts, contacts, deals, clones and two years of interactions.

    python bench/book.py --accounts 20000 --interactions 1000000 --days 730 --seed 1

It fills the tenant `bench` of the configured database (the running `up`'s, or the embedded servers for its own duration).
Run again it refuses, or with --replace makes the book anew; a tenant `bench` that it did not make is left alone. Rows come
in the order of their time, as a CRM sends them, so that an account's rows lie scattered. Memory stays small: rows are
streamed in batches.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.sayings import WORDS
from bench.storing import gather_statistics, store_all
from bench.texts import Writer

SLUG = "bench"
MADE = "bench.made"
NOWHERE = "https://chat.invalid/bench"  # what a scan finds here is told to nobody
CLONES = 20
STAGES = [
    "prospecting",
    "qualification",
    "discovery",
    "evaluation",
    "negotiation",
    "closed_won",
    "closed_lost",
    "stalled",
]
# (weight, channel, direction): about half of it is ours
KINDS = (
    *((34, "email", "out"), (25, "email", "in"), (9, "chat", "out"), (8, "chat", "in")),
    *((5, "call", "out"), (4, "call", "in"), (8, "meeting", "none"), (7, "crm", "none")),
)
STATUSES = ((93, "completed"), (4, "cancelled"), (3, "missed"))  # of meetings and calls
CUSTOMER_TABLES = (
    *("engine_slice", "engine_runerror", "engine_run", "engine_notice", "engine_digest", "insights_feedback"),
    *("insights_insight", "insights_summary", "insights_watch", "crm_interaction", "crm_stagechange"),
    *("crm_suppression", "crm_opportunity", "crm_contact", "crm_accountactivity", "crm_account", "crm_clone"),
)


class BookIsThere(Exception):
    """There is a tenant of this name; it holds a book, or was not made here."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How large the book is to be, and from which seed."""

    accounts: int = 20_000
    interactions: int = 1_000_000
    days: int = 730
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Customer:
    number: int
    id: UUID
    contacts: tuple[UUID, UUID]
    deal: UUID
    clone: UUID
    domain: str


def make(wanted: Wanted, *, replace: bool = False) -> dict[str, Any]:
    """Fill the tenant `bench`; returns {accounts, interactions, seconds}. Raises BookIsThere.

    With `replace` the rows of an earlier book go first. Each batch is a transaction of its own: a book that was broken off
    is replaced by the next.
    """
    from django.utils import timezone

    began = monotonic()
    tenant_id = _tenant(replace)
    customers = _make_customers(tenant_id, wanted)
    rows = _interactions(tenant_id, wanted, customers, timezone.now())
    stored = store_all(tenant_id, "crm_interaction", rows)
    gather_statistics()
    return {"accounts": len(customers), "interactions": stored, "seconds": round(monotonic() - began, 1)}


def is_there() -> bool:
    """Whether there is a book."""
    from crm.models import Tenant

    return Tenant.objects.filter(slug=SLUG).exists()


def _tenant(replace: bool) -> UUID:
    from crm.models import Tenant
    from crm.tenancy import tenant_scope
    from guardrails.tenants import create_tenant
    from record import journal
    from record.actors import SYSTEM
    from record.models import Entry

    known = Tenant.objects.filter(slug=SLUG).first()
    if known is None:
        tenant = create_tenant(slug=SLUG, name="Bench", actor=SYSTEM)
        Tenant.objects.filter(pk=tenant.pk).update(chat_webhook_url=NOWHERE)
        with tenant_scope(tenant):
            journal.write(tenant_id=tenant.pk, kind=MADE, subject=("tenant", tenant.pk), actor=SYSTEM)
        return tenant.pk
    with tenant_scope(known):
        if not Entry.objects.filter(subject_id=str(known.pk), kind=MADE).exists():
            raise BookIsThere(f"There is a tenant {SLUG}, and it was not made by this bench.")
    if not replace:
        raise BookIsThere(f"The tenant {SLUG} is there already; --replace makes it anew.")
    _empty(known.pk)
    return known.pk


def _empty(tenant_id: UUID) -> None:
    from django.db import connection

    from crm.tenancy import tenant_scope

    with tenant_scope(tenant_id), connection.cursor() as cursor:
        for table in CUSTOMER_TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [tenant_id])


# --- rows --------------------------------------------------------------------------------------------------------------


def _make_customers(tenant_id: UUID, wanted: Wanted) -> list[_Customer]:
    from uuid_utils.compat import uuid7

    chance = Random(wanted.seed)
    clones = [uuid7() for _ in range(CLONES)]
    customers = [
        _Customer(n, uuid7(), (uuid7(), uuid7()), uuid7(), clones[n % CLONES], f"customer{n}.example")
        for n in range(wanted.accounts)
    ]
    agents = ((pk, tenant_id, f"Agent {n}", "", f"agent{n}@bench.example", "", "") for n, pk in enumerate(clones))
    store_all(tenant_id, "crm_clone", agents)
    store_all(tenant_id, "crm_account", (_account(tenant_id, one, chance) for one in customers))
    store_all(tenant_id, "crm_contact", (row for one in customers for row in _contacts(tenant_id, one, chance)))
    deals = (row for one in customers for row in _deals(tenant_id, one, chance, days=wanted.days))
    store_all(tenant_id, "crm_opportunity", deals)
    return customers


def _account(tenant_id: UUID, one: _Customer, chance: Random) -> tuple[Any, ...]:
    name = f"{chance.choice(WORDS['last'])} {chance.choice(WORDS['city'])} {one.number}"
    return (one.id, tenant_id, f"a{one.number}", name, [one.domain], "", "", "{}", "{}", "")


def _contacts(tenant_id: UUID, one: _Customer, chance: Random) -> Iterator[tuple[Any, ...]]:
    for n, pk in enumerate(one.contacts):
        name = f"{chance.choice(WORDS['first'])} {chance.choice(WORDS['last'])}"
        job = chance.choice(WORDS["job"])
        yield (pk, tenant_id, one.id, f"c{one.number}-{n}", name, f"p{n}@{one.domain}", job, "", "")


def _deals(tenant_id: UUID, one: _Customer, chance: Random, *, days: int) -> Iterator[tuple[Any, ...]]:
    """One deal, or two."""
    from uuid_utils.compat import uuid7

    today = datetime.now(UTC).date()
    for n, pk in enumerate([one.deal] if chance.random() < 0.6 else [one.deal, uuid7()]):
        stage = chance.choice(STAGES)
        opened = today - timedelta(days=chance.randrange(1, days + 1))
        closed = today if stage.startswith("closed") else None
        name, amount = f"{chance.randrange(10, 400)} seats", chance.randrange(500, 90_000)
        yield (
            pk,
            tenant_id,
            one.id,
            one.clone,
            f"d{one.number}-{n}",
            name,
            stage,
            amount,
            "USD",
            opened,
            closed,
            "{}",
            "{}",
        )


def _interactions(
    tenant_id: UUID, wanted: Wanted, customers: list[_Customer], now: datetime
) -> Iterator[tuple[Any, ...]]:
    """In the order of their time. A tenth of the accounts has half of all talk, as in real books; many have little."""
    from uuid_utils.compat import uuid7

    chance, writer = Random(wanted.seed + 1), Writer(wanted.seed + 2)
    write = {"email": writer.mail, "chat": writer.chat}
    shares = list(accumulate(min(chance.paretovariate(1.2), 40.0) for _ in customers))
    kinds = _Wheel([(weight, (channel, direction)) for weight, channel, direction in KINDS], chance)
    statuses = _Wheel(STATUSES, chance)
    step = timedelta(days=wanted.days) / max(wanted.interactions, 1)
    for number in range(wanted.interactions):
        customer = chance.choices(customers, cum_weights=shares)[0]
        channel, direction = kinds.turn()
        live = channel in ("meeting", "call")
        which = chance.random() < 0.3
        yield (
            uuid7(),
            tenant_id,
            customer.id,
            customer.contacts[which],
            customer.clone,
            customer.deal,
            f"i{number}",
            channel,
            direction,
            statuses.turn() if live else "completed",
            now - step * (wanted.interactions - number),
            writer.subject() if channel in ("email", "meeting") else "",
            write.get(channel, writer.note)(may_signal=direction != "out"),
            [f"p{int(which)}@{customer.domain}"],
            "{}",
        )


class _Wheel:
    """Gives one of its values, as often as its weight says."""

    def __init__(self, weighed: Sequence[tuple[int, Any]], chance: Random) -> None:
        self._values = [value for weight, value in weighed for _ in range(weight)]
        self._chance = chance

    def turn(self) -> Any:
        return self._chance.choice(self._values)


if __name__ == "__main__":
    from autonomy_project.launch.command_line import main

    sys.argv = ["manage.py", "bench", "book", *sys.argv[1:]]
    sys.exit(main(sys.argv[1:]))
