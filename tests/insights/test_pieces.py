"""Words cut into the pieces the encoder knows."""

import numpy as np
import pytest

from insights.encoder import LONGEST, encoder
from insights.pieces import LONGEST_WORD, Pieces, plain

KNOWN = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "budget", "bud", "##get", "##s", "a", "?", "re"]
PIECES = Pieces(KNOWN)


def cut(text: str, most: int = 20) -> list[str]:
    return [KNOWN[code] for code in PIECES.codes_of(text, most=most)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("budget", ["budget"]),
        ("Budgets?", ["budget", "##s", "?"]),
        ("b\u00fcdget", ["budget"]),
        ("zebra a", ["[UNK]", "a"]),
        ("a" * (LONGEST_WORD + 1), ["[UNK]"]),
    ],
)
def test_the_longest_known_piece_comes_first(text: str, pieces: list[str]) -> None:
    assert cut(text) == ["[CLS]", *pieces, "[SEP]"]


def test_a_long_text_is_cut_and_still_ends() -> None:
    assert cut("a " * 100, most=5) == ["[CLS]", "a", "a", "a", "[SEP]"]


def test_accents_and_curly_quotes_are_made_plain() -> None:
    assert plain("D\u00c9J\u00c0 don\u2019t") == "deja don't"


def test_a_text_is_read_the_same_alone_and_beside_longer_ones() -> None:
    alone = encoder().read(["Please call us."])
    beside = encoder().read(["Please call us.", "word " * LONGEST * 2])
    assert np.allclose(alone[0], beside[0], atol=1e-3)


def test_confidences_are_shares_and_no_text_has_none() -> None:
    assert encoder().read([]).shape == (0, 13)
    read = encoder().read(["", "Please call us.", "\u4f60\u597d"])
    assert ((read >= 0) & (read < 1)).all()
