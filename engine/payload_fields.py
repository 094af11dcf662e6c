"""The kinds of value a payload is made of: each notes what is wrong with a value and gives it back clean."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from crm.addresses import AddressError, clean_address

LARGEST_NUMBER = 2**53 - 1  # beyond it JSON readers disagree (RFC 7493, 2.2)
DEEPEST = 32
MOST_PARTS = 2_000
MOST_CHARACTERS = 200_000
LONGEST_POINTER_PART = 80

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999

_JSON_TYPES = (str, int, float, bool, type(None), list, dict)


class Problems:
    """What is wrong with a payload: the first problem of every place, in the order they were found."""

    def __init__(self) -> None:
        self._by_pointer: dict[str, dict[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_pointer)

    def add(self, pointer: str, code: str, detail: str) -> None:
        """Note a problem at a JSON pointer (RFC 6901) that begins at the request's body."""
        self._by_pointer.setdefault(pointer, {"pointer": pointer, "code": code, "detail": detail})

    def listed(self) -> list[dict[str, str]]:
        return list(self._by_pointer.values())


Kind = Callable[[object, str, Problems], object]


def pointer_to(parent: str, part: str) -> str:
    """Return the pointer to a part of `parent`; what cannot be sent is replaced, a very long name cut."""
    sendable = part.encode("utf-8", "replace").decode().replace("\0", "?")[:LONGEST_POINTER_PART]
    return f"{parent}/{sendable.replace('~', '~0').replace('/', '~1')}"


def line(longest: int) -> Kind:
    """A text on one line: not blank, at most `longest` characters, none of them a control character."""

    def check(value: object, pointer: str, problems: Problems) -> object:
        _check_text(value, pointer, problems, longest)
        if isinstance(value, str) and any(map(_breaks_a_line, value)):
            problems.add(pointer, "control_character", "Line breaks and control characters are not allowed.")
        return value

    return check


def text(longest: int) -> Kind:
    """A text of any number of lines: not blank, at most `longest` characters."""

    def check(value: object, pointer: str, problems: Problems) -> object:
        _check_text(value, pointer, problems, longest)
        return value

    return check


def addresses(least: int, most: int) -> Kind:
    """A list of `least` to `most` e-mail addresses; clean, they have the form of crm.addresses."""

    def check(value: object, pointer: str, problems: Problems) -> object:
        if not isinstance(value, list):
            problems.add(pointer, "type", "Must be a list of e-mail addresses.")
            return value
        if not least <= len(value) <= most:
            problems.add(pointer, "count", f"Must hold {least} to {most} e-mail addresses, not {len(value)}.")
        return [_address(item, pointer_to(pointer, str(place)), problems) for place, item in enumerate(value)]

    return check


def whole_number(least: int, most: int) -> Kind:
    """A whole number from `least` to `most`; true, false and 30.0 are none."""

    def check(value: object, pointer: str, problems: Problems) -> object:
        if type(value) is not int:
            problems.add(pointer, "type", "Must be a whole number.")
        elif not least <= value <= most:
            problems.add(pointer, "out_of_range", f"Must be from {least} to {most}.")
        return value

    return check


def one_of(words: Sequence[str]) -> Kind:
    """One of these words, spelled exactly so."""

    def check(value: object, pointer: str, problems: Problems) -> object:
        if not isinstance(value, str):
            problems.add(pointer, "type", "Must be a text.")
        elif value not in words:
            problems.add(pointer, "not_one_of", f"Must be one of {', '.join(words)}.")
        return value

    return check


def moment(value: object, pointer: str, problems: Problems) -> object:
    """A date and time in ISO 8601 with its zone, kept as it was written."""
    if not isinstance(value, str):
        problems.add(pointer, "type", "Must be a text such as 2026-03-01T09:30:00+01:00.")
    elif not _is_moment(value):
        problems.add(
            pointer,
            "not_a_moment",
            f"Must be a date and time with a zone, such as 2026-03-01T09:30:00+01:00,"
            f" in the years {_FIRST_YEAR} to {_LAST_YEAR}.",
        )
    return value


def filled_object(value: object, pointer: str, problems: Problems) -> object:
    """Any object with something in it."""
    if not isinstance(value, dict):
        problems.add(pointer, "type", "Must be an object.")
    elif not value:
        problems.add(pointer, "empty", "Must hold at least one field.")
    return value


def check_json(value: object, pointer: str, problems: Problems) -> bool:
    """Note what in `value` JSON or our storage cannot carry; say whether its fields can be looked at.

    Noted: numbers beyond +-(2**53 - 1), NaN and the infinities, NUL and lone surrogates (in names as well),
    types JSON does not know. What is nested too deeply, too large, or names its fields otherwise than by
    texts is noted once and looked at no further.
    """
    characters = 0
    for seen, part in enumerate(_parts(_Part(pointer, "", value, 1))):
        characters += part.length
        if seen >= MOST_PARTS or characters > MOST_CHARACTERS:
            problems.add(pointer, "too_large", f"At most {MOST_PARTS} parts and {MOST_CHARACTERS} characters.")
            return False
        if obstacle := _obstacle(part):
            problems.add(part.pointer, *obstacle)
            return False
        _check_part(part, problems)
    return True


class _Part(NamedTuple):
    pointer: str
    name: str
    value: object
    depth: int

    @property
    def length(self) -> int:
        return len(self.name) + (len(self.value) if isinstance(self.value, str) else 0)


def _obstacle(part: _Part) -> tuple[str, str] | None:
    if part.depth > DEEPEST:
        return "too_deep", f"At most {DEEPEST} levels of lists and objects are allowed."
    if isinstance(part.value, dict) and not all(isinstance(name, str) for name in part.value):
        return "type", "The names of an object's fields must be texts."
    return None


def _parts(part: _Part) -> Iterator[_Part]:
    """The part and all it holds, depth first; one level too many and no further, so that a cycle ends."""
    yield part
    if part.depth <= DEEPEST:
        for name, value in _children(part.value):
            yield from _parts(_Part(pointer_to(part.pointer, name), name, value, part.depth + 1))


def _children(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(place), item) for place, item in enumerate(value))


def _check_part(part: _Part, problems: Problems) -> None:
    if not isinstance(part.value, _JSON_TYPES):
        problems.add(part.pointer, "type", f"{type(part.value).__name__} is not a type JSON knows.")
    if isinstance(part.value, int | float) and not _is_safe_number(part.value):
        problems.add(part.pointer, "number", f"Numbers must be from -{LARGEST_NUMBER} to {LARGEST_NUMBER}.")
    for written in (part.name, part.value):
        if isinstance(written, str):
            _check_characters(written, part.pointer, problems)


def _is_safe_number(number: float) -> bool:
    return -LARGEST_NUMBER <= number <= LARGEST_NUMBER  # false for NaN and the infinities, too


def _check_characters(written: str, pointer: str, problems: Problems) -> None:
    if "\0" in written:
        problems.add(pointer, "nul", "The character NUL (U+0000) is not allowed.")
    if any("\ud800" <= character <= "\udfff" for character in written):
        problems.add(pointer, "surrogate", "Half of a surrogate pair (U+D800 to U+DFFF) is not allowed.")


def _check_text(value: object, pointer: str, problems: Problems, longest: int) -> None:
    if not isinstance(value, str):
        problems.add(pointer, "type", "Must be a text.")
    elif not value.strip():
        problems.add(pointer, "blank", "Must not be blank.")
    elif len(value) > longest:
        problems.add(pointer, "too_long", f"At most {longest} characters, not {len(value)}.")


def _breaks_a_line(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp")


def _address(value: object, pointer: str, problems: Problems) -> object:
    if not isinstance(value, str):
        problems.add(pointer, "type", "Must be an e-mail address.")
        return value
    try:
        return clean_address(value)
    except AddressError as refusal:
        problems.add(pointer, "not_an_address", str(refusal))
        return value


def _is_moment(value: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(value)) and _in_range(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return False


def _in_range(when: datetime) -> bool:
    return _FIRST_YEAR <= when.astimezone(UTC).year <= _LAST_YEAR
