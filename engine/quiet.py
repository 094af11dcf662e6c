"""Quiet hours at the claim: until when a message waits for those it reaches."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from engine.facts import Situation
from engine.models import Action
from guardrails.policy import MESSAGE_TYPES
from guardrails.quiet import quiet_until
from guardrails.scopes import QUIET_HOURS, StandingRule, of_kind


def quiet_ends(actions: Sequence[Action], situations: Sequence[Situation]) -> dict[UUID, datetime]:
    """When the quiet ends for each of these messages that reaches somebody in their quiet hours now, by the action's id.

    One statement, and none where no rule of quiet hours concerns any of them.
    """
    concerned = {
        action.pk: (action, situation, rules)
        for action, situation in zip(actions, situations, strict=True)
        if (rules := _rules_for(action, situation))
    }
    zones = _zones([action for action, _, _ in concerned.values()]) if concerned else {}
    ends = {pk: quiet_until(rules, zones[pk], situation.now) for pk, (action, situation, rules) in concerned.items()}
    return {pk: end for pk, end in ends.items() if end is not None}


def _rules_for(action: Action, situation: Situation) -> list[StandingRule]:
    if action.action_type not in MESSAGE_TYPES:
        return []
    return of_kind(situation.rules, QUIET_HOURS, situation.case)


def _zones(actions: Sequence[Action]) -> dict[UUID, list[str]]:
    """The time zones of those each action reaches, as far as they are on record; else the tenant's."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [[action.pk for action in actions]])
        found = dict(cursor.fetchall())
    return {action.pk: found.get(action.pk) or [action.tenant.time_zone] for action in actions}


_SQL = """
SELECT a.id, array_agg(DISTINCT coalesce(nullif(c.time_zone, ''), t.time_zone))
FROM engine_action a
JOIN crm_tenant t ON t.id = a.tenant_id
JOIN crm_contact c ON c.account_id = a.account_id AND (c.id = a.contact_id OR lower(c.email) IN (
    SELECT lower(x.address) FROM jsonb_array_elements_text(
        coalesce(a.payload -> 'to', '[]') || coalesce(a.payload -> 'cc', '[]') || coalesce(a.payload -> 'attendees', '[]')
    ) AS x(address)))
WHERE a.id = ANY (%s)
GROUP BY a.id
"""
