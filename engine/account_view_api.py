"""The unified view of an account over HTTP."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import Caller, require_reader
from crm.api_fields import read_query
from crm.api_shapes import AccountShape, ContactShape, InteractionShape, OpportunityShape
from crm.models import Account, Contact, Interaction
from crm.timeline import timeline
from engine.account_facts import Fact, Telling
from engine.account_view import AccountView, account_view
from engine.api_shapes import ActionShape
from engine.representation import as_list_json, instant
from insights.api import InsightShape
from insights.models import Summary


class KnownContactShape(ContactShape):
    """A person at a customer, and whether they may be written to."""

    suppressed = serializers.BooleanField(help_text="True: nobody writes to them, approved or not.")

    class Meta:
        model = Contact
        fields = (*ContactShape.Meta.fields, "suppressed")
        read_only_fields = fields


class TimelinePageShape(serializers.Serializer[Any]):
    """A page of what happened and what is planned, across all channels, newest first."""

    results = InteractionShape(many=True)
    next = serializers.URLField(allow_null=True, help_text="The page after this one; null on the last.")


class SummaryShape(serializers.ModelSerializer[Summary]):
    """What a stretch of the past comes down to."""

    lines = serializers.ListField(
        child=serializers.DictField(),
        help_text="[{at, channel, direction, who, text, why, interaction}], newest first.",
    )

    class Meta:
        model = Summary
        fields = ("kind", "starts_on", "ends_on", "interactions", "lines", "made_at")
        read_only_fields = fields


class TellingShape(serializers.Serializer[Any]):
    """What one source says."""

    value = serializers.JSONField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field; the attribute goes
    at = serializers.DateTimeField(allow_null=True, help_text="When it was said; null where nobody knows.")


class FactShape(TellingShape):
    """What holds: the most recent telling, and in `others` those that say otherwise."""

    name = serializers.CharField()
    others = TellingShape(many=True)


class AccountViewShape(serializers.Serializer[Any]):
    """All that is known of one account."""

    account = AccountShape()
    contacts = KnownContactShape(many=True)
    open_deals = OpportunityShape(many=True)
    signals = InsightShape(many=True, help_text="What was noticed and still is so, newest first.")
    timeline = TimelinePageShape()
    actions = ActionShape(many=True, help_text="Newest first, the latest 50; a key sees its own clone's.")
    summaries = SummaryShape(many=True, help_text="Newest first; kind full is the last 30 days.")
    facts = FactShape(many=True)


_PAGING = [
    OpenApiParameter("cursor", str, description="Where the timeline's page begins: taken from its `next`."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        description="Interactions in a page of the timeline.",
    ),
]


class UnifiedView(GenericAPIView[Interaction]):
    """Everything about one account."""

    serializer_class = AccountViewShape
    page_ordering = ("-occurred_at", "-id")

    @extend_schema(
        operation_id="get_account_view",
        summary="All that is known of an account",
        description="Contacts, open deals, signals with their evidence, the timeline of every channel, actions with their"
        " outcomes, summaries, and facts: where sources disagree the most recent wins and the others are shown.",
        parameters=_PAGING,
        responses=AccountViewShape,
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        """For people and for keys with the scope read."""
        caller = cast(Caller, request.auth)
        account = Account.objects.filter(pk=account_id).first()
        if account is None:
            raise NotFound("No account has this id.")
        require_reader(caller)
        read_query(request.query_params, {})
        happened = self.paginate_queryset(timeline(account)) or []
        assert self.paginator is not None, "every list of the API has pages"
        view = account_view(account, clone_id=caller.clone_id)
        return Response(as_json(view, happened, cast(Any, self.paginator).get_next_link()))


def as_json(view: AccountView, happened: Sequence[Interaction], following: str | None) -> dict[str, Any]:
    """The view with a page of its timeline in the contract's form."""
    for contact in view.contacts:
        contact.suppressed = contact.pk in view.suppressed  # type: ignore[attr-defined]
    return {
        "account": AccountShape(view.account).data,
        "contacts": KnownContactShape(view.contacts, many=True).data,
        "open_deals": OpportunityShape(view.open_deals, many=True).data,
        "signals": InsightShape(view.signals, many=True).data,
        "timeline": {"results": InteractionShape(happened, many=True).data, "next": following},
        "actions": as_list_json(view.actions),
        "summaries": SummaryShape(view.summaries, many=True).data,
        "facts": [_fact(fact) for fact in view.facts],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"name": fact.told.name, **_telling(fact.told), "others": [_telling(other) for other in fact.others]}


def _telling(telling: Telling) -> dict[str, Any]:
    return {"value": telling.value, "source": telling.source, "at": instant(telling.at)}
