"""Digests over HTTP."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import Caller, require_person
from crm.api_fields import read_query
from engine.digests.reach import visible_digests
from engine.models import Digest


class DigestShape(serializers.ModelSerializer[Digest]):
    """What one person was told one morning."""

    person = serializers.CharField(source="person.username", help_text="Their user name.")
    content = serializers.DictField(help_text="needs_you, changed, goals, done, refused; see docs/digest.md.")

    class Meta:
        model = Digest
        fields = ("id", "person", "day", "made_at", "content")


class DigestsView(ListAPIView[Digest]):
    """Digests, the latest first."""

    queryset = Digest.objects.select_related("person")
    serializer_class = DigestShape
    page_ordering = ("-day", "-id")

    @extend_schema(operation_id="list_digests", summary="What people were told in the mornings")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """People only: a representative their own, everybody else all."""
        require_person(cast(Caller, request.auth))
        read_query(request.query_params, {})
        return self.list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        caller = cast(Caller, self.request.auth)
        return visible_digests(queryset, role=caller.role, person_id=caller.person_id)
