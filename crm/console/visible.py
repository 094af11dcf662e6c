"""What a text hides from the eye, made visible: pieces of it, plain or marked.

Marked are characters nobody sees or that turn the direction of reading (Unicode TR 36; the "Trojan Source" attack),
words mixed of two alphabets that look alike, and empty lines or spaces enough to push the rest out of sight. Knows no
Django; whoever renders the pieces escapes them.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_NOT_PLAIN = re.compile(r"[^\t\n\x20-\x7e]")
_WORD = re.compile(r"[^\W\d_]+")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){6,}")
_BLANK_SPACES = re.compile(r"[^\S\n]{60,}")
_STACKED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}")

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
_MERE_SPACES = frozenset("\u00a0\u202f")  # a non-breaking space looks like the space it is
# Fillers and selectors that are letters or marks by category and show as nothing.
_SHOW_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SELECTORS = (("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
_SYMBOLS = frozenset({"So", "Sm", "Sk"})
_JOINER, _EMOJI_STYLES, _KEYCAP = "\u200d", "\ufe0e\ufe0f", "\u20e3"
_LOOK_ALIKES = frozenset({"LATIN", "CYRILLIC", "GREEK"})


class Piece(NamedTuple):
    """Part of a text. `kind` is "" (plain), "unseen", "mixed" or "blank"; `note` says what a marked one is."""

    text: str
    kind: str = ""
    note: str = ""


class _Find(NamedTuple):
    start: int
    end: int
    piece: Piece


def pieces(text: str) -> list[Piece]:
    """Cut `text` into plain and marked pieces, in its order. A marked piece's `text` is safe to show as it stands."""
    unified = text.replace("\r\n", "\n")
    made: list[Piece] = []
    done = 0
    for find in sorted(_finds(unified), key=lambda find: (find.start, -find.end)):
        if find.start < done:
            continue
        if find.start > done:
            made.append(Piece(unified[done : find.start]))
        made.append(find.piece)
        done = find.end
    return [*made, Piece(unified[done:])] if done < len(unified) else made


def spelled_out(text: str) -> str:
    """`text` on one line of plain text: what nobody sees stands in brackets."""
    return "".join(f"[{piece.text}]" if piece.kind in ("unseen", "blank") else piece.text for piece in pieces(text))


def hides_something(text: str) -> bool:
    """Whether any piece of `text` is marked."""
    return any(piece.kind for piece in pieces(text))


def _finds(text: str) -> Iterator[_Find]:
    yield from _blank_runs(text)
    yield from _wide_gaps(text)
    if text.isascii() and text.isprintable():
        return
    yield from _unseen(text)
    yield from _stacked(text)
    yield from _mixed(text)


def _blank_runs(text: str) -> Iterator[_Find]:
    for run in _BLANK_LINES.finditer(text):
        lines = run.group().count("\n") - 1
        yield _Find(run.start(), run.end(), Piece(f"{lines} empty lines", "blank", "left out here, they are sent"))


def _wide_gaps(text: str) -> Iterator[_Find]:
    for run in _BLANK_SPACES.finditer(text):
        length = len(run.group())
        yield _Find(run.start(), run.end(), Piece(f"{length} spaces", "blank", "left out here, they are sent"))


def _unseen(text: str) -> Iterator[_Find]:
    for match in _NOT_PLAIN.finditer(text):
        if _is_unseen(text, match.start()):
            code = f"U+{ord(match.group()):04X}"
            yield _Find(
                match.start(), match.end(), Piece(code, "unseen", unicodedata.name(match.group(), "CONTROL CHARACTER"))
            )


def _stacked(text: str) -> Iterator[_Find]:
    for run in _STACKED.finditer(text):
        yield _Find(run.start(), run.end(), Piece(f"{len(run.group())} marks", "unseen", "stacked on one letter"))


def _mixed(text: str) -> Iterator[_Find]:
    for word in _WORD.finditer(text):
        if not word.group().isascii() and len(scripts := _scripts(word.group())) > 1:
            note = f"letters of {' and '.join(sorted(scripts))}".lower()
            yield _Find(word.start(), word.end(), Piece(word.group(), "mixed", note))


def _scripts(word: str) -> set[str]:
    """The alphabets of a word, of those whose letters are mistaken for each other's."""
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & _LOOK_ALIKES


def _is_unseen(text: str, at: int) -> bool:
    character = text[at]
    if character in _MERE_SPACES:
        return False
    if (
        character in _SHOW_AS_NOTHING
        or _is_selector(character)
        or unicodedata.category(character) in _UNSEEN_CATEGORIES
    ):
        return not _is_part_of_an_emoji(text, at)
    return False


def _is_selector(character: str) -> bool:
    return any(first <= character <= last for first, last in _SELECTORS)


def _is_part_of_an_emoji(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in _EMOJI_STYLES:
        return _is_symbol(before) or after == _KEYCAP
    if text[at] == _JOINER:
        return (_is_symbol(before) or before == "\ufe0f") and _is_symbol(after)
    return False


def _is_symbol(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in _SYMBOLS
