"""proactive_outreach_check: proposes the best few of what a tenant's insights and goals call for.

Few, so that managers and customers are not flooded: a cap for each clone and day, and one for each run. What is left
waits for the next hour or the next day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.causes import Cause, causes
from engine.errors import InvalidProposal
from engine.jobs import Page, Part, Tally
from engine.models import Action
from engine.planning import Plan, day_began, one_message, plans_for, propose_plan, take_turns
from engine.thinking import thinking_for
from record.actors import SCHEDULE

MOST_A_DAY = 5  # of one clone
MOST_A_RUN = 20


def size(tenant: Tenant, now: datetime) -> int:
    """How many causes there are."""
    return len(causes(tenant=tenant, now=now))


def propose_best(part: Part) -> Page | None:
    """All of the tenant's causes are one page: the best of them are chosen together."""
    with tenant_scope(part.tenant):
        found = causes(tenant=part.tenant, now=part.now)
        plans = plans_for(found, tenant=part.tenant, now=part.now)
        chosen, _ = choose(plans, room=_room_left(part.tenant, part.now))
    thinking = thinking_for(part)
    worded = [replace(one, payload=thinking.refined(one.payload)) if _is_mail(one) else one for one in chosen]
    return Page(None, lambda: _propose(part, found, worded, thinking.counts), is_last=True)


def choose(plans: Sequence[Plan], *, room: Counter[UUID]) -> tuple[list[Plan], Counter[str]]:
    """The best plans within what each clone has left today, and how many were left out, and why. `room` is used up."""
    chosen: list[Plan] = []
    left: Counter[str] = Counter()
    for one in one_message(plans):
        clone = one.cause.clone_id
        if clone is None:
            left["no_clone"] += 1
        elif room.get(clone, MOST_A_DAY) <= 0 or len(chosen) >= MOST_A_RUN:
            left["over_the_cap"] += 1
        else:
            room[clone] = room.get(clone, MOST_A_DAY) - 1
            chosen.append(one)
    return chosen, left


def _is_mail(one: Plan) -> bool:
    return one.action_type == "send_follow_up_email"


def _room_left(tenant: Tenant, now: datetime) -> Counter[UUID]:
    """By clone, what is left of its cap today; a clone that did nothing yet is not in it."""
    today = Action.objects.filter(proposer_kind=SCHEDULE.kind, proposed_at__gte=day_began(tenant, now))
    counted = today.order_by().values_list("clone_id").annotate(Count("pk"))
    return Counter({clone: MOST_A_DAY - number for clone, number in counted})


def _propose(part: Part, found: Sequence[Cause], worded: Sequence[Plan], counts: Counter[str]) -> Tally:
    """Propose what still holds: in turn with other planners, whose proposals are seen before the first of ours."""
    take_turns(part.tenant)
    still = {(cause.account.pk, cause.key) for cause in causes(tenant=part.tenant, now=part.now)}
    standing = [one for one in worded if (one.cause.account.pk, one.cause.key) in still]
    chosen, left = choose(standing, room=_room_left(part.tenant, part.now))
    tally = Tally(done=len(found), more=left + counts)
    told: set[str] = set()
    for one in chosen:
        if one.cause.goal and one.cause.key in told:
            continue  # a goal's gap is one cause, however many accounts could help
        told.add(one.cause.key)
        try:
            with transaction.atomic():
                action = propose_plan(one, tenant=part.tenant)
        except InvalidProposal as refusal:
            tally.errors.append((one.cause.account.pk, f"{one.action_type}: {refusal}"))
        else:
            tally.count += 1
            tally.more[action.status] += 1
    return tally
