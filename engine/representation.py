"""An action as the API, the commands and the engine's callers see it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.models import Action, Question
from engine.queue import what_each_waits_for


def as_json(action: Action) -> dict[str, Any]:
    """One action in the contract's form, as plain JSON values."""
    return as_list_json([action])[0]


def as_list_json(actions: Iterable[Action]) -> list[dict[str, Any]]:
    """Many actions in the contract's form; at most two queries more than were needed to read them (their questions, and
    pauses where one is approved). They come with `decided_by`, `assignee` and `first_vote_by`, or each costs its own."""
    listed = list(actions)
    waits = what_each_waits_for(listed)
    asked = questions_about(listed)
    return [_as_json(action, waits[action.pk], asked[action.pk]) for action in listed]


def questions_about(actions: Iterable[Action]) -> dict[UUID, list[Question]]:
    """By action, what was asked about it, the first first; one query, and none where all are in their first version, about
    which nothing was asked yet (a question makes a second)."""
    found: defaultdict[UUID, list[Question]] = defaultdict(list)
    ids = [action.pk for action in actions if action.version > 1]
    if ids:
        for question in Question.objects.filter(action__in=ids).select_related("asked_by").order_by("id"):
            found[question.action_id].append(question)
    return found


def votes_of(action: Action) -> list[dict[str, Any]]:
    """The votes for an action that needs two people, as {by, at}, while the second is out; whoever gives that decides."""
    if action.first_vote_by is None:
        return []
    return [{"by": action.first_vote_by.get_username(), "at": instant(action.first_vote_at)}]


def _as_json(action: Action, waits_for: str | None, asked: list[Question]) -> dict[str, Any]:
    return {
        "id": str(action.pk),
        "action_type": action.action_type,
        "tier": action.tier,
        "status": action.status,
        "version": action.version,
        "waiting_for": waits_for,
        "decision": {
            "allowed": action.allowed,
            "reason": action.reason,
            "requires_human": action.requires_human,
            "rules": list(action.rules),
            "remedy": action.remedy,
        },
        "content_hash": action.content_hash,
        "payload": action.payload,
        "rationale": action.rationale,
        "runner": action.runner,
        "account": str(action.account_id),
        "opportunity": _text(action.opportunity_id),
        "contact": _text(action.contact_id),
        "clone": str(action.clone_id),
        "stage": action.stage,
        "proposed_at": instant(action.proposed_at),
        "expires_at": instant(action.expires_at),
        "not_before": instant(action.not_before),
        "assignee": action.assignee.get_username() if action.assignee else None,
        "snoozed_until": instant(action.snoozed_until),
        "questions": [_question(one) for one in asked],
        "votes": votes_of(action),
        "decided_by": action.decided_by.get_username() if action.decided_by else None,
        "decided_at": instant(action.decided_at),
        "decision_comment": action.decision_comment or None,
        "result": action.result,
        "supersedes": _text(action.supersedes_id),
        "superseded_by": _text(action.superseded_by_id),
    }


def _question(one: Question) -> dict[str, Any]:
    return {
        "question": one.text,
        "asked_by": one.asked_by.get_username(),
        "asked_at": instant(one.asked_at),
        "answer": one.answer or None,
        "answered_at": instant(one.answered_at),
    }


def instant(moment: datetime | None) -> str | None:
    """An instant in ISO 8601 with its zone, or None."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
