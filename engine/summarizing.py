"""context_summarization: what each account's past comes down to, written anew where it has changed and nowhere else.

An account whose records have not changed since it was summarized today is passed over. Of the others only the stretches
are made anew whose interactions, or what insights quote of them, differ from what the stored summary was made of.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.jobs import PAGE, Page, Part, Tally
from engine.past import Book, Key, read
from insights.models import Summary, Watch
from insights.summaries import Stretch, lines_of


@dataclass(slots=True)
class _Made:
    rows: list[Summary] = field(default_factory=list)
    failed: list[tuple[UUID, str]] = field(default_factory=list)


def size(tenant: Tenant, now: datetime) -> int:
    """How many accounts a run passes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_account")
        return int(cursor.fetchone()[0])


def summarize(part: Part) -> Page | None:
    """The next page of accounts."""
    zone = ZoneInfo(part.tenant.time_zone)
    today = part.now.astimezone(zone).date()
    with tenant_scope(part.tenant):
        accounts = _accounts(part, today)
        if not accounts:
            return None
        book = read({id: changes for id, changes, must in accounts if must}, now=part.now, zone=zone)
    made = _make(book, part)
    last = accounts[-1][0]
    return Page(last, lambda: _write(part, len(accounts), book, made, today), is_last=len(accounts) < PAGE)


def _accounts(part: Part, today: date) -> list[tuple[UUID, int, bool]]:
    asked = {"after": part.cursor, "first": part.first, "last": part.last, "today": today, "page": PAGE}
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, asked)
        return cursor.fetchall()


def _make(book: Book, part: Part) -> _Made:
    """The rows of the stretches that differ, account by account."""
    by_account: defaultdict[UUID, list[Key]] = defaultdict(list)
    for key in book.differing():
        by_account[key[0]].append(key)
    made = _Made()
    for account, keys in by_account.items():
        try:
            made.rows += [_row(book, key, part) for key in keys]
        except Exception as error:
            # The edge of one account: whatever its texts do to the reading, the others are summarized.
            made.failed.append((account, f"{type(error).__name__}: {error}"))
    return made


def _row(book: Book, key: Key, part: Part) -> Summary:
    account, told = key[0], book.told[key]
    stretch = told.stretch
    said = [book.said[one.id] for one in told.to_read() if one.id in book.said]
    lines = lines_of(stretch.kind, said, names=book.names.get(account, ()))
    return Summary(
        tenant=part.tenant,
        account_id=account,
        kind=stretch.kind.value,
        starts_on=stretch.starts_on,
        ends_on=stretch.ends_on,
        interactions=len(told.prints),
        lines=[_as_json(line) for line in lines],
        source_digest=told.digest,
        made_at=part.now,
    )


def _as_json(line: Any) -> dict[str, str]:
    return {name: getattr(line, name) for name in _LINE} | {"at": line.at.isoformat()}


def _write(part: Part, passed: int, book: Book, made: _Made, today: date) -> Tally:
    failed = {account for account, _ in made.failed}
    gone = [key for key in book.gone() if key[0] not in failed]
    _remove([book.stored[key] for key in gone])
    _move([(book.stored[key], book.told[key].stretch) for key in book.moved()])
    rows = [row for row in made.rows if row.account_id not in failed]
    Summary.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["tenant", "account", "kind", "starts_on"],
        update_fields=["ends_on", "interactions", "lines", "source_digest", "made_at"],
    )
    _watch(part, {account: changes for account, changes in book.accounts.items() if account not in failed}, today)
    anew = {row.account_id for row in rows} | {account for account, _ in gone}
    more = Counter(unchanged=passed - len(anew) - len(failed), stretches=len(rows))
    return Tally(done=passed, count=len(anew), more=+more, errors=list(made.failed))


def _remove(rows: Sequence[Summary]) -> None:
    if rows:
        Summary.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _move(found: Sequence[tuple[Summary, Stretch]]) -> None:
    for row, stretch in found:
        row.starts_on, row.ends_on = stretch.starts_on, stretch.ends_on
    if found:
        Summary.objects.bulk_update([row for row, _ in found], ["starts_on", "ends_on"])


def _watch(part: Part, accounts: Mapping[UUID, int], today: date) -> None:
    Watch.objects.bulk_create(
        [
            Watch(tenant=part.tenant, account_id=account, summarized_changes=changes, summarized_on=today)
            for account, changes in accounts.items()
        ],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["summarized_changes", "summarized_on"],
    )


_LINE = ("channel", "direction", "who", "text", "why", "interaction")

_ACCOUNTS = """
SELECT a.id, coalesce(activity.changes, 0),
    watch.id IS NULL OR watch.summarized_changes <> coalesce(activity.changes, 0)
    OR watch.summarized_on IS DISTINCT FROM %(today)s
FROM crm_account a
LEFT JOIN crm_accountactivity activity ON activity.account_id = a.id
LEFT JOIN insights_watch watch ON watch.account_id = a.id
WHERE (%(after)s::uuid IS NULL OR a.id > %(after)s) AND (%(first)s::uuid IS NULL OR a.id >= %(first)s)
AND (%(last)s::uuid IS NULL OR a.id <= %(last)s)
ORDER BY a.id LIMIT %(page)s
"""
