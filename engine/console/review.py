"""The review page: everything needed to decide one action. Reading it changes nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money, pairs_of
from crm.console.roles import Visitor, visitor_of
from crm.qualification import FRAMEWORK_FIELDS
from crm.timeline import timeline
from engine.console.beside import Beside, beside
from engine.console.contents import contents_of
from engine.console.decision_forms import (
    AgainForm,
    ApproveForm,
    AskForm,
    ReassignForm,
    RejectForm,
    SettleForm,
    SnoozeForm,
)
from engine.console.differences import changes_of
from engine.console.payload_forms import PayloadForm
from engine.console.words import title_of, why_of
from engine.deciders import require_decider
from engine.errors import NotAllowed
from engine.facts import Situation, situation_of
from engine.lifecycle import Status
from engine.models import Action
from engine.queue import what_each_waits_for
from engine.serving import Serving
from guardrails.policy import TIERS
from guardrails.rules import RULES, Effect
from record.canonical import canonical

LATEST = 6  # interactions beside the action; the account's page has them all
MOST_VERSIONS = 20

_SHOWN = ("account", "clone", "opportunity", "contact", "decided_by", "assignee", "first_vote_by", "tenant")

# Which forms a status calls for.
OPEN_FORMS: dict[str, tuple[str, ...]] = {
    Status.PENDING: ("approve", "reject", "edit", "ask", "snooze", "reassign"),
    Status.UNKNOWN: ("settle", "again"),
    Status.FAILED: ("again",),
}
# What a second yes is, which whoever gave the first cannot give.
VOTES = ("approve", "edit")
FOUR_EYES = "four_eyes"
_PLAIN_FORMS: dict[str, type[forms.Form]] = {
    "approve": ApproveForm,
    "reject": RejectForm,
    "ask": AskForm,
    "settle": SettleForm,
    "again": AgainForm,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision that was not taken: the verb's form as it was sent, and a sentence to put above the page."""

    verb: str = ""
    form: Any = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Votes:
    """What two people must say yes to: who has (None: nobody yet), and why it is not this person's turn ("": it is)."""

    first: str
    first_at: datetime | None
    not_yours: str


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: what it says, and the ways out."""

    name: str
    why: str
    blocks: bool
    remedies: list[dict[str, str]] = field(default_factory=list)


def find(request: HttpRequest, object_id: Any) -> Action | None:
    """The action of the current tenant with this id, and what its page names."""
    rows = Action.objects.filter(tenant_id=visitor_of(request).tenant.pk, pk=object_id)
    return rows.select_related(*_SHOWN).first()


def review_page(request: HttpRequest, action: Action, refused: Refused | None = None) -> dict[str, Any]:
    """What the review page's template shows of `action`."""
    who = visitor_of(request)
    situation = situation_of(action)
    zone = ZoneInfo(who.tenant.time_zone)
    around = beside(action)
    return {
        "title": title_of(action.action_type),
        "action": action,
        "contents": contents_of(action, strangers=situation.facts.unknown_recipients, titles=around.titles, zone=zone),
        "beside": around,
        "others_there": [one for one in around.people if not one.is_meant],
        "qualified": qualified(action),
        "snoozed": action.snoozed_until is not None and action.snoozed_until > timezone.now(),
        "exact": canonical(action.payload).decode(),
        "rules": firing(action),
        "served": Serving([action], tenant=who.tenant, now=timezone.now()).of(action),
        "value": money(action.opportunity.amount, action.opportunity.currency) if action.opportunity else "",
        "is_known": action.action_type in TIERS,
        "stale": _stale(action, situation),
        "waits_for": what_each_waits_for([action])[action.pk],
        "is_held": is_held(action),
        "happened": timeline(action.account)[:LATEST],
        "versions": versions_of(action),
        "changes": changes_of(action.edit_diff),
        "entries": around.entries,
        "attempts": action.tries.order_by("-started_at") if action.fence else (),
        "outcome": pairs_of(action.result) if action.result else [],
        **_deciding(action, who, around, refused or Refused()),
    }


def firing(action: Action) -> list[Firing]:
    """The rules that fired at the last check, strictest first; each way out once, with the first that names it."""
    seen: set[str] = set()
    found = []
    for name in action.rules:
        rule = RULES.get(name)
        ways = [way.as_dict() for way in (rule.remedies if rule else ()) if way.do not in seen]
        seen.update(way["do"] for way in ways)
        found.append(Firing(name, why_of(name), bool(rule and rule.effect is Effect.BLOCK), ways))
    return found


def qualified(action: Action) -> list[tuple[str, int, int, list[tuple[str, str]]]]:
    """How far the deal is qualified, by framework: its name, how many of its questions are answered, and the answers."""
    noted = action.opportunity.qualification if action.opportunity else {}
    return [
        (name, sum(1 for asked in questions if answers.get(asked)), len(questions), pairs_of(answers))
        for name, questions in FRAMEWORK_FIELDS.items()
        if isinstance(answers := noted.get(name), dict) and answers
    ]


def votes_of(action: Action, who: Visitor) -> Votes | None:
    """Where a waiting action stands that two people must approve; None for one that takes a single yes."""
    if FOUR_EYES not in action.rules or action.status != Status.PENDING:
        return None
    first = action.first_vote_by
    reason = ""
    if action.clone.owner_id == who.person.pk:
        reason = "The clone is yours, so you are not one of the two."
    elif first is not None and first.pk == who.person.pk:
        reason = "You gave the first yes; somebody else gives the second."
    return Votes(first.get_username() if first else "", action.first_vote_at, reason)


def versions_of(action: Action) -> list[Action]:
    """The versions of an action through its edits, oldest first; [] for one that was never edited."""
    if action.supersedes_id is None and action.superseded_by_id is None:
        return []
    return list(Action.objects.raw(_VERSIONS, {"id": action.pk, "most": MOST_VERSIONS}))


def _deciding(action: Action, who: Visitor, around: Beside, refused: Refused) -> dict[str, Any]:
    """The forms that the action's status calls for, for who may decide; else why this person may not."""
    votes = votes_of(action, who)
    not_now = VOTES if votes and votes.not_yours else ()
    names = [name for name in OPEN_FORMS.get(action.status, ()) if name not in not_now]
    if not names and not is_held(action):
        return {"may_decide": False, "forms": {}, "votes": None, "why_not": "", "refusal": refused.sentence}
    try:
        require_decider(action, who.actor)
    except NotAllowed as why:
        told = {"why_not": str(why) if names else "", "refusal": refused.sentence}
        return {"may_decide": False, "forms": {}, "votes": votes, **told}
    made = {name: _empty_form(name, action, around) for name in names}
    if refused.form is not None and refused.verb in made:
        made[refused.verb] = refused.form
    told = {"refused_verb": refused.verb, "refusal": refused.sentence}
    return {"may_decide": True, "forms": made, "votes": votes, **told}


def _empty_form(name: str, action: Action, around: Beside) -> Any:
    if name == "edit":
        return PayloadForm(action)
    if name == "snooze":
        return SnoozeForm(action, auto_id="snooze-%s")
    if name == "reassign":
        return ReassignForm(action, people=around.candidates)
    return _PLAIN_FORMS[name](initial={"content_hash": action.content_hash}, auto_id=f"{name}-%s")


def _stale(action: Action, situation: Situation) -> list[str]:
    """What moved since the action was judged: approving it will first show what it is now."""
    if action.status != Status.PENDING:
        return []
    moved = []
    if situation.stage != action.stage:
        moved.append(f"the deal's stage was {action.stage or 'none'} and is {situation.stage or 'none'}")
    if situation.policy_version != action.policy_version:
        moved.append(f"the rules were version {action.policy_version} and are version {situation.policy_version}")
    if situation.facts.suppressed:
        moved.append("somebody it would be sent to must not be written to")
    return moved


def is_held(action: Action) -> bool:
    """Whether a decision on the action can still be undone, as far as this clock can tell."""
    decided = action.status in (Status.APPROVED, Status.REJECTED)
    return decided and action.not_before is not None and action.not_before > timezone.now()


# Up from the action to the version nobody edited, and down to the one that stands.
_VERSIONS = """
WITH RECURSIVE up AS (
    SELECT id, supersedes_id, 0 AS depth FROM engine_action WHERE id = %(id)s
    UNION ALL
    SELECT a.id, a.supersedes_id, up.depth + 1 FROM engine_action a JOIN up ON a.id = up.supersedes_id
    WHERE up.depth < %(most)s
), down AS (
    SELECT id, superseded_by_id, 0 AS depth FROM engine_action WHERE id = %(id)s
    UNION ALL
    SELECT a.id, a.superseded_by_id, down.depth + 1 FROM engine_action a JOIN down ON a.id = down.superseded_by_id
    WHERE down.depth < %(most)s
)
SELECT a.* FROM engine_action a WHERE a.id IN (SELECT id FROM up UNION SELECT id FROM down) ORDER BY a.id
"""
