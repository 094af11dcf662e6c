"""Proposing what causes call for, through the gate like anybody: one action a cause, one message a customer and day.

Planners of one tenant take turns, so that what one proposes the next one sees: the same cause is never proposed twice.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from crm.models import Account, Clone, Tenant
from crm.stages import GATED_STAGES
from crm.tenancy import tenant_scope
from engine.causes import causes
from engine.efforts import note_effort
from engine.models import Action
from engine.plans import MESSAGES, Plan, plans_for
from engine.proposals import Proposal, propose
from insights.models import Insight, InsightStatus
from record.actors import SCHEDULE


class Room:
    """What may still be proposed today. `caps` is what each clone has left, `most` what a clone has that did nothing yet
    (None: no cap), `told` the accounts that got a message today."""

    def __init__(self, *, told: set[UUID], caps: Mapping[UUID, int] | None = None, most: int | None = None) -> None:
        self._told, self._caps, self._most = set(told), dict(caps or {}), most
        self._goals: set[str] = set()

    def refuses(self, one: Plan) -> str:
        """Why a plan has to wait, "" where it has not."""
        clone = one.cause.clone
        if clone is None:
            return "no_clone"
        if one.is_message and one.cause.account.pk in self._told:
            return "told_today"
        if one.cause.goal and one.cause.key in self._goals:
            return "goal_served"  # its gap is one cause, however many accounts could help
        return "over_the_cap" if self._left(clone.pk) <= 0 else ""

    def take(self, one: Plan) -> None:
        """Count a plan that was proposed."""
        assert one.cause.clone is not None, "without a clone nobody speaks"
        if one.is_message:
            self._told.add(one.cause.account.pk)
        if one.cause.goal:
            self._goals.add(one.cause.key)
        self._caps[one.cause.clone.pk] = self._left(one.cause.clone.pk) - 1

    def chosen(self, plans: list[Plan]) -> list[Plan]:
        """Those of the plans, best first, that need not wait; they are counted."""
        chosen = []
        for one in plans:
            if not self.refuses(one):
                self.take(one)
                chosen.append(one)
        return chosen

    def _left(self, clone: UUID) -> int:
        return 1 if self._most is None else self._caps.get(clone, self._most)


def plan(*, tenant: Tenant, account: Account, clone: Clone | None = None) -> list[Action]:
    """Propose what `account` calls for now, as `clone` or as the clone that looks after it; [] where nothing does."""
    now = timezone.now()
    with tenant_scope(tenant):
        take_turns(tenant)
        found = causes(tenant=tenant, now=now, account=account)
        if clone:
            found = [replace(cause, clone=clone) for cause in found]
        chosen = Room(told=told_today(tenant, now)).chosen(plans_for(found, tenant=tenant, now=now).plans)
        proposed = [propose_plan(one, tenant=tenant) for one in chosen]
        return [action for action in proposed if action]


def take_turns(tenant: Tenant) -> None:
    """One planner at a time in a tenant, until the transaction ends: what one proposes the next one sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('engine.planning'), hashtext(%s))", [str(tenant.pk)])


def propose_plan(one: Plan, *, tenant: Tenant) -> Action | None:
    """Propose it, its insight being acted on from then on, in the transaction that is open.

    None where somebody has dealt with the insight meanwhile. Raises InvalidProposal.
    """
    cause = one.cause
    assert cause.clone is not None, "without a clone nobody speaks"
    if cause.insight and not _is_ours_to_act_on(cause.insight):
        return None
    action = propose(
        Proposal(
            tenant=tenant,
            clone_id=cause.clone.pk,
            action_type=one.action_type,
            account=str(cause.account.pk),
            opportunity=str(cause.deal.pk) if cause.deal else None,
            contact=str(one.contact.pk) if one.contact else None,
            payload=one.payload,
            rationale=one.rationale,
            deal_stage=_claimed_stage(one),
            cause=cause.key,
        ),
        actor=SCHEDULE,
    )
    # A note to ourselves moves no customer: what comes after it is nobody's effect.
    if cause.goal and cause.suggestion and one.action_type != "create_briefing":
        note_effort(action, goal=cause.goal, reasons=cause.suggestion.reasons)
    return action


def _is_ours_to_act_on(insight: Insight) -> bool:
    pending = Insight.objects.filter(pk=insight.pk, status=InsightStatus.PENDING)
    return bool(pending.update(status=InsightStatus.ACTED))


def _claimed_stage(one: Plan) -> str | None:
    """A message is named with one deal and reaches a customer who may have another one in a later stage: that one counts."""
    return one.cause.stage if one.is_message and one.cause.stage in GATED_STAGES else None


def told_today(tenant: Tenant, now: datetime) -> set[UUID]:
    """The accounts that got a message from the planner today, by the tenant's clock."""
    messages = _proposed_today(tenant, now).filter(action_type__in=MESSAGES)
    return set(messages.values_list("account", flat=True))


def proposed_today(tenant: Tenant, now: datetime) -> Counter[UUID]:
    """How many actions the schedule has proposed today as each clone."""
    return Counter(dict(_proposed_today(tenant, now).values_list("clone").annotate(Count("pk"))))


def _proposed_today(tenant: Tenant, now: datetime) -> QuerySet[Action]:
    zone = ZoneInfo(tenant.time_zone)
    began = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return Action.objects.filter(proposer_kind=SCHEDULE.kind, proposed_at__gte=began).order_by()
