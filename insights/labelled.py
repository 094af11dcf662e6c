"""Labelled cases as JSON lines, and how often a reading of them is right (evaluate_signals, evaluate_commitments)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypedDict


class BadCase(ValueError):
    """A line of the file is no case; the message names the line and what to change."""


class UnknownLabel(BadCase):
    """A case carries a label that is none of those asked about."""


class Score(TypedDict):
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None


class Scores:
    """Counts, label by label, how often it was rightly found, wrongly found and missed."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._counts = {label: [0, 0, 0] for label in labels}

    def count(self, wanted: frozenset[str], found: frozenset[str]) -> None:
        for label, numbers in self._counts.items():
            numbers[0] += label in wanted and label in found
            numbers[1] += label in found and label not in wanted
            numbers[2] += label in wanted and label not in found

    def as_dict(self) -> dict[str, Score]:
        """By label; precision and recall are None where nothing was found, or nothing was to be found."""
        return {label: _score(*numbers) for label, numbers in self._counts.items()}


def rows(lines: Iterable[str], *, fields: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each line's object with the number of the line, counted from 1; blank lines are passed over. Raises BadCase.

    `fields` names, for people, what an object has besides its text.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _row(line, number, fields)


def labels(value: object, number: int, *, field: str, known: Sequence[str], what: str) -> frozenset[str]:
    """The labels of a case. Raises BadCase, and UnknownLabel for one that is no `what`."""
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise BadCase(f"Line {number}: {field} must be a list of labels.")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise UnknownLabel(f"Line {number}: {', '.join(unknown)} is no {what}; they are {', '.join(known)}.")
    return frozenset(value)


def _row(line: str, number: int, fields: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadCase(f"Line {number}: not JSON ({error}).") from None
    if not isinstance(row, dict):
        raise BadCase(f"Line {number}: an object with {fields} is expected.")
    if not isinstance(row.get("text"), str):
        raise BadCase(f"Line {number}: text must be a text.")
    return row


def _score(tp: int, fp: int, fn: int) -> Score:
    return {"tp": tp, "fp": fp, "fn": fn, "precision": _share(tp, tp + fp), "recall": _share(tp, tp + fn)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
