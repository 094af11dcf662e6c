"""What the text of an outgoing message promises, field by field (insights.commitments)."""

import re
from collections.abc import Mapping
from typing import Any

from crm.console.visible import hides_something
from guardrails.policy import MESSAGE_TYPES
from insights.commitments import MOST_READ, Commitment, find_commitments

FIELDS = ("subject", "body", "text", "title", "description", "location")
UNREAD = "unread"  # a text that cannot be told counts as one that may promise anything
_BROKEN = re.compile(r"[a-z]-\s*\n\s*[a-z]|(?:\b\w ){5}", re.IGNORECASE)  # dis-\ncount, d i s c o u n t


def promised(action_type: str, payload: Mapping[str, Any]) -> dict[str, list[Commitment]]:
    """The promises in each text of a valid payload, by field; {} for what writes to nobody or promises nothing."""
    if action_type not in MESSAGE_TYPES:
        return {}
    found = {field: find_commitments(payload[field]) for field in FIELDS if isinstance(payload.get(field), str)}
    return {field: promises for field, promises in found.items() if promises}


def kinds_promised(action_type: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of what is promised, each once, in alphabetical order; `unread` where a text cannot be told: it is too long,
    hides characters from the eye, or breaks its words apart."""
    if action_type not in MESSAGE_TYPES:
        return ()
    kinds = {one.kind for promises in promised(action_type, payload).values() for one in promises}
    texts = [payload[field] for field in FIELDS if isinstance(payload.get(field), str)]
    if any(len(text) > MOST_READ or hides_something(text) or _BROKEN.search(text) for text in texts):
        kinds.add(UNREAD)
    return tuple(sorted(kinds))
