"""Measures the detection of signals in text against labelled cases (`evaluate_signals FILE --json`).

A case is one JSON line `{id, channel, direction (in or out), text, signals: [...]}`; other fields are ignored.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from insights.detectors import Wording, detect_texts
from insights.findings import DEFAULT_THRESHOLD
from insights.labelled import BadCase, Score, Scores, UnknownLabel, labels, rows
from insights.signals import TEXT_SIGNALS

__all__ = ["BadCase", "Case", "Score", "UnknownLabel", "cases", "evaluate"]

CHANNELS = ("email", "chat", "meeting", "call", "crm")
DIRECTIONS = ("in", "out")
BATCH = 500  # cases that are read at once


@dataclass(frozen=True, slots=True)
class Case:
    channel: str
    direction: str
    text: str
    signals: frozenset[str]
    part: str | None = None


def evaluate(
    lines: Iterable[str], *, threshold: float = DEFAULT_THRESHOLD, part: str | None = None
) -> dict[str, Score]:
    """Return, for every text signal, how often it was rightly found, wrongly found and missed.

    With `part`, only of the cases whose field `part` says so. Precision and recall are null where nothing was found, or
    nothing was to be found. Raises BadCase for a line that is no case, with its number counted from 1, and UnknownLabel
    for a label that is no text signal.
    """
    scores = Scores(TEXT_SIGNALS)
    read = (case for case in cases(lines) if part is None or case.part == part)
    while batch := list(islice(read, BATCH)):
        for case, found in zip(batch, _found(batch, threshold), strict=True):
            scores.count(case.signals, found)
    return scores.as_dict()


def cases(lines: Iterable[str]) -> Iterator[Case]:
    """Yield the cases of the lines; blank lines are passed over. Raises BadCase, UnknownLabel."""
    for number, row in rows(lines, fields="channel, direction, text and signals"):
        yield Case(
            _one_of(row, "channel", CHANNELS, number),
            _one_of(row, "direction", DIRECTIONS, number),
            row["text"],
            labels(row.get("signals"), number, field="signals", known=TEXT_SIGNALS, what="text signal"),
            row.get("part"),
        )


def _one_of(row: dict[str, Any], name: str, allowed: Collection[str], number: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadCase(f"Line {number}: {name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _found(batch: Sequence[Case], threshold: float) -> list[frozenset[str]]:
    read = detect_texts([Wording(case.text, case.channel, case.direction) for case in batch])
    return [frozenset(one.signal for one in found if one.confidence >= threshold) for found in read]
