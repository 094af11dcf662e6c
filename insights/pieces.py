"""Cuts a text into the word pieces that the encoder knows: whole words where it knows them, else their parts.

The scheme is WordPiece's, uncased, as BERT uses it: the longest known piece from the left, and so on; parts within a word
are marked with two hashes; a word that cannot be put together from known pieces is unknown as a whole.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

START, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LONGEST_WORD = 40  # letters: a longer run is an address or rubbish
_WORDS = re.compile(r"[^\W_]+|[^\s]")


class Pieces:
    """A vocabulary: `codes_of` is what the encoder reads."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._codes = {piece: code for code, piece in enumerate(pieces)}
        self.start, self.end, self._unknown = (self._codes[name] for name in (START, END, UNKNOWN))
        self._of_word = lru_cache(maxsize=50_000)(self._cut)

    def codes_of(self, text: str, *, most: int) -> list[int]:
        """The codes of a text's pieces between start and end, `most` in all at the longest."""
        codes = [self.start]
        for word in _WORDS.findall(plain(text)):
            codes += self._of_word(word)
            if len(codes) >= most:
                break
        return [*codes[: most - 1], self.end]

    def _cut(self, word: str) -> tuple[int, ...]:
        codes: list[int] = []
        at = 0
        while at < len(word):
            end = next((end for end in range(len(word), at, -1) if self._piece(word, at, end) in self._codes), None)
            if end is None or len(word) > LONGEST_WORD:
                return (self._unknown,)
            codes.append(self._codes[self._piece(word, at, end)])
            at = end
        return tuple(codes)

    def _piece(self, word: str, at: int, end: int) -> str:
        return f"##{word[at:end]}" if at else word[at:end]


def plain(text: str) -> str:
    """Lower case without accents, curly quotes made straight."""
    lower = text.lower().replace("\u2019", "'").replace("\u2018", "'")
    if lower.isascii():
        return lower
    return "".join(letter for letter in unicodedata.normalize("NFD", lower) if unicodedata.category(letter) != "Mn")
