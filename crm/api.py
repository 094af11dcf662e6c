"""The customer record over HTTP: read it, and write it in bulk."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Caller, require_ingest, require_reader
from crm.api_fields import Fields, body_schema, id_named, query_parameters, read_body, read_query
from crm.api_shapes import (
    ACCOUNT_FILTERS,
    CONTACT_FILTERS,
    INTERACTION_FILTERS,
    OPPORTUNITY_FILTERS,
    AccountShape,
    BulkShape,
    ContactShape,
    InteractionShape,
    OpportunityShape,
    bulk_fields,
)
from crm.items import ACCOUNTS, CONTACTS, INTERACTIONS, OPPORTUNITIES, Kind
from crm.models import Account, Clone, Contact, Interaction, Opportunity
from crm.upserts import upsert

# A filter is the equality of its column, but for these.
_LOOKUPS = {"name": "name__istartswith", "since": "occurred_at__gte", "linked": "account__isnull"}
_REFERENCES = {"account": Account, "clone": Clone}


class _Listing(ListAPIView[Any]):
    """The rows of the tenant that the query asks for, page by page."""

    filters: Fields

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        require_reader(cast(Caller, request.auth))
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = read_query(self.request.query_params, self.filters)
        for name in _REFERENCES.keys() & asked.keys():
            asked[name] = id_named(_REFERENCES[name], asked[name], name)
        if "linked" in asked:
            asked["linked"] = asked["linked"] == "false"  # what the lookup asks is whether there is no account
        return queryset.filter(**{_LOOKUPS.get(name, name): value for name, value in asked.items()})


class _Reading(RetrieveAPIView[Any]):
    """One row of the tenant."""

    def get_object(self) -> Any:
        found = super().get_object()
        require_reader(cast(Caller, self.request.auth))
        return found


class _Bulk(APIView):
    """Items created or updated by external id in one call, each with its own outcome."""

    kind: Kind
    max_body_bytes = 8 * 1024 * 1024
    max_nodes = 200_000

    def post(self, request: Request) -> Response:
        """For a key with the scope ingest, a manager or an operator."""
        caller = cast(Caller, request.auth)
        require_ingest(caller)
        sent = read_body(request.data, bulk_fields(self.kind))
        outcome = upsert(self.kind, tenant=caller.tenant, actor=caller.actor, source="bulk", **sent)
        return Response(outcome.as_json())


def _listed(name: str, filters: Fields) -> Any:
    told = extend_schema(
        operation_id=f"list_{name}", summary=f"The tenant's {name}", parameters=query_parameters(filters)
    )
    return extend_schema_view(get=told)


def _read(name: str) -> Any:
    return extend_schema_view(get=extend_schema(operation_id=f"get_{name}", summary=f"One {name}"))


def _written(kind: Kind) -> Any:
    told = extend_schema(
        operation_id=f"upsert_{kind.name}",
        summary=f"Create or update up to 1,000 {kind.name}",
        description="Matched by external_id. An absent field stays as it is, null clears it; an item with an updated_at"
        " older than the stored one changes nothing. The answer is a 200 also where items were rejected.",
        request={"application/json": body_schema(bulk_fields(kind))},
        responses={200: BulkShape},
    )
    return extend_schema_view(post=told)


@_listed("accounts", ACCOUNT_FILTERS)
class AccountsView(_Listing):
    """Accounts by name."""

    queryset = Account.objects.all()
    serializer_class = AccountShape
    filters = ACCOUNT_FILTERS
    page_ordering = ("name", "id")


@_read("account")
class AccountView(_Reading):
    """One account."""

    queryset = Account.objects.all()
    serializer_class = AccountShape


@_written(ACCOUNTS)
class AccountsBulkView(_Bulk):
    """Accounts in bulk."""

    kind = ACCOUNTS


@_listed("contacts", CONTACT_FILTERS)
class ContactsView(_Listing):
    """Contacts, newest first."""

    queryset = Contact.objects.all()
    serializer_class = ContactShape
    filters = CONTACT_FILTERS


@_read("contact")
class ContactView(_Reading):
    """One contact."""

    queryset = Contact.objects.all()
    serializer_class = ContactShape


@_written(CONTACTS)
class ContactsBulkView(_Bulk):
    """Contacts in bulk."""

    kind = CONTACTS


@_listed("opportunities", OPPORTUNITY_FILTERS)
class OpportunitiesView(_Listing):
    """Opportunities, newest first."""

    queryset = Opportunity.objects.all()
    serializer_class = OpportunityShape
    filters = OPPORTUNITY_FILTERS


@_read("opportunity")
class OpportunityView(_Reading):
    """One opportunity."""

    queryset = Opportunity.objects.all()
    serializer_class = OpportunityShape


@_written(OPPORTUNITIES)
class OpportunitiesBulkView(_Bulk):
    """Opportunities in bulk."""

    kind = OPPORTUNITIES


@_listed("interactions", INTERACTION_FILTERS)
class InteractionsView(_Listing):
    """Interactions, the latest first."""

    queryset = Interaction.objects.all()
    serializer_class = InteractionShape
    filters = INTERACTION_FILTERS
    page_ordering = ("-occurred_at", "-id")


@_read("interaction")
class InteractionView(_Reading):
    """One interaction."""

    queryset = Interaction.objects.all()
    serializer_class = InteractionShape


@_written(INTERACTIONS)
class InteractionsBulkView(_Bulk):
    """Interactions in bulk."""

    kind = INTERACTIONS
