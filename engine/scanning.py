"""pattern_scan: looks at every account that is active, has changed or whose time has come, and keeps what it notices.

A page is looked at set by set: one statement finds its accounts and which of them must be read, two read their touches and
texts, one their insights. What was noticed is laid beside what is open: the same signal is refreshed, never repeated; what
is no longer so is closed. An account that has not changed is passed over until time alone may have changed something.
"""

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast, Length

from crm.models import Interaction, Tenant
from crm.tenancy import tenant_scope
from engine.alerts import alert
from engine.intake import suppress_opt_outs
from engine.jobs import Page, Part, Tally
from engine.noticed import keep
from engine.reading import read_all, texts_of
from engine.shared import keep_shared
from engine.thinking import thinking_for, with_extra
from insights.noticing import Notes, Text, notice
from insights.rhythm import Touch
from insights.thresholds import thresholds

log = logging.getLogger(__name__)

PAGE = 200
ACTIVE = timedelta(days=7)  # counted: the accounts with a touch in these days
REMEMBERED = timedelta(days=120)  # touches of an account's rhythm
READ = timedelta(days=30)  # texts: the longest window of a signal that a text carries
LOOK_AGAIN = timedelta(hours=20)  # windows move by the day; a scan comes every six hours


@dataclass(frozen=True, slots=True)
class _Account:
    """One account of a page. `must_be_read`: it changed, was never looked at, or time may have changed something."""

    id: UUID
    changes: int
    is_active: bool
    must_be_read: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a page came to: the accounts that were read with what was noticed, and those that failed."""

    notes: Mapping[UUID, Notes]
    touched: frozenset[UUID]  # accounts with touches that are remembered
    errors: Sequence[tuple[UUID, str]]
    thought: Counter[str]  # what the language model was asked, if there is one


def size(tenant: Tenant, now: datetime) -> int:
    """How many accounts a scan passes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_account")
        return int(cursor.fetchone()[0])


def scan(part: Part) -> Page | None:
    """The next page of accounts."""
    with tenant_scope(part.tenant):
        accounts = _accounts(part)
        if not accounts:
            return None
        read = [account.id for account in accounts if account.must_be_read]
        touches, texts = (_touches(read, part.now), texts_of(read, since=part.now - READ)) if read else ({}, {})
        levels = thresholds()
    seen = _look(part, read, touches, texts, levels)
    return Page(accounts[-1].id, lambda: _write(part, accounts, seen), is_last=len(accounts) < PAGE)


def conclude(part: Part) -> Page | None:
    """When every account is done: what several of them have in common, and alerts for what is urgent."""
    return Page(None, lambda: _conclude(part), is_last=True)


def _conclude(part: Part) -> Tally:
    more = keep_shared(tenant=part.tenant, now=part.now)
    more["alerted"] += alert(tenant=part.tenant, run_id=part.run_id, now=part.now)
    return Tally(more=+more)


def _accounts(part: Part) -> list[_Account]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCOUNTS,
            {
                "after": part.cursor,
                "first": part.first,
                "last": part.last,
                "now": part.now,
                "active_since": part.now - ACTIVE,
                "page": PAGE,
            },
        )
        return [_Account(*row) for row in cursor.fetchall()]


def _touches(accounts: Sequence[UUID], now: datetime) -> dict[UUID, list[Touch]]:
    rows = (
        Interaction.objects.filter(account_id__in=accounts, occurred_at__gt=now - REMEMBERED)
        .annotate(
            characters=Length("text"),
            people=Length(F("participants"), function="cardinality"),
            reference=Cast("pk", TextField()),
        )
        .order_by()
        .values_list("account_id", "occurred_at", "direction", "channel", "status", "characters", "people", "reference")
    )
    found: dict[UUID, list[Touch]] = defaultdict(list)
    for account, at, direction, channel, status, characters, people, reference in rows.iterator(chunk_size=5_000):
        found[account].append(Touch(at, direction, channel, status, characters, people, reference))
    return found


def _look(
    part: Part,
    accounts: Sequence[UUID],
    touches: Mapping[UUID, list[Touch]],
    texts: Mapping[UUID, list[Text]],
    levels: Mapping[str, float],
) -> _Seen:
    thinking = thinking_for(part)
    read, errors = read_all(texts)
    read = with_extra(read, thinking.extra_findings(read))
    unread = {account for account, _ in errors}
    notes: dict[UUID, Notes] = {}
    for account in (account for account in accounts if account not in unread):
        try:
            notes[account] = notice(
                account=str(account),
                read=read.get(account, ()),
                touches=touches.get(account, ()),
                thresholds=levels,
                now=part.now,
            )
        except Exception as error:
            # The edge of one account: whatever its records do to us, the others are scanned.
            log.exception("account %s could not be scanned", account)
            errors.append((account, f"{type(error).__name__}: {error}"))
    return _Seen(notes, frozenset(touches), errors, thinking.counts)


def _write(part: Part, accounts: Sequence[_Account], seen: _Seen) -> Tally:
    more = keep(tenant=part.tenant, notes=seen.notes, now=part.now)
    opt_outs = [text for notes in seen.notes.values() for text in notes.opt_outs]
    more["opt_outs"] += suppress_opt_outs(part.tenant, opt_outs)
    _watch(part, accounts, seen)
    active = sum(account.is_active for account in accounts)
    more["unchanged"] += sum(not account.must_be_read for account in accounts)
    more["read"] += len(seen.notes)
    more.update(seen.thought)
    return Tally(done=len(accounts), count=active, more=+Counter(more), errors=list(seen.errors))


def _watch(part: Part, accounts: Sequence[_Account], seen: _Seen) -> None:
    """Remember how far each account was read; one that failed is read again by the next scan."""
    looked_at = [account for account in accounts if account.id in seen.notes]
    if not looked_at:
        return
    again = part.now + LOOK_AGAIN
    mentions = [[_as_json(mention) for mention in seen.notes[account.id].mentions] for account in looked_at]
    rows: dict[str, Any] = {
        "tenant": part.tenant.pk,
        "now": part.now,
        "accounts": [account.id for account in looked_at],
        "changes": [account.changes for account in looked_at],
        "again": [again if account.id in seen.touched else None for account in looked_at],
        "mentions": [json.dumps(of_one) for of_one in mentions],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WATCH, rows)


def _as_json(mention: Any) -> dict[str, str]:
    return {
        "kind": mention.kind.value,
        "topic": mention.topic,
        "at": mention.at.isoformat(),
        "interaction": mention.reference,
        "quote": mention.quote,
    }


# An account is passed over unseen where neither its records nor, for 20 hours, the time has changed anything. The page comes
# first and LIMIT 1 keeps the lookups single: joined freely, a page reads the other tables from their beginning.
_ACCOUNTS = """
WITH page AS MATERIALIZED (
    SELECT id, tenant_id FROM crm_account
    WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND (%(first)s::uuid IS NULL OR id >= %(first)s)
    AND (%(last)s::uuid IS NULL OR id <= %(last)s)
    ORDER BY id LIMIT %(page)s
)
SELECT a.id, coalesce(activity.changes, 0),
    EXISTS (
        SELECT FROM crm_interaction i WHERE i.tenant_id = a.tenant_id AND i.account_id = a.id
        AND i.occurred_at > %(active_since)s AND i.occurred_at <= %(now)s),
    watch.id IS NULL OR watch.seen_changes <> coalesce(activity.changes, 0) OR watch.look_again_at <= %(now)s
FROM page a
LEFT JOIN LATERAL (SELECT changes FROM crm_accountactivity WHERE account_id = a.id LIMIT 1) activity ON true
LEFT JOIN LATERAL (
    SELECT id, seen_changes, look_again_at FROM insights_watch WHERE account_id = a.id LIMIT 1) watch ON true
ORDER BY a.id
"""

# By the ORM this took a fifth of a scan's time.
_WATCH = """
INSERT INTO insights_watch (
    id, tenant_id, account_id, seen_changes, look_again_at, scanned_at, mentions, summarized_changes)
SELECT gen_random_uuid(), %(tenant)s, seen.account, seen.changes, seen.again, %(now)s, seen.mentions::jsonb, -1
FROM unnest(%(accounts)s::uuid[], %(changes)s::bigint[], %(again)s::timestamptz[], %(mentions)s::text[])
    AS seen(account, changes, again, mentions)
ON CONFLICT (account_id) DO UPDATE SET seen_changes = excluded.seen_changes, look_again_at = excluded.look_again_at,
    scanned_at = excluded.scanned_at, mentions = excluded.mentions
"""
