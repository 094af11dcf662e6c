"""Reading what a request sends: each room names its fields, here they are read strictly and described to OpenAPI.

Every fault is reported at once, each with its place; a field nobody asked for is a fault, too: it is a typing error, or
an attempt to set what is not the sender's to set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException

from crm.fields import FieldError, Reader, Schema, Text
from crm.models import EXTERNAL_ID_LENGTH
from crm.references import find_id

PAGING = frozenset({"cursor", "page_size"})  # read by the pagination, not by the view
REFERENCE = Text(EXTERNAL_ID_LENGTH, filled=True)  # an id or an external_id


class InvalidRequest(APIException):
    """What was sent does not fit (400). `errors` is [{pointer, code, detail}]."""

    status_code = 400
    default_code = "invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['pointer']}: {error['detail']}" for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of a body or a query. `nullable`: null says the same as leaving it out."""

    reader: Reader
    required: bool = False
    description: str = ""
    nullable: bool = False

    @property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        told = {"description": self.description} if self.description else {}
        own = self.reader.schema
        return {"oneOf": [own, {"type": "null"}], **told} if self.nullable else {**own, **told}


Fields = Mapping[str, Wanted]


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number in a query, written in decimal digits."""

    least: int
    most: int

    def read(self, value: object) -> int:
        text = str(value)
        fits = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not (fits and self.least <= int(text) <= self.most):
            raise FieldError("not_a_count", f"Must be a whole number from {self.least} to {self.most}.")
        return int(text)

    @property
    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class AnyObject:
    """An object; what is in it is for somebody else to judge."""

    def read(self, value: object) -> dict[str, Any]:
        if type(value) is not dict:
            raise FieldError("type", "Must be an object.")
        return value

    @property
    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": True}


def read_body(body: object, fields: Fields) -> dict[str, Any]:
    """Return the fields that were sent, as their readers give them. Raises InvalidRequest with every fault."""
    if not isinstance(body, dict):
        raise InvalidRequest([error("", "type", "Must be an object.")])
    faults = _unknown(body, fields) + _missing(body, fields)
    read: dict[str, Any] = {}
    for name, wanted in fields.items():
        if name in body and not (wanted.nullable and body[name] is None):
            faults += _read_into(read, name, wanted, body[name])
    return _or_refuse(read, faults)


def read_query(query: QueryDict, fields: Fields) -> dict[str, Any]:
    """Return the parameters that were sent, each once, as their readers give them. Raises InvalidRequest."""
    faults = _unknown({name: None for name in query if name not in PAGING}, fields) + _missing(query, fields)
    read: dict[str, Any] = {}
    for name, values in query.lists():
        if name in fields and len(values) > 1:
            faults.append(error(pointer_to(name), "repeated", "Send this parameter once."))
        elif name in fields:
            faults += _read_into(read, name, fields[name], values[0])
    return _or_refuse(read, faults)


def id_named(model: type[Model], reference: str, field: str) -> UUID:
    """The id that `reference` (id or external_id) names in the tenant in scope. Raises InvalidRequest at `field`."""
    found = find_id(model, reference)
    if found is None:
        detail = f"No {model._meta.verbose_name} of this tenant has this id or external_id."
        raise InvalidRequest([error(pointer_to(field), "unknown", detail)])
    return found


def body_schema(fields: Fields) -> Schema:
    """The JSON Schema of a body with these fields."""
    return {
        "type": "object",
        "properties": {name: wanted.schema for name, wanted in fields.items()},
        "required": [name for name, wanted in fields.items() if wanted.required],
        "additionalProperties": False,
    }


def query_parameters(fields: Fields) -> list[OpenApiParameter]:
    """The fields of a query as OpenAPI describes them."""
    return [
        OpenApiParameter(
            name,
            type=wanted.reader.schema,
            location=OpenApiParameter.QUERY,
            required=wanted.required,
            description=wanted.description,
        )
        for name, wanted in fields.items()
    ]


def error(pointer: str, code: str, detail: str) -> dict[str, str]:
    """One fault: where (a JSON pointer), what (for programs), and what to do (for people)."""
    return {"pointer": pointer, "code": code, "detail": detail}


def pointer_to(name: str) -> str:
    """The JSON pointer (RFC 6901) to a field; what could not be sent back is replaced, a long name cut."""
    sendable = name.encode("utf-8", "replace").decode().replace("\0", "?")[:80]
    return f"/{sendable.replace('~', '~0').replace('/', '~1')}"


def _unknown(sent: Mapping[str, Any], fields: Fields) -> list[dict[str, str]]:
    known = f"Known here: {', '.join(fields)}." if fields else "Nothing is taken here."
    return [error(pointer_to(name), "unknown_field", known) for name in sent if name not in fields]


def _missing(sent: Mapping[str, Any], fields: Fields) -> list[dict[str, str]]:
    return [
        error(pointer_to(name), "required", f"This field is required. {wanted.description}".strip())
        for name, wanted in fields.items()
        if wanted.required and name not in sent
    ]


def _read_into(read: dict[str, Any], name: str, wanted: Wanted, value: object) -> list[dict[str, str]]:
    try:
        read[name] = wanted.reader.read(value)
    except FieldError as refusal:
        return [error(pointer_to(name) + refusal.at, refusal.code, refusal.detail)]
    return []


def _or_refuse(read: dict[str, Any], faults: list[dict[str, str]]) -> dict[str, Any]:
    if faults:
        raise InvalidRequest(faults)
    return read
