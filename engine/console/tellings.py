"""What each entry of the record says, in plain words, as a moment of the action's story.

The words are a table by kind of entry. A kind the table does not know is told by its own name and facts, so that nothing
the record holds is ever left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from crm.console.formats import words
from engine.claims import effect_key
from engine.console.moments import Moment, Quote, Try, rule_lines, written_as
from engine.console.words import why_of
from engine.models import Action, Attempt, Question
from record.actors import ActorKind
from record.models import Entry


@dataclass(frozen=True, slots=True)
class Known:
    """What the words of an entry may be made of: the versions by id, their attempts and questions."""

    versions: Mapping[str, Action]
    tries: Mapping[tuple[str, int], Attempt] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    last_decisions: frozenset[Any] = frozenset()  # the ids of the entries that decided the versions for good


class Told(NamedTuple):
    """An entry in words."""

    kind: str
    title: str
    said: Sequence[str] = ()
    at: datetime | None = None
    quotes: Sequence[Quote] = ()


def moments_of(entries: Sequence[Entry], known: Known) -> list[Moment]:
    """A moment for each of the entries, in their order."""
    return [_moment(entry, known) for entry in entries]


def last_decisions(entries: Sequence[Entry]) -> frozenset[Any]:
    """Of each subject, the id of the last entry that a person decided by."""
    last = {entry.subject_id: entry.pk for entry in entries if entry.kind in DECISIONS and _is_person(entry)}
    return frozenset(last.values())


def _moment(entry: Entry, known: Known) -> Moment:
    action = known.versions[entry.subject_id]
    told = _TOLD.get(entry.kind, _anything)(entry, action, known)
    tried = (
        known.tries.get((entry.subject_id, entry.facts.get("fence", 0))) if entry.kind == "action.executing" else None
    )
    return Moment(
        at=told.at or entry.created_at,
        kind=told.kind,
        title=told.title,
        said=told.said,
        quotes=told.quotes,
        rules=rule_lines(entry.facts.get("rules") or ()),
        written=written_as(entry),
        tried=_try(tried, action, entry) if tried else None,
        place=f"2 {entry.pk}",
    )


def _try(attempt: Attempt, action: Action, entry: Entry) -> Try:
    taken = Action(pk=action.pk, tenant_id=action.tenant_id, content_hash=entry.facts.get("content_hash", ""))
    return Try(attempt, effect_key(taken) == attempt.key)


# --- what each kind of entry says -----------------------------------------------------------------------------------------


_VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "approved": "The guardrails let it go on by itself.",
        "pending": "The guardrails wanted a person to decide.",
        "blocked": "The guardrails stopped it: nobody could approve it.",
    }
)


_SELVES: Mapping[str, str] = MappingProxyType(
    {ActorKind.WORKER: "A worker", ActorKind.SCHEDULE: "The schedule", ActorKind.SYSTEM: "The command line"}
)


def who_did(entry: Entry) -> str:
    """Who did it, at the beginning of a sentence."""
    return _SELVES.get(entry.actor_kind) or entry.actor_label


def _is_person(entry: Entry) -> bool:
    return entry.actor_kind == ActorKind.PERSON


def _proposed(entry: Entry, action: Action, known: Known) -> Told:
    raw = entry.facts.get("raw_action_type") or entry.facts.get("action_type", "")
    asked = f"It asked for “{raw}”" + ("." if raw == action.action_type else f", which is {action.action_type}.")
    said = [asked, *_judged(entry)]
    return Told("proposal", f"{who_did(entry)} proposed it for {action.clone.name}", said, action.proposed_at)


def _judged(entry: Entry) -> list[str]:
    facts = entry.facts
    stage, claimed = facts.get("stage"), facts.get("claimed_stage")
    rested = f"Judged by version {facts.get('policy_version')} of the rules, with the deal's stage {_stage(stage)}."
    said = [_VERDICTS[facts["to"]]] if facts.get("to") in _VERDICTS else []
    told = [f"The agent itself said the stage was {_stage(claimed)}."] if claimed and claimed != stage else []
    return [*said, rested, *told]


def _stage(stage: str | None) -> str:
    return words(stage).lower() if stage else "none (no deal)"


def _edited(entry: Entry, action: Action, known: Known) -> Told:
    fields = ", ".join(words(str(name)).lower() for name in entry.facts.get("fields", ())) or "it"
    title = f"{who_did(entry)} edited it: {fields}"
    said = ["From here on this version stands in the place of the one before.", *_judged(entry)]
    return Told("edit", title, said, action.proposed_at)


def _superseded(entry: Entry, action: Action, known: Known) -> Told:
    after = known.versions.get(str(entry.facts.get("by", "")))
    return Told(
        "edit", "The earlier version was put aside", ["It can never run."], after.proposed_at if after else None
    )


def _restamped(entry: Entry, action: Action, known: Known) -> Told:
    moved = [
        f"{words(str(one.get('field', '')))}: was {one.get('shown') or 'none'}, is {one.get('now') or 'none'}."
        for one in entry.facts.get("differences", ())
    ]
    first = "What it rested on had moved, so it got a new hash and had to be looked at again."
    return Told("check", f"Checked again when {who_did(entry)} wanted to approve it", [first, *moved])


def _approved(entry: Entry, action: Action, known: Known) -> Told:
    if entry.facts.get("outcome") == "retry":
        return _to_be_tried_again(entry, known)
    again = entry.facts.get("from") in ("failed", "unknown")
    title = f"{who_did(entry)} decided to have it tried again" if again else f"{who_did(entry)} approved it"
    said = ["It was checked again first: the deal's stage and the rules were still those that were shown."]
    return _decision(entry, action, known, title, said)


def _to_be_tried_again(entry: Entry, known: Known) -> Told:
    attempt = known.tries.get((entry.subject_id, entry.facts.get("fence", 0)))
    said = ["It is proven that nothing was delivered.", *_answer(attempt)]
    return Told(
        "attempt", "It did not go through and was to be tried again", said, attempt.ended_at if attempt else None
    )


def _rejected(entry: Entry, action: Action, known: Known) -> Told:
    return _decision(entry, action, known, f"{who_did(entry)} rejected it", [])


def _decision(entry: Entry, action: Action, known: Known, title: str, said: list[str]) -> Told:
    """With the comment, and at the time the row keeps, where this is the decision that stood."""
    stands = entry.pk in known.last_decisions and action.decided_at is not None
    held = ["It could still be undone for a short time."] if entry.facts.get("held") else []
    comment = [Quote(action.decision_comment, entry.actor_label)] if stands and action.decision_comment else []
    shown = [f"Decided on the content with the hash {entry.facts.get('content_hash', '')}."]
    return Told("decision", title, [*said, *shown, *held], action.decided_at if stands else None, comment)


def _undone(entry: Entry, action: Action, known: Known) -> Told:
    return Told("decision", f"{who_did(entry)} took the decision back within its hold")


def _voted(entry: Entry, action: Action, known: Known) -> Told:
    said = [
        f"Decided on the content with the hash {entry.facts.get('content_hash', '')}.",
        "A second person had to agree.",
    ]
    return Told("decision", f"{who_did(entry)} gave the first of two votes", said)


_WHY_BACK: Mapping[str, str] = MappingProxyType(
    {
        "consent_no_longer_fits": "What had been approved was not what would have run: the stage or the rules had moved.",
        "approver_may_no_longer_decide": "Whoever approved it could not decide any more.",
    }
)


def _handed_back(entry: Entry, action: Action, known: Known) -> Told:
    why = str(entry.facts.get("why", ""))
    return Told("check", "Checked before it ran, and handed back to a person", [_WHY_BACK.get(why) or why_of(why)])


def _blocked(entry: Entry, action: Action, known: Known) -> Told:
    return Told("check", "Checked again and stopped", ["The guardrails no longer let anybody approve it."])


def _executing(entry: Entry, action: Action, known: Known) -> Told:
    fence = entry.facts.get("fence", 0)
    attempt = known.tries.get((entry.subject_id, fence))
    said = ["It was checked a last time in the same moment, and could run."]
    return Told("attempt", f"{who_did(entry)} took it up: try {fence}", said, attempt.started_at if attempt else None)


def _outcome(title: str) -> Callable[[Entry, Action, Known], Told]:
    def told(entry: Entry, action: Action, known: Known) -> Told:
        attempt = known.tries.get((entry.subject_id, entry.facts.get("fence", 0)))
        if _is_person(entry):
            return Told("outcome", f"{who_did(entry)} said what became of it: {title.lower()}")
        return Told("outcome", title, _answer(attempt), attempt.ended_at if attempt else None)

    return told


def _answer(attempt: Attempt | None) -> list[str]:
    return [f"What was answered: {attempt.detail}"] if attempt and attempt.detail else []


def _asked(entry: Entry, action: Action, known: Known) -> Told:
    question = known.questions.get(str(entry.facts.get("question", "")))
    quotes = [Quote(question.text, entry.actor_label)] if question else []
    return Told("question", f"{who_did(entry)} asked the agent", (), question.asked_at if question else None, quotes)


def _answered(entry: Entry, action: Action, known: Known) -> Told:
    question = known.questions.get(str(entry.facts.get("question", "")))
    quotes = [Quote(question.answer, question.answered_by)] if question and question.answer else []
    return Told("question", f"{who_did(entry)} answered", (), question.answered_at if question else None, quotes)


def _denied(entry: Entry, action: Action, known: Known) -> Told:
    return Told("decision", f"{who_did(entry)} tried to {entry.facts.get('tried', 'decide')} it and was refused")


def _plainly(kind: str, title: str) -> Callable[[Entry, Action, Known], Told]:
    return lambda entry, action, known: Told(kind, title.format(who=who_did(entry)))


def _anything(entry: Entry, action: Action, known: Known) -> Told:
    return Told("other", f"{who_did(entry)}: {words(entry.kind.removeprefix('action.')).lower()}")


DECISIONS = ("action.approved", "action.rejected")
_TOLD: Mapping[str, Callable[[Entry, Action, Known], Told]] = MappingProxyType(
    {
        "action.proposed": _proposed,
        "action.edited": _edited,
        "action.superseded": _superseded,
        "action.restamped": _restamped,
        "action.approved": _approved,
        "action.rejected": _rejected,
        "action.undone": _undone,
        "action.voted": _voted,
        "action.handed_back": _handed_back,
        "action.blocked": _blocked,
        "action.executing": _executing,
        "action.executed": _outcome("It was carried out"),
        "action.failed": _outcome("It failed"),
        "action.unknown": _outcome("Nobody knows whether it happened: the answer was lost"),
        "action.asked": _asked,
        "action.answered": _answered,
        "action.decision_denied": _denied,
        "action.expired": _plainly("decision", "Its time ran out, which means no"),
        "action.withdrawn": _plainly("decision", "{who} withdrew it"),
        "action.snoozed": _plainly("other", "{who} put it off"),
        "action.reassigned": _plainly("other", "{who} gave it to somebody else to decide"),
        "action.reminded": _plainly("other", "A reminder was sent: nobody had decided"),
        "action.escalated": _plainly("other", "Nobody had decided, so it was handed to somebody else"),
    }
)
