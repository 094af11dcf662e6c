"""The customers' words of some accounts, as the detectors want them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crm.models import Direction, Interaction
from insights.noticing import Text

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
        words = text[:LONGEST] if text else subject  # a mail without a body says what it says in its subject
        who = name or (people[0] if people else "")
        found[account].append(
            Text(str(pk), at, channel, direction, status, words, str(contact) if contact else None, who)
        )
    return found
