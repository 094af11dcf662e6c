"""Answers that are held to a JSON schema, to the letter: the few words of JSON Schema that we ask with, and no more."""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any

Schema = Mapping[str, Any]

# What every server understands; lengths and bounds are checked here and need not be sent.
_SENT = ("type", "properties", "required", "additionalProperties", "items", "enum", "description")


class DoesNotFit(ValueError):
    """An answer is not what was asked for; the message names the first place that is not."""


def checked(value: Any, schema: Schema) -> Any:
    """Return the value if it fits the schema. Raises DoesNotFit."""
    for problem in _problems(value, schema, "answer"):
        raise DoesNotFit(problem)
    return value


def to_send(schema: Schema) -> dict[str, Any]:
    """The schema without the words that some servers refuse."""
    return {name: _plain(name, schema[name]) for name in _SENT if name in schema}


def _plain(name: str, value: Any) -> Any:
    if name == "properties":
        return {field: to_send(inner) for field, inner in value.items()}
    return to_send(value) if name == "items" else value


def _problems(value: Any, schema: Schema, place: str) -> Iterator[str]:
    if not _TYPES[schema["type"]](value):
        yield f"{place} is not of type {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of the values asked for"
    else:
        yield from _BOUNDS.get(schema["type"], _no_bounds)(value, schema, place)


def _of_object(value: dict[str, Any], schema: Schema, place: str) -> Iterator[str]:
    if value.keys() != schema["properties"].keys():
        yield f"{place} has not exactly the fields asked for"
        return
    for name, inner in schema["properties"].items():
        yield from _problems(value[name], inner, f"{place}.{name}")


def _of_array(value: list[Any], schema: Schema, place: str) -> Iterator[str]:
    if len(value) > schema["maxItems"]:
        yield f"{place} has more than {schema['maxItems']} items"
        return
    for number, item in enumerate(value):
        yield from _problems(item, schema["items"], f"{place}[{number}]")


def _of_text(value: str, schema: Schema, place: str) -> Iterator[str]:
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{place} is longer than {schema['maxLength']} characters"
    if "\x00" in value or not _can_be_written(value):
        yield f"{place} holds characters that are none"


def _of_number(value: float, schema: Schema, place: str) -> Iterator[str]:
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place} is out of bounds"


def _no_bounds(value: Any, schema: Schema, place: str) -> Iterator[str]:
    yield from ()


def _can_be_written(value: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and isfinite(value))


_TYPES: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "string": lambda value: isinstance(value, str),
        "integer": _is_whole,
        "number": _is_number,
    }
)
_BOUNDS: Mapping[str, Callable[[Any, Schema, str], Iterator[str]]] = MappingProxyType(
    {"object": _of_object, "array": _of_array, "string": _of_text, "integer": _of_number, "number": _of_number}
)
