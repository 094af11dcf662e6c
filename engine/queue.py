"""The queue of what waits for a person, and what every action waits for."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from engine.connectors.registry import is_ready
from engine.lifecycle import Status, waiting_for
from engine.models import Action
from guardrails.models import Pause
from guardrails.pauses import standing


def pending(*, tenant_id: UUID) -> QuerySet[Action]:
    """The actions that wait for a decision, those whose time runs out first first, with what their pages show."""
    return (
        Action.objects.filter(tenant_id=tenant_id, status=Status.PENDING)
        .select_related("account", "opportunity", "contact", "clone", "decided_by", "assignee", "first_vote_by")
        .order_by("expires_at", "id")
    )


def what_each_waits_for(actions: Iterable[Action], *, now: datetime | None = None) -> dict[UUID, str | None]:
    """By id, the one thing that must give way before each action goes on; one query, and only if one is approved."""
    listed = list(actions)
    pauses = list(standing()) if any(action.status == Status.APPROVED for action in listed) else []
    moment = now or timezone.now()
    return {action.pk: _waits_for(action, pauses, moment) for action in listed}


def _waits_for(action: Action, pauses: list[Pause], now: datetime) -> str | None:
    return waiting_for(
        Status(action.status),
        paused=any(pause.holds_back(action.clone_id, action.action_type) for pause in pauses),
        held=action.not_before is not None and action.not_before > now,
        quiet_hours=action.quiet_until is not None and action.quiet_until > now,
        retry_due_later=action.retry_at is not None and action.retry_at > now,
        runner=action.runner,
        connector_ready=is_ready(action.queue),
    )
