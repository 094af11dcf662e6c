"""The quick look: whether a passage is worth the encoder's time.

Most of what customers write is about nothing we watch for. A linear model over the passage's words and pairs of words, a
thousand times cheaper than the encoder, lets nearly all of that pass by; it was trained (bench/train_signals.py) to let
hardly anything go that carries a signal. A passage whose words it does not know is read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).parent / "weights" / "screen.npz"
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[#$€£%?]")
_NUMBER = re.compile(r"\d[\d.,:]*")


def is_worth_reading(passage: str) -> bool:
    """Whether the passage may carry a signal."""
    known, bias = _weights()
    score = bias
    before = "<"
    for word in words_of(passage):
        score += known.get(word, 0.0) + known.get(f"{before} {word}", 0.0)
        before = word
    return score >= 0.0


def words_of(passage: str) -> list[str]:
    """The words as the screen knows them: lower case, every number alike."""
    return _WORD.findall(_NUMBER.sub("#", passage.lower().replace("\u2019", "'")))


@lru_cache(maxsize=1)
def _weights() -> tuple[Mapping[str, float], float]:
    with np.load(WEIGHTS) as stored:
        weights = stored["weights"].astype(np.float64).tolist()
        return dict(zip((str(gram) for gram in stored["grams"]), weights, strict=True)), float(stored["bias"])
