"""A proposal judged: the guardrails asked with what the records say, and the verdict as columns."""

from typing import Any

from crm.models import Tenant
from engine.consent import content_hash
from engine.facts import Situation
from engine.models import Action
from guardrails.checker import GuardrailChecker
from guardrails.policy import GuardrailResult

_CHECKER = GuardrailChecker()


def judge(action_type: str, situation: Situation) -> GuardrailResult:
    """The guardrails' verdict on `action_type` in `situation`."""
    return _CHECKER.check(action_type, situation.stage, facts=situation.facts)


def verdict_columns(verdict: GuardrailResult) -> dict[str, Any]:
    """What an action keeps of a verdict."""
    return {
        "tier": verdict.tier,
        "allowed": verdict.allowed,
        "requires_human": verdict.requires_human,
        "rules": list(verdict.rules),
        "remedy": None if verdict.remedy is None else list(verdict.remedy),
    }


def stamp(action: Action, tenant: Tenant, situation: Situation) -> dict[str, Any]:
    """The stage, policy version and content hash that `action` has in `situation`."""
    return {
        "stage": situation.stage,
        "policy_version": situation.policy_version,
        "content_hash": hash_of(action, tenant, stage=situation.stage, policy_version=situation.policy_version or 0),
    }


def hash_of(action: Action, tenant: Tenant, *, stage: str | None, policy_version: int) -> str:
    """The content hash of an action's own columns, in a stage and under a version of the policy."""
    return content_hash(
        tenant_slug=tenant.slug,
        clone_id=action.clone_id,
        action_type=action.action_type,
        payload=action.payload,
        account_id=action.account_id,
        opportunity_id=action.opportunity_id,
        contact_id=action.contact_id,
        stage=stage,
        policy_version=policy_version,
    )


def has_moved(action: Action, situation: Situation) -> bool:
    """Whether stage or policy are no longer what the action's hash was made of."""
    return (situation.stage, situation.policy_version) != (action.stage, action.policy_version)
