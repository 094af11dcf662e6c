"""Insights over HTTP: read them, and say whether they were useful."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_person, require_reader
from crm.api_fields import REFERENCE, Wanted, body_schema, id_named, query_parameters, read_body, read_query
from crm.fields import Text, Word
from crm.models import Account
from insights.feedback import GIVERS, LONGEST_COMMENT, give, may_give
from insights.models import PATTERN_TYPES, Insight, InsightStatus, Verdict
from insights.signals import SIGNALS, Severity

INSIGHT_FILTERS = {
    "account": Wanted(REFERENCE, description="Only this account's, by id or external_id."),
    "status": Wanted(Word(tuple(InsightStatus.values)), description="Only insights in this status."),
    "pattern_type": Wanted(Word(tuple(PATTERN_TYPES)), description="Only this pattern type."),
    "signal": Wanted(Word(tuple(SIGNALS)), description="Only this signal."),
    "severity": Wanted(Word(tuple(level.value for level in Severity)), description="Only this severity."),
}
FEEDBACK = {
    "feedback": Wanted(
        Word(tuple(Verdict.values)), required=True, description="useful, or false_alarm, which dismisses it."
    ),
    "comment": Wanted(Text(LONGEST_COMMENT), description="Why, for whoever looks at it later."),
}


class InsightShape(serializers.ModelSerializer[Insight]):
    """Something noticed, with its evidence."""

    evidence = serializers.ListField(
        child=serializers.DictField(), help_text="[{interaction, quote, at, channel, who}]"
    )

    class Meta:
        model = Insight
        fields = (
            "id",
            "account",
            "contact",
            "pattern_type",
            "signal",
            "topic",
            "severity",
            "confidence",
            "reason",
            "evidence",
            "status",
            "created_at",
            "seen_at",
            "ended_at",
            "ended_why",
        )


class JudgedShape(serializers.Serializer[Any]):
    """What feedback did."""

    insight = InsightShape()
    threshold_before = serializers.FloatField(help_text="From which confidence on its pattern type was shown.")
    threshold_after = serializers.FloatField(help_text="The same, from now on.")


class InsightsView(ListAPIView[Insight]):
    """Insights, newest first."""

    queryset = Insight.objects.all()
    serializer_class = InsightShape

    @extend_schema(
        operation_id="list_insights",
        summary="What was noticed, newest first",
        parameters=query_parameters(INSIGHT_FILTERS),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For people and for keys with the scope read."""
        require_reader(cast(Caller, request.auth))
        return self.list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = read_query(self.request.query_params, INSIGHT_FILTERS)
        if "account" in asked:
            asked["account"] = id_named(Account, asked["account"], "account")
        return queryset.filter(**asked)


class InsightView(APIView):
    """One insight."""

    @extend_schema(operation_id="get_insight", summary="One insight", responses=InsightShape)
    def get(self, request: Request, insight_id: UUID) -> Response:
        """With its evidence."""
        found = _found(insight_id)
        require_reader(cast(Caller, request.auth))
        return Response(InsightShape(found).data)


class FeedbackView(APIView):
    """What a person says of an insight."""

    @extend_schema(
        operation_id="judge_insight",
        summary="Say whether an insight was useful",
        request={"application/json": body_schema(FEEDBACK)},
        responses=JudgedShape,
    )
    def post(self, request: Request, insight_id: UUID) -> Response:
        """A false alarm dismisses it and raises the threshold of its pattern type, useful lowers it."""
        caller = cast(Caller, request.auth)
        found = _found(insight_id)
        require_person(caller, GIVERS)
        role, person_id = cast(str, caller.role), cast(int, caller.person_id)  # a person has both
        if not may_give(role, person_id=person_id, insight=found):
            raise PermissionDenied("This needs the role manager, or a clone of yours that works with the account.")
        sent = read_body(request.data, FEEDBACK)
        given = give(
            insight=found,
            person_id=person_id,
            verdict=sent["feedback"],
            comment=sent.get("comment", ""),
            actor=caller.actor,
        )
        shown = {
            "insight": given.insight,
            "threshold_before": given.threshold_before,
            "threshold_after": given.threshold_after,
        }
        return Response(JudgedShape(shown).data)


def _found(insight_id: UUID) -> Insight:
    insight = Insight.objects.select_related("account").filter(pk=insight_id).first()
    if insight is None:
        raise NotFound("No insight has this id.")
    return insight
