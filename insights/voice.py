"""Tells what in a text is not the customer's: a note to ourselves, a letter of ours, our turns of a transcript."""

import re

_TO_US = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\W{0,3}(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|day)|greetings)\b|[A-Z][a-z]+,\s*\n)", re.IGNORECASE
)
_FOR_US = re.compile(
    r"^\W{0,3}(?:to[- ]?dos?|action items?|actions|next steps|internal(?: note| reminder)?|reminder(?: to self)?|"
    r"note to self|my list)(?: \((?:me|us|mine|internal)\)| for (?:me|us|myself))?\s?:",
    re.IGNORECASE,
)


def is_for_us(text: str) -> bool:
    """A list of what we have to do, or a note to ourselves: it tells nothing of the customer."""
    return _FOR_US.match(text) is not None


def is_letter(text: str) -> bool:
    """A text that greets or addresses somebody: in a record without a direction, it is one of our own letters."""
    return _GREETING.match(text) is not None or _TO_US.search(text) is not None


_SPEAKER = re.compile(
    r"(?m)^[ \t]{0,4}(?P<who>customer|client|prospect|caller|buyer|rep|ae|sdr|sales|agent|us|me|seller|vendor|csm|"
    r"account manager|support|host)(?: \([^()\n]{1,40}\))?\s?:",
    re.IGNORECASE,
)
_THEIRS = frozenset({"customer", "client", "prospect", "caller", "buyer"})


def without_our_turns(text: str) -> str:
    """Return a transcript with our own turns and the speakers' names blanked; another text as it is."""
    turns = list(_SPEAKER.finditer(text))
    for turn, following in zip(turns, [*turns, None][1:], strict=True):
        end = following.start() if following else len(text)
        theirs = turn["who"].lower() in _THEIRS
        text = _blanked(text, turn.start(), turn.end() if theirs else end)
    return text


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
