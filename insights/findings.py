"""What a detector hands back, and how pieces of evidence add up to a confidence.

A *decisive* piece says the thing outright ("we chose Initech") and is enough by itself: 0.8 and more. A *supporting* one
only points that way ("our frontrunner"), and it takes two. Independent pieces combine as 1 - (1 - a)(1 - b). Nothing is
certain: 0.99 at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass

DECISIVE = 0.8
MOST = 0.99
DEFAULT_THRESHOLD = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal seen. `quote` is the customer's own words, `text[start:end]` of the text that was handed in.

    For a signal that no single text carries (silence, fewer meetings) the quote is empty, start and end are 0, and
    the reason carries the numbers. `evidence` names what was counted: references of touches, the caller's own.
    """

    signal: str
    confidence: float
    reason: str
    quote: str
    start: int
    end: int
    decisive: bool
    evidence: tuple[str, ...] = ()


def combined(confidences: Iterable[float]) -> float:
    """Return the confidence of independent pieces of evidence together; 0.0 for none."""
    doubt = 1.0
    for confidence in confidences:
        doubt *= 1.0 - confidence
    return round(min(MOST, 1.0 - doubt), 4)
