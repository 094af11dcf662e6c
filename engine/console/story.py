"""Why was this sent? One action's whole story, from what was heard to what came of it, by the same few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money, pairs_of
from crm.console.roles import visitor_of
from engine.connectors.mailing import message_id
from engine.console.aftermath import Aftermath, aftermath_of
from engine.console.contents import contents_of
from engine.console.differences import changes_of
from engine.console.evidence import Evidence, evidence_of
from engine.console.moments import Moment, rule_lines
from engine.console.review import versions_of
from engine.console.tellings import DECISIONS, Known, last_decisions, moments_of
from engine.console.words import line_of, title_of
from engine.facts import situation_of
from engine.judgement import hash_of
from engine.lifecycle import Status
from engine.models import Action, Attempt, Question
from guardrails.policy import TIERS
from record.actors import ActorKind
from record.canonical import canonical
from record.models import Entry

MOST_ENTRIES = 300
_MAILED = {
    "email": True,
    "calendar": True,
    "escalation": False,
}  # by queue: whether the clone's own address is in the From


@dataclass(frozen=True, slots=True)
class HashLine:
    """A hash of the content, and where it stands; `fits`: it is the one that was decided on."""

    what: str
    hash: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was read of an action: `last` is the version that counts, the others lead up to it."""

    versions: Sequence[Action]
    entries: Sequence[Entry]
    tries: Sequence[Attempt]
    questions: Sequence[Question]
    evidence: Evidence
    after: Aftermath

    @property
    def first(self) -> Action:
        return self.versions[0]

    @property
    def last(self) -> Action:
        return self.versions[-1]

    @property
    def done_at(self) -> datetime | None:
        """When it was carried out; None where it was not."""
        return done_at(self.last, self.tries)


def story_page(request: HttpRequest, action: Action) -> dict[str, Any]:
    """What the page of an action's story shows."""
    who = visitor_of(request)
    zone, told = ZoneInfo(who.tenant.time_zone), read(action)
    last = told.last
    moments, hashes = in_order(told), hash_lines(told)
    written = [moment.written for moment in moments if moment.written]
    return {
        "title": "Why was this sent?",
        "action": last,
        "what": title_of(last.action_type),
        "line": line_of(last.action_type, last.payload, zone),
        "value": money(last.opportunity.amount, last.opportunity.currency) if last.opportunity else "",
        "moments": moments,
        "contents": contents_of(last, strangers=situation_of(last).facts.unknown_recipients, zone=zone),
        "exact": canonical(last.payload).decode(),
        "is_known": last.action_type in TIERS,
        "rules": rule_lines(last.rules),
        "hashes": hashes,
        "same": all(line.fits for line in hashes),
        "is_decided": any(entry.kind in (*DECISIONS, "action.executing") for entry in told.entries),
        "wrong_entries": [one for one in written if not one.is_right],
        "entries": len(written),
        "is_cut": len(told.entries) >= MOST_ENTRIES,
        "evidence": told.evidence,
        "after": told.after,
        "message_ids": message_ids(last, told.tries),
        "outcome": pairs_of(last.result) if last.result else [],
        "done_at": told.done_at,
        "versions": told.versions,
        "address": request.build_absolute_uri(request.path),
        "seen_at": timezone.now(),
    }


def read(action: Action) -> Told:
    """All that is on record of an action and of the versions it went through."""
    versions = [_dressed(one, action) for one in versions_of(action)] or [action]
    ids = [one.pk for one in versions]
    about = Entry.objects.filter(tenant_id=action.tenant_id, subject_id__in=[str(pk) for pk in ids])
    entries = list(about.order_by("id")[:MOST_ENTRIES])
    tries = list(Attempt.objects.filter(action_id__in=ids).order_by("started_at", "pk"))
    questions = list(Question.objects.filter(action_id__in=ids))
    last = versions[-1]
    after = aftermath_of(last, done_at(last, tries))
    return Told(versions, entries, tries, questions, evidence_of(versions[0]), after)


def in_order(told: Told) -> list[Moment]:
    """The moments of the whole story in the order of time; at the same time, causes before what they caused."""
    known = Known(
        versions={str(one.pk): one for one in told.versions},
        tries={(str(one.action_id), one.fence): one for one in told.tries},
        questions={str(one.pk): one for one in told.questions},
        last_decisions=last_decisions(told.entries),
    )
    found = [
        *told.evidence.moments,
        *moments_of(told.entries, known),
        *_edits(told),
        *_untold(told),
        *told.after.moments,
    ]
    return sorted(found, key=lambda moment: (moment.at, moment.place))


def hash_lines(told: Told) -> list[HashLine]:
    """What was decided, what was taken up, what the record said last and what stands there now, by their hashes: equal, or
    the page says not. The first is what the others are held against."""
    own = [entry for entry in told.entries if entry.subject_id == str(told.last.pk) and "content_hash" in entry.facts]
    decided = [entry for entry in own if entry.kind in DECISIONS and entry.actor_kind == ActorKind.PERSON][-1:]
    taken = [entry for entry in own if entry.kind == "action.executing"][-1:]
    lines = [(f"decided by {entry.actor_label}", entry.facts["content_hash"]) for entry in decided]
    lines += [(f"taken up, try {entry.facts.get('fence')}", entry.facts["content_hash"]) for entry in taken]
    lines += [(f"last put on record: {entry.kind}", entry.facts["content_hash"]) for entry in own[-1:]]
    lines += [
        ("kept with the action", told.last.content_hash),
        ("reckoned just now from it", content_hash_of(told.last)),
    ]
    return [HashLine(what, one, one == lines[0][1]) for what, one in lines]


def message_ids(action: Action, tries: Sequence[Attempt]) -> list[str]:
    """The Message-IDs its mails carried, or would have; [] for what is no mail. Each try at one content has the same."""
    if action.queue not in _MAILED:
        return []
    address = action.clone.address if _MAILED[action.queue] else ""
    sent = (action.result or {}).get("message_id")
    made = [message_id(one.key, address) for one in tries if one.action_id == action.pk]
    return list(dict.fromkeys([*([sent] if sent else []), *made]))


def done_at(action: Action, tries: Sequence[Attempt]) -> datetime | None:
    """When an action was carried out, as far as the records tell; None where it was not."""
    if action.status != Status.EXECUTED:
        return None
    ended = [one.ended_at for one in tries if one.action_id == action.pk and one.outcome == "executed" and one.ended_at]
    return max(ended) if ended else action.executed_at


def content_hash_of(action: Action) -> str:
    """The hash that an action's own columns give, as they stand now."""
    return hash_of(action, action.tenant, stage=action.stage, policy_version=action.policy_version)


def _edits(told: Told) -> list[Moment]:
    """What each edit changed, word by word, beside the entry that tells of it."""
    return [
        Moment(one.proposed_at, "edit", "What the edit changed", changes=changes_of(one.edit_diff), place="3")
        for one in told.versions[1:]
        if one.edit_diff
    ]


def _untold(told: Told) -> list[Moment]:
    """Attempts that no entry of the record tells of: there should be none."""
    recorded = {
        (entry.subject_id, entry.facts.get("fence")) for entry in told.entries if entry.kind == "action.executing"
    }
    return [
        Moment(one.started_at, "attempt", f"Try {one.fence}, of which the record says nothing", place="4")
        for one in told.tries
        if (str(one.action_id), one.fence) not in recorded
    ]


def _dressed(version: Action, action: Action) -> Action:
    """A version with what it shares with the others, already read: an edit changes the payload alone."""
    if version.pk == action.pk:
        return action
    for name in ("account", "clone", "opportunity", "contact", "tenant"):
        setattr(version, name, getattr(action, name))
    return version
