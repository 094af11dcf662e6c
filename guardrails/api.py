"""The catalogue of actions over HTTP. It is the same for everybody and no secret: any credential may read it."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api_fields import InvalidRequest, error, read_query
from guardrails.checker import GuardrailChecker
from guardrails.policy import CATALOGUE, Tier, normalise_action_type

LONGEST_RAW_NAME = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNFIT = "A name of 1 to 64 letters, digits and underscores that begins with a letter, such as send_proposal."


class RemedyShape(serializers.Serializer[Any]):
    """A way out of a verdict."""

    do = serializers.CharField()
    who = serializers.CharField(help_text="agent, manager, operator or person")
    how = serializers.CharField()


class CatalogueEntryShape(serializers.Serializer[Any]):
    """One action type of the catalogue."""

    action_type = serializers.CharField()
    tier = serializers.ChoiceField(choices=[tier.value for tier in Tier])
    description = serializers.CharField()


class CatalogueShape(serializers.Serializer[Any]):
    """The whole catalogue, as a page that has no neighbours."""

    results = CatalogueEntryShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="Always null: everything is on this page.")
    previous = serializers.URLField(allow_null=True, help_text="Always null.")


class ClassifiedShape(serializers.Serializer[Any]):
    """An action type and the verdict on it where nothing else is known: no deal, no recipients, no pause."""

    action_type = serializers.CharField(help_text="The name as it is looked up and stored.")
    known = serializers.BooleanField(help_text="Whether it is in the catalogue.")
    description = serializers.CharField(allow_null=True)
    tier = serializers.ChoiceField(choices=[tier.value for tier in Tier])
    allowed = serializers.BooleanField()
    requires_human = serializers.BooleanField()
    reason = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    remedy = RemedyShape(many=True, allow_null=True)


class CatalogueView(APIView):
    """All action types with their tiers."""

    @extend_schema(operation_id="list_action_types", responses=CatalogueShape, summary="The catalogue")
    def get(self, request: Request) -> Response:
        """The 24 action types the guardrails know, with their tiers."""
        read_query(request.query_params, {})
        entries = [
            {"action_type": name, "tier": entry.tier.value, "description": entry.description}
            for name, entry in CATALOGUE.items()
        ]
        return Response({"results": entries, "next": None, "previous": None})


class ActionTypeView(APIView):
    """One action type, known or not."""

    @extend_schema(
        operation_id="classify_action_type",
        responses=ClassifiedShape,
        summary="Classify one action type",
        parameters=[OpenApiParameter("action_type", str, OpenApiParameter.PATH, description="In any spelling.")],
    )
    def get(self, request: Request, action_type: str) -> Response:
        """How a name is read and what the guardrails say to it; an unknown one needs approval."""
        read_query(request.query_params, {})
        name = _name(action_type)
        known = CATALOGUE.get(name)
        verdict = GuardrailChecker().check(name).as_dict()
        described = {"action_type": name, "known": known is not None, "description": known and known.description}
        return Response(described | verdict)


def _name(raw: str) -> str:
    name = normalise_action_type(raw) if len(raw) <= LONGEST_RAW_NAME else ""
    if not _NAME.fullmatch(name):
        raise InvalidRequest([error("/action_type", "invalid", _UNFIT)])
    return name
