"""Measures the detection of signals in text against labelled cases (`evaluate_signals FILE --json`, DESIGN section 4).

A case is one JSON line `{id, channel, direction (in or out), text, signals: [...]}`; other fields are ignored.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypedDict

from insights.detectors import Wording, detect_texts
from insights.findings import DEFAULT_THRESHOLD
from insights.signals import TEXT_SIGNALS

CHANNELS = ("email", "chat", "meeting", "call", "crm")
DIRECTIONS = ("in", "out")
BATCH = 500  # cases that are read at once


class BadCase(ValueError):
    """A line of the file is no case; the message names the line and what to change."""


class UnknownLabel(BadCase):
    """A case carries a label that is no text signal."""


class Score(TypedDict):
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None


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
    counts = {signal: [0, 0, 0] for signal in TEXT_SIGNALS}
    read = (case for case in cases(lines) if part is None or case.part == part)
    while batch := list(islice(read, BATCH)):
        for case, found in zip(batch, _found(batch, threshold), strict=True):
            _count(counts, case.signals, found)
    return {signal: _score(*numbers) for signal, numbers in counts.items()}


def cases(lines: Iterable[str]) -> Iterator[Case]:
    """Yield the cases of the lines; blank lines are passed over. Raises BadCase, UnknownLabel."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _case(line, number)


def _case(line: str, number: int) -> Case:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadCase(f"Line {number}: not JSON ({error}).") from None
    if not isinstance(row, dict):
        raise BadCase(f"Line {number}: an object with channel, direction, text and signals is expected.")
    text = row.get("text")
    if not isinstance(text, str):
        raise BadCase(f"Line {number}: text must be a text.")
    channel = _one_of(row, "channel", CHANNELS, number)
    direction, labels = _one_of(row, "direction", DIRECTIONS, number), _labels(row.get("signals"), number)
    return Case(channel, direction, text, labels, row.get("part"))


def _one_of(row: dict[str, Any], name: str, allowed: Collection[str], number: int) -> str:
    value = row.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadCase(f"Line {number}: {name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _labels(value: object, number: int) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise BadCase(f"Line {number}: signals must be a list of labels.")
    unknown = sorted(set(value) - set(TEXT_SIGNALS))
    if unknown:
        known = ", ".join(TEXT_SIGNALS)
        raise UnknownLabel(f"Line {number}: {', '.join(unknown)} is no text signal; they are {known}.")
    return frozenset(value)


def _found(batch: Sequence[Case], threshold: float) -> list[frozenset[str]]:
    read = detect_texts([Wording(case.text, case.channel, case.direction) for case in batch])
    return [frozenset(one.signal for one in found if one.confidence >= threshold) for found in read]


def _count(counts: dict[str, list[int]], wanted: frozenset[str], found: frozenset[str]) -> None:
    for signal, numbers in counts.items():
        numbers[0] += signal in wanted and signal in found
        numbers[1] += signal in found and signal not in wanted
        numbers[2] += signal in wanted and signal not in found


def _score(tp: int, fp: int, fn: int) -> Score:
    return {"tp": tp, "fp": fp, "fn": fn, "precision": _share(tp, tp + fp), "recall": _share(tp, tp + fn)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
