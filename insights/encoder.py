"""A small transformer that reads sentences: word pieces in, one confidence for each signal out.

The architecture is BERT's (Devlin et al. 2019, arXiv:1810.04805) with the sizes of MiniLM (Wang et al. 2020,
arXiv:2002.10957). Its weights began as those of all-MiniLM-L6-v2 (Apache 2.0) and were trained on by
bench/train_signals.py; they are stored as bytes with one scale for each row. Only numpy is needed to run it.

A probability is made into a confidence by the point from which on a signal was right nine times in ten when it was
measured on sentences kept apart from training: there the confidence is 0.7, the threshold tenants begin with; from 0 to
that point and from it to 1 it is a straight line.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from insights.findings import DEFAULT_THRESHOLD, MOST
from insights.pieces import Pieces

WEIGHTS = Path(__file__).parent / "weights" / "signals.npz"
LONGEST = 96  # word pieces that are read at once
HEADS = 12
_NEVER = np.float32(-1e9)
_GELU = np.float32(0.7978845608)  # sqrt(2 / pi), for the tanh form of the Gaussian error linear unit

Array = NDArray[np.float32]


class Encoder:
    """The network. Reading a batch is a pure function of the texts."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self.signals = tuple(str(name) for name in weights["signals"])
        self._vocabulary = Pieces([str(piece) for piece in weights["pieces"]])
        self._layers = int(weights["layers"])
        self._points = weights["points"].astype(np.float32)
        self._weights = {name: _restored(name, weights) for name in _stored(weights)}

    def read(self, texts: Sequence[str]) -> Array:
        """Return the confidence in every signal in every text, shape (texts, signals), 0 to 0.99; no texts, no rows."""
        if not texts:
            return np.zeros((0, len(self.signals)), np.float32)
        pieces, mask = self._pieces(texts)
        with np.errstate(over="ignore"):
            return self._confidences(np.asarray(1 / (1 + np.exp(-self._logits(pieces, mask))), np.float32))

    def _confidences(self, probabilities: Array) -> Array:
        below = DEFAULT_THRESHOLD * probabilities / self._points
        above = DEFAULT_THRESHOLD + (1 - DEFAULT_THRESHOLD) * (probabilities - self._points) / (1 - self._points)
        return np.minimum(np.where(probabilities < self._points, below, above), np.float32(MOST))

    def _pieces(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], Array]:
        coded = [self._vocabulary.codes_of(text, most=LONGEST) for text in texts]
        width = max(map(len, coded))
        pieces, mask = np.zeros((len(coded), width), np.int32), np.zeros((len(coded), width), np.float32)
        for row, codes in enumerate(coded):
            pieces[row, : len(codes)] = codes
            mask[row, : len(codes)] = 1
        return pieces, mask

    def _logits(self, pieces: NDArray[np.int32], mask: Array) -> Array:
        w = self._weights
        texts, width = pieces.shape
        state = _normal(w["pieces.w"][pieces] + w["places.w"][:width], w["begin.g"], w["begin.b"]).reshape(
            texts * width, -1
        )
        unseen = (1 - mask)[:, None, None, :] * _NEVER
        for layer in range(self._layers):
            state = self._layer(f"{layer}.", state, unseen, texts)
        states: Array = state.reshape(texts, width, -1)
        seen = mask[:, :, None]
        mean = (states * seen).sum(1) / seen.sum(1)
        most = (states + (1 - seen) * _NEVER).max(1)
        return np.concatenate([states[:, 0], mean, most], axis=-1) @ w["head.w"] + w["head.b"]

    def _layer(self, name: str, state: Array, unseen: Array, texts: int) -> Array:
        w = self._weights
        heard = self._attention(name, state, unseen, texts) @ w[f"{name}out.w"] + w[f"{name}out.b"]
        state = _normal(state + heard, w[f"{name}mid.g"], w[f"{name}mid.b"])
        inner = _gelu(state @ w[f"{name}up.w"] + w[f"{name}up.b"])
        return _normal(state + (inner @ w[f"{name}down.w"] + w[f"{name}down.b"]), w[f"{name}end.g"], w[f"{name}end.b"])

    def _attention(self, name: str, state: Array, unseen: Array, texts: int) -> Array:
        asked = state @ self._weights[f"{name}ask.w"] + self._weights[f"{name}ask.b"]
        query, key, value = asked.reshape(texts, -1, 3, HEADS, state.shape[1] // HEADS).transpose(2, 0, 3, 1, 4)
        weight = query @ key.transpose(0, 1, 3, 2) + unseen
        weight = np.exp(weight - weight.max(-1, keepdims=True))
        weight /= weight.sum(-1, keepdims=True)
        heard: Array = (weight @ value).transpose(0, 2, 1, 3).reshape(state.shape)
        return heard


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """The encoder with the weights that ship with the product, loaded once a process."""
    with np.load(WEIGHTS) as weights:
        return Encoder(dict(weights))


def _stored(weights: Mapping[str, NDArray[np.generic]]) -> list[str]:
    return [name for name in weights if name[-2:] in (".w", ".b", ".g")]


def _restored(name: str, weights: Mapping[str, NDArray[np.generic]]) -> Array:
    """A matrix is stored as bytes and, per row, what one step is worth; everything else as it is."""
    stored = weights[name].astype(np.float32)
    step = weights.get(f"{name}.step")
    return stored if step is None else stored * step.astype(np.float32)[:, None]


def _normal(values: Array, gain: Array, bias: Array) -> Array:
    centred = values - values.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-12))
    normal: Array = centred / spread * gain + bias
    return normal


def _gelu(values: Array) -> Array:
    inner = np.tanh(_GELU * (values + np.float32(0.044715) * values * values * values))
    passed: Array = np.float32(0.5) * values * (1 + inner)
    return passed
