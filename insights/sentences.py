"""Cuts a text into sentences and keeps where each one stands."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 400  # characters: a longer run without an end is cut at a space, which bounds the time to read it

# A mark with white space behind it; a blank line or a line that opens an item; a line break before a capital.
_END = re.compile(r"[.!?]+[)\"']?(?=\s|$)|\n\s*(?=\n)|\n\s*(?=(?:[-*]|\d{1,2}[.)])\s)|\n(?=[A-Z\"])|\u2022")
_ABBREVIATIONS = frozenset(
    {
        "mr",
        "ms",
        "dr",
        "mrs",
        "e.g",
        "i.e",
        "vs",
        "inc",
        "ltd",
        "approx",
        "no",
        "st",
        "ca",
        "prof",
        "req",
        "incl",
        "acc",
        "abt",
    }
)
_WORD_BEFORE = re.compile(r"[\w.]{1,8}$")


class Sentence(NamedTuple):
    text: str
    start: int


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text, none blank, none longer than LONGEST; each stands at text[start:]."""
    start = 0
    for end in _END.finditer(text):
        if end[0] != "." or not _is_abbreviation(text, start, end.start()):
            yield from _pieces(text, start, end.end())
            start = end.end()
    yield from _pieces(text, start, len(text))


def _is_abbreviation(text: str, start: int, dot: int) -> bool:
    """The word before the dot is a known abbreviation or a single letter (an initial)."""
    word = _WORD_BEFORE.search(text[max(start, dot - 8) : dot])
    return word is not None and (word[0].lower() in _ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))


def _pieces(text: str, start: int, end: int) -> Iterator[Sentence]:
    while end - start > LONGEST:
        space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = space if space > 0 else start + LONGEST
        yield from _trimmed(text, start, cut)
        start = cut
    yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        yield Sentence(bare, start + len(piece) - len(piece.lstrip()))
