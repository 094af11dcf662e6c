"""The dashboard: what waits, how people decide, what agents ask for, and whether all of it runs. It changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from crm.console.formats import money, span
from crm.console.roles import Power, Visitor, require
from engine.console.columns import Column, Columns, draw
from engine.console.delivery import deliveries
from engine.console.figures import (
    DAYS,
    MOST_READ,
    STEPS,
    Asked,
    Lately,
    Stretch,
    Times,
    Tried,
    decided,
    hard_stops,
    lately,
    lost,
    times,
    waiting,
)
from engine.console.goals import goal_line
from engine.console.queue import MOST_GOALS
from engine.console.schedule import counts_of, lines, took
from engine.console.signs import MOST as MOST_DECISIONS
from engine.console.signs import signs
from engine.console.words import title_of
from engine.serving import Serving
from engine.stamping import FAST_AT_LEAST, FAST_SHARE, LARGE_RUN, LONG_STREAK, WORDS_A_MINUTE, Hand
from guardrails.models import Policy

MOST_KINDS = 30

# What became of what waited, from the bottom of a column up.
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "approved": "approved",
        "edited": "edited",
        "rejected": "rejected",
        "expired": "run out",
        "withdrawn": "withdrawn",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of action that agents ask for."""

    title: str
    asked: Asked
    share: int  # percent that went on without a person


@dataclass(frozen=True, slots=True)
class HardStop:
    """One hard stop that was tried: how often, by which clones, and when last."""

    title: str
    count: int
    clones: Sequence[tuple[str, int]]
    latest: Tried


def page(request: HttpRequest) -> HttpResponse:
    """The dashboard's page."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    who = require(request, Power.SEE_THE_TENANT)
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    context = {**admin.site.each_context(request), "title": "Dashboard", **_still(who), **_live(who)}
    return TemplateResponse(request, "engine/dashboard.html", context)


def live_part(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while one looks at it."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    who = require(request, Power.SEE_THE_TENANT)
    return TemplateResponse(request, "engine/dashboard_live.html", _live(who))


def _live(who: Visitor) -> dict[str, Any]:
    """What waits, the tasks and the connectors, by five statements."""
    now = timezone.now()
    found = waiting(Stretch(who.tenant, now))
    return {
        "waiting": found,
        "waiting_value": money(found.value, who.tenant.currency),
        "tasks": [
            (line, counts_of(line.last) if line.last else "", took(line.last) if line.last else "")
            for line in lines(now)
        ],
        "deliveries": deliveries(who.tenant, now),
    }


def _still(who: Visitor) -> dict[str, Any]:
    """What the last 30 days were like, by at most nine statements."""
    stretch = Stretch(who.tenant, timezone.now())
    longest = _longest_wait()
    asked, gone, how_long = lately(stretch), lost(stretch, longest=longest), times(stretch)
    goals = Serving([], tenant=who.tenant, now=stretch.now).company[:MOST_GOALS]
    return {
        "days": DAYS,
        **_by_day(stretch, asked, longest),
        **_how_long(how_long),
        "lost": gone,
        "lost_value": money(gone.value, who.tenant.currency),
        "kinds": [_kind(one) for one in asked.kinds[:MOST_KINDS]],
        "more_kinds": max(len(asked.kinds) - MOST_KINDS, 0),
        "is_cut": asked.is_cut,
        "most_read": MOST_READ,
        "hard_stops": by_kind(hard_stops(stretch)),
        "goals": [goal_line(way.goal, way.pace) for way in goals],
        **_stamping(who, stretch),
    }


def _longest_wait() -> timedelta:
    """The longest that an action can wait here; twice the deadline, for a person's new decision renews it."""
    policy = Policy.objects.first()
    hours = max([policy.deadline_hours, *policy.deadlines.values()]) if policy else 0
    return timedelta(hours=2 * hours)


def _by_day(stretch: Stretch, asked: Lately, longest: timedelta) -> dict[str, Any]:
    found = decided(stretch, longest=longest)
    rows = [(day, _counts(day, found, asked)) for day in stretch.days]
    return {
        "by_day": draw([Column(f"{day:%-d %b}", counts) for day, counts in rows], OUTCOMES),
        "day_rows": [
            (day, [counts[name] for name in OUTCOMES]) for day, counts in reversed(rows) if any(counts.values())
        ],
        "outcomes": OUTCOMES,
        "sums": [(name, called, sum(counts[name] for _, counts in rows)) for name, called in OUTCOMES.items()],
    }


def _counts(day: date, found: Mapping[date, Mapping[str, int]], asked: Lately) -> dict[str, int]:
    counted = dict.fromkeys(OUTCOMES, 0) | dict(found.get(day, {}))
    return counted | {"edited": asked.edited[day], "withdrawn": asked.withdrawn[day]}


def _how_long(found: Times) -> dict[str, Any]:
    columns = [Column(name, {"decided": number}) for (name, _), number in zip(STEPS, found.steps, strict=True)]
    drawing: Columns = draw(columns, {"decided": "decided"})
    return {
        "times": found,
        "median": _span(found.median),
        "p95": _span(found.p95),
        "by_time": drawing,
        "time_rows": [(column.label, column.counts["decided"]) for column in columns],
    }


def _span(seconds: float | None) -> str:
    return "" if seconds is None else span(timedelta(seconds=seconds))


def _kind(asked: Asked) -> Kind:
    share = round(100 * asked.alone / asked.proposed) if asked.proposed else 0
    return Kind(title_of(asked.action_type), asked, share)


def by_kind(tried: Sequence[Tried]) -> list[HardStop]:
    """The hard stops that were tried, each with the clones that tried it, the most frequent first."""
    kinds: dict[str, list[Tried]] = {}
    for one in tried:
        kinds.setdefault(one.action_type, []).append(one)
    found = [
        HardStop(
            title_of(name),
            sum(one.number for one in some),
            [(one.clone, one.number) for one in some],
            max(some, key=lambda one: one.latest),
        )
        for name, some in kinds.items()
    ]
    return sorted(found, key=lambda one: -one.count)


def _stamping(who: Visitor, stretch: Stretch) -> dict[str, Any]:
    """The signs of rubber-stamping, for who may see them."""
    if not who.may(Power.SEE_STAMPING):
        return {"may_see_stamping": False}
    found = signs(stretch)
    return {
        "may_see_stamping": True,
        "hands": [(hand, _pace(hand)) for hand in found],
        "words_a_minute": WORDS_A_MINUTE,
        "most_decisions": MOST_DECISIONS,
        "limits": {
            "fast": FAST_AT_LEAST,
            "share": round(FAST_SHARE * 100),
            "streak": LONG_STREAK,
            "run": LARGE_RUN,
        },
    }


def _pace(hand: Hand) -> str:
    return span(hand.pace) if hand.pace is not None else ""
