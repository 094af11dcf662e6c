"""The quick look: whether a passage is worth the encoder's time.

Most of what customers write is about nothing we watch for. A small convolutional network over the word pieces (Kim 2014,
arXiv:1408.5882), a few hundred times cheaper than the encoder, lets most of that pass by. It was trained
(bench/train_signals.py) to say where the encoder sees anything at all, and its limit is set where it still passes 98 in
100 of those.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from insights.pieces import Pieces

WEIGHTS = Path(__file__).parent / "weights" / "screen.npz"
LONGEST = 96  # word pieces that are looked at
BATCH = 256
WIDTH = 3  # pieces that are seen together

Array = NDArray[np.float32]


class Screen:
    """The network. Looking at a batch is a pure function of the passages."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self._vocabulary = Pieces([str(piece) for piece in weights["pieces"]])
        step = weights["vectors.step"].astype(np.float32)
        self._vectors: Array = weights["vectors"].astype(np.float32) * step[:, None]
        self._filters: Array = weights["filters"].astype(np.float32)
        self._bias: Array = weights["bias"].astype(np.float32)
        self._out: Array = weights["out"].astype(np.float32)
        self._limit = float(weights["limit"])

    def passes(self, passages: Sequence[str]) -> list[bool]:
        """Whether each passage is worth reading; passages of like length are looked at together."""
        answers = np.zeros(len(passages), bool)
        in_order = sorted(range(len(passages)), key=lambda place: len(passages[place]))
        for at in range(0, len(in_order), BATCH):
            places = in_order[at : at + BATCH]
            answers[places] = self.scores([passages[place] for place in places]) >= self._limit
        return [bool(answer) for answer in answers]

    def scores(self, passages: Sequence[str]) -> Array:
        """How much there seems to be in each passage; the larger the more, without a unit."""
        coded = [self._vocabulary.codes_of(passage, most=LONGEST) for passage in passages]
        width = max(max(map(len, coded)), WIDTH)
        pieces = np.zeros((len(coded), width), np.int32)
        for row, codes in enumerate(coded):
            pieces[row, : len(codes)] = codes
        seen = self._vectors[pieces]
        seen[pieces == 0] = 0
        together = np.concatenate([seen[:, at : width - WIDTH + 1 + at] for at in range(WIDTH)], axis=-1)
        found = np.maximum(together @ self._filters + self._bias, 0).max(1)
        return np.asarray(found @ self._out[:-1] + self._out[-1], np.float32)


@lru_cache(maxsize=1)
def screen() -> Screen:
    """The screen with the weights that ship with the product, loaded once a process."""
    with np.load(WEIGHTS) as weights:
        return Screen(dict(weights))
