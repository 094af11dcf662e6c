"""Finding an action by what somebody has in hand: the Message-ID of a mail, the UID of a meeting, or an id of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from django.db.models import QuerySet

from engine.models import Action, Attempt

MOST_FOUND = 20
LONGEST = 1000  # characters that are looked at; a header line is not longer (RFC 5322, 2.1.1)

_HEADER = re.compile(r"^\s*(message-id|in-reply-to|references|uid)\s*:", re.IGNORECASE)
_KEY = re.compile(r"[0-9a-f]{40,64}")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_BEYOND_HEX = "g"  # sorts after every text that goes on in hexadecimal digits

SAID: Mapping[str, str] = MappingProxyType(
    {
        "mail": "a mail whose Message-ID begins with",
        "meeting": "a meeting, or a message, with the UID",
        "action": "the action with the id",
        "nothing": "neither a Message-ID of ours, nor a meeting's UID, nor an action's id",
    }
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text asks for: `kind` is mail, meeting, action or nothing; `name` is the part of it that names one."""

    kind: str
    name: str = ""

    @property
    def in_words(self) -> str:
        """What was looked for."""
        return f"{SAID[self.kind]} {self.name}".strip()


def sought(text: str) -> Sought:
    """What `text` asks for, with or without the header's name, the angle brackets and the part after the @."""
    bare = _HEADER.sub("", text[:LONGEST]).strip().strip("<>").partition("@")[0].strip().lower()
    if _UUID.fullmatch(bare):
        return Sought("action", str(UUID(bare)))
    if _KEY.fullmatch(bare):
        return Sought("meeting" if len(bare) == 64 else "mail", bare)
    return Sought("nothing")


def found(wanted: Sought) -> list[Action]:
    """The actions of the tenant in scope that are meant, newest first. One statement, by an index."""
    if wanted.kind == "nothing":
        return []
    actions = Action.objects.select_related("account", "opportunity", "contact", "clone")
    if wanted.kind == "action":
        return list(actions.filter(pk=wanted.name))
    return list(actions.filter(pk__in=keyed(wanted.name).values("action")).order_by("-pk")[:MOST_FOUND])


def keyed(beginning: str) -> QuerySet[Attempt]:
    """The attempts of the tenant in scope whose key begins so, as a range that the index on it serves in any collation."""
    return Attempt.objects.filter(key__gte=beginning, key__lt=beginning + _BEYOND_HEX).order_by()
