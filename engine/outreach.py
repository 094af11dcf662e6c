"""proactive_outreach_check: proposes the best few of what a tenant's insights and goals call for.

Few, so that managers and customers are not flooded: a cap for each clone and day, and one for each run. What is left
waits for the next hour or the next day.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.causes import causes
from engine.efforts import efforts_to_judge, judge_efforts
from engine.jobs import Page, Part, Tally
from engine.planning import Room, propose_plan, proposed_today, take_turns, told_today
from engine.plans import Drawn, Plan, plans_for
from engine.thinking import Thinking, thinking_for
from insights.commitments import find_commitments

log = logging.getLogger(__name__)

MOST_A_DAY = 5  # of one clone
MOST_A_RUN = 20

# By (account, cause): the payload that the rules wrote, and the one in better words.
Worded = Mapping[tuple[UUID, str], tuple[dict[str, Any], dict[str, Any]]]


def size(tenant: Tenant, now: datetime) -> int:
    """How many causes there are, and how many efforts to judge."""
    return len(causes(tenant=tenant, now=now)) + efforts_to_judge()


def propose_best(part: Part) -> Page | None:
    """All of the tenant's causes are one page: the best of them are chosen together."""
    with tenant_scope(part.tenant):
        likely = _room(part).chosen(_drawn(part).plans)[:MOST_A_RUN]
    thinking = thinking_for(part)
    worded = {_name(one): (one.payload, _refined(one.payload, thinking)) for one in likely if _is_mail(one)}
    return Page(None, lambda: _propose(part, worded, thinking.counts), is_last=True)


def _drawn(part: Part) -> Drawn:
    return plans_for(causes(tenant=part.tenant, now=part.now), tenant=part.tenant, now=part.now)


def _room(part: Part) -> Room:
    done = proposed_today(part.tenant, part.now)
    caps = {clone: MOST_A_DAY - number for clone, number in done.items()}
    return Room(told=told_today(part.tenant, part.now), caps=caps, most=MOST_A_DAY)


def _refined(payload: dict[str, Any], thinking: Thinking) -> dict[str, Any]:
    """The payload in better words, or as it is where they would promise something."""
    better = thinking.refined(payload)
    return payload if find_commitments(f"{better['subject']}.\n\n{better['body']}") else better


def _is_mail(one: Plan) -> bool:
    return one.action_type == "send_follow_up_email"


def _name(one: Plan) -> tuple[UUID, str]:
    return one.cause.account.pk, one.cause.key


def _propose(part: Part, worded: Worded, counts: Counter[str]) -> Tally:
    """Propose the best of what is so now: in turn with other planners, whose proposals are seen before the first of
    ours. The better words are taken where the rules would still write what they were made of."""
    take_turns(part.tenant)
    judged = judge_efforts(part.tenant, part.now)
    drawn, room = _drawn(part), _room(part)
    tally = Tally(done=len(drawn.plans) + len(drawn.errors) + judged, more=Counter(counts), errors=list(drawn.errors))
    for one in drawn.plans:
        waits = "over_the_cap" if tally.count >= MOST_A_RUN else room.refuses(one)
        if waits:
            tally.more[waits] += 1
        elif _proposed(_in_better_words(one, worded), part.tenant, tally):
            room.take(one)
    return tally


def _in_better_words(one: Plan, worded: Worded) -> Plan:
    plain, better = worded.get(_name(one), (None, None))
    return replace(one, payload=better) if better is not None and plain == one.payload else one


def _proposed(one: Plan, tenant: Tenant, tally: Tally) -> bool:
    """Propose one, or tell its error; the others go on."""
    try:
        with transaction.atomic():
            action = propose_plan(one, tenant=tenant)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is everybody's: the page is tried again
    except Exception as error:
        # The edge of one account: whatever its records do to a proposal, the others get theirs.
        log.exception("%s for account %s was not proposed", one.action_type, one.cause.account.pk)
        tally.errors.append((one.cause.account.pk, f"{one.action_type}: {type(error).__name__}: {error}"))
        return False
    if action is None:
        return False
    tally.count += 1
    tally.more[action.status] += 1
    return True
