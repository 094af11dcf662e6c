"""Deciding many actions together: chosen in the queue, shown on a page of their own, then each judged by itself.

What is chosen is a list of ids; the page that asks for confirmation holds each one's hash, and an action that is no longer
what that page showed is left out and named, like every other one that the engine refuses.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from crm.console.formats import money
from crm.console.roles import Visitor, visitor_of
from crm.keyset import is_uuid
from engine.console import undoing
from engine.console.contents import Contents, contents_of
from engine.console.decisions import DECISIONS, in_words, note_in
from engine.console.differences import Change, changes_of
from engine.console.rows import Row, has_one_of_two_votes, in_full, rows_of
from engine.console.words import title_of
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.facts import read, subject_of
from engine.lifecycle import Status
from engine.models import Action
from guardrails.policy import TIERS
from record import journal
from record.canonical import canonical

MOST = 200
# What can be done to many, and what the button says.
VERBS: Mapping[str, str] = MappingProxyType({"approve": "Approve", "reject": "Reject", "snooze": "Put off"})
_KINDS: Mapping[str, str] = MappingProxyType({"snooze": "actions.put_off_in_bulk", "undo": "actions.undone_in_bulk"})
_KIND = "actions.decided_in_bulk"
_SEPARATOR = "~"


class NothingToDo(ValueError):
    """What was sent names nothing that can be done; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An action that was chosen, as it is now: its line, what it carries, and what is sent back to confirm it."""

    row: Row
    contents: Contents

    @property
    def exact(self) -> str:
        """The payload as it is hashed."""
        return canonical(self.row.action.payload).decode()

    @property
    def is_known(self) -> bool:
        return self.row.action.action_type in TIERS

    @property
    def changes(self) -> list[Change]:
        """What an edit changed; [] for one that nobody edited."""
        return changes_of(self.row.action.edit_diff)

    @property
    def item(self) -> str:
        return f"{self.row.action.pk}{_SEPARATOR}{self.row.action.content_hash}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many. `action` is None where there is none of this id; `why_not` is "" where it was done."""

    action: Action | None
    what: str
    why_not: str = ""
    note: str = ""


def chosen_page(request: HttpRequest) -> dict[str, Any]:
    """What the page shows that asks for confirmation; it changes nothing. Raises NothingToDo."""
    who, verb = visitor_of(request), _verb(request)
    ids = _ids(request.POST.getlist("action"))
    found = in_full(ids, who.tenant)
    waiting = [found[one] for one in ids if one in found and found[one].status == Status.PENDING]
    left_out = [
        Outcome(found.get(one), _name(found.get(one), one), _why_left_out(found.get(one)))
        for one in ids
        if one not in found or found[one].status != Status.PENDING
    ]
    return _page(who, verb, waiting) | {"left_out": left_out, "form": _empty_form(verb, waiting)}


def decide_all(request: HttpRequest) -> dict[str, Any]:
    """Decide what was confirmed, each action by itself, and tell of each what became of it. Raises NothingToDo.

    Where the form does not fit nothing is done, and what is returned is the page that asks, with the form and its errors
    (`is_refused`).
    """
    who, verb = visitor_of(request), _verb(request)
    items = _items(request.POST.getlist("item"))
    found = in_full([one for one, _ in items], who.tenant)
    form = DECISIONS[verb].form(_any(found), {**request.POST.dict(), "content_hash": "-"}) if found else None
    if form is not None and not form.is_valid():
        return _page(who, verb, list(found.values())) | {"form": form, "left_out": [], "is_refused": True}
    # In the order of ids: two who decide the same ones at once then wait for each other, and never both.
    outcomes = [_one(who, verb, found.get(one), (one, shown), request.POST.dict()) for one, shown in sorted(items)]
    return _told(request, who, verb, outcomes)


def undo_all(request: HttpRequest) -> dict[str, Any]:
    """Take back what the person decided together last, each while its hold lasts. Raises NothingToDo."""
    who = visitor_of(request)
    kept = request.session.get(undoing.BATCH)
    if not kept:
        raise NothingToDo("There is nothing left to undo.")
    ids = [UUID(one) for one in kept["ids"]]
    found = in_full(ids, who.tenant)
    outcomes = [_one(who, "undo", found.get(one), (one, ""), {}) for one in sorted(ids)]
    undoing.forget_batch(request)
    return _told(request, who, "undo", outcomes)


def _verb(request: HttpRequest) -> str:
    verb = request.POST.get("verb", "")
    if verb not in VERBS or verb not in DECISIONS:
        raise NothingToDo("Choose what to do with them: approve, reject or put off.")
    return verb


def _ids(sent: Iterable[str]) -> list[UUID]:
    """The ids that were sent, each once. Raises NothingToDo for none and for too many."""
    ids = list(dict.fromkeys(UUID(one) for one in sent if is_uuid(one)))
    _refuse_unless_some(len(ids))
    return ids


def _items(sent: Iterable[str]) -> list[tuple[UUID, str]]:
    pairs = (one.partition(_SEPARATOR) for one in sent)
    items = list({UUID(key): shown for key, _, shown in pairs if is_uuid(key)}.items())
    _refuse_unless_some(len(items))
    return items


def _refuse_unless_some(number: int) -> None:
    if not number:
        raise NothingToDo("Nothing was chosen; tick some actions in the queue first.")
    if number > MOST:
        raise NothingToDo(f"At most {MOST} at a time; {number} were chosen.")


def _any(found: Mapping[UUID, Action]) -> Action:
    return next(iter(found.values()))


def _empty_form(verb: str, waiting: Sequence[Action]) -> Any:
    """What has to be said with it; a yes needs nothing but the hashes."""
    return DECISIONS[verb].form(waiting[0], None) if waiting and verb != "approve" else None


def _page(who: Visitor, verb: str, waiting: list[Action]) -> dict[str, Any]:
    deals = {action.opportunity_id: action.opportunity for action in waiting if action.opportunity}
    ours = [deal.amount or Decimal(0) for deal in deals.values() if deal.currency == who.tenant.currency]
    counts = Counter(title_of(action.action_type) for action in waiting)
    return {
        "title": f"{VERBS[verb]} {len(waiting)} action{'' if len(waiting) == 1 else 's'}?",
        "verb": verb,
        "button": VERBS[verb],
        "chosen": _in_full(who, waiting),
        "counts": counts.most_common(),
        "deals": len(ours),
        "value": money(sum(ours, Decimal(0)), who.tenant.currency) if ours else "",
        "two_people": sum("four_eyes" in action.rules and not has_one_of_two_votes(action) for action in waiting),
    }


def _in_full(who: Visitor, waiting: list[Action]) -> list[Chosen]:
    zone = ZoneInfo(who.tenant.time_zone)
    situations = read([subject_of(action) for action in waiting]) if waiting else []
    return [
        Chosen(row, contents_of(row.action, strangers=situation.facts.unknown_recipients, zone=zone))
        for row, situation in zip(rows_of(waiting, who.tenant), situations, strict=True)
    ]


def _one(who: Visitor, verb: str, action: Action | None, item: tuple[UUID, str], sent: Mapping[str, Any]) -> Outcome:
    """Decide one, in a savepoint of its own; what the engine refuses is an outcome like any other."""
    what = _name(action, item[0])
    if action is None:
        return Outcome(None, what, "This company has no such action.")
    if verb != "undo" and action.status == Status.PENDING and item[1] != action.content_hash:
        return Outcome(action, what, "It is no longer what was shown to you.")
    form = DECISIONS[verb].form(action, {**sent, "content_hash": item[1]})
    if not form.is_valid():
        return Outcome(action, what, _errors(form))
    try:
        decided = DECISIONS[verb].take(action, who.actor, form)
    except NotAllowed as refusal:
        return Outcome(action, what, str(refusal))
    except InvalidProposal as refusal:
        note_in(form, refusal)
        return Outcome(action, what, _errors(form))
    except Conflict as conflict:
        return Outcome(conflict.action or action, what, in_words(conflict))
    voted = verb == "approve" and decided.status == Status.PENDING
    return Outcome(decided, what, note="Your vote is given; another person has to approve it as well." if voted else "")


def _told(request: HttpRequest, who: Visitor, verb: str, outcomes: list[Outcome]) -> dict[str, Any]:
    done = [one for one in outcomes if not one.why_not]
    skipped = [one for one in outcomes if one.why_not]
    journal.write(
        tenant_id=who.tenant.pk,
        kind=_KINDS.get(verb, _KIND),
        subject=("tenant", who.tenant.pk),
        actor=who.actor,
        facts={"count": len(done), "skipped": len(skipped), "kind": verb},
    )
    said = _counted(verb, done)
    if verb != "undo":
        undoing.remember_batch(request, [one.action for one in done if one.action], said)
    return {"title": f"{said}, {len(skipped)} left out" if skipped else said, "done": done, "skipped": skipped}


def _counted(verb: str, done: list[Outcome]) -> str:
    waiting = [one for one in done if one.action and one.action.status == Status.PENDING]
    votes = len(waiting) if verb == "approve" else 0
    said = f"{DECISIONS[verb].done.partition(';')[0]}: {_actions(len(done) - votes)}"
    return f"{said}; {votes} more need a second person" if votes else said


def _actions(number: int) -> str:
    return f"{number} action{'' if number == 1 else 's'}"


def _name(action: Action | None, key: UUID) -> str:
    return f"{title_of(action.action_type)} for {action.account.name}" if action else f"Action {key}"


def _why_left_out(action: Action | None) -> str:
    if action is None:
        return "This company has no such action."
    return in_words(Conflict(f"This action is {action.status} already.", action=action))


def _errors(form: Any) -> str:
    return " ".join(str(sentence) for found in form.errors.values() for sentence in found)
