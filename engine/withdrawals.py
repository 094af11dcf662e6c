"""Withdrawing: an agent takes its own proposal back before anything has started."""

from uuid import UUID

from crm.tenancy import unit_of_work
from engine.errors import Conflict, NotAllowed
from engine.lifecycle import Status
from engine.locks import fresh, locked
from engine.models import Action
from engine.moves import move
from record.actors import Actor


def withdraw(*, action: Action, actor: Actor, clone_id: UUID | None) -> Action:
    """Take back an action that waits or is approved but has not started. Raises NotAllowed, Conflict."""
    with unit_of_work(action.tenant_id):
        now = locked(action)
        if now.clone_id != clone_id:
            raise NotAllowed("Only the clone that proposed an action can withdraw it.")
        if not move([now.pk], Status.WITHDRAWN, actor=actor):
            raise Conflict(f"This action is {now.status}; it can no longer be withdrawn.", action=now)
        return fresh(now)
