"""The items of the bulk calls: which fields each kind of customer record has (docs/api.md), and reading them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db.models import Model

from crm.fields import (
    Address,
    Currency,
    Day,
    Domain,
    FieldError,
    Moment,
    Money,
    Reader,
    Several,
    Text,
    Word,
    Zone,
)
from crm.models import (
    EXTERNAL_ID_LENGTH,
    Account,
    Channel,
    Clone,
    Contact,
    Direction,
    Interaction,
    InteractionStatus,
    Opportunity,
    Tenant,
)
from crm.object_fields import Columns, Qualification
from crm.stages import STAGES

LONGEST_NAME = 300
LONGEST_WORDS = 200
LONGEST_TEXT = 100_000
MOST_DOMAINS = 100
MOST_PARTICIPANTS = 200

_REFERENCE = Text(EXTERNAL_ID_LENGTH, filled=True)

Cleared = Callable[[Tenant], Any]


def _empty(tenant: Tenant) -> str:
    return ""


def _nothing(tenant: Tenant) -> None:
    return None


def _no_entries(tenant: Tenant) -> list[Any]:
    return []


def _no_answers(tenant: Tenant) -> dict[str, Any]:
    return {}


def _its_currency(tenant: Tenant) -> str:
    return tenant.currency


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an item. `cleared` gives what null, or absence from a new record, stores; None: the field is required.
    `column` is where it is stored, if not under its name; `refers_to` the model an id or external id of it names."""

    name: str
    reader: Reader
    cleared: Cleared | None = None
    column: str = ""
    refers_to: type[Model] | None = None

    @property
    def stored_as(self) -> str:
        return f"{self.name}_id" if self.refers_to else self.column or self.name

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema, null included where null clears it."""
        return {"oneOf": [self.reader.schema, {"type": "null"}]} if self.cleared else self.reader.schema


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: `name` as in its path, its model, the fields beside `external_id`, and the columns by which
    PostgreSQL tells that a row is there already."""

    name: str
    model: type[Model]
    fields: Mapping[str, Field]
    identity: tuple[str, ...] = ("tenant", "external_id")

    def with_fields(self, *more: Field) -> "Kind":
        """The kind with further fields, for callers that know more than the API lets in."""
        return Kind(self.name, self.model, _by_name(*self.fields.values(), *more), self.identity)

    @property
    def item_schema(self) -> dict[str, Any]:
        """The JSON Schema of one item. Only `external_id` is needed always: an absent field stays as it is."""
        properties = {"external_id": _REFERENCE.schema}
        properties.update({name: field.schema for name, field in self.fields.items()})
        return {
            "type": "object",
            "properties": properties,
            "required": ["external_id"],
            "additionalProperties": False,
            "description": f"A new one also needs {', '.join(self.needed)}.",
        }

    @property
    def needed(self) -> list[str]:
        """The fields a new record cannot do without."""
        return [name for name, field in self.fields.items() if field.cleared is None]


def _by_name(*fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in fields})


def _reference(name: str, model: type[Model], cleared: Cleared | None = _nothing) -> Field:
    return Field(name, _REFERENCE, cleared, refers_to=model)


_NAME = Field("name", Text(LONGEST_NAME, filled=True))
_UPDATED_AT = Field("updated_at", Moment(), _nothing, column="source_updated_at")

ATTRIBUTES = Field("attributes", Columns(LONGEST_TEXT), _no_answers)

ACCOUNTS = Kind(
    "accounts",
    Account,
    _by_name(
        _NAME,
        Field("domains", Several(Domain(), MOST_DOMAINS), _no_entries),
        Field("industry", Text(LONGEST_WORDS), _empty),
        Field("owner", Text(LONGEST_WORDS), _empty),
        _UPDATED_AT,
    ),
)
CONTACTS = Kind(
    "contacts",
    Contact,
    _by_name(
        _reference("account", Account, None),
        _NAME,
        Field("email", Address(), _empty),
        Field("title", Text(LONGEST_WORDS), _empty),
        Field("role", Text(100), _empty),
        Field("time_zone", Zone(), _empty),
        _UPDATED_AT,
    ),
)
OPPORTUNITIES = Kind(
    "opportunities",
    Opportunity,
    _by_name(
        _reference("account", Account),
        _NAME,
        Field("stage", Word(tuple(stage.value for stage in STAGES))),
        Field("amount", Money(), _nothing),
        Field("currency", Currency(), _its_currency),
        _reference("clone", Clone),
        Field("opened_on", Day(), _nothing),
        Field("closed_on", Day(), _nothing),
        Field("qualification", Qualification(), _no_answers),
        _UPDATED_AT,
    ),
)
INTERACTIONS = Kind(
    "interactions",
    Interaction,
    _by_name(
        _reference("account", Account),
        _reference("contact", Contact),
        _reference("clone", Clone),
        _reference("opportunity", Opportunity),
        Field("channel", Word(tuple(Channel.values))),
        Field("direction", Word(tuple(Direction.values))),
        Field("status", Word(tuple(InteractionStatus.values))),
        Field("occurred_at", Moment()),
        Field("subject", Text(998), _empty),
        Field("text", Text(LONGEST_TEXT), _empty),
        Field("participants", Several(Text(LONGEST_NAME, filled=True), MOST_PARTICIPANTS), _no_entries),
        _UPDATED_AT,
    ),
)
CLONES = Kind(
    "clones",
    Clone,
    _by_name(Field("name", Text(LONGEST_WORDS, filled=True)), Field("team", Text(LONGEST_WORDS), _empty)),
    identity=("id",),
)


@dataclass(slots=True)
class Draft:
    """An item on its way to becoming a row: what was read of it, by column, and what is wrong with it."""

    place: int
    external_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, name: str, code: str, detail: str) -> None:
        """Note what is wrong with the field `name` (a pointer below the item: `domains/2`; empty: the item itself)."""
        self.errors.append({"pointer": self._pointer(name), "code": code, "detail": detail})

    def is_refused(self, name: str) -> bool:
        """Whether something is noted already about this field."""
        return any(f"{error['pointer']}/".startswith(f"{self._pointer(name)}/") for error in self.errors)

    def _pointer(self, name: str) -> str:
        return f"/items/{self.place}" + (f"/{name}" if name else "")


def read_items(kind: Kind, items: Sequence[object], tenant: Tenant) -> list[Draft]:
    """Read every item, in order. What does not fit is in its draft's errors; an external id seen before is an error."""
    drafts = [_read(kind, place, item, tenant) for place, item in enumerate(items)]
    first: dict[str, int] = {}
    for draft in drafts:
        if draft.external_id is not None and first.setdefault(draft.external_id, draft.place) != draft.place:
            draft.refuse("external_id", "duplicate", f"Item {first[draft.external_id]} has this external_id already.")
    return drafts


def _read(kind: Kind, place: int, item: object, tenant: Tenant) -> Draft:
    draft = Draft(place)
    if not isinstance(item, dict):
        draft.refuse("", "type", "Must be an object.")
        return draft
    _read_external_id(draft, item)
    for name, value in item.items():
        if name in kind.fields:
            _read_field(kind.fields[name], value, draft, tenant)
        elif name != "external_id":
            draft.refuse(_sendable(name), "unknown_field", f"The fields are external_id, {', '.join(kind.fields)}.")
    return draft


def _read_external_id(draft: Draft, item: dict[str, Any]) -> None:
    if item.get("external_id") is None:
        draft.refuse("external_id", "required", "Every item needs the id its own system knows it by.")
        return
    try:
        draft.external_id = _REFERENCE.read(item["external_id"])
    except FieldError as refusal:
        draft.refuse("external_id", refusal.code, refusal.detail)


def _read_field(field: Field, value: object, draft: Draft, tenant: Tenant) -> None:
    if value is None and field.cleared is None:
        draft.refuse(field.name, "required", "This field cannot be cleared.")
    elif value is None and field.cleared:
        draft.values[field.stored_as] = field.cleared(tenant)
    else:
        try:
            draft.values[field.stored_as] = field.reader.read(value)
        except FieldError as refusal:
            draft.refuse(f"{field.name}{refusal.at}", refusal.code, refusal.detail)


def _sendable(name: object) -> str:
    """A field's name as part of a JSON pointer: what could not be sent back is replaced, a very long one cut."""
    text = str(name).encode("utf-8", "replace").decode().replace("\0", "?")[:80]
    return text.replace("~", "~0").replace("/", "~1")
