"""A small transformer that reads sentences: word pieces in, one confidence for each signal out.

The architecture is BERT's (Devlin et al. 2019, arXiv:1810.04805) with the sizes of MiniLM (Wang et al. 2020,
arXiv:2002.10957). Its weights began as those of all-MiniLM-L6-v2 (Apache 2.0) and were trained on by
bench/train_signals.py; they are kept as an ONNX model with eight bits a weight, run by onnxruntime on one core.

A probability is made into a confidence by the point of its signal: there the confidence is 0.7, the threshold tenants begin
with; from 0 to that point and from it to 1 it is a straight line.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from insights.findings import DEFAULT_THRESHOLD, MOST
from insights.pieces import Pieces

MODEL = Path(__file__).parent / "weights" / "signals.onnx"
LONGEST = 96  # word pieces that are read at once

Array = NDArray[np.float32]


class Encoder:
    """The network. What it reads in a text depends on that text alone."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a worker process has one core
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        told = self._session.get_modelmeta().custom_metadata_map
        self.signals = tuple(told["signals"].split())
        self._vocabulary = Pieces(told["pieces"].split("\n"))
        self._points = np.array([float(point) for point in told["points"].split()], np.float32)

    def read(self, texts: Sequence[str]) -> Array:
        """Return the confidence in every signal in every text, shape (texts, signals), 0 to 0.99; no texts, no rows."""
        read = [self._probabilities(text) for text in texts]
        return self._confidences(np.array(read, np.float32).reshape(len(texts), len(self.signals)))

    def _probabilities(self, text: str) -> Array:
        """Of one text by itself: with eight bits the texts of a batch would change one another's answers."""
        codes = np.array([self._vocabulary.codes_of(text, most=LONGEST)], np.int64)
        (found,) = self._session.run(None, {"codes": codes, "mask": np.ones(codes.shape, np.float32)})
        return np.asarray(found[0], np.float32)

    def _confidences(self, probabilities: Array) -> Array:
        below = DEFAULT_THRESHOLD * probabilities / self._points
        above = DEFAULT_THRESHOLD + (1 - DEFAULT_THRESHOLD) * (probabilities - self._points) / (1 - self._points)
        return np.minimum(np.where(probabilities < self._points, below, above), np.float32(MOST)).astype(np.float32)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """The encoder that ships with the product, loaded once a process."""
    return Encoder(MODEL)
