"""Finds what an outgoing text promises: a price, a discount, a date, terms, or something legal. Pure: no Django, no clock.

By rules (insights.phrases, insights.promises), clause by clause (insights.clauses). A clause that speaks of such a matter
promises it, unless it is asked, denied, hoped, left to somebody's approval, told of the past, said or done by the customer,
or written elsewhere: a promise that goes out unseen costs more than a draft looked at for nothing. A promise under a
condition of theirs ("if you sign by Friday, we take 10 % off") is one: they may take it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from insights import phrases
from insights.clauses import clauses
from insights.labelled import Score, Scores, labels, rows
from insights.promises import DO, LIKELIEST, NOT_OF_A_KIND, OF_A_KIND, OF_LAW, TALK, Kind
from insights.tongues import Tongue, kinds_abroad, tongues_of

KINDS = tuple(kind.value for kind in Kind)
ANY = "any"
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
    spoken = tongues_of(text)
    return [
        Commitment(kind.value, text[start : start + len(said)], start, start + len(said))
        for (said, start), parts in groupby(clauses(text), key=lambda clause: clause.sentence)
        for kind in _kinds([clause.words for clause in parts], spoken)
    ]


def _kinds(sentence: list[str], spoken: list[Tongue]) -> list[Kind]:
    """The kinds of promise that a sentence makes, given as its clauses in plain words; `spoken` besides English."""
    named = {kind for words in sentence for kind in (*_named(words), *kinds_abroad(words, spoken))}
    if named:
        return sorted(named, key=list(Kind).index)
    return [_likeliest(words) for words in sentence if _is_firm(words)][:1]


def _named(words: str) -> list[Kind]:
    """What a clause promises by name: a price as a price, a day as a day."""
    spoken_of = [kind for kind, ways in OF_A_KIND.items() if ways.search(words)]
    return [kind for kind in spoken_of if _is_meant(kind, words)] if spoken_of and _promises(words) else []


def _is_firm(words: str) -> bool:
    """Whether something is promised, whatever it may be."""
    if not phrases.FIRMLY.search(words) or phrases.HARMLESS.search(words) or TALK.search(words):
        return False
    return _promises(words)


def _likeliest(words: str) -> Kind:
    """What is promised in a firm promise of something that no table knows."""
    return next((kind for kind, ways in LIKELIEST.items() if ways.search(words)), Kind.TERMS)


def evaluate(lines: Iterable[str]) -> dict[str, Score]:
    """Return, for every kind, how often it was rightly found, wrongly found and missed in cases that are JSON lines
    `{id, text, commitments: [...]}`. Raises BadCase for a line that is no case, UnknownLabel for an unknown kind."""
    scores = Scores(KINDS)
    for wanted, found in _judged(lines):
        scores.count(wanted, found)
    return scores.as_dict()


def evaluate_any(lines: Iterable[str]) -> dict[str, Score]:
    """The same cases by whether anything is promised at all, which is what sends a draft to a person: one score, "any"."""
    scores = Scores([ANY])
    for wanted, found in _judged(lines):
        scores.count(frozenset([ANY] * bool(wanted)), frozenset([ANY] * bool(found)))
    return scores.as_dict()


def _judged(lines: Iterable[str]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Of each case the kinds it is labelled with and those found."""
    for number, row in rows(lines, fields="text and commitments"):
        wanted = labels(row.get("commitments"), number, field="commitments", known=KINDS, what="kind of commitment")
        yield wanted, frozenset(one.kind for one in find_commitments(row["text"]))


def _promises(words: str) -> bool:
    """Whether a clause that speaks of such a matter promises it."""
    if phrases.LEFT_OPEN.search(words) or phrases.PAST.search(words) or phrases.REPORTED.search(words):
        return False
    if phrases.DENIED.search(words) and not phrases.KEPT.search(words):
        return False
    elsewhere = phrases.THEIRS.search(words) or phrases.POINTED.search(words) or phrases.PRODUCT.search(words)
    return elsewhere is None or any(ways.search(words) for ways in (phrases.WILL, phrases.FIRMLY))


def _is_meant(kind: Kind, words: str) -> bool:
    """Whether it is still this kind without what is another: an amount that is taken off is no price, a call no delivery."""
    if kind is Kind.DATE and (TALK.search(words) or not DO.search(words)):
        return False
    if kind is Kind.LEGAL and not (OF_LAW.search(words) or phrases.WILL.search(words)):
        return False
    other = NOT_OF_A_KIND.get(kind)
    return other is None or OF_A_KIND[kind].search(other.sub(" ", words)) is not None
