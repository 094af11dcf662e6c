"""An account's past by stretches: what happened, what summaries are stored of it, and which of them no longer hold.

What happened is asked for by fingerprint, not by text; only the texts of stretches that must be made anew are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models.functions import Left

from crm.models import Contact, Interaction
from insights.models import Insight, InsightStatus, Summary
from insights.summaries import LONGEST_READ, MOST_LINES, Kind, Said, Stretch, stretch_of

EDITION = "1"  # of the way summaries are made: another one makes all of them anew
MOST_READ = 300  # interactions of one week or month whose texts are read, the newest

Key = tuple[UUID, str]  # an account and the name of a stretch


class Print(NamedTuple):
    """One interaction as far as the question goes whether anything has changed."""

    id: UUID
    account: UUID
    at: datetime
    fingerprint: str


@dataclass(slots=True)
class Told:
    """One stretch of one account: its interactions, newest first, and the digest of what it is made of."""

    stretch: Stretch
    prints: list[Print] = field(default_factory=list)
    digest: str = ""

    def to_read(self) -> list[Print]:
        """The interactions whose texts are read."""
        kind = self.stretch.kind
        return self.prints[: MOST_LINES[kind] if kind is Kind.FULL else MOST_READ]


@dataclass(slots=True)
class Book:
    """What a page knows: the accounts that must be looked at with their count of changes, what happened with them by
    stretch, what is stored, and for the stretches that differ what was said."""

    accounts: Mapping[UUID, int]
    told: Mapping[Key, Told] = field(default_factory=dict)
    stored: Mapping[Key, Summary] = field(default_factory=dict)
    said: Mapping[UUID, Said] = field(default_factory=dict)
    names: Mapping[UUID, list[str]] = field(default_factory=dict)

    def differing(self) -> list[Key]:
        """The stretches that are new or were made of something else."""
        return [key for key in self.told if not self._holds(key)]

    def gone(self) -> list[Key]:
        """What is stored and is no more, or is made anew."""
        return [key for key in self.stored if not self._holds(key)]

    def moved(self) -> list[Key]:
        """What is stored and holds, but for its borders: time alone has moved them."""
        return [key for key, row in self.stored.items() if self._holds(key) and self._borders(key) != _borders_of(row)]

    def _holds(self, key: Key) -> bool:
        return key in self.told and key in self.stored and self.stored[key].source_digest == self.told[key].digest

    def _borders(self, key: Key) -> tuple[date, date]:
        stretch = self.told[key].stretch
        return stretch.starts_on, stretch.ends_on


def _borders_of(row: Summary) -> tuple[date, date]:
    return row.starts_on, row.ends_on


def read(accounts: Mapping[UUID, int], *, now: datetime, zone: ZoneInfo) -> Book:
    """The past of these accounts up to `now`, by five statements; by none for no accounts."""
    if not accounts:
        return Book({})
    ids = list(accounts)
    book = Book(accounts, _told(ids, now, zone), _stored(ids), names=_names(ids))
    quotes = _quotes(ids)
    for told in book.told.values():
        told.digest = _digest(told.prints, quotes)
    book.said = _said([one.id for key in book.differing() for one in book.told[key].to_read()], quotes)
    return book


def _told(accounts: Sequence[UUID], now: datetime, zone: ZoneInfo) -> dict[Key, Told]:
    """The interactions up to now by account and stretch, newest first."""
    today = now.astimezone(zone).date()
    found: dict[Key, Told] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PRINTS, {"accounts": list(accounts), "now": now})
        for row in cursor.fetchall():
            one = Print(*row)
            stretch = stretch_of(one.at.astimezone(zone).date(), today=today)
            found.setdefault((one.account, stretch.name), Told(stretch)).prints.append(one)
    return found


def _quotes(accounts: Sequence[UUID]) -> dict[str, list[tuple[str, str]]]:
    """By interaction what insights quote of it, as (signal, words); none of what somebody called a false alarm."""
    rows = Insight.objects.filter(account_id__in=accounts).exclude(status=InsightStatus.DISMISSED)
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for signal, evidence in rows.order_by("id").values_list("signal", "evidence"):
        for piece in evidence:
            if piece.get("quote") and piece.get("interaction"):
                found[piece["interaction"]].append((signal, piece["quote"]))
    return found


def _stored(accounts: Sequence[UUID]) -> dict[Key, Summary]:
    rows = Summary.objects.filter(account_id__in=accounts).order_by().defer("lines")
    return {(row.account_id, Stretch(Kind(row.kind), row.starts_on, row.ends_on).name): row for row in rows}


def _said(interactions: Iterable[UUID], quotes: Mapping[str, list[tuple[str, str]]]) -> dict[UUID, Said]:
    rows = Interaction.objects.filter(pk__in=list(interactions)).annotate(words=Left("text", LONGEST_READ)).order_by()
    columns = rows.values_list(
        "pk", "occurred_at", "channel", "direction", "subject", "words", "contact__name", "participants"
    )
    return {
        pk: Said(
            str(pk),
            at,
            channel,
            direction,
            name or (people[0] if people else ""),
            subject,
            text,
            quotes.get(str(pk), ()),
        )
        for pk, at, channel, direction, subject, text, name, people in columns
    }


def _names(accounts: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for account, name in (
        Contact.objects.filter(account_id__in=accounts).order_by("pk").values_list("account_id", "name")
    ):
        found[account].append(name)
    return found


def _digest(prints: Iterable[Print], quotes: Mapping[str, list[tuple[str, str]]]) -> str:
    """SHA-256 over what a stretch is made of."""
    made_of = sha256(EDITION.encode())
    for one in prints:
        quoted = sorted(set(quotes.get(str(one.id), ())))
        made_of.update(repr((str(one.id), one.at.timestamp(), one.fingerprint, quoted)).encode())
    return made_of.hexdigest()


_PRINTS = """
SELECT i.id, i.account_id, i.occurred_at, md5(concat_ws(
    chr(31), i.channel, i.direction, i.subject, i.text, c.name, i.participants[1]))
FROM crm_interaction i LEFT JOIN crm_contact c ON c.id = i.contact_id
WHERE i.account_id = ANY(%(accounts)s::uuid[]) AND i.occurred_at <= %(now)s
ORDER BY i.account_id, i.occurred_at DESC, i.id DESC
"""
