"""Better words for a draft of the rules: subject and body alone, and only if the answer promises and adds nothing.

The model sees the draft and nothing else, so that it has nobody's words to pass on. An answer that fails one of the
checks is dropped whole, and the rules' text stands.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.llm.client import Question
from engine.payloads import LONGEST_SUBJECT, LONGEST_TEXT

MOST_GROWTH = 1.5
ANSWER_TOKENS = 1_000
LONGEST_REFINED = 3_000  # characters of a body: a longer one is left as it is


class Draft(NamedTuple):
    """What of a planner's draft may be worded anew. Type, recipients and everything else never come here."""

    subject: str
    body: str


INSTRUCTIONS = (
    "You polish the wording of a short business e-mail so that it reads warm, plain and brief. Keep its language, every"
    " fact and every name. Promise nothing: no price, discount, date, term or legal matter. Add no number, address, link,"
    " name or placeholder. The subject is one line. Give the subject and the body."
)
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body"],
    "properties": {
        "subject": {"type": "string", "maxLength": LONGEST_SUBJECT},
        "body": {"type": "string", "maxLength": LONGEST_TEXT},
    },
}


def refined(draft: Draft, ask: Callable[[Question], Any | None]) -> Draft:
    """The draft in better words, or as it is."""
    if len(draft.body) > LONGEST_REFINED:
        return draft
    answer = ask(Question("draft", INSTRUCTIONS, draft._asdict(), SCHEMA, ANSWER_TOKENS))
    if answer is None:
        return draft
    better = Draft(answer["subject"].strip(), answer["body"].strip() + "\n")
    return draft if refusals(draft, better) else better


def refusals(draft: Draft, better: Draft) -> list[str]:
    """The names of the checks that a rewording fails; none: it may stand."""
    return [name for name, fails in _CHECKS.items() if fails(draft, better)]


# What a rewording may not bring in: each piece of it that matches must be in the draft already.
_NUMBER = re.compile(
    r"\d[\d.,:/-]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|"
    r"eigh|nine)ty|hundreds?|thousands?|millions?|half|double|twice|dozens?)\b"
)
_PLACE = re.compile(r"\S*(?:@|://|www\.)\S*|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b|[\w.-]+ ?(?:\(at\)|\[at\]) ?[\w.-]+")
_PROMISE = re.compile(
    r"\b(?:pric\w*|cost\w*|fees?|free|discount\w*|rebate\w*|refund\w*|credit\w*|percent\w*|cheap\w*|budget\w*|offer\w*|"
    r"deal|guarante\w*|promis\w*|commit\w*|assur\w*|warrant\w*|waiv\w*|approv\w*|authori[sz]\w*|allow\w*|agree\w*|"
    r"accept\w*|confirm\w*|contract\w*|terms?|clauses?|legal\w*|liab\w*|indemn\w*|sign(?:ed|ing)?|sla|penalt\w*|pay\w*|"
    r"invoice\w*|deadline\w*|deliver\w*|today|tonight|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"january|february|march|april|june|july|august|september|october|november|december|quarter\w*|weeks?|months?|"
    r"rabatt\w*|preis\w*|garant\w*|vertrag\w*|kostenlos\w*|gratis)\b|[%$\u20ac\u00a3\u00a5]"
)
_MARK = re.compile(r"[\[\]{}<>|`*_#\\]")


def _brings_in(pattern: re.Pattern[str]) -> Callable[[Draft, Draft], bool]:
    def fails(draft: Draft, better: Draft) -> bool:
        return not _pieces(pattern, better) <= _pieces(pattern, draft)

    return fails


def _pieces(pattern: re.Pattern[str], draft: Draft) -> set[str]:
    plain = unicodedata.normalize("NFKC", f"{draft.subject}\n{draft.body}").casefold()
    return {piece.rstrip(".,:/-;!?)") for piece in pattern.findall(plain)}


def _brings_in_hidden(draft: Draft, better: Draft) -> bool:
    return not _hidden(better) <= _hidden(draft)


def _hidden(draft: Draft) -> set[str]:
    """Control characters, and letters that are not seen or look like others: all but Latin ones and plain marks."""
    return {
        letter
        for letter in draft.subject + draft.body
        if letter != "\n" and (unicodedata.category(letter)[0] == "C" or (letter.isalpha() and not _is_latin(letter)))
    }


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


def _is_longer(draft: Draft, better: Draft) -> bool:
    return any(len(new) > MOST_GROWTH * len(old) for old, new in zip(draft, better, strict=True))


def _is_empty(draft: Draft, better: Draft) -> bool:
    return not (better.subject and better.body.strip())


def _breaks_the_subject(draft: Draft, better: Draft) -> bool:
    return len(better.subject.splitlines()) > 1


_CHECKS: Mapping[str, Callable[[Draft, Draft], bool]] = MappingProxyType(
    {
        "empty": _is_empty,
        "longer": _is_longer,
        "line_break_in_subject": _breaks_the_subject,
        "new_number": _brings_in(_NUMBER),
        "new_address": _brings_in(_PLACE),
        "promise": _brings_in(_PROMISE),
        "placeholder": _brings_in(_MARK),
        "hidden_letters": _brings_in_hidden,
    }
)
