"""Finds the signals of a customer's text: what they wrote themselves, sentence by sentence, read by the encoder.

A text goes through four steps: what the customer wrote of it (insights.reading, .voice), its sentences in short passages
(insights.sentences), the quick look that passes over what is about nothing (insights.screen), and the encoder, which gives
each signal a confidence. Pure: no Django, no clock, no database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from insights.encoder import Array, encoder
from insights.findings import DECISIVE, Finding
from insights.reading import customer_part
from insights.screen import screen
from insights.sentences import Sentence, sentences
from insights.voice import is_for_us, is_letter, without_our_turns

MOST_READ = 20_000  # characters of a text that are read: a longer one is a thread or a log, and its top is the news
PASSAGE = 300  # characters: sentences are read together up to here, for one explains the next
SEEMS = 0.15  # from here on a passage's sentences are read one by one
LEAST = 0.3  # no threshold is tuned below it, so that nothing less sure is handed back


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NONE = "none"


class Wording(NamedTuple):
    """A text with where it was said and by whom."""

    text: str
    channel: str
    direction: str


# What each signal means, said of the customer.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "budget_mentioned": "They speak of money that is there for this, or is being planned.",
        "timeline_urgency": "They name a date or press for speed.",
        "competitive_evaluation": "They are looking at other vendors as well.",
        "stakeholder_expansion": "More people on their side are getting involved.",
        "next_step_requested": "They ask for a next step.",
        "pricing_requested": "They ask what it costs.",
        "review_started": "A security, legal or procurement review has begun or is asked for.",
        "budget_freeze": "Their money was cut, frozen or put off.",
        "champion_departure": "A person we rely on there is leaving or has left.",
        "competitor_preference": "They prefer another vendor or have chosen one.",
        "negative_sentiment": "They are unhappy with us.",
        "meeting_missed": "A meeting was cancelled, put off or not attended.",
        "opt_out": "They do not want to be contacted again.",
    }
)


def detect_text(text: str, *, channel: str, direction: str) -> list[Finding]:
    """Return at most one finding per signal in a customer's text, the surest first.

    `direction` is 'in', 'out' (nothing of ours ever fires) or 'none' (a record of ours: a note about the customer, or a
    letter of ours, which does not fire). `channel` is one of email, chat, meeting, call, crm. Findings below the
    threshold are returned as well: several of them, in several interactions, may add up.
    """
    return detect_texts([Wording(text, channel, direction)])[0]


def detect_texts(wordings: Sequence[Wording]) -> list[list[Finding]]:
    """Return for each text what detect_text returns for it; many at once are read faster."""
    cut = [(number, passage) for number, wording in enumerate(wordings) for passage in _cut(own_words(wording))]
    worth = screen().passes([passage.text for _, passage in cut])
    passages = [one for one, passes in zip(cut, worth, strict=True) if passes]
    read = encoder().read([passage.text for _, passage in passages])
    found: list[dict[str, Finding]] = [{} for _ in wordings]
    for (number, passage), row in zip(passages, read, strict=True):
        for finding in _findings(passage, row):
            known = found[number].get(finding.signal)
            if known is None or finding.confidence > known.confidence:
                found[number][finding.signal] = finding
    return [_in_their_words(by_signal, wording.text) for by_signal, wording in zip(found, wordings, strict=True)]


def _in_their_words(by_signal: Mapping[str, Finding], text: str) -> list[Finding]:
    """The findings, the surest first, quoting the text as it was handed in (what was read has its mark-up blanked)."""
    surest = sorted(by_signal.values(), key=lambda finding: -finding.confidence)
    return [replace(finding, quote=text[finding.start : finding.end]) for finding in surest]


class _Passage(NamedTuple):
    """Sentences that follow one another; `text` is what stands at `start` of the whole."""

    text: str
    start: int
    sentences: tuple[Sentence, ...]


def own_words(wording: Wording) -> str:
    """The customer's own words, in the places where they stand; blank where there are none."""
    text = wording.text[:MOST_READ]
    if wording.direction == Direction.OUT or is_for_us(text.strip()):
        return ""
    if wording.direction == Direction.NONE and is_letter(text):
        return ""
    return without_our_turns(customer_part(text))


def _cut(text: str) -> Iterable[_Passage]:
    together: list[Sentence] = []
    for sentence in sentences(text):
        if together and sentence.start + len(sentence.text) - together[0].start > PASSAGE:
            yield _passage(text, together)
            together = []
        together.append(sentence)
    if together:
        yield _passage(text, together)


def _passage(text: str, together: list[Sentence]) -> _Passage:
    start, last = together[0].start, together[-1]
    return _Passage(text[start : last.start + len(last.text)], start, tuple(together))


def _findings(passage: _Passage, row: Array) -> Iterable[Finding]:
    """What a passage as a whole seems to say and its sentences say as well: the confidence is the mean of both."""
    places = [int(place) for place in np.flatnonzero(row >= SEEMS)]
    if not places:
        return
    alone = (
        encoder().read([sentence.text for sentence in passage.sentences])
        if len(passage.sentences) > 1
        else row[None, :]
    )
    for place in places:
        best = int(alone[:, place].argmax())
        confidence = round(float(row[place] + alone[best, place]) / 2, 4)
        if confidence >= LEAST:
            yield _finding(encoder().signals[place], confidence, passage.sentences[best])


def _finding(signal: str, confidence: float, said: Sentence) -> Finding:
    decisive = confidence >= DECISIVE
    return Finding(signal, confidence, REASONS[signal], said.text, said.start, said.start + len(said.text), decisive)
