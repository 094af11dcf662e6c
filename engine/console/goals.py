"""Goals in the console, with what the engine knows of them: the overview, effects of suggestions, the dashboard's strip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone

from crm.console.formats import money
from crm.console.roles import Power, Visitor, require
from crm.models import Tenant
from engine.console.words import title_of
from engine.efforts import Effects, effects_of
from goals.admin import GoalAdmin, may_set_several
from goals.ages import NAMES, UNKNOWN, pipeline_by_age
from goals.measuring import Survey
from goals.metrics import NO_MONEY
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import Pace
from goals.standing import Standing, forecast_of, in_unit, standing_of
from goals.tracker import GoalTracker

MOST = 200  # goals of the overview


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal in one line: whose, how far, and where it will land, in words."""

    goal: Goal
    standing: Standing
    percent: float
    current: str
    target: str
    forecast: str


@dataclass(frozen=True, slots=True)
class Group:
    """The goals under way of one type, the company's first, then teams, then clones."""

    name: str
    lines: Sequence[GoalLine]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What came of one kind of suggestion, in a sentence."""

    title: str
    told: str


class GoalPages(GoalAdmin):
    """Goals with their overview and what came of what was suggested."""

    list_before_template = "engine/goals_head.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.overview_view)
        return [path("overview/", view, name=self._page_name("overview")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list says whether the person may set several goals at once."""
        who = require(request, Power.SEE_THE_TENANT)
        return super().changelist_view(request, {"may_set_several": may_set_several(who), **(extra_context or {})})

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """Where all goals under way stand, where the pipeline lies, and what came of suggestions."""
        who = require(request, Power.SEE_THE_TENANT)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.page(
            request,
            "engine/goals_overview.html",
            title="Goals",
            **_overview(who),
            may_set=self.has_add_permission(request),
        )

    def beside(self, request: HttpRequest, row: Goal) -> dict[str, Any]:
        """With what came of the suggestions for it."""
        effects = [effect_line(one, row.tenant) for one in effects_of([row])]
        return {**super().beside(request, row), "beside": "engine/goal.html", "effects": effects}


def goal_line(goal: Goal, pace: Pace) -> GoalLine:
    """A goal under way as a line of the dashboard or the overview."""
    currency = goal.tenant.currency
    return GoalLine(
        goal,
        standing_of(goal, pace),
        pace.progress_pct,
        in_unit(goal, goal.current_value, currency),
        in_unit(goal, goal.target_value, currency),
        forecast_of(goal),
    )


def effect_line(effects: Effects, tenant: Tenant) -> EffectLine:
    """What came of a kind of suggestion: "Of 40 suggested, carried out: 31. An answer or more: 12, deals moved: 9, ..."."""
    won = f", deals won: {effects.won} ({money(effects.value, tenant.currency)})" if effects.won else ""
    told = (
        f"Of {effects.suggested} suggested, carried out: {effects.executed}. Within two weeks, an answer or more:"
        f" {effects.answered}, deals moved: {effects.moved}{won}."
    )
    if not effects.executed:
        told = f"{effects.suggested} suggested, none carried out yet."
    return EffectLine(title_of(effects.action_type), told)


def _overview(who: Visitor) -> dict[str, Any]:
    survey = Survey(who.tenant, timezone.now())
    goals = list(_under_way(survey)[: MOST + 1])
    rows = pipeline_by_age(who.tenant, survey.today)
    return {
        "groups": _groups(goals[:MOST], survey.now),
        "is_cut": len(goals) > MOST,
        "ages": (*NAMES, UNKNOWN),
        "stages": [_stage_row(row, who.tenant) for row in rows],
        "pipeline": money(sum((row.value for row in rows), NO_MONEY) if rows else None, who.tenant.currency),
        "effects": [effect_line(one, who.tenant) for one in effects_of()],
        "may_set_several": may_set_several(who),
    }


def _under_way(survey: Survey) -> QuerySet[Goal]:
    now = Goal.objects.filter(
        status__in=(GoalStatus.ACTIVE, GoalStatus.COMPLETED),
        period_start__lte=survey.today,
        period_end__gte=survey.today,
    )
    company_first = (F("clone_id").asc(nulls_first=True), "team")
    return now.select_related("clone", "tenant").order_by(*company_first, "goal_type", "period_end", "pk")


def _groups(goals: Iterable[Goal], now: datetime) -> list[Group]:
    tracker = GoalTracker()
    order = [GoalType.REVENUE, GoalType.PIPELINE, GoalType.ACTIVITY, GoalType.QUALITY]
    ranked = sorted(goals, key=lambda goal: (order.index(GoalType(goal.goal_type)), goal.narrowness, goal.whose))
    return [
        Group(GoalType(name).label, [goal_line(goal, tracker.pace(goal, now=now)) for goal in some])
        for name, some in groupby(ranked, key=lambda goal: goal.goal_type)
    ]


def _stage_row(row: Any, tenant: Tenant) -> dict[str, Any]:
    cells = [
        {
            "value": money(cell.value, tenant.currency) if cell.deals else "",
            "deals": cell.deals,
            "shade": _shade(cell.share),
        }
        for cell in row.cells
    ]
    return {"stage": row.stage, "cells": cells, "value": money(row.value, tenant.currency), "deals": row.deals}


def _shade(share: float) -> int:
    """One of six shades, 0 for nothing."""
    return 0 if share <= 0 else min(int(share * 5) + 1, 5)
