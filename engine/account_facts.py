"""What several sources say of one account, side by side: where they disagree the most recent wins, and the others are shown.

Knows no Django. A telling is a name, a value, who says so and since when; two names are one fact when they differ only in
case, dashes, underscores and white space.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Telling(NamedTuple):
    """`at` is when it was said, None where nobody knows."""

    name: str
    value: Any
    source: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Fact:
    """What holds, and who says otherwise."""

    told: Telling
    others: tuple[Telling, ...] = ()


def facts_of(tellings: Iterable[Telling]) -> list[Fact]:
    """The facts by name. Of tellings of one time, or of none, the first in the order given wins; empty ones say nothing."""
    by_name: defaultdict[str, list[Telling]] = defaultdict(list)
    for telling in tellings:
        if fact_name(telling.name) and not _is_empty(telling.value):
            by_name[fact_name(telling.name)].append(telling)
    return [_settled(told) for _, told in sorted(by_name.items())]


def fact_name(name: str) -> str:
    """What two spellings of one fact's name have in common."""
    return _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


def _settled(told: list[Telling]) -> Fact:
    newest = sorted(told, key=lambda one: one.at or _LONG_AGO, reverse=True)  # stable: the first of equals stays first
    winner, seen, others = newest[0], {_compared(newest[0].value)}, []
    for one in newest[1:]:
        if (value := _compared(one.value)) not in seen:
            seen.add(value)
            others.append(one)
    return Fact(winner, tuple(others))


def _compared(value: Any) -> str:
    """Values that people would call the same are the same: 500 and "500", "Retail" and "retail "."""
    if isinstance(value, dict):
        return repr(sorted((str(name), _compared(part)) for name, part in value.items()))
    if isinstance(value, list):
        return repr([_compared(part) for part in value])
    return " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def _is_empty(value: Any) -> bool:
    return value is None or value in ({}, []) or (isinstance(value, str) and not value.strip())
