"""Goals and metrics over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_person, require_reader
from crm.api_fields import InvalidRequest, body_schema, error, id_named, query_parameters, read_body, read_query
from crm.models import Clone
from goals.api_shapes import (
    CHANGED_GOAL,
    GOAL_FILTERS,
    METRICS_QUERY,
    NEW_GOAL,
    GoalShape,
    GoalStatusShape,
    MetricsShape,
    ReadingShape,
    SuggestionsShape,
)
from goals.models import Goal, Reading
from goals.rights import SETTERS, may_set
from goals.tracker import GoalIsCancelled, GoalTracker

_Answer = TypeVar("_Answer")


class CannotBeChanged(APIException):
    """The goal's status does not let it be changed (409)."""

    status_code = 409
    default_code = "conflict"


class GoalsView(ListAPIView[Goal]):
    """Goals, newest first."""

    queryset = Goal.objects.all()
    serializer_class = GoalShape

    @extend_schema(operation_id="list_goals", summary="Goals, newest first", parameters=query_parameters(GOAL_FILTERS))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A key sees its clone's goals, its team's and the company's, a person all."""
        require_reader(_caller(request))
        return self.list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = read_query(self.request.query_params, GOAL_FILTERS)
        if "clone" in asked:
            asked["clone"] = id_named(Clone, asked["clone"], "clone")
        return _visible(queryset, _caller(self.request)).filter(**asked)

    @extend_schema(
        operation_id="create_goal",
        summary="Set a goal",
        request={"application/json": body_schema(NEW_GOAL)},
        responses={201: GoalShape},
    )
    def post(self, request: Request) -> Response:
        """Managers for everybody, representatives for clones of their own. It is measured at once and begins as active."""
        caller = _caller(request)
        require_person(caller, SETTERS)
        sent = read_body(request.data, NEW_GOAL)
        clone, team = _clone(sent.pop("clone", None)), sent.pop("team", None) or ""
        _require_reach(caller, clone)
        goal = _asked(lambda: _set(caller, clone=clone, team=team, **sent))
        return Response(GoalShape(goal).data, status=201)


class GoalView(APIView):
    """One goal."""

    @extend_schema(operation_id="get_goal", summary="One goal", responses=GoalShape)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """As it was last measured."""
        return Response(GoalShape(_readable(request, goal_id)).data)

    @extend_schema(
        operation_id="change_goal",
        summary="Change a goal's target or period",
        request={"application/json": body_schema(CHANGED_GOAL)},
        responses=GoalShape,
    )
    def patch(self, request: Request, goal_id: UUID) -> Response:
        """It is measured and judged anew; one that had ended is active again. A cancelled one answers 409."""
        goal = _settable(request, goal_id)
        sent = read_body(request.data, CHANGED_GOAL)
        changed = _asked(lambda: GoalTracker().update_goal(goal, actor=_caller(request).actor, **sent))
        return Response(GoalShape(changed).data)

    @extend_schema(operation_id="cancel_goal", summary="Give a goal up", responses={204: None})
    def delete(self, request: Request, goal_id: UUID) -> Response:
        """It stays on record as cancelled; deleted again, it answers the same."""
        GoalTracker().cancel_goal(_settable(request, goal_id), actor=_caller(request).actor)
        return Response(status=204)


class GoalStatusView(APIView):
    """Where a goal stands."""

    @extend_schema(operation_id="get_goal_status", summary="Where a goal stands", responses=GoalStatusShape)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """Against the calendar of today, by the value last measured."""
        goal = _readable(request, goal_id)
        return Response(GoalStatusShape(GoalTracker().check_goal_status(goal)).data)


class SuggestionsView(APIView):
    """What would help a goal."""

    @extend_schema(
        operation_id="list_suggestions",
        summary="What would help a goal that is behind",
        responses=SuggestionsShape,
    )
    def get(self, request: Request, goal_id: UUID) -> Response:
        """At most ten, the most worthwhile first; none where progress is not below 80 % of the expected."""
        found = GoalTracker().suggest_actions(_readable(request, goal_id))
        return Response(SuggestionsShape({"results": found, "next": None, "previous": None}).data)


class ReadingsView(ListAPIView[Reading]):
    """What a goal was measured at, newest first."""

    queryset = Reading.objects.all()
    serializer_class = ReadingShape
    page_ordering = ("-taken_at", "-id")

    @extend_schema(operation_id="list_readings", summary="What a goal was measured at, newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One reading for each time it was measured, with what was foreseen then."""
        return self.list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(goal=_readable(self.request, self.kwargs["goal_id"]))


class MetricsView(APIView):
    """What a tenant, one of its teams or one of its clones has achieved."""

    @extend_schema(
        operation_id="get_metrics",
        summary="Pipeline, revenue, activity and quality",
        parameters=query_parameters(METRICS_QUERY),
        responses=MetricsShape,
    )
    def get(self, request: Request) -> Response:
        """Pipeline, revenue, activity and quality, computed now from the customer record."""
        caller = _caller(request)
        require_reader(caller)
        asked = read_query(request.query_params, METRICS_QUERY)
        _refuse_backward_period(asked.get("period_start"), asked.get("period_end"))
        clone = id_named(Clone, asked.pop("clone"), "clone") if "clone" in asked else None
        metrics = _asked(lambda: GoalTracker().compute_metrics(tenant=caller.tenant, clone=clone, **asked))
        return Response(MetricsShape(metrics).data)


def _caller(request: Request) -> Caller:
    return cast(Caller, request.auth)


def _visible(goals: QuerySet[Any], caller: Caller) -> QuerySet[Any]:
    if caller.is_person:
        return goals
    team = Clone.objects.filter(pk__in=[caller.clone_id]).values("team")
    return goals.filter(Q(clone_id=caller.clone_id) | Q(clone=None) & (Q(team="") | Q(team__in=team)))


def _found(request: Request, goal_id: UUID) -> Goal:
    goals = Goal.objects.select_related("tenant", "clone").filter(pk=goal_id)
    goal: Goal | None = _visible(goals, _caller(request)).first()
    if goal is None:
        raise NotFound("No goal has this id.")
    return goal


def _readable(request: Request, goal_id: UUID) -> Goal:
    goal = _found(request, goal_id)
    require_reader(_caller(request))
    read_query(request.query_params, {})
    return goal


def _settable(request: Request, goal_id: UUID) -> Goal:
    goal, caller = _found(request, goal_id), _caller(request)
    require_person(caller, SETTERS)
    _require_reach(caller, goal.clone)
    return goal


def _require_reach(caller: Caller, clone: Clone | None) -> None:
    if not may_set(cast(str, caller.role), person_id=cast(int, caller.person_id), clone=clone):
        raise PermissionDenied("A representative sets goals of clones they own.")


def _clone(reference: str | None) -> Clone | None:
    return Clone.objects.get(pk=id_named(Clone, reference, "clone")) if reference is not None else None


def _set(caller: Caller, **terms: Any) -> Goal:
    return GoalTracker().create_goal(tenant=caller.tenant, actor=caller.actor, **terms)


def _asked(verb: Callable[[], _Answer]) -> _Answer:
    """The verb's answer; what it refuses is a 400 that names the field."""
    try:
        return verb()
    except GoalIsCancelled as refusal:
        raise CannotBeChanged("A cancelled goal cannot be changed; set another one.") from refusal
    except ValueError as refusal:
        name, _, detail = str(refusal).partition(": ")
        raise InvalidRequest([error(f"/{name}", "invalid", detail)]) from refusal


def _refuse_backward_period(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise InvalidRequest([error("/period_end", "before_start", "Must not lie before period_start.")])
