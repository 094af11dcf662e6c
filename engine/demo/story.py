"""What happened at a company, told oldest first through the engine's own verbs.

All of it stands in one transaction, so no worker ever sees an action of the story half-way. Nothing is sent: where an
action was carried out, the connector is the story's own. Only changes to our own records are really made.

A verb acts now. So that the queue has ages, the dates of the actions are moved back afterwards. The record's are not:
they cannot be, and say when each entry was really written.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Q

from crm.models import Contact, Suppression
from crm.suppressions import suppress
from engine.clock import ClockTimestamp
from engine.demo.dating import Version, date_back
from engine.demo.players import Players
from engine.demo.rows import Happening, OptedOut, Paused, Proposed
from engine.demo.steps import take
from engine.lifecycle import Status
from engine.moves import move
from engine.proposals import Proposal, propose
from guardrails.models import Pause
from guardrails.pauses import set_pause
from record.actors import WORKER


def tell(happenings: Iterable[Happening], players: Players) -> None:
    """Let everything happen. Within the tenant's scope."""
    for happening in sorted(happenings, key=lambda row: row.hours_ago, reverse=True):
        _TELLERS[type(happening)](happening, players)


def _propose(row: Proposed, players: Players) -> None:
    versions = [Version(propose(_proposal(row, players), actor=players.agents[row.clone]), proposed=row.hours_ago)]
    for step in row.then:
        take(step, versions, row, players)
    for version in versions:
        date_back(version, began=row.hours_ago, now=players.calendar.now)
    if row.expired:
        overdue = Q(expires_at__lte=ClockTimestamp())
        move([versions[-1].action.pk], Status.EXPIRED, actor=WORKER, only=overdue)


def _proposal(row: Proposed, players: Players) -> Proposal:
    return Proposal(
        tenant=players.tenant,
        clone_id=players.clones[row.clone].pk,
        action_type=row.action_type,
        account=row.account,
        opportunity=row.deal,
        contact=row.contact,
        payload=players.calendar.resolved(row.payload),
        rationale=row.rationale,
        deal_stage=row.deal_stage,
    )


def _pause(row: Paused, players: Players) -> None:
    clone = players.clones[row.clone] if row.clone else None
    actor = players.people[row.by]
    pause = set_pause(tenant=players.tenant, actor=actor, reason=row.reason, clone=clone, action_type=row.action_type)
    Pause.objects.filter(pk=pause.pk).update(set_at=players.calendar.hours_ago(row.hours_ago))


def _opt_out(row: OptedOut, players: Players) -> None:
    contact = Contact.objects.get(external_id=row.contact)
    suppression = suppress(tenant=players.tenant, actor=players.people[row.by], reason=row.reason, contact=contact)
    Suppression.objects.filter(pk=suppression.pk).update(created_at=players.calendar.hours_ago(row.hours_ago))


_TELLERS: Mapping[type, Callable[[Any, Players], None]] = {Proposed: _propose, Paused: _pause, OptedOut: _opt_out}
