"""The engine's five verbs in one object, for callers inside the process (the planner, commands, other applications)."""

from typing import Any

from crm.access import actor_of
from crm.models import Account, Clone, Contact, Opportunity, Tenant
from crm.tenancy import tenant_scope
from engine import approvals, planning, queue
from engine.errors import Conflict
from engine.execution import execute
from engine.lifecycle import Status
from engine.locks import fresh
from engine.models import Action
from engine.proposals import Proposal, propose


class AutonomyEngine:
    """Proposes, lists, decides and carries out. Actors are people, agents' keys or `record.actors.Actor`s."""

    def propose_action(
        self,
        *,
        tenant: Tenant,
        clone: Clone,
        action_type: str,
        account: Account | str,
        payload: dict[str, Any],
        rationale: str = "",
        actor: Any,
        opportunity: Opportunity | str | None = None,
        contact: Contact | str | None = None,
        deal_stage: str | None = None,
    ) -> Action:
        """Judge and store a proposal. Objects, ids and external ids are taken. Raises InvalidProposal."""
        proposal = Proposal(
            tenant=tenant,
            clone_id=clone.pk,
            action_type=action_type,
            account=_reference(account),
            payload=payload,
            rationale=rationale,
            opportunity=_optional(opportunity),
            contact=_optional(contact),
            deal_stage=deal_stage,
        )
        return propose(proposal, actor=actor_of(actor))

    def plan_proactive_actions(self, *, tenant: Tenant, account: Account, clone: Clone | None = None) -> list[Action]:
        """Propose what the account's records call for, through the same gate; [] where nothing does."""
        return planning.plan(tenant=tenant, account=account, clone=clone)

    def get_pending_approvals(self, *, tenant: Tenant) -> list[Action]:
        """What waits for a decision in `tenant`, the most pressing first."""
        with tenant_scope(tenant):
            return list(queue.pending(tenant_id=tenant.pk))

    def resolve_approval(
        self, *, action: Action, approved: bool, actor: Any, content_hash: str, reason: str = ""
    ) -> Action:
        """Approve or reject a pending action as it was shown. Raises NotAllowed, InvalidProposal, Conflict."""
        if approved:
            return approvals.approve(action=action, actor=actor_of(actor), content_hash=content_hash, comment=reason)
        return approvals.reject(action=action, actor=actor_of(actor), reason=reason)

    def execute_approved_action(self, *, action: Action) -> Action:
        """Claim one approved action, carry it out now and return it. Raises Conflict for one that is not approved or may
        not run now."""
        ran = execute(action)
        with tenant_scope(action.tenant_id):
            now = fresh(action)
        if not ran:
            why = "is approved but held back" if now.status == Status.APPROVED else f"is {now.status}"
            raise Conflict(f"Only an approved action that is due can be carried out; this one {why}.", action=now)
        return now


def _reference(target: Any) -> str:
    return str(getattr(target, "pk", target))


def _optional(target: Any) -> str | None:
    return None if target is None else _reference(target)
