"""The approval queue: what waits for a person, what is at risk and presses first (engine.ranking)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from crm.console.formats import money
from crm.console.roles import Visitor, visitor_of
from crm.console.visible import spelled_out
from crm.models import Role, Tenant
from engine.console import undoing
from engine.console.bulk import VERBS
from engine.console.decision_forms import RejectForm
from engine.console.decisions import DECISIONS
from engine.console.filters import AGES, MINE, Filters, chips_of, choices_of, filters_of
from engine.console.first_steps import first_steps
from engine.console.goals import goal_line
from engine.console.live import instant
from engine.console.rows import Row, Seen, flags_of, in_full, may_try, rows_of
from engine.lifecycle import Status
from engine.models import Action
from engine.ranking import Ranking, mark_from, rank
from engine.serving import Serving
from guardrails.pauses import standing

PAGE = 50
MOST_UNSETTLED = 5
MOST_GOALS = 4
SNOOZES = (
    ("1h", "In an hour"),
    ("4h", "In four hours"),
    ("tomorrow", "Tomorrow at 9:00"),
    ("monday", "Monday at 9:00"),
)
# What a key does; engine/static/engine/queue.js does it.
KEYS = (
    (("j", "k"), "the next one, the one before"),
    (("Enter",), "everything about it, on its own page"),
    (("a",), "approve the draft that is shown; where none is shown yet, show it"),
    (("r",), "reject, with a reason"),
    (("e",), "edit it, then approve"),
    (("s",), "put it off"),
    (("x",), "choose it, to decide several together"),
    (("u",), "undo the last decision, while its hold lasts"),
    (("?",), "this list"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What one request to the queue is about; made once, for the menu asks before the page does."""

    who: Visitor
    filters: Filters
    serving: Serving
    ranking: Ranking
    now: datetime


@dataclass(frozen=True, slots=True)
class Tab:
    """A set of filters under a name. `view` is the id of one the person saved, "" for the console's own."""

    label: str
    query: str
    is_here: bool
    count: int | None = None
    view: str = ""


def queue_page(request: HttpRequest) -> dict[str, Any]:
    """What the queue's template shows: the page of rows that was asked for, and what else calls for a person."""
    desk = desk_of(request)
    ranking, shown = desk.ranking, desk.ranking.page[:PAGE]
    held = undoing.noted(request)
    found = in_full([*(place.id for place in shown), *ranking.unsettled, *held], desk.who.tenant)
    rows = _ranked_rows(desk, found)
    has_more = len(ranking.page) > PAGE
    return {
        "title": "Approval queue",
        "rows": rows,
        "goals": [goal_line(way.goal, way.pace) for way in desk.serving.company[:MOST_GOALS]],
        "next": str(ranking.mark_after(PAGE - 1)) if has_more else None,
        "next_query": _next_query(desk) if has_more else "",
        "from_the_start": mark_from(request.GET.get("after"), now=desk.now) is None,
        "as_of": round(ranking.as_of.timestamp() * 1_000_000),
        "ranking": ranking,
        "value": money(ranking.value, desk.who.tenant.currency),
        "unsettled": rows_of(_those(found, ranking.unsettled), desk.who.tenant),
        "undoable": rows_of(undoing.still_held(_those(found, held), desk.now), desk.who.tenant),
        "bulk_undo": undoing.noted_batch(request, desk.now),
        "pauses": standing().select_related("clone"),
        "steps": _steps(desk.who.tenant) if not ranking.waiting and not ranking.snoozed else [],
        **_filtering(desk),
        **_deciding(desk.who),
    }


def desk_of(request: HttpRequest) -> Desk:
    """The filters of a request, the goals under way and the ranked page; by two statements, once per request."""
    made: Desk | None = getattr(request, "desk", None)
    if made is None:
        who, now = visitor_of(request), timezone.now()
        filters, serving = filters_of(request), Serving(tenant=who.tenant, now=now)
        since = instant(request.GET.get("since"), now=now)  # what came meanwhile, for a page that is shown already
        ranking = rank(
            tenant=who.tenant,
            person_id=who.person.pk,
            serving=serving,
            wanted=replace(filters.wanted, since=since),
            now=now,
            after=mark_from(request.GET.get("after"), now=now),
            size=PAGE,
            unsettled=MOST_UNSETTLED,
        )
        made = Desk(who, filters, serving, ranking, now)
        request.desk = made  # type: ignore[attr-defined]
    return made


def waiting_count(request: HttpRequest) -> int:
    """How many actions wait and are not put off, counted to a hundred; asked once per request, for the menu."""
    match = request.resolver_match
    if match is not None and match.view_name == "admin:index":
        return desk_of(request).ranking.waiting
    found: int | None = getattr(request, "waiting_count", None)
    if found is None:
        found = _waiting(visitor_of(request).tenant, timezone.now())
        request.waiting_count = found  # type: ignore[attr-defined]
    return found


def _waiting(tenant: Tenant, now: datetime) -> int:
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    waiting = Action.objects.filter(awake, tenant_id=tenant.pk, status=Status.PENDING, expires_at__gt=now)
    return waiting[:100].count()


def _ranked_rows(desk: Desk, found: Mapping[UUID, Action]) -> list[Row]:
    """The rows of the page in their order, with all that the queue says of each."""
    shown = [place for place in desk.ranking.page[:PAGE] if place.id in found]
    rows = rows_of([found[place.id] for place in shown], desk.who.tenant)
    return [
        replace(
            row,
            place=place,
            served=desk.serving.of(row.action),
            flags=flags_of(Seen(row.action, desk.who.tenant, desk.ranking.large, desk.now)),
            may_decide=may_try(desk.who, row.action),
        )
        for row, place in zip(rows, shown, strict=True)
    ]


def _those(found: Mapping[UUID, Action], ids: Iterable[UUID]) -> list[Action]:
    return [found[one] for one in ids if one in found]


def _filtering(desk: Desk) -> dict[str, Any]:
    filters, ranking = desk.filters, desk.ranking
    return {
        "filters": filters,
        "choices": choices_of(filters, ranking),
        "chips": chips_of(filters, ranking),
        "ages": AGES,
        "currency": desk.who.tenant.currency,
        "tabs": _tabs(desk),
        "is_saved": dict(filters.given) in [view["filters"] for view in ranking.views],
    }


def _deciding(who: Visitor) -> dict[str, Any]:
    """What the page's keys and dialogs decide with."""
    return {
        "may_decide": who.role in (Role.MANAGER, Role.REP),
        "reject_form": RejectForm(auto_id="queue-reject-%s"),
        "snoozes": SNOOZES,
        "bulk_verbs": [(verb, label) for verb, label in VERBS.items() if verb in DECISIONS],
        "keys": KEYS,
    }


def _tabs(desk: Desk) -> list[Tab]:
    given, ranking = dict(desk.filters.given), desk.ranking
    own = [
        ("Everything", {}, ranking.waiting, True),
        ("Mine", {"assignee": MINE}, ranking.mine, ranking.mine > 0),
        ("Put off", {"snoozed": "yes"}, ranking.snoozed, ranking.snoozed > 0),
    ]
    tabs = [
        Tab(label, urlencode(query), given == query, count)
        for label, query, count, is_offered in own
        if is_offered or given == query
    ]
    saved = [
        Tab(spelled_out(view["name"]), urlencode(view["filters"]), given == view["filters"], view=view["id"])
        for view in ranking.views
    ]
    return [*tabs, *saved]


def _next_query(desk: Desk) -> str:
    return urlencode({**desk.filters.given, "after": str(desk.ranking.mark_after(PAGE - 1))})


def _steps(tenant: Tenant) -> list[Any]:
    steps = first_steps(tenant)
    return [] if all(step.done for step in steps) else steps
