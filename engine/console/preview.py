"""An action's draft beside the queue: what it would do, why it waits, and the hash that a decision names."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money
from crm.console.roles import visitor_of
from engine.console.contents import contents_of
from engine.console.differences import changes_of
from engine.console.review import firing
from engine.console.words import title_of
from engine.deciders import require_decider
from engine.errors import NotAllowed
from engine.facts import Situation, situation_of
from engine.lifecycle import Status
from engine.models import Action
from engine.serving import Serving
from guardrails.policy import TIERS
from record.canonical import canonical


def preview_of(request: HttpRequest, action: Action) -> dict[str, Any]:
    """What the fragment shows. The draft is drawn from the payload; what the agent says about it is not in it."""
    who, situation = visitor_of(request), situation_of(action)
    zone = ZoneInfo(who.tenant.time_zone)
    return {
        "title": title_of(action.action_type),
        "action": action,
        "contents": contents_of(action, strangers=situation.facts.unknown_recipients, zone=zone),
        "exact": canonical(action.payload).decode(),
        "changes": changes_of(action.edit_diff),
        "is_known": action.action_type in TIERS,
        "rules": firing(action),
        "served": Serving([action], tenant=who.tenant, now=timezone.now()).of(action),
        "value": money(action.opportunity.amount, action.opportunity.currency) if action.opportunity else "",
        "has_moved": _has_moved(action, situation),
        "waits": action.status == Status.PENDING,
        "why_not": _why_not(action, who.actor),
    }


def _has_moved(action: Action, situation: Situation) -> bool:
    """Whether approving it will first show what it is now."""
    return (situation.stage, situation.policy_version) != (action.stage, action.policy_version)


def _why_not(action: Action, actor: Any) -> str:
    try:
        require_decider(action, actor)
    except NotAllowed as refusal:
        return str(refusal)
    return ""
