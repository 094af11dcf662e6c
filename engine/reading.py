"""The customers' words of some accounts, as the detectors want them, and what the detectors make of them."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from crm.models import Direction, Interaction
from insights.noticing import Read, Text, read_texts

log = logging.getLogger(__name__)

LONGEST = 20_000  # characters of a text that are fetched; the detectors read no further


def texts_of(accounts: Sequence[UUID], *, since: datetime) -> dict[UUID, list[Text]]:
    """The texts of the accounts since then, oldest first, without our own outgoing ones. One statement."""
    rows = (
        Interaction.objects.filter(account_id__in=accounts, occurred_at__gt=since)
        .exclude(direction=Direction.OUT)
        .order_by("occurred_at", "pk")
        .values_list(
            "account_id",
            "pk",
            "occurred_at",
            "channel",
            "direction",
            "status",
            "subject",
            "text",
            "contact_id",
            "contact__name",
            "participants",
        )
    )
    found: dict[UUID, list[Text]] = defaultdict(list)
    for account, pk, at, channel, direction, status, subject, text, contact, name, people in rows.iterator():
        words = text[:LONGEST] if text.strip() else subject  # a mail without a body says what it says in its subject
        who = name or (people[0] if people else "")
        found[account].append(
            Text(str(pk), at, channel, direction, status, words, str(contact) if contact else None, who)
        )
    return found


def read_all(texts: Mapping[UUID, Sequence[Text]]) -> tuple[dict[UUID, list[Read]], list[tuple[UUID, str]]]:
    """Every account's texts read, all at once; where that fails each account by itself, with those that cannot be read."""
    owners = [account for account, of_one in texts.items() for _ in of_one]
    try:
        together = read_texts([text for of_one in texts.values() for text in of_one])
    except Exception:
        log.exception("a page of texts could not be read at once")
        return _read_singly(texts)
    read: dict[UUID, list[Read]] = defaultdict(list)
    for account, one in zip(owners, together, strict=True):
        read[account].append(one)
    return dict(read), []


def _read_singly(texts: Mapping[UUID, Sequence[Text]]) -> tuple[dict[UUID, list[Read]], list[tuple[UUID, str]]]:
    read: dict[UUID, list[Read]] = {}
    errors: list[tuple[UUID, str]] = []
    for account, of_one in texts.items():
        try:
            read[account] = read_texts(of_one)
        except Exception as error:
            # The edge of one account: whatever its texts do to the detectors, the others are read.
            log.exception("the texts of an account could not be read")
            errors.append((account, f"{type(error).__name__}: {error}"))
    return read, errors
