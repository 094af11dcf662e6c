"""The approval queue: what waits for a person, those whose time runs out first first."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money
from crm.console.roles import Visitor, visitor_of
from crm.keyset import page_behind
from crm.models import Opportunity, Tenant
from engine.console.first_steps import first_steps
from engine.console.goals import goal_line
from engine.console.undoing import undoable
from engine.console.words import line_of, title_of, why_of
from engine.lifecycle import Status
from engine.models import Action
from engine.queue import pending
from engine.serving import Served, Serving
from guardrails.pauses import standing

PAGE = 50
MOST_UNSETTLED = 5
MOST_GOALS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One action as a line of the queue."""

    action: Action
    title: str
    line: str
    why: str
    value: str
    served: Served | None = None


def queue_page(request: HttpRequest) -> dict[str, Any]:
    """What the queue's template shows: the page of rows that was asked for, and what else calls for a person."""
    who = visitor_of(request)
    waiting = pending(tenant_id=who.tenant.pk)
    after = request.GET.get("after")
    listed = page_behind(waiting, after, field="expires_at", newest_first=False, size=PAGE)
    serving = Serving(listed[:PAGE], tenant=who.tenant, now=timezone.now())
    rows = [replace(row, served=serving.of(row.action)) for row in rows_of(listed[:PAGE], who.tenant)]
    return {
        "title": "Approval queue",
        "rows": rows,
        "goals": [goal_line(way.goal, way.pace) for way in serving.company[:MOST_GOALS]],
        "next": listed[PAGE - 1].pk if len(listed) > PAGE else None,
        "from_the_start": after is None,
        "waiting": _total(waiting, who) if rows else {"count": 0},
        "unsettled": rows_of(unsettled(who.tenant.pk)[:MOST_UNSETTLED], who.tenant),
        "undoable": rows_of(undoable(request), who.tenant),
        "pauses": standing().select_related("clone"),
        "steps": _steps(who.tenant) if not rows else [],
    }


def rows_of(actions: Any, tenant: Tenant) -> list[Row]:
    """Actions as lines; they come with what their lines name (account, opportunity)."""
    zone = ZoneInfo(tenant.time_zone)
    return [
        Row(
            action=action,
            title=title_of(action.action_type),
            line=line_of(action.action_type, action.payload, zone),
            why=why_of(action.reason),
            value=money(action.opportunity.amount, action.opportunity.currency) if action.opportunity_id else "",
        )
        for action in actions
    ]


def unsettled(tenant_id: UUID) -> QuerySet[Action]:
    """What may have happened or not, newest first: a person must say."""
    return (
        Action.objects.filter(tenant_id=tenant_id, status=Status.UNKNOWN)
        .select_related("account", "opportunity", "contact", "clone")
        .order_by("-id")
    )


def waiting_count(request: HttpRequest) -> int:
    """How many actions wait, counted to a hundred; asked once per request, for the menu."""
    found: int | None = getattr(request, "waiting_count", None)
    if found is None:
        tenant_id = visitor_of(request).tenant.pk
        found = Action.objects.filter(tenant_id=tenant_id, status=Status.PENDING)[:100].count()
        request.waiting_count = found  # type: ignore[attr-defined]
    return found


def _total(waiting: QuerySet[Action], who: Visitor) -> dict[str, Any]:
    """How many wait in all, and the value of the deals they are about, each deal once, in the tenant's currency."""
    deals = Opportunity.objects.filter(pk__in=waiting.order_by().values("opportunity_id"), currency=who.tenant.currency)
    sums = deals.aggregate(count=Count("pk"), value=Sum("amount"))
    return {
        "count": waiting.count(),
        "deals": sums["count"],
        "value": money(sums["value"], who.tenant.currency),
    }


def _steps(tenant: Tenant) -> list[Any]:
    steps = first_steps(tenant)
    return [] if all(step.done for step in steps) else steps
