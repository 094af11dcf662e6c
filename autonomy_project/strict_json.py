"""JSON with one meaning only. What two readers could read differently is refused with a pointer to the place.

Duplicate names are the sharpest case: one parser keeps the first value and another the last, so what the guardrails
judged would not be what is carried out.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.mediatypes import media_type_matches

MOST_BYTES = 256 * 1024
MOST_NODES = 2_000  # values, each member of a list or an object counted
DEEPEST = 32  # levels of lists and objects
LARGEST_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 7493, 2.2)
LONGEST_MEDIA_TYPE = 256
_LONGEST_INTEGER_TEXT = len(str(-LARGEST_INTEGER))

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class MalformedJson(APIException):
    """The body is not JSON as it must be (400). `errors` is [{pointer, code, detail}]; "" points at the whole body."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "malformed_json"

    def __init__(self, *, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "code": code, "detail": detail}]


class BodyTooLarge(APIException):
    """The body has more bytes than this call takes (413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"This call takes at most {most_bytes} bytes; send less, or in parts.")


class LengthRequired(APIException):
    """The body came in chunks of unknown total length (411)."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send a Content-Length header; a body in chunks is not read."


class Limits(NamedTuple):
    """How much one call takes. A view sets its own as `max_body_bytes` and `max_nodes`."""

    most_bytes: int = MOST_BYTES
    most_nodes: int = MOST_NODES

    @classmethod
    def of(cls, view: Any) -> "Limits":
        """The limits of a view, or of a view's class."""
        return cls(getattr(view, "max_body_bytes", MOST_BYTES), getattr(view, "max_nodes", MOST_NODES))


def fits(meta: dict[str, Any], most_bytes: int) -> bool:
    """Whether the declared length of a request's body is within the limit: known before anything is read."""
    declared = str(meta.get("CONTENT_LENGTH") or "0").lstrip("0") or "0"
    if not declared.isdecimal():
        return True  # Django reads a body of no readable length as empty
    return len(declared) <= len(str(most_bytes)) and int(declared) <= most_bytes


def parse(raw: bytes, *, most_nodes: int = MOST_NODES) -> Any:
    """Return the one value that `raw` spells in UTF-8. Raises MalformedJson at the first fault found."""
    value = _decoded(_text(raw))
    for seen, place in enumerate(_places(_Place(None, "", value, 0)), start=1):
        _refuse_faulty(place)
        if seen > most_nodes:
            _refuse(place, "too_many_values", f"At most {most_nodes} values are allowed in one body.")
    return value


class StrictJSONParser(BaseParser):
    """The only way in: application/json in UTF-8, parsed by `parse`."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The parsed body. Its declared length, past which Django reads nothing, is held against the limit first."""
        limits = Limits.of(parser_context["view"])
        if not fits(parser_context["request"].META, limits.most_bytes):
            raise BodyTooLarge(limits.most_bytes)
        return parse(stream.read(), most_nodes=limits.most_nodes)


class StrictJSONRenderer(JSONRenderer):
    """The only way out: UTF-8 JSON without NaN, whatever the Accept header says."""

    charset = None

    def get_indent(self, accepted_media_type: str, renderer_context: Any) -> None:
        """One form of every answer: the header cannot ask for indentation."""
        return None


class OnlyJson(BaseContentNegotiation):
    """Nothing to negotiate: bodies are application/json (else 415), answers are JSON also for who asks for another."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The parser whose media type the body carries, or None."""
        given = request.content_type or ""
        if len(given) > LONGEST_MEDIA_TYPE:
            return None
        return next((parser for parser in parsers if media_type_matches(parser.media_type, given)), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """The first renderer, always."""
        return renderers[0], renderers[0].media_type


class _Fault(NamedTuple):
    """Stands in a parsed tree for a value that cannot be taken; `part` is the member it is about, if any."""

    code: str
    detail: str
    part: str | None = None


class _Place(NamedTuple):
    """A value and how it is reached; depth counts the lists and objects around it."""

    parent: "_Place | None"
    name: str
    value: Any
    depth: int


def _text(raw: bytes) -> str:
    if raw.startswith(_BYTE_ORDER_MARKS):
        raise MalformedJson(pointer="", code="byte_order_mark", detail="Send UTF-8 without a byte order mark.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as broken:
        detail = f"The body is not UTF-8: byte {broken.start} cannot be read."
        raise MalformedJson(pointer="", code="not_utf_8", detail=detail) from broken


def _decoded(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as broken:
        detail = f"Not JSON: {broken.msg}, at line {broken.lineno}, column {broken.colno}."
        raise MalformedJson(pointer="", code="not_json", detail=detail) from broken
    except RecursionError as broken:
        raise MalformedJson(pointer="", code="too_deep", detail=_TOO_DEEP) from broken


_TOO_DEEP = f"At most {DEEPEST} levels of lists and objects are allowed."


def _object(pairs: list[tuple[str, Any]]) -> Any:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeated = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return _Fault("duplicate_name", "This name stands more than once in its object; send it once.", repeated)


def _integer(text: str) -> Any:
    if len(text) > _LONGEST_INTEGER_TEXT or abs(int(text)) > LARGEST_INTEGER:
        return _Fault("number", f"Whole numbers must be from -{LARGEST_INTEGER} to {LARGEST_INTEGER}.")
    return int(text)


def _real(text: str) -> Any:
    value = float(text)
    return _Fault("number", "This number is too large to be kept.") if math.isinf(value) else value


def _constant(text: str) -> _Fault:
    return _Fault("not_json", f"{text} is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant)


def _places(place: _Place) -> Iterator[_Place]:
    """Every value below and at `place`, parents first, in the order of the text."""
    waiting = [place]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(_members(here)))


def _members(place: _Place) -> list[_Place]:
    if isinstance(place.value, dict):
        return [_Place(place, name, value, place.depth + 1) for name, value in place.value.items()]
    if isinstance(place.value, list):
        return [_Place(place, str(at), value, place.depth + 1) for at, value in enumerate(place.value)]
    return []


def _refuse_faulty(place: _Place) -> None:
    if isinstance(place.value, _Fault):
        at = place if place.value.part is None else _Place(place, place.value.part, None, 0)
        _refuse(at, place.value.code, place.value.detail)
    if place.depth >= DEEPEST and isinstance(place.value, dict | list):
        _refuse(place, "too_deep", _TOO_DEEP)
    for written in (place.name, place.value):
        if isinstance(written, str) and _UNSENDABLE.search(written):
            _refuse(place, "character", "NUL and halves of surrogate pairs (U+D800 to U+DFFF) are not allowed.")


def _refuse(place: _Place, code: str, detail: str) -> NoReturn:
    raise MalformedJson(pointer=_pointer(place), code=code, detail=detail)


def _pointer(place: _Place) -> str:
    """The JSON pointer (RFC 6901) to a place; what could not be sent back is replaced, long names are cut."""
    parts: list[str] = []
    at: _Place | None = place
    while at is not None and at.parent is not None:
        name = _UNSENDABLE.sub("?", at.name)[:80]
        parts.append(name.replace("~", "~0").replace("/", "~1"))
        at = at.parent
    return "".join(f"/{part}" for part in reversed(parts))
