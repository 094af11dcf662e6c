"""What the planner writes, from the evidence: who said what, and when. Pure: no Django, no clock.

Plain and short, one question at the end, no signature (the connector adds the clone's), and no promise of a price, a
discount, a date, terms or anything legal. The customer's own words stand in quotation marks and are never followed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

LONGEST_QUOTE = 160
LONGEST_SUBJECT = 150
CHANNEL = "#sales"
_SINGLE = str.maketrans({"“": "'", "”": "'", '"': "'"})


class Mail(NamedTuple):
    """Subject and body of a draft."""

    subject: str
    body: str


class _Wording(NamedTuple):
    """`subject` may name {deal}; `opens` the body, `asks` ends it."""

    subject: str
    opens: str
    asks: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a draft is about, in the caller's words: names may be empty. `evidence` is [{quote, at, who}]."""

    signal: str
    account: str
    deal: str = ""
    value: str = ""
    stage: str = ""
    first_name: str = ""
    reason: str = ""
    severity: str = "medium"
    evidence: Sequence[Mapping[str, Any]] = ()
    zone: str = "UTC"


# By signal; the goals' own causes and the silent deal stand in the same table.
WORDINGS: Mapping[str, _Wording] = MappingProxyType(
    {
        "budget_mentioned": _Wording(
            "Your plans for {deal}",
            "Thank you for being open about the budget for {deal}.",
            "What would you need from us to move it forward on your side?",
        ),
        "timeline_urgency": _Wording(
            "Your timing for {deal}",
            "I understand that timing matters to you with {deal}.",
            "Which steps on your side depend on us, so that we can put them first?",
        ),
        "competitive_evaluation": _Wording(
            "Comparing the options for {deal}",
            "It makes sense that you compare several options for {deal}.",
            "Which points matter most in your comparison? I would be glad to answer those first.",
        ),
        "stakeholder_expansion": _Wording(
            "Getting your colleagues on board with {deal}",
            "I am glad that more of your colleagues are looking at {deal}.",
            "Would it help if we prepared something for them, or spoke with them together?",
        ),
        "next_step_requested": _Wording(
            "The next step for {deal}",
            "You asked for a next step on {deal}, and I have not forgotten it.",
            "Which days suit you for a short call about it?",
        ),
        "pricing_requested": _Wording(
            "Your question about {deal}",
            "You asked about the commercial side of {deal}. My colleague looks into that and comes back to you.",
            "Is there anything about the scope we should know first, such as the number of users?",
        ),
        "review_started": _Wording(
            "Your review of {deal}",
            "I hear that {deal} is being reviewed on your side.",
            "Which documents or answers would help your reviewers most?",
        ),
        "silence": _Wording(
            "Following up: {deal}",
            "We have not spoken about {deal} for a while.",
            "Is it still on your list, and is there anything you need from us?",
        ),
        "slower_replies": _Wording(
            "A short question about {deal}",
            "You are surely busy, so I will keep this short: I would like to know where {deal} stands.",
            "Is there something that holds it up, or somebody else I should talk to?",
        ),
        "budget_freeze": _Wording(
            "Where {deal} stands",
            "Thank you for telling us openly how things stand with the money for {deal}.",
            "Would it help to look together at what could wait and what could not?",
        ),
        "champion_departure": _Wording(
            "Who we should talk to about {deal}",
            "We heard that there are changes in your team around {deal}.",
            "Who will look after it from now on?",
        ),
        "competitor_preference": _Wording(
            "Your decision about {deal}",
            "Thank you for being open about where you lean with {deal}.",
            "May I ask what tipped the scales? It would help us to do better.",
        ),
        "negative_sentiment": _Wording(
            "About your experience with us",
            "I understand that you are not happy with how things have gone around {deal}, and I take that seriously.",
            "May I call you to hear what went wrong?",
        ),
        "meeting_missed": _Wording(
            "Our meeting about {deal}",
            "It is a pity that our meeting about {deal} did not take place.",
            "Which days suit you for another try?",
        ),
        "goal:revenue": _Wording(
            "Where {deal} stands",
            "I would like to know how things stand with {deal} on your side.",
            "What is still open before you can decide?",
        ),
        "goal:pipeline": _Wording(
            "Where {deal} stands",
            "I would like to know how things stand with {deal} on your side.",
            "Is the scope still the one we talked about, or has something changed?",
        ),
        "goal:quality": _Wording(
            "Understanding {deal} better",
            "So that we can prepare {deal} well, I would like to understand your situation better.",
            "What should be different for you once it is done, and who decides about it?",
        ),
    }
)
_ANY = _Wording("About {deal}", "I would like to follow up on {deal}.", "Is there anything you need from us?")


def mail(matter: Matter) -> Mail:
    """A follow-up to the customer about `matter`."""
    wording = WORDINGS.get(matter.signal, _ANY)
    deal = one_line(matter.deal) or "our conversation"
    greeting = f"Hello {one_line(matter.first_name)}," if matter.first_name else "Hello,"
    paragraphs = [greeting, wording.opens.format(deal=deal), *_recalled(matter), wording.asks]
    return Mail(_cut(wording.subject.format(deal=deal), LONGEST_SUBJECT), "\n\n".join(paragraphs) + "\n")


def _recalled(matter: Matter) -> list[str]:
    """What they said, in their own words; nothing that would put an upset customer's words back before them."""
    said = next((piece for piece in matter.evidence if piece.get("quote")), None)
    if said is None or matter.signal in _NOT_QUOTED_BACK:
        return []
    return [f"{_when(said, matter.zone)}you wrote: {quoted(said['quote'])}"] if _is_theirs(said, matter) else []


_NOT_QUOTED_BACK = frozenset({"negative_sentiment", "champion_departure", "competitor_preference", "budget_freeze"})


def _is_theirs(said: Mapping[str, Any], matter: Matter) -> bool:
    """Only a message of the very person who is written to is quoted back; a note of ours about them is not."""
    first = one_line(str(said.get("who", ""))).split()
    written = said.get("channel") in ("email", "chat")
    return bool(first) and written and first[0].casefold() == matter.first_name.casefold()


def escalation(matter: Matter) -> str:
    """What managers are told: what it is, whose words it rests on, what is at stake, and what to do."""
    lines = [f"{words(matter.signal).capitalize()} at {one_line(matter.account)} ({matter.severity})."]
    if matter.reason:
        lines.append(matter.reason)
    lines += [f"- {_when(piece, matter.zone)}{_who(piece)}{quoted(piece['quote'])}" for piece in _quotes(matter)]
    if matter.deal:
        stage = f", stage {words(matter.stage)}" if matter.stage else ""
        lines.append(f"At stake: {one_line(matter.deal)}{f' ({matter.value})' if matter.value else ''}{stage}.")
    lines.append("Proposed: talk to the customer in person before anything else is sent.")
    return "\n".join(lines)


def chat(matter: Matter) -> str:
    """What the team is told about a change in how an account is in touch."""
    lines = [f"{one_line(matter.account)}: {words(matter.signal)}. {matter.reason}".strip()]
    if matter.deal:
        lines.append(f"Open: {one_line(matter.deal)}{f' ({matter.value})' if matter.value else ''}.")
    lines.append(
        "Worth a call while they are so engaged." if matter.signal.endswith("_up") else "Worth asking what has changed."
    )
    return "\n".join(lines)


def briefing(matter: Matter, missing: str) -> tuple[str, str]:
    """Title and body of a note for people, where nobody on record can be written to."""
    lines = [f"{words(matter.signal).capitalize()}: {matter.reason}".strip()]
    lines += [f"- {_when(piece, matter.zone)}{_who(piece)}{quoted(piece['quote'])}" for piece in _quotes(matter)]
    lines.append(missing)
    return _cut(f"Nobody to write to at {one_line(matter.account)}", 300), "\n".join(lines)


def quoted(text: str) -> str:
    """Somebody's words as one line in quotation marks; theirs within become single ones, so that none ends the quote."""
    plain = one_line(text).translate(_SINGLE)
    return f"“{_cut(plain, LONGEST_QUOTE)}”"


def one_line(text: str) -> str:
    """A text without line breaks and other marks that are not seen."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def words(name: str) -> str:
    """A name of our tables as words."""
    return name.replace("goal:", "").replace("_", " ")


def _quotes(matter: Matter) -> list[Mapping[str, Any]]:
    return [piece for piece in matter.evidence if piece.get("quote")][:3]


def _who(piece: Mapping[str, Any]) -> str:
    return f"{one_line(str(piece['who']))}: " if piece.get("who") else ""


def _when(piece: Mapping[str, Any], zone: str) -> str:
    if not piece.get("at"):
        return ""
    return f"On {datetime.fromisoformat(piece['at']).astimezone(ZoneInfo(zone)).strftime('%-d %B')} "


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
