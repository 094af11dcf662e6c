"""Whether a person's consent still fits: what was shown against what is."""

from dataclasses import replace
from typing import Any

from engine.caps import with_limits
from engine.clock import ClockTimestamp
from engine.errors import Conflict
from engine.facts import Situation, situation_of
from engine.judgement import has_moved, judge, stamp, verdict_columns
from engine.lifecycle import Status
from engine.locks import fresh
from engine.models import Action
from engine.moves import move, restamp
from guardrails.policy import GuardrailResult, status_for
from guardrails.rules import RULES
from record.actors import Actor
from record.models import Entry

_STAMPED = ("stage", "policy_version")


def refuse_other_content(action: Action, shown_hash: str) -> None:
    """Raise Conflict, saying what differs where the record knows, unless `shown_hash` names the action as it is."""
    if shown_hash != action.content_hash:
        raise Conflict(
            "The action is not what was shown to you; look at it again.",
            action=action,
            differences=differences_from(action, shown_hash),
        )


def refuse_unless_current(action: Action, *, actor: Actor) -> Situation:
    """Judge a locked action again and return the situation if nothing it was shown with has moved.

    Raises Conflict, with the change kept: blocked where the guardrails now block it, re-stamped with a new hash where
    its stage or the policy moved.
    """
    (situation,) = with_limits([situation_of(action)], [action.pk])
    verdict = judge_again(action, situation)
    if status_for(verdict) == Status.BLOCKED:
        block(action, situation, verdict, actor=actor)
        raise Conflict(
            f"The guardrails now block this action: {verdict.reason}.", action=fresh(action), keeps_changes=True
        )
    if has_moved(action, situation):
        differences = _moved(action, situation)
        restamp(action, actor=actor, changes=new_stamp(action, situation, verdict), facts={"differences": differences})
        raise Conflict(
            "The deal's stage or the rules changed since this was shown; look at it again.",
            action=fresh(action),
            differences=differences,
            keeps_changes=True,
        )
    if unseen := unseen_rules(action, verdict):
        restamp(action, actor=actor, changes=new_stamp(action, situation, verdict), facts={"rules": unseen})
        whys = " ".join(RULES[rule].explanation for rule in unseen)
        raise Conflict(f"Since this was shown something was added: {whys}", action=fresh(action), keeps_changes=True)
    return situation


def unseen_rules(action: Action, verdict: GuardrailResult) -> list[str]:
    """The rules that fire now and were not shown to who decides. A pause is seen to by the claim, which waits for it."""
    return [rule for rule in verdict.rules if rule not in action.rules and rule not in ("autonomous", "paused")]


def judge_again(action: Action, situation: Situation) -> GuardrailResult:
    """The verdict on a stored action now; that it is somebody's edit counts."""
    facts = replace(situation.facts, tightened_by_edit=action.supersedes_id is not None)
    return judge(action.action_type, replace(situation, facts=facts))


def new_stamp(action: Action, situation: Situation, verdict: GuardrailResult) -> dict[str, Any]:
    """The columns that say what the guardrails found just now; a vote was for what was found before."""
    return {
        **stamp(action, action.tenant, situation),
        **verdict_columns(verdict),
        "judged_at": ClockTimestamp(),
        "first_vote_by": None,
        "first_vote_at": None,
    }


def block(action: Action, situation: Situation, verdict: GuardrailResult, *, actor: Actor) -> None:
    """End a waiting action that the guardrails no longer let anybody approve."""
    changes = new_stamp(action, situation, verdict)
    move([action.pk], Status.BLOCKED, actor=actor, changes=changes, facts={"rules": list(verdict.rules)})


def differences_from(action: Action, shown_hash: str) -> list[dict[str, Any]]:
    """What differs between the action and the version of it that carried `shown_hash`; [] for a hash it never had."""
    entry = (
        Entry.objects.filter(tenant_id=action.tenant_id, subject_id=str(action.pk), facts__content_hash=shown_hash)
        .order_by("id")
        .first()
    )
    if entry is None:
        return []
    return [
        {"field": field, "shown": entry.facts[field], "now": getattr(action, field)}
        for field in _STAMPED
        if field in entry.facts and entry.facts[field] != getattr(action, field)
    ]


def _moved(action: Action, situation: Situation) -> list[dict[str, Any]]:
    return [
        {"field": field, "shown": getattr(action, field), "now": getattr(situation, field)}
        for field in _STAMPED
        if getattr(action, field) != getattr(situation, field)
    ]
