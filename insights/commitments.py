"""Finds what an outgoing text promises: a price, a discount, a date, terms, or something legal. Pure: no Django, no clock.

By rules (insights.phrases, insights.promises), sentence by sentence. A sentence promises where we say outright that
something is or will be so ("we will hold the price", "you get 10 % off"). What is asked, denied, hoped, left to somebody's
approval, told of the past, or said by the customer does not. A promise under a condition of theirs ("if you sign by Friday,
we take 10 % off") is one: they may take it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from insights import phrases
from insights.labelled import Score, Scores, labels, rows
from insights.promises import NO_PRICE, OF_A_KIND, Kind
from insights.sentences import sentences

KINDS = tuple(kind.value for kind in Kind)
MOST_READ = 20_000  # characters of a text: a longer one is no draft


@dataclass(frozen=True, slots=True)
class Commitment:
    """One promise: `quote` is the sentence, `text[start:end]` of the text that was handed in."""

    kind: str
    quote: str
    start: int
    end: int


def find_commitments(text: str) -> list[Commitment]:
    """Return what an outgoing text promises, in its order; a sentence gives each kind at most once."""
    text = text[:MOST_READ]
    return [
        Commitment(kind.value, text[start:end], start, end)
        for said, start, end in _statements(without_their_words(text))
        for kind, patterns in OF_A_KIND.items()
        if any(pattern.search(_as_to(kind, said)) for pattern in patterns)
    ]


def evaluate(lines: Iterable[str]) -> dict[str, Score]:
    """Return, for every kind, how often it was rightly found, wrongly found and missed in cases that are JSON lines
    `{id, text, commitments: [...]}`. Raises BadCase for a line that is no case, UnknownLabel for an unknown kind."""
    scores = Scores(KINDS)
    for number, row in rows(lines, fields="text and commitments"):
        wanted = labels(row.get("commitments"), number, field="commitments", known=KINDS, what="kind of commitment")
        scores.count(wanted, frozenset(one.kind for one in find_commitments(row["text"])))
    return scores.as_dict()


def without_their_words(text: str) -> str:
    """The text with what is quoted blanked: earlier mails, and whatever stands in quotation marks. It keeps its length."""
    return phrases.QUOTED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text).replace("\u2019", "'")


def _statements(text: str) -> Iterator[tuple[str, int, int]]:
    for said, start in sentences(text):
        if not said.rstrip("\"') ").endswith("?") and _promises(said):
            yield said, start, start + len(said)


def _promises(said: str) -> bool:
    """Whether a sentence that speaks of a promise makes it."""
    if phrases.LEFT_OPEN.search(said) or phrases.MAY.search(said) or phrases.PAST.search(said):
        return False
    if phrases.DENIED.search(phrases.CONDITION.sub(" ", said)) and not phrases.DENIED_TO_PROMISE.search(said):
        return False
    return not phrases.THEIRS.search(said) or phrases.OUTRIGHT.search(said) is not None


def _as_to(kind: Kind, said: str) -> str:
    """The sentence as far as it can promise this: an amount that is taken off is no price."""
    return NO_PRICE.sub(" ", said) if kind is Kind.PRICE else said
