"""What an account's past comes down to: its stretches, and for each the sentences worth keeping. No Django, no clock.

The last 30 days stand in full; from there to 90 days it is told by ISO week, and what is older by calendar month. Every day
belongs to exactly one stretch: a week or month that reaches over one of the two borders is cut there (docs/view.md).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import nlargest
from types import MappingProxyType
from typing import NamedTuple

from insights.reading import customer_part, straightened
from insights.sentences import sentences

FULL_DAYS = 30  # today is the first of them
WEEKS_DAYS = 90
LONGEST_READ = 20_000  # characters of one text that are read
LONGEST_LINE = 2_000  # characters of one line; only the full stretch holds more than a sentence


class Kind(StrEnum):
    FULL = "full"
    WEEK = "week"
    MONTH = "month"


MOST_LINES: Mapping[Kind, int] = MappingProxyType({Kind.FULL: 60, Kind.WEEK: 8, Kind.MONTH: 6})
MOST_OF_ONE = 3  # sentences of one interaction, so that a long mail does not crowd out the rest


class Stretch(NamedTuple):
    """Days that are told together, both ends included."""

    kind: Kind
    starts_on: date
    ends_on: date

    @property
    def name(self) -> str:
        """What stays while the borders move from day to day: "full", "2026-W41", "2026-10"."""
        if self.kind is Kind.FULL:
            return self.kind.value
        if self.kind is Kind.WEEK:
            year, week, _ = self.starts_on.isocalendar()
            return f"{year}-W{week:02}"
        return f"{self.starts_on:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Said:
    """One interaction. `quotes` are (signal, the customer's words) of the insights that name it; `names` are people of the
    account, to be noticed in its text."""

    interaction: str
    at: datetime
    channel: str
    direction: str
    who: str
    subject: str
    text: str
    quotes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that was kept, and why: "signal: budget mentioned", "decision", "number", "name", "latest"; "" in full."""

    at: datetime
    channel: str
    direction: str
    who: str
    text: str
    why: str
    interaction: str


class _Candidate(NamedTuple):
    score: int
    at: datetime
    place: int  # where in its interaction, so that lines keep the order they were said in
    line: Line


def stretch_of(day: date, *, today: date) -> Stretch:
    """The stretch that `day`, not after `today`, is told in."""
    full_from = today - timedelta(days=FULL_DAYS - 1)
    weeks_from = today - timedelta(days=WEEKS_DAYS - 1)
    if day >= full_from:
        return Stretch(Kind.FULL, full_from, today)
    if day >= weeks_from:
        monday = day - timedelta(days=day.weekday())
        ends = min(monday + timedelta(days=6), full_from - timedelta(days=1))
        return Stretch(Kind.WEEK, max(monday, weeks_from), ends)
    first = day.replace(day=1)
    return Stretch(Kind.MONTH, first, min(_end_of_month(first), weeks_from - timedelta(days=1)))


def lines_of(kind: Kind, said: Iterable[Said], *, names: Iterable[str] = ()) -> list[Line]:
    """What a stretch comes down to, newest first: at most MOST_LINES of its kind.

    In full every interaction is a line, the newest ones where there are more. Otherwise the sentences that carry signals,
    decisions, numbers or names of people, the weightiest first; where none does, how the latest one begins.
    """
    newest = sorted(said, key=lambda one: (one.at, one.interaction), reverse=True)
    if kind is Kind.FULL:
        return [_in_full(one) for one in newest[: MOST_LINES[kind]]]
    known = _names(names)
    found = _without_repeats(candidate for one in newest for candidate in _best_of(one, known))
    kept = nlargest(MOST_LINES[kind], found, key=lambda one: (one.score, one.at, -one.place))
    if not kept:
        return _latest(newest)
    kept.sort(key=lambda one: one.place)
    kept.sort(key=lambda one: (one.at, one.line.interaction), reverse=True)
    return [one.line for one in kept]


def _end_of_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _in_full(said: Said) -> Line:
    text = _flat(customer_part(said.text[:LONGEST_READ])) or _flat(said.text[:LONGEST_READ]) or _flat(said.subject)
    return _line(said, text, ", ".join(dict.fromkeys(_signal(signal) for signal, _ in said.quotes)))


def _latest(newest: Sequence[Said]) -> list[Line]:
    for one in newest:
        begins = next((sentence for sentence in _sentences(one)), "") or _flat(one.subject)
        if begins:
            return [_line(one, begins, "latest")]
    return []


def _line(said: Said, text: str, why: str) -> Line:
    kept = text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
    return Line(said.at, said.channel, said.direction, said.who, kept, why, said.interaction)


def _best_of(said: Said, names: "re.Pattern[str] | None") -> list[_Candidate]:
    found = [one for one in _candidates(said, names) if one.score]
    return nlargest(MOST_OF_ONE, found, key=lambda one: (one.score, -one.place))


def _candidates(said: Said, names: "re.Pattern[str] | None") -> Iterator[_Candidate]:
    quoted = [(signal, _compared(quote)) for signal, quote in said.quotes if quote.strip()]
    carried: set[str] = set()
    place = 0
    for place, text in enumerate(_sentences(said)):
        plain = _compared(text)
        signals = [signal for signal, quote in quoted if quote in plain or (plain in quote and len(plain) > _SHORT)]
        carried.update(quote for _, quote in quoted if quote in plain or (plain in quote and len(plain) > _SHORT))
        yield _candidate(said, place, text, signals, names)
    for signal, quote in said.quotes:  # words that no single sentence holds stand by themselves
        if quote.strip() and _compared(quote) not in carried:
            place += 1
            yield _candidate(said, place, _flat(quote), [signal], names)


def _candidate(
    said: Said, place: int, text: str, signals: Iterable[str], names: "re.Pattern[str] | None"
) -> _Candidate:
    reasons = [(_SIGNAL, _signal(signal)) for signal in dict.fromkeys(signals)]
    reasons += [(weight, why) for weight, why, pattern in _TELLING if pattern.search(text)]
    if names is not None and names.search(text):
        reasons.append((_NAME, "name"))
    weight = sum(weight for weight, _ in reasons)
    if weight and said.direction == "in":
        weight += 1  # of two that weigh the same, what the customer said
    return _Candidate(weight, said.at, place, _line(said, text, ", ".join(why for _, why in reasons)))


def _without_repeats(candidates: Iterable[_Candidate]) -> Iterator[_Candidate]:
    """Each wording once, as it was said last."""
    seen: set[str] = set()
    for one in candidates:
        wording = _compared(one.line.text)
        if wording not in seen:
            seen.add(wording)
            yield one


def _sentences(said: Said) -> Iterator[str]:
    for sentence in sentences(customer_part(said.text[:LONGEST_READ])):
        flat = _flat(sentence.text)
        if any(letter.isalpha() for letter in flat):
            yield flat


def _names(names: Iterable[str]) -> "re.Pattern[str] | None":
    """What finds any of these people's names, by the whole name or its last word where that is no short one."""
    whole = {_flat(name) for name in names}
    parts = whole | {name.split(" ")[-1] for name in whole if len(name.split(" ")[-1]) > _SHORT_NAME}
    words = sorted((part for part in parts if len(part) > 1), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE) if words else None


def _signal(signal: str) -> str:
    return f"signal: {signal.replace('_', ' ')}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _compared(text: str) -> str:
    return _flat(straightened(text)).casefold()


_SHORT = 24  # characters: a shorter sentence within a longer quote may stand there by chance
_SHORT_NAME = 3
_SIGNAL, _DECISION, _NUMBER, _NAME = 100, 20, 10, 4
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# What a sentence says by its words: how much that weighs, what it is called, how it is recognised.
_TELLING: tuple[tuple[int, str, "re.Pattern[str]"], ...] = (
    (
        _DECISION,
        "decision",
        re.compile(
            r"\b(?:agreed|decid(?:ed|e)|decision|approv(?:ed|al)|sign(?:ed|ing)|confirm(?:ed|s)?|committed|chose|chosen|"
            r"selected|rejected|declined|cancel(?:l?ed)|postponed|go(?:ing)? ahead|went with|signed off|"
            r"(?:we|i|they|he|she)(?: will|'ll| are going to| plan to| need to)|will (?:not )?\w+|next steps?|"
            r"action items?|deadline)\b",
            re.IGNORECASE,
        ),
    ),
    (
        _NUMBER,
        "number",
        re.compile(
            r"[$€£¥₹]\s?\d|\b(?:usd|eur|gbp|chf)\s?\d|\d\s?(?:%|percent\b|k\b|m\b|mn\b|million\b|thousand\b|usd\b|eur\b|"
            r"gbp\b|dollars?\b|euros?\b|€|£)|\b\d{1,3}(?:[.,]\d{3})+\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|"
            rf"\b(?:{_MONTHS})[a-z]{{0,6}}\.? \d{{1,2}}\b|"
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?(?:{_MONTHS})[a-z]{{0,6}}\b|"
            r"\bq[1-4]\b|\b\d+ (?:seats|users|licen[cs]es|units|days|weeks|months|years|sites|people|employees)\b",
            re.IGNORECASE,
        ),
    ),
)
