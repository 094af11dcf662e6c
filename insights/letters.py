"""Lists of words, and an expression for any of many texts that looks at each letter only once."""

import re
from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    """Return the words of a text that is a list of them."""
    return frozenset(text.split())


def by_letters(texts: Iterable[str]) -> str:
    """Return the expression: (' cut', ' cuts', ' cap') -> ' c(?:ut(?:s)?|ap)'. Nothing for no texts."""
    heads: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        heads.setdefault(text[:1], []).append(text[1:])
    optional = heads.pop("", None) is not None
    branches = [re.escape(head) + by_letters(tails) for head, tails in heads.items()]
    if not branches:
        return ""
    if len(branches) == 1 and not optional:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if optional else ''}"
