"""Proposing: a proposal judged and stored, with its record entry, in one transaction."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine import hints
from engine.caps import limits_of, take_turns, with_limits
from engine.errors import InvalidProposal, NotAllowed
from engine.facts import Situation, Subject, read
from engine.judgement import judge, stamp, verdict_columns
from engine.lifecycle import Status
from engine.models import Action, Runner
from engine.payloads import CONNECTOR_OF, NEEDS_OPPORTUNITY, PayloadError, recipients, validate_payload
from engine.promised import kinds_promised
from guardrails.policy import GuardrailResult, normalise_action_type, status_for
from record import journal
from record.actors import Actor

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST_RATIONALE = 10_000
_LONGEST_RAW_NAME = 200
_LONGEST_STAGE = 64


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an agent asks for. `account`, `opportunity` and `contact` are ids or external ids, `deal_stage` what the
    caller believes the stage is, `runner` who will carry it out ("connector" or "agent"), `cause` what
    the planner proposes it for."""

    tenant: Tenant
    clone_id: UUID
    action_type: str
    account: str
    payload: dict[str, Any]
    rationale: str = ""
    opportunity: str | None = None
    contact: str | None = None
    deal_stage: str | None = None
    runner: str = Runner.CONNECTOR.value
    cause: str = ""


def propose(proposal: Proposal, *, actor: Actor) -> Action:
    """Judge a proposal and store it: approved, pending or blocked.

    Raises InvalidProposal naming each field that does not fit, NotAllowed where the tenant has no policy to judge by.
    """
    name, payload = _checked(proposal)
    with tenant_scope(proposal.tenant):
        situation = _situation(proposal, name, payload)
        if limits_of(situation, is_new=True):
            take_turns()
        (situation,) = with_limits([situation], [None], is_new=True)
        verdict = judge(name, situation)
        action = _action(proposal, name, payload, situation, verdict, actor)
        action.save(force_insert=True)
        journal.write(
            tenant_id=action.tenant_id,
            kind="action.proposed",
            subject=("action", action.pk),
            actor=actor,
            facts=proposed_facts(action, raw_action_type=proposal.action_type),
        )
        hints.work_may_be_due(action)
    return action


def preview(proposal: Proposal) -> GuardrailResult:
    """The verdict `propose` would give now; nothing is stored. Raises what `propose` raises."""
    name, payload = _checked(proposal)
    with tenant_scope(proposal.tenant):
        (situation,) = with_limits([_situation(proposal, name, payload)], [None], is_new=True)
        return judge(name, situation)


def proposed_facts(action: Action, **more: Any) -> dict[str, Any]:
    """What the record keeps of a proposal: typed facts and the hash, never the payload."""
    return {
        "to": action.status,
        "action_type": action.action_type,
        "clone": str(action.clone_id),
        "account": str(action.account_id),
        "tier": action.tier,
        "rules": action.rules,
        "stage": action.stage,
        "claimed_stage": action.claimed_stage,
        "policy_version": action.policy_version,
        "content_hash": action.content_hash,
        **more,
    }


def _checked(proposal: Proposal) -> tuple[str, dict[str, Any]]:
    errors = [*_name_errors(proposal.action_type), *_field_errors(proposal)]
    if errors:
        raise InvalidProposal(errors)
    name = normalise_action_type(proposal.action_type)
    if name in NEEDS_OPPORTUNITY and proposal.opportunity is None:
        raise InvalidProposal([_error("/opportunity", "required", f"{name} needs the opportunity it is about.")])
    try:
        return name, validate_payload(name, proposal.payload)
    except PayloadError as refusal:
        raise InvalidProposal(refusal.errors) from refusal


def _name_errors(raw: Any) -> list[dict[str, str]]:
    if not isinstance(raw, str) or len(raw) > _LONGEST_RAW_NAME or not _NAME.fullmatch(normalise_action_type(raw)):
        detail = "A name of 1 to 64 letters, digits and underscores that begins with a letter, such as send_proposal."
        return [_error("/action_type", "invalid", detail)]
    return []


def _field_errors(proposal: Proposal) -> list[dict[str, str]]:
    lengths = (
        ("/rationale", proposal.rationale, _LONGEST_RATIONALE),
        ("/deal_stage", proposal.deal_stage or "", _LONGEST_STAGE),
    )
    errors = [
        _error(pointer, "too_long", f"At most {longest} characters.")
        for pointer, text, longest in lengths
        if len(text) > longest
    ]
    if proposal.runner not in Runner.values:
        errors.append(_error("/runner", "invalid", f"One of {', '.join(Runner.values)}."))
    return errors


def _situation(proposal: Proposal, name: str, payload: dict[str, Any]) -> Situation:
    subject = Subject(
        clone_id=proposal.clone_id,
        action_type=name,
        account=str(proposal.account),
        opportunity=_text(proposal.opportunity),
        contact=_text(proposal.contact),
        recipients=recipients(name, payload),
        claimed_stage=proposal.deal_stage,
        commitments=kinds_promised(name, payload),
    )
    situation = read([subject])[0]
    _refuse_unknown_references(proposal, situation)
    if situation.policy_version is None:
        raise NotAllowed(f"The tenant {proposal.tenant.slug} has no policy row, so nothing can be judged.")
    return situation


def _refuse_unknown_references(proposal: Proposal, situation: Situation) -> None:
    missing = (
        ("/clone", proposal.clone_id, situation.clone_id, "No clone of this tenant has this id."),
        ("/account", proposal.account, situation.account_id, "No account of this tenant has this id or external_id."),
        ("/opportunity", proposal.opportunity, situation.opportunity_id, "No opportunity of this account has this id."),
        ("/contact", proposal.contact, situation.contact_id, "No contact of this account has this id."),
    )
    errors = [
        _error(pointer, "unknown", detail)
        for pointer, asked, found, detail in missing
        if asked is not None and found is None
    ]
    if errors:
        raise InvalidProposal(errors)


def _action(
    proposal: Proposal,
    name: str,
    payload: dict[str, Any],
    situation: Situation,
    verdict: GuardrailResult,
    actor: Actor,
) -> Action:
    runner = proposal.runner if name in CONNECTOR_OF else Runner.AGENT.value
    assert situation.account_id is not None, "an unknown account was refused before"
    action = Action(
        tenant=proposal.tenant,
        clone_id=proposal.clone_id,
        account_id=situation.account_id,
        opportunity_id=situation.opportunity_id,
        contact_id=situation.contact_id,
        action_type=name,
        payload=payload,
        rationale=proposal.rationale,
        runner=runner,
        cause=proposal.cause,
        queue=CONNECTOR_OF[name] if runner == Runner.CONNECTOR else "",
        claimed_stage=proposal.deal_stage,
        status=status_for(verdict),
        proposer_kind=actor.kind.value,
        proposer_id=actor.id,
        proposer_label=actor.label[:200],
        proposed_at=situation.now,
        judged_at=situation.now,
        created_at=situation.now,
        waiting_since=situation.now if status_for(verdict) == Status.PENDING else None,
        expires_at=situation.now + situation.deadline,
        **verdict_columns(verdict),
    )
    for column, value in stamp(action, proposal.tenant, situation).items():
        setattr(action, column, value)
    return action


def _error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _text(reference: object) -> str | None:
    return None if reference is None else str(reference)
