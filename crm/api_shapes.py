"""What the customer record's calls take and give, as OpenAPI describes it."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from crm.api_fields import REFERENCE, Fields, Wanted
from crm.fields import FieldError, Moment, Schema, Text, Word
from crm.items import LONGEST_NAME, LONGEST_WORDS, Kind
from crm.models import EXTERNAL_ID_LENGTH, Account, Channel, Contact, Interaction, Opportunity
from crm.stages import STAGES
from crm.upserts import OUTCOMES

MOST_ITEMS = 1_000

_EXTERNAL_ID = Wanted(Text(EXTERNAL_ID_LENGTH, filled=True), description="Only the one with this external_id.")
_OF_ACCOUNT = Wanted(REFERENCE, description="Only this account's, by id or external_id.")

ACCOUNT_FILTERS = {
    "name": Wanted(Text(LONGEST_NAME, filled=True), description="Only names that begin so, in either case."),
    "external_id": _EXTERNAL_ID,
    "industry": Wanted(Text(LONGEST_WORDS, filled=True), description="Only this industry, spelled as the CRM does."),
}
CONTACT_FILTERS = {"account": _OF_ACCOUNT, "external_id": _EXTERNAL_ID}
OPPORTUNITY_FILTERS = {
    "account": _OF_ACCOUNT,
    "clone": Wanted(REFERENCE, description="Only this clone's, by id or external_id."),
    "stage": Wanted(Word(tuple(stage.value for stage in STAGES)), description="Only deals in this stage."),
    "external_id": _EXTERNAL_ID,
}
INTERACTION_FILTERS = {
    "account": _OF_ACCOUNT,
    "channel": Wanted(Word(tuple(Channel.values)), description="Only this channel."),
    "since": Wanted(Moment(), description="Only those dated at or after this time. Send a + as %2B, or use Z."),
    "linked": Wanted(Word(("true", "false")), description="false: only those that belong to no account."),
    "external_id": _EXTERNAL_ID,
}


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a bulk call: objects; what is in each is for the upsert to judge, item by item."""

    kind: Kind

    def read(self, value: object) -> list[dict[str, Any]]:
        """The items. Raises FieldError at the first that is no object."""
        if type(value) is not list:
            raise FieldError("type", "Must be a list of items.")
        if len(value) > MOST_ITEMS:
            raise FieldError("count", f"At most {MOST_ITEMS} items in one call, not {len(value)}.")
        for place, item in enumerate(value):
            if type(item) is not dict:
                raise FieldError("type", "Must be an object.", at=f"/{place}")
        return value

    @property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {"type": "array", "maxItems": MOST_ITEMS, "items": self.kind.item_schema}


@dataclass(frozen=True, slots=True)
class YesOrNo:
    """true or false."""

    def read(self, value: object) -> bool:
        """The value. Raises FieldError for what is neither."""
        if type(value) is not bool:
            raise FieldError("type", "Must be true or false.")
        return value

    @property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {"type": "boolean"}


def bulk_fields(kind: Kind) -> Fields:
    """The body of a bulk call for items of `kind`."""
    return {
        "items": Wanted(Items(kind), required=True),
        "all_or_nothing": Wanted(YesOrNo(), description="With true, one bad item rejects them all. Default: false."),
    }


class AccountShape(serializers.ModelSerializer[Account]):
    """A customer company."""

    attributes = serializers.DictField(read_only=True, help_text="What else the CRM says of it.")
    context = serializers.DictField(read_only=True, help_text="What agents have learnt.")  # type: ignore[assignment]
    updated_at = serializers.DateTimeField(source="source_updated_at", read_only=True, allow_null=True)

    class Meta:
        model = Account
        fields = (
            "id",
            "external_id",
            "name",
            "domains",
            "industry",
            "owner",
            "attributes",
            "context",
            "plan",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ContactShape(serializers.ModelSerializer[Contact]):
    """A person at a customer."""

    updated_at = serializers.DateTimeField(source="source_updated_at", read_only=True, allow_null=True)

    class Meta:
        model = Contact
        fields = (
            "id",
            "external_id",
            "account",
            "name",
            "email",
            "title",
            "role",
            "time_zone",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class OpportunityShape(serializers.ModelSerializer[Opportunity]):
    """A deal."""

    qualification = serializers.DictField(read_only=True, help_text="{framework: {field: answer}}.")
    attributes = serializers.DictField(read_only=True, help_text="What else the CRM says of it.")
    updated_at = serializers.DateTimeField(source="source_updated_at", read_only=True, allow_null=True)

    class Meta:
        model = Opportunity
        fields = (
            "id",
            "external_id",
            "account",
            "clone",
            "name",
            "stage",
            "amount",
            "currency",
            "opened_on",
            "closed_on",
            "qualification",
            "attributes",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class InteractionShape(serializers.ModelSerializer[Interaction]):
    """A mail, chat, meeting, call or CRM note."""

    attributes = serializers.DictField(read_only=True, help_text="What else the CRM says of it.")
    updated_at = serializers.DateTimeField(source="source_updated_at", read_only=True, allow_null=True)

    class Meta:
        model = Interaction
        fields = (
            "id",
            "external_id",
            "account",
            "contact",
            "clone",
            "opportunity",
            "channel",
            "direction",
            "status",
            "occurred_at",
            "subject",
            "text",
            "participants",
            "attributes",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ItemErrorShape(serializers.Serializer[Any]):
    """What is wrong with an item."""

    pointer = serializers.CharField(help_text="Where in the body (RFC 6901).")
    code = serializers.CharField()
    detail = serializers.CharField()


class ItemResultShape(serializers.Serializer[Any]):
    """What became of an item."""

    external_id = serializers.CharField(allow_null=True, help_text="Null where it could not be read.")
    id = serializers.UUIDField(allow_null=True, help_text="Null where the item was rejected.")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    errors = ItemErrorShape(many=True, required=False)  # type: ignore[assignment]  # a field; the property goes


class BulkShape(serializers.Serializer[Any]):
    """What became of the items of a bulk call."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = ItemResultShape(many=True, help_text="One for each item, in their order.")
