"""What the text of an outgoing message promises, field by field (insights.commitments)."""

from collections.abc import Mapping
from typing import Any

from guardrails.policy import MESSAGE_TYPES
from insights.commitments import MOST_READ, Commitment, find_commitments

FIELDS = ("subject", "body", "text", "title", "description", "location")
UNREAD = "unread"  # a text too long to be read through counts as one that may promise anything


def promised(action_type: str, payload: Mapping[str, Any]) -> dict[str, list[Commitment]]:
    """The promises in each text of a valid payload, by field; {} for what writes to nobody or promises nothing."""
    if action_type not in MESSAGE_TYPES:
        return {}
    found = {field: find_commitments(payload[field]) for field in FIELDS if isinstance(payload.get(field), str)}
    return {field: promises for field, promises in found.items() if promises}


def kinds_promised(action_type: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of what is promised, each once, in alphabetical order; `unread` where a text is too long to tell."""
    kinds = {one.kind for promises in promised(action_type, payload).values() for one in promises}
    if action_type in MESSAGE_TYPES and any(len(str(payload.get(field, ""))) > MOST_READ for field in FIELDS):
        kinds.add(UNREAD)
    return tuple(sorted(kinds))
