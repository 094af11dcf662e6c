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
    """The time zones of all whom each action reaches: those on record, and the tenant's for the others."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [[action.pk for action in actions]])
        return dict(cursor.fetchall())


# Whom no contact's clock is on record for goes by the company's; what carries no address reaches its contact.
_SQL = """
SELECT a.id, array_agg(DISTINCT coalesce(nullif(c.time_zone, ''), t.time_zone))
FROM engine_action a
JOIN crm_tenant t ON t.id = a.tenant_id
LEFT JOIN LATERAL jsonb_array_elements_text(
    coalesce(a.payload -> 'to', '[]') || coalesce(a.payload -> 'cc', '[]') || coalesce(a.payload -> 'attendees', '[]')
    ) AS x(address) ON true
LEFT JOIN crm_contact c ON c.account_id = a.account_id
    AND CASE WHEN x.address IS NULL THEN c.id = a.contact_id ELSE lower(c.email) = lower(x.address) END
WHERE a.id = ANY (%s)
GROUP BY a.id
"""
