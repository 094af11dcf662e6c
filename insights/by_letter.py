"""Sorts the alternatives of a regular expression by their first letter, so that a word is tried against few of them.

Python tries each alternative in turn. A table of a hundred ways to say something is read two to four times faster as
`a(?:..)|b(?:..)`. Which texts match stays the same; which of several alternatives matches first may not.
"""

from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 400  # characters of an alternative that is written out once for each of its first letters
MOST = 60  # first letters of one alternative; beyond that it stays as it is


class Head(NamedTuple):
    """The first letter of an alternative and what follows; without a letter, `rest` is all of it."""

    letter: str | None
    rest: str


def by_letter(expression: str) -> str:
    """The same alternatives (`a|b|(?:c|d)e`), sorted; what begins with no plain letter stands last."""
    sorted_: dict[str | None, dict[str, None]] = {}
    for row in _rows(expression):
        heads = list(_heads(row))
        if len(heads) > MOST or any(len(head.rest) > LONGEST for head in heads):
            heads = [Head(None, row)]
        for letter, rest in heads:
            sorted_.setdefault(letter, {})[rest] = None
    others = sorted_.pop(None, {})
    return "|".join([*(f"{letter}(?:{'|'.join(rests)})" for letter, rests in sorted_.items()), *others])


def _rows(expression: str) -> Iterator[str]:
    """The alternatives, and those of an alternative that is nothing but a bracket."""
    for row in _alternatives(expression):
        if row.startswith("(?:") and _closing(row) == len(row) - 1:
            yield from _rows(row[3:-1])
        else:
            yield row


def _heads(row: str) -> Iterator[Head]:
    """An alternative as one for each letter it may begin with."""
    if row.startswith("(?:"):
        end = _closing(row)
        inner, rest = row[3:end], row[end + 1 :]
        if rest[:1] in ("{", "*", "+"):
            yield Head(None, row)
            return
        optional = rest.startswith("?")
        for way in _alternatives(inner):
            yield from (Head(head.letter, head.rest + rest[optional:]) for head in _heads(way))
        if optional:
            yield from _heads(rest[1:])
    elif row[:1].isalpha() and row[1:2] not in ("?", "*", "{", "+"):
        yield Head(row[0], row[1:])
    else:
        yield Head(None, row)


def _alternatives(expression: str) -> Iterator[str]:
    start = 0
    for at, depth in _marks(expression, "|"):
        if depth == 0:
            yield expression[start:at]
            start = at + 1
    yield expression[start:]


def _closing(row: str) -> int:
    """Where the bracket closes that opens at the start."""
    return next(at for at, depth in _marks(row, ")") if depth == 0)


def _marks(expression: str, mark: str) -> Iterator[tuple[int, int]]:
    """Where a mark stands outside of a set of characters, and how many brackets are open behind it."""
    depth, in_set, escaped = 0, False, False
    for at, letter in enumerate(expression):
        if escaped or letter == "\\":
            escaped = not escaped
            continue
        in_set = letter != "]" if in_set else letter == "["
        if not in_set:
            depth += (letter == "(") - (letter == ")")
            if letter == mark:
                yield at, depth
