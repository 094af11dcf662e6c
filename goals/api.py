"""Goals and metrics over HTTP."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_person, require_reader
from crm.api_fields import (
    REFERENCE,
    InvalidRequest,
    Wanted,
    body_schema,
    error,
    id_named,
    query_parameters,
    read_body,
    read_query,
)
from crm.fields import Day, Word
from crm.models import Clone
from goals.api_fields import Target
from goals.models import Goal, GoalStatus, GoalType
from goals.rights import SETTERS, may_set
from goals.tracker import GoalTracker

_FOUR = Decimal("0.0001")
_TYPE = Word(tuple(GoalType.values))
_START = Wanted(Day(), required=True, description="The first day, in the tenant's time zone.")
_END = Wanted(Day(), required=True, description="The last day, which belongs to the period; after period_start.")
_TARGET = Wanted(
    Target(),
    required=True,
    description="Above 0, in the metric's unit: money, a number of interactions, or for quality a share up to 1.",
)
NEW_GOAL = {
    "goal_type": Wanted(_TYPE, required=True, description="What is measured."),
    "target_value": _TARGET,
    "period_start": _START,
    "period_end": _END,
    "clone": Wanted(REFERENCE, description="Only what names this clone, by id or external_id.", nullable=True),
}
CHANGED_GOAL = {
    "target_value": Wanted(Target(), description=_TARGET.description),
    "period_start": Wanted(Day(), description=_START.description),
    "period_end": Wanted(Day(), description=_END.description),
}
GOAL_FILTERS = {
    "status": Wanted(Word(tuple(GoalStatus.values)), description="Only goals in this status."),
    "goal_type": Wanted(_TYPE, description="Only this type."),
    "clone": Wanted(REFERENCE, description="Only this clone's, by id or external_id."),
}

METRICS_QUERY = {
    "clone": Wanted(REFERENCE, description="Only what names this clone, by id or external_id."),
    "period_start": Wanted(
        Day(), description="The first day, in the tenant's time zone. Default: the first of the month of period_end."
    ),
    "period_end": Wanted(
        Day(),
        description="The last day, which belongs to the period; it may be period_start. Default: the last of the month"
        " of period_start. With neither, the current month.",
    ),
}


class Amount(serializers.DecimalField):
    """A value as its unit is written: at least two decimals, up to four."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=4, **kwargs)

    def to_representation(self, value: Any) -> Any:
        written = format(value.quantize(_FOUR), "f")
        return written.removesuffix("0").removesuffix("0") if written.endswith("00") else written.removesuffix("0")


class GoalShape(serializers.ModelSerializer[Goal]):
    """A goal."""

    target_value = Amount()
    current_value = Amount(allow_null=True, help_text="As last measured; null before the first time.")

    class Meta:
        model = Goal
        fields = (
            "id",
            "goal_type",
            "clone",
            "target_value",
            "period_start",
            "period_end",
            "status",
            "current_value",
            "measured_at",
            "created_at",
        )


class GoalStatusShape(serializers.Serializer[Any]):
    """Where a goal stands."""

    status = serializers.ChoiceField(GoalStatus.choices)
    current_value = Amount(allow_null=True)
    target_value = Amount()
    progress_pct = serializers.FloatField(allow_null=True, help_text="current / target x 100, not capped.")
    on_track = serializers.BooleanField(help_text="current / target >= elapsed / total; true before the start.")
    days_remaining = serializers.IntegerField(help_text="Days after today, 0 from the last day on.")
    elapsed_days = serializers.IntegerField(help_text="Today counted.")
    total_days = serializers.IntegerField()
    expected_value = Amount(help_text="What the linear pace asks for today.")


class SuggestionShape(serializers.Serializer[Any]):
    """Something that would help."""

    action_type = serializers.CharField()
    account_id = serializers.UUIDField()
    account = serializers.CharField()
    opportunity_id = serializers.UUIDField()
    opportunity = serializers.CharField()
    clone_id = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()


class GoalsView(ListAPIView[Goal]):
    """Goals, newest first."""

    queryset = Goal.objects.all()
    serializer_class = GoalShape

    @extend_schema(operation_id="list_goals", summary="Goals, newest first", parameters=query_parameters(GOAL_FILTERS))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A key sees its clone's goals and the company's, a person all."""
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
        """Managers for everybody, reps for clones of their own. It is measured at once."""
        caller = _caller(request)
        require_person(caller, SETTERS)
        sent = read_body(request.data, NEW_GOAL)
        reference = sent.pop("clone", None)
        clone = Clone.objects.get(pk=id_named(Clone, reference, "clone")) if reference else None
        _require_reach(caller, clone)
        goal = _told(lambda: GoalTracker().create_goal(tenant=caller.tenant, clone=clone, actor=caller.actor, **sent))
        return Response(GoalShape(goal).data, status=201)


class GoalView(APIView):
    """One goal."""

    @extend_schema(operation_id="get_goal", summary="One goal", responses=GoalShape)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """As it was last measured."""
        goal = _found(request, goal_id)
        require_reader(_caller(request))
        return Response(GoalShape(goal).data)

    @extend_schema(
        operation_id="change_goal",
        summary="Change a goal's target or period",
        request={"application/json": body_schema(CHANGED_GOAL)},
        responses=GoalShape,
    )
    def patch(self, request: Request, goal_id: UUID) -> Response:
        """It is measured anew; one that had ended is active again. A cancelled one cannot be changed."""
        goal, caller = _found(request, goal_id), _caller(request)
        require_person(caller, SETTERS)
        _require_reach(caller, goal.clone)
        sent = read_body(request.data, CHANGED_GOAL)
        changed = _told(lambda: GoalTracker().change_goal(goal=goal, actor=caller.actor, **sent))
        return Response(GoalShape(changed).data)

    @extend_schema(operation_id="cancel_goal", summary="Give a goal up", responses={204: None})
    def delete(self, request: Request, goal_id: UUID) -> Response:
        """It stays on record as cancelled."""
        goal, caller = _found(request, goal_id), _caller(request)
        require_person(caller, SETTERS)
        _require_reach(caller, goal.clone)
        GoalTracker().cancel_goal(goal=goal, actor=caller.actor)
        return Response(status=204)


class GoalStatusView(APIView):
    """Where a goal stands."""

    @extend_schema(operation_id="get_goal_status", summary="Where a goal stands", responses=GoalStatusShape)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """Against the calendar of today, by the value last measured."""
        goal = _found(request, goal_id)
        require_reader(_caller(request))
        return Response(GoalStatusShape(GoalTracker().check_goal_status(goal=goal)).data)


class SuggestionsView(APIView):
    """What would help a goal."""

    @extend_schema(
        operation_id="list_suggestions",
        summary="What would help a goal that is behind",
        responses=SuggestionShape(many=True),
    )
    def get(self, request: Request, goal_id: UUID) -> Response:
        """At most ten, the most worthwhile first; none where it is not below 80 % of the expected."""
        goal = _found(request, goal_id)
        require_reader(_caller(request))
        found = [asdict(one) for one in GoalTracker().suggest_actions(goal=goal)]
        return Response(SuggestionShape(found, many=True).data)


class MetricsShape(serializers.Serializer[Any]):
    """What was achieved."""

    pipeline_value = serializers.DecimalField(20, 2, help_text="Open deals now, whatever the period.")
    activity_count = serializers.IntegerField(help_text="Interactions in the period that happened.")
    quality_score = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null where no open deal is in qualification or later."
    )
    revenue_closed = serializers.DecimalField(20, 2, help_text="Deals won with a closing date in the period.")
    excluded = serializers.IntegerField(help_text="Deals left out of both values, being in another currency.")
    as_of = serializers.DateTimeField()


class MetricsView(APIView):
    """What a tenant or one of its clones has achieved."""

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
        metrics = GoalTracker().compute_metrics(tenant=caller.tenant, clone=clone, **asked)
        return Response(MetricsShape(metrics).data)


def _caller(request: Request) -> Caller:
    return cast(Caller, request.auth)


def _visible(goals: QuerySet[Any], caller: Caller) -> QuerySet[Any]:
    return goals if caller.is_person else goals.filter(Q(clone=None) | Q(clone_id=caller.clone_id))


def _found(request: Request, goal_id: UUID) -> Goal:
    goals = Goal.objects.select_related("tenant", "clone").filter(pk=goal_id)
    goal: Goal | None = _visible(goals, _caller(request)).first()
    if goal is None:
        raise NotFound("No goal has this id.")
    return goal


def _require_reach(caller: Caller, clone: Clone | None) -> None:
    if not may_set(cast(str, caller.role), person_id=cast(int, caller.person_id), clone=clone):
        raise PermissionDenied("A representative sets goals of clones they own.")


def _told(call: Callable[[], Goal]) -> Goal:
    """The verb's answer; what it refuses is a 400 that names the field."""
    try:
        return call()
    except ValueError as refusal:
        name, _, detail = str(refusal).partition(": ")
        raise InvalidRequest([error(f"/{name}", "invalid", detail)]) from refusal


def _refuse_backward_period(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise InvalidRequest([error("/period_end", "before_start", "Must not lie before period_start.")])
