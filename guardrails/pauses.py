"""Pauses: the switch that stops everything in its scope, and the order that makes it sure.

Setting a pause locks the tenant's policy row for update; every claim locks it for share. So once a pause has committed, no
claim that did not see it can be open: nothing new starts.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from crm.models import Clone, Tenant
from crm.tenancy import tenant_scope
from guardrails.models import Pause, Policy
from guardrails.policy import TIERS
from record import journal
from record.actors import Actor


def standing() -> QuerySet[Pause]:
    """The pauses that hold now in the tenant in scope."""
    return Pause.objects.filter(lifted_at=None)


def holding(*, clone: Any, action_type: Any) -> QuerySet[Pause]:
    """Those of them that hold back `clone`'s actions of `action_type`; both may be columns of an outer query. `clone` None
    asks what holds back everybody's. (engine.facts says the same in SQL.)"""
    return standing().filter(Q(clone=None) | Q(clone=clone), Q(action_type="") | Q(action_type=action_type))


def set_pause(*, tenant: Tenant, actor: Actor, reason: str, clone: Clone | None = None, action_type: str = "") -> Pause:
    """Hold back a clone, an action type, both together, or (neither named) the whole tenant.

    Raises ValueError without a reason or for an action type the table does not know.
    """
    if not reason.strip():
        raise ValueError("reason: say why, so that whoever wants to lift it knows.")
    if action_type and action_type not in TIERS:
        raise ValueError(f"action_type: {action_type!r} is not one of the {len(TIERS)} known types.")
    with tenant_scope(tenant):
        Policy.objects.select_for_update().get(tenant=tenant)
        pause = Pause.objects.create(
            tenant=tenant, clone=clone, action_type=action_type, reason=reason.strip(), set_by=actor.label
        )
        _record(pause, "pause.set", actor)
    return pause


def lift_pause(pause: Pause, *, actor: Actor) -> bool:
    """Let what it held back go on. Returns False where it was lifted before."""
    with tenant_scope(pause.tenant_id):
        lifted = Pause.objects.filter(pk=pause.pk, lifted_at=None).update(lifted_at=Now(), lifted_by=actor.label)
        if lifted:
            _record(pause, "pause.lifted", actor)
    return bool(lifted)


def _record(pause: Pause, kind: str, actor: Actor) -> None:
    journal.write(
        tenant_id=pause.tenant_id,
        kind=kind,
        subject=("pause", pause.pk),
        actor=actor,
        facts={"clone": str(pause.clone_id) if pause.clone_id else None, "action_type": pause.action_type or None},
    )
