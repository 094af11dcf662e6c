"""Metrics over HTTP."""

from datetime import date
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_reader
from crm.api_fields import REFERENCE, InvalidRequest, Wanted, error, id_named, query_parameters, read_query
from crm.fields import Day
from crm.models import Clone
from goals.tracker import GoalTracker

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
        caller = cast(Caller, request.auth)
        require_reader(caller)
        asked = read_query(request.query_params, METRICS_QUERY)
        _refuse_backward_period(asked.get("period_start"), asked.get("period_end"))
        clone = id_named(Clone, asked.pop("clone"), "clone") if "clone" in asked else None
        metrics = GoalTracker().compute_metrics(tenant=caller.tenant, clone=clone, **asked)
        return Response(MetricsShape(metrics).data)


def _refuse_backward_period(start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise InvalidRequest([error("/period_end", "before_start", "Must not lie before period_start.")])
