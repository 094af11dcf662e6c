"""Signals that the detectors missed in an account's texts: the model names them, and each must prove itself.

A signal counts only if it is one of ours, its quote stands word for word in what the customer wrote, and the detectors
had not seen it. Its evidence is the sentence in which the quote stands, out of the text and never out of the answer.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from engine.llm.client import Question
from insights.detectors import REASONS, Wording, own_words
from insights.findings import DECISIVE, Finding
from insights.noticing import Read, Text
from insights.sentences import sentences
from insights.signals import TEXT_SIGNALS

SUREST = 0.85  # a model's word is never more than this
MOST_TEXTS = 10  # of an account, the newest
LONGEST_TEXT = 2_000  # characters of one text that are sent
MOST_SIGNALS = 40  # of one answer
ANSWER_TOKENS = 800
_FEWEST_LETTERS = 3
_NEVER_DECISIVE = frozenset({"opt_out"})  # nobody is suppressed on a model's word

INSTRUCTIONS = (
    "You look for sales signals in texts that customers wrote. For each signal that a text really shows, give the number"
    " of the text, the signal, a quote copied word for word from that text, and your confidence from 0 to 1. Leave out"
    " what is negated, hypothetical or said of somebody else. No signal: an empty list. The signals:\n"
    + "\n".join(f"{signal}: {REASONS[signal]}" for signal in TEXT_SIGNALS)
)
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["signals"],
    "properties": {
        "signals": {
            "type": "array",
            "maxItems": MOST_SIGNALS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "signal", "quote", "confidence"],
                "properties": {
                    "text": {"type": "integer", "minimum": 0, "maximum": MOST_TEXTS - 1},
                    "signal": {"type": "string", "enum": list(TEXT_SIGNALS)},
                    "quote": {"type": "string", "maxLength": LONGEST_TEXT},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                },
            },
        }
    },
}


def more_findings(read: Sequence[Read], ask: Callable[[Question], Any | None]) -> dict[str, list[Finding]]:
    """What `ask` finds beyond the detectors in the texts of one account, by the texts' references."""
    worth = [one for one in read if words_of(one.text).strip()]
    newest = sorted(worth, key=lambda one: one.text.at, reverse=True)[:MOST_TEXTS]
    answer = ask(_question(newest)) if newest else None
    found: dict[str, dict[str, Finding]] = {}
    for told in answer["signals"] if answer else ():
        if told["text"] < len(newest) and (finding := _proven(told, newest[told["text"]])):
            found.setdefault(newest[told["text"]].text.reference, {}).setdefault(finding.signal, finding)
    return {reference: list(by_signal.values()) for reference, by_signal in found.items()}


def words_of(text: Text) -> str:
    """What the detectors read of a text, in the places where it stands."""
    return own_words(Wording(text.text, text.channel, text.direction))


def _question(read: Sequence[Read]) -> Question:
    texts = [{"number": number, "text": _sent(one.text)} for number, one in enumerate(read)]
    return Question("signals", INSTRUCTIONS, {"texts": texts}, SCHEMA, ANSWER_TOKENS)


def _sent(text: Text) -> str:
    lines = (" ".join(line.split()) for line in words_of(text).splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def _proven(told: dict[str, Any], read: Read) -> Finding | None:
    """The finding as we make it of what the model told; None where the text does not bear it out."""
    signal = told["signal"]
    if any(known.signal == signal for known in read.findings):
        return None
    words = words_of(read.text)
    place = _place(told["quote"], words)
    said = next((one for one in sentences(words) if place is not None and _holds(one, place)), None)
    if said is None:
        return None
    confidence = round(min(SUREST, float(told["confidence"])), 4)
    decisive = confidence >= DECISIVE and signal not in _NEVER_DECISIVE
    reason = f"{REASONS[signal]} (Read by the language model.)"
    return Finding(signal, confidence, reason, said.text, said.start, said.start + len(said.text), decisive)


def _place(quote: str, words: str) -> int | None:
    """Where the quote begins in the words: whole words, in this order, with nothing between them but a space or two."""
    if sum(map(str.isalnum, quote)) < _FEWEST_LETTERS:
        return None
    in_a_row = r"\s{1,4}".join(map(re.escape, quote.split()))
    found = re.search(rf"(?<!\w){in_a_row}(?!\w)", words)
    return found.start() if found else None


def _holds(sentence: Any, place: int) -> bool:
    return bool(sentence.start <= place < sentence.start + len(sentence.text))
