"""What the planner writes, from the evidence: who said what, and when. Pure: no Django, no clock.

Plain and short, one question at the end, and no signature (the connector adds the clone's). The customer's own words stand
in quotation marks, on one line, and are never followed. The sentences are engine.wordings'.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.wordings import ANY_CHANGE, ANY_MAIL, ANY_REMEDY, CHANGES, MAILS, REMEDIES

LONGEST_QUOTE = 160
LONGEST_SUBJECT = 150
LONGEST_NAME = 80  # of a deal, as it stands in a sentence
LONGEST_TITLE = 300
MOST_QUOTES = 3
CHANNEL = "#sales"


class Mail(NamedTuple):
    """Subject and body of a draft."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a draft is about, in the caller's words; any of them may be empty.

    `contact` is the full name of whom a mail goes to. `evidence` is [{interaction, quote, at, channel, who}], the most
    telling first; `theirs` names the interactions that this very contact wrote to us. `since` is when anything was last
    heard. `zone` is where the days are counted.
    """

    signal: str
    account: str
    deal: str = ""
    value: str = ""
    stage: str = ""
    contact: str = ""
    reason: str = ""
    severity: str = "medium"
    evidence: Sequence[Mapping[str, Any]] = ()
    theirs: frozenset[str] = frozenset()
    zone: str = "UTC"


def mail(matter: Matter) -> Mail:
    """A follow-up to the customer about `matter`."""
    wording = MAILS.get(matter.signal, ANY_MAIL)
    about = _prepositions(matter.deal)
    name = first_name(matter.contact)
    recalled = _recalled(matter) if wording.quotes else []
    paragraphs = [f"Hello {name}," if name else "Hello,", wording.opens.format_map(about), *recalled]
    body = "\n\n".join([*paragraphs, wording.asks.format_map(about)])
    return Mail(_cut(wording.subject.format_map(about), LONGEST_SUBJECT), f"{body}\n")


def meeting(matter: Matter) -> Mail:
    """Title and description of an invitation to a short call."""
    about = _prepositions(matter.deal)
    asks = "I would like to see together where things stand{with_}. If the time does not suit you, which one would?"
    return Mail(_cut("A short call{about}".format_map(about), LONGEST_SUBJECT), asks.format_map(about))


def escalation(matter: Matter) -> str:
    """What managers are told: what it is, whose words it rests on, what is at stake, and what to do."""
    lines = [f"{words(matter.signal).capitalize()} at {one_line(matter.account)} ({matter.severity})."]
    lines += [*_reason(matter), *_quotes(matter)]
    if matter.deal:
        lines.append(f"At stake: {_deal(matter)}.")
    lines.append(f"Proposed: {REMEDIES.get(matter.signal, ANY_REMEDY)}.")
    return "\n".join(lines)


def chat(matter: Matter) -> str:
    """What the team is told about a change in how an account is in touch."""
    change = CHANGES.get(matter.signal, ANY_CHANGE)
    lines = [" ".join([f"{one_line(matter.account)} {change.is_so}.", *_reason(matter)])]
    if matter.deal:
        lines.append(f"Open deal: {one_line(matter.deal)}.")  # an amount in a message reads like a price
    lines.append(f"Suggestion: {change.advice}.")
    return "\n".join(lines).translate(_NO_COMMANDS)


def briefing(matter: Matter, missing: str) -> Mail:
    """Title and body of a note for people, where nobody on record can be written to."""
    lines = [" ".join([f"{words(matter.signal).capitalize()} at {one_line(matter.account)}.", *_reason(matter)])]
    lines += _quotes(matter)
    if matter.deal:
        lines.append(f"Open deal: {_deal(matter)}.")
    return Mail(_cut(f"Nobody to write to at {one_line(matter.account)}", LONGEST_TITLE), "\n".join([*lines, missing]))


def channel_of(team: str) -> str:
    """The chat channel of a clone's team, that of all sales where it has none."""
    name = re.sub(r"[^\w]+", "-", team.casefold()).strip("-_")
    return f"#{name[:LONGEST_NAME]}" if name else CHANNEL


def first_name(name: str) -> str:
    """How somebody is greeted: the first of their names, "" where it cannot be told from the whole."""
    last, comma, given = one_line(name).partition(",")
    parts = (given if comma and given.strip() else last).split()
    if parts and parts[0].rstrip(".").casefold() in _TITLES:
        parts = parts[1:] if len(parts) > 2 or comma else []  # after a title, one name alone is a family name
    if not parts or parts[0].casefold() in _NOBODY or not _GIVEN.fullmatch(parts[0]):
        return ""
    return parts[0].title() if parts[0].isupper() else parts[0]


_GIVEN = re.compile(r"[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "herr", "frau", "ing", "dipl"})
_NOBODY = frozenset(  # what stands in the name of a mailbox that is nobody's
    {
        "accounting",
        "accounts",
        "admin",
        "billing",
        "contact",
        "customer",
        "finance",
        "front",
        "help",
        "hr",
        "info",
        "it",
    }
    | {
        "mail",
        "office",
        "procurement",
        "purchasing",
        "reception",
        "sales",
        "service",
        "support",
        "team",
        "the",
        "unknown",
    }
)


def quoted(text: str) -> str:
    """Somebody's words as one line in quotation marks; theirs within become single ones, so that none ends the quote."""
    plain = re.sub('[“”„‟«»\u301d\u301e\uff02"]', "'", one_line(text))
    return f"“{_cut(plain, LONGEST_QUOTE)}”"


def one_line(text: str) -> str:
    """A text without line breaks and other marks that are not seen."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def words(name: str) -> str:
    """A name of our tables as words."""
    return f"{name.removeprefix('goal:')} goal" if name.startswith("goal:") else name.replace("_", " ")


_NO_COMMANDS = str.maketrans("<>@", "\u2039\u203a\uff20")  # chat services take <!channel> and @here for orders

# A deal's name is made for ourselves: one that speaks of money or terms is not put before the customer.
_FOR_US_ONLY = re.compile(
    r"[%$€£¥{}]|\b(?:discount|rebate|price|pricing|free|risk|churn|lost|win ?back|upsell|up-sell|cross-?sell|expir\w*|"
    r"guarantee\w*|legal|contract\w*|terms?)\b",
    re.IGNORECASE,
)


def _prepositions(deal: str) -> dict[str, str]:
    name = one_line(deal)
    is_told = name and len(name) <= LONGEST_NAME and not _FOR_US_ONLY.search(name)
    words_before = ("about", "for", "of", "on", "with")
    keys = {word: f"{word}_" if word in ("for", "with") else word for word in words_before}
    return {keys[word]: f" {word} {name}" if is_told else "" for word in words_before}


def _recalled(matter: Matter) -> list[str]:
    """What this contact wrote to us themselves; what we noted about them, or somebody else wrote, is not put before them."""
    said = next((piece for piece in _pieces(matter) if str(piece.get("interaction")) in matter.theirs), None)
    if said is None:
        return []
    on = _day(said, matter.zone)
    return [f"{f'On {on} you' if on else 'You'} wrote: {quoted(said['quote'])}"]


def _quotes(matter: Matter) -> list[str]:
    return [_quote(piece, matter.zone) for piece in _pieces(matter)[:MOST_QUOTES]]


def _quote(piece: Mapping[str, Any], zone: str) -> str:
    who = one_line(str(piece.get("who") or ""))
    told = ", ".join(part for part in (_day(piece, zone), who) if part)
    return f"- {told}: {quoted(piece['quote'])}" if told else f"- {quoted(piece['quote'])}"


def _pieces(matter: Matter) -> list[Mapping[str, Any]]:
    return [piece for piece in matter.evidence if isinstance(piece.get("quote"), str) and one_line(piece["quote"])]


def _day(piece: Mapping[str, Any], zone: str) -> str:
    """The day something was said, where the reader is; "" where it is not on record."""
    try:
        at = datetime.fromisoformat(str(piece.get("at") or ""))
    except ValueError:
        return ""
    return f"{at.astimezone(ZoneInfo(zone)):%-d %B}"


def _deal(matter: Matter) -> str:
    more = ", ".join(part for part in (matter.value, words(matter.stage)) if part)
    return f"{one_line(matter.deal)} ({more})" if more else one_line(matter.deal)


def _reason(matter: Matter) -> list[str]:
    return [one_line(matter.reason)] if one_line(matter.reason) else []


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
