"""Texts like a sales team's post, made of sentences whose names, numbers and products vary: hardly two are alike."""

import re
from collections.abc import Callable, Sequence
from random import Random

from bench import sayings

SHORTEST, LONGEST = 20, 600  # characters
WITH_A_SIGNAL = 0.08  # of what customers write and of the notes of meetings and calls
_SLOT = re.compile(r"\{(\w+)\}")


class Writer:
    """Writes one text after the other; the same seed, the same texts."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._choose = self._random.choice
        self._whole = self._random.randrange
        numbers: dict[str, Callable[[], str]] = {
            "number": lambda: str(self._whole(11, 4_000)),
            "small": lambda: str(self._whole(2, 40)),
            "digit": lambda: str(self._whole(2, 10)),
            "minutes": lambda: str(self._whole(5, 90)),
            "date": lambda: str(self._whole(1, 29)),
            "year": lambda: str(self._whole(2019, 2027)),
            "clock": lambda: f"{self._whole(6, 21)}:{self._whole(60):02}",
            "other": lambda: self._choose(sayings.WORDS["first"]),
            "company": lambda: f"{self._choose(sayings.WORDS['last'])} {self._choose(sayings.WORDS['city'])}",
            "domain": lambda: f"{self._choose(sayings.WORDS['last']).lower()}.example",
            "topic": lambda: self._fill(self._choose(sayings.TOPICS)),
            "neutral": self._neutral,
        }
        self._slots = numbers | {name: self._chooser(words) for name, words in sayings.WORDS.items()}
        self._frames: dict[str, list[str]] = {}

    def mail(self, *, may_signal: bool) -> str:
        """An e-mail: a greeting, a few sentences, a closing, often a signature, at times what it answers."""
        parts = [self._fill(self._choose(sayings.GREETINGS)), self._said(self._whole(1, 5), may_signal)]
        parts.append(self._fill(self._choose(sayings.CLOSINGS)))
        parts.append(self._fill(self._choose(sayings.SIGNATURES)))
        if self._random.random() < 0.25:
            parts.append(self._fill(self._choose(sayings.QUOTED)))
        return _fitting("\n\n".join(part for part in parts if part))

    def chat(self, *, may_signal: bool) -> str:
        """A line or two, without ceremony."""
        return _fitting(self._said(self._whole(1, 3), may_signal))

    def note(self, *, may_signal: bool) -> str:
        """What somebody wrote down about a meeting, a call or a record."""
        opening = self._fill(self._choose(sayings.CALL_OPENINGS))
        return _fitting(f"{opening} {self._said(self._whole(1, 5), may_signal)}")

    def subject(self) -> str:
        """A line above a mail or a meeting."""
        subject = self._fill(self._choose(sayings.SUBJECTS))
        return subject[:1].upper() + subject[1:]

    def _said(self, sentences: int, may_signal: bool) -> str:
        said = [self._neutral() for _ in range(sentences)]
        if may_signal and self._random.random() < WITH_A_SIGNAL:
            said.insert(self._whole(len(said) + 1), self._fill(self._choose(sayings.SIGNALS)))
        return " ".join(said)

    def _neutral(self) -> str:
        if self._random.random() < 0.4:
            first, second = sayings.HALVES
            return self._fill(f"{self._choose(first)} {self._choose(second)}")
        sentence = self._fill(self._choose(sayings.NEUTRAL))
        return sentence[0].upper() + sentence[1:]

    def _fill(self, frame: str) -> str:
        """The frame with its slots filled: every second piece of the cut frame is a slot's name."""
        pieces = self._frames.get(frame)
        if pieces is None:
            pieces = self._frames[frame] = _SLOT.split(frame)
        if len(pieces) == 1:
            return frame
        return "".join(self._slots[piece]() if place % 2 else piece for place, piece in enumerate(pieces))

    def _chooser(self, words: Sequence[str]) -> Callable[[], str]:
        return lambda: self._choose(words)


def _fitting(text: str) -> str:
    """Cut at a word's end to what a bench text may have; what is too short says a little more."""
    if len(text) > LONGEST:
        return text[:LONGEST].rsplit(" ", 1)[0]
    return text if len(text) >= SHORTEST else f"{text} That is all for today."
