"""Reminders and escalations: what a tenant's rules ask for when nobody decides, before the deadline says no.

A reminder tells everybody who may decide once more, in the way they set for what presses. An escalation hands the action to
the rule's person, and ends a snooze: to put an action off is no decision. Each comes once for each time an action begins to
wait; never after the deadline, and no reminder after an escalation, whatever hours the rules name.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q

from crm.models import Tenant
from crm.stages import CLOSED_STAGES
from crm.tenancy import tenant_scope
from engine import audience
from engine.audience import TAKES_IN
from engine.clock import ClockTimestamp
from engine.models import Action, NoticeKind, Reach
from engine.moves import ALIVE, note_all
from engine.reaching import send_to
from record.actors import WORKER
from record.canonical import digest

BATCH = 200  # actions of one tenant in one sweep; the next sweep takes the rest
_NOT_REMINDED = ALIVE & Q(reminded_at=None, escalated_at=None)
_NOT_ESCALATED = ALIVE & Q(escalated_at=None)


class Due(NamedTuple):
    """An action whose time has come, with the rule that says so first: its hours, and to whom it hands on."""

    action_id: UUID
    rule_id: UUID
    hours: int
    person_id: int | None


def remind(tenant_id: UUID) -> int:
    """Remind of what has waited as long as a rule allows; returns of how many actions."""
    with tenant_scope(tenant_id):
        reminded: list[UUID] = []
        for rule, actions in _by_rule(_due(_REMINDERS, tenant_id)).items():
            facts = {"rule": str(rule.rule_id), "hours": rule.hours}
            reminded += note_all(
                actions,
                actor=WORKER,
                kind="action.reminded",
                only=_NOT_REMINDED,
                changes={"reminded_at": ClockTimestamp()},
                facts=facts,
            )
        _tell_again(reminded, tenant_id)
    return len(reminded)


def escalate(tenant_id: UUID) -> int:
    """Hand on what has waited as long as a rule allows; returns how many actions. Their new person is told by
    engine.reaching, for what was escalated presses."""
    with tenant_scope(tenant_id):
        due = _by_rule(_due(_ESCALATIONS, tenant_id))
        return sum(_hand_on(rule, actions, tenant_id) for rule, actions in due.items())


class Rule(NamedTuple):
    """What actions that are due have in common."""

    rule_id: UUID
    hours: int
    person_id: int | None


def _due(sql: str, tenant_id: UUID) -> list[Due]:
    """What is due, its rows locked; what another worker is at is left to it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant_id, "most": BATCH, "closed": sorted(CLOSED_STAGES)})
        return [Due(*row) for row in cursor.fetchall()]


def _by_rule(due: Iterable[Due]) -> dict[Rule, list[UUID]]:
    found: dict[Rule, list[UUID]] = {}
    for one in due:
        found.setdefault(Rule(one.rule_id, one.hours, one.person_id), []).append(one.action_id)
    return found


def _tell_again(actions: list[UUID], tenant_id: UUID) -> None:
    by_person = audience.who_decides(actions, tenant_id=tenant_id)
    if not by_person:
        return
    tenant = Tenant.objects.get(pk=tenant_id)
    reaches = {reach.person_id: reach for reach in Reach.objects.filter(person_id__in=by_person)}
    versions = dict(Action.objects.filter(pk__in=actions).values_list("pk", "version"))
    for person in User.objects.filter(pk__in=by_person).order_by("pk"):
        reach = reaches.get(person.pk) or Reach()
        where = audience.channels(person, reach, reach.urgent_way, reach.other_way)
        told = by_person[person.pk]
        key = f"reminder:{person.pk}:{digest([[str(action), versions[action]] for action in told])}"
        send_to(tenant=tenant, person=person, kind=NoticeKind.REMINDER, key=key, told=dict.fromkeys(where, told))


def _hand_on(rule: Rule, actions: list[UUID], tenant_id: UUID) -> int:
    """To the rule's person where they may decide; else to everybody who may, which the record says."""
    assert rule.person_id is not None, "an escalation says to whom"
    theirs = audience.theirs(rule.person_id, actions, tenant_id=tenant_id, whoever_has_it=True)
    rest = set(actions) - set(theirs)
    return _escalated(rule, theirs, rule.person_id) + _escalated(rule, sorted(rest), None)


def _escalated(rule: Rule, actions: list[UUID], person_id: int | None) -> int:
    facts: dict[str, Any] = {"rule": str(rule.rule_id), "hours": rule.hours, "to_person": _text(person_id)}
    if person_id is None:
        facts |= {
            "meant_for": _text(rule.person_id),
            "why": "That person may not decide it; everybody who may is told.",
        }
    noted = note_all(
        actions,
        actor=WORKER,
        kind="action.escalated",
        only=_NOT_ESCALATED,
        changes={"assignee": person_id, "escalated_at": ClockTimestamp(), "snoozed_until": None},
        facts=facts,
    )
    return len(noted)


def _text(identifier: int | None) -> str | None:
    return None if identifier is None else str(identifier)


# The first rule of a kind whose hours have passed for each action; the rows are locked, others' locks passed over.
_DUE = f"""
SELECT w.id, due.id, due.hours, due.person_id
FROM engine_action w
JOIN LATERAL (
    SELECT r.id, r.hours, r.person_id FROM guardrails_tenantrule r
    WHERE r.tenant_id = w.tenant_id AND r.kind = '{{kind}}' AND {TAKES_IN}
    AND clock_timestamp() - coalesce(w.waiting_since, w.proposed_at) >= make_interval(hours => r.hours)
    ORDER BY r.hours, r.id LIMIT 1) due ON true
WHERE w.tenant_id = %(tenant)s AND w.status = 'pending' AND w.expires_at > clock_timestamp() AND {{only}}
ORDER BY w.id LIMIT %(most)s FOR UPDATE OF w SKIP LOCKED
"""
_REMINDERS = _DUE.format(
    kind="reminder",
    only="w.reminded_at IS NULL AND w.escalated_at IS NULL"
    " AND (w.snoozed_until IS NULL OR w.snoozed_until <= clock_timestamp())",
)
_ESCALATIONS = _DUE.format(kind="escalation", only="w.escalated_at IS NULL")
