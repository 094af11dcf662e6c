"""Editing: a person's version takes the place of the agent's, and needs a decision of its own."""

from dataclasses import replace
from typing import Any

from crm.tenancy import unit_of_work
from engine.approvals import approve
from engine.caps import take_turns, with_limits
from engine.consent_check import refuse_other_content, refuse_unless_current
from engine.deciders import require_decider
from engine.errors import Conflict, InvalidProposal
from engine.facts import read, subject_of
from engine.judgement import judge, stamp, verdict_columns
from engine.lifecycle import Status, sources
from engine.locks import fresh, locked
from engine.models import Action
from engine.moves import ALIVE, move
from engine.payloads import PayloadError, validate_payload
from engine.proposals import proposed_facts
from guardrails.policy import status_for
from record import journal
from record.actors import Actor

# What an edited version takes over from the one it stands for; its proposer stays the agent, so that who edits may approve.
_INHERITED = (
    "tenant",
    "clone_id",
    "account_id",
    "opportunity_id",
    "contact_id",
    "action_type",
    "rationale",
    "runner",
    "queue",
    "claimed_stage",
    "proposer_kind",
    "proposer_id",
    "proposer_label",
    "expires_at",
    "assignee_id",
)


def edit(*, action: Action, payload: dict[str, Any], actor: Actor) -> Action:
    """Put a changed payload in the place of a waiting action's and return the new, pending version.

    Same type, clone, target and deadline. Where two people are asked for, the edit is the editor's vote.

    Raises NotAllowed, InvalidProposal for a payload that does not fit or changes nothing, Conflict where the action can no
    longer be edited or the changed version would be blocked (the old one then stays as it was).
    """
    with unit_of_work(action.tenant_id):
        take_turns()
        old = locked(action)
        person_id = require_decider(old, actor)
        if old.status not in sources(Status.SUPERSEDED):
            raise Conflict(f"This action is {old.status}; it cannot be edited any more.", action=old)
        new = _version(old, _checked(old, payload), editor_id=person_id)
        new.save(force_insert=True)
        journal.write(
            tenant_id=new.tenant_id,
            kind="action.edited",
            subject=("action", new.pk),
            actor=actor,
            facts=proposed_facts(new, supersedes=str(old.pk), fields=sorted(new.edit_diff or ())),
        )
        replaced = {"superseded_by": new.pk}
        if not move([old.pk], Status.SUPERSEDED, actor=actor, only=ALIVE, changes=replaced, facts={"by": str(new.pk)}):
            raise Conflict("The deadline of this action has passed; it cannot be edited any more.", action=old)
        return fresh(new)


def edit_and_approve(
    *,
    action: Action,
    payload: dict[str, Any],
    actor: Actor,
    content_hash: str,
    comment: str = "",
    hold: bool = False,
) -> Action:
    """Edit what was shown, which `content_hash` names, and approve the edited version, both or neither. Where two people
    are asked for it stays pending: another person gives the second vote.

    Raises what `edit` and `approve` raise; as with `approve`, a stage or a policy that moved since is shown again first.
    """
    with unit_of_work(action.tenant_id):
        take_turns()
        shown = locked(action)
        require_decider(shown, actor)
        refuse_other_content(shown, content_hash)
        if shown.status == Status.PENDING:
            refuse_unless_current(shown, actor=actor)
        new = edit(action=action, payload=payload, actor=actor)
        if "four_eyes" in new.rules:
            return new
        return approve(action=new, actor=actor, content_hash=new.content_hash, comment=comment, hold=hold)


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ, as {field: {old, new}}; a field that is missing on one side is null there."""
    return {
        field: {"old": old.get(field), "new": new.get(field)}
        for field in sorted({*old, *new})
        if old.get(field) != new.get(field)
    }


def _checked(old: Action, payload: dict[str, Any]) -> dict[str, Any]:
    try:
        checked = validate_payload(old.action_type, payload)
    except PayloadError as refusal:
        raise InvalidProposal(refusal.errors) from refusal
    if checked == old.payload:
        unchanged = {"pointer": "/payload", "code": "unchanged", "detail": "Nothing was changed; approve it as it is."}
        raise InvalidProposal([unchanged])
    return checked


def _version(old: Action, payload: dict[str, Any], *, editor_id: int) -> Action:
    inherited = {name: getattr(old, name) for name in _INHERITED}
    new = Action(**inherited, payload=payload, status=Status.PENDING, supersedes=old)
    new.edit_diff = difference(old.payload, payload)
    (situation,) = with_limits(read([subject_of(new)]), [old.pk])
    situation = replace(situation, facts=replace(situation.facts, tightened_by_edit=True))
    verdict = judge(old.action_type, situation)
    if status_for(verdict) == Status.BLOCKED:
        raise Conflict(f"The changed version would be blocked: {verdict.reason}.", action=old)
    for column, value in {**verdict_columns(verdict), **stamp(new, old.tenant, situation)}.items():
        setattr(new, column, value)
    new.proposed_at = new.judged_at = new.created_at = new.waiting_since = situation.now
    if situation.facts.four_eyes and old.clone.owner_id != editor_id:
        new.first_vote_by_id, new.first_vote_at = editor_id, situation.now
    return new
