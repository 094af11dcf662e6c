"""The kinds of value a customer record is made of.

Each reads one JSON value and gives back what is stored, or raises FieldError; `schema` says the same to OpenAPI. No
type is turned into another: "5" is no number, 1 is no text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from zoneinfo import available_timezones

from crm.addresses import AddressError, clean_address

FIRST_YEAR, LAST_YEAR = 1900, 2999  # beyond them a date is a slip, and arithmetic with zones can overflow

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
)
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")  # what numeric(14,2) holds
_TOO_MUCH = 10**12
_CURRENCY = re.compile(r"[A-Z]{3}")

Schema = dict[str, Any]


class FieldError(ValueError):
    """A value does not fit. `code` is for programs, `detail` for people, `at` a JSON pointer below the field."""

    def __init__(self, code: str, detail: str, *, at: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.at = at


class Reader(Protocol):
    """What every kind of value can do."""

    def read(self, value: object) -> Any:
        """Return the value as it is stored. Raises FieldError."""
        ...

    @property
    def schema(self) -> Schema:
        """The JSON Schema of what `read` takes."""
        ...


def plain_text(value: object, longest: int) -> str:
    """Return `value` if it is a text that PostgreSQL and JSON can carry. Raises FieldError."""
    if type(value) is not str:
        raise FieldError("type", "Must be a text.")
    if len(value) > longest:
        raise FieldError("too_long", f"At most {longest} characters, not {len(value)}.")
    if "\0" in value:
        raise FieldError("nul", "The character NUL (U+0000) is not allowed.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise FieldError("surrogate", "Half of a surrogate pair (U+D800 to U+DFFF) is not allowed.")
    return value


@dataclass(frozen=True, slots=True)
class Text:
    """A text, kept exactly as it was sent. `filled`: one that holds more than white space."""

    longest: int
    filled: bool = False

    def read(self, value: object) -> str:
        text = plain_text(value, self.longest)
        if self.filled and not text.strip():
            raise FieldError("blank", "Must not be blank.")
        return text

    @property
    def schema(self) -> Schema:
        return {"type": "string", "maxLength": self.longest, **({"minLength": 1} if self.filled else {})}


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words, spelled exactly so."""

    words: Sequence[str]

    def read(self, value: object) -> str:
        if type(value) is not str:
            raise FieldError("type", "Must be a text.")
        if value not in self.words:
            raise FieldError("not_one_of", f"Must be one of {', '.join(self.words)}.")
        return value

    @property
    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address; stored in its clean form (crm.addresses)."""

    def read(self, value: object) -> str:
        try:
            return clean_address(plain_text(value, 1_000))
        except AddressError as refusal:
            raise FieldError("not_an_address", str(refusal)) from refusal

    @property
    def schema(self) -> Schema:
        return {"type": "string", "format": "email", "maxLength": 254}


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name with at least one dot; stored as a clean address has it: lower case, `xn--` for other scripts."""

    def read(self, value: object) -> str:
        text = plain_text(value, 1_000)
        try:
            domain = clean_address(f"x@{text}").partition("@")[2]
        except AddressError as refusal:
            raise self._refusal(text) from refusal
        if "." not in domain or domain.rpartition(".")[2].isdigit():
            raise self._refusal(text)
        return domain

    def _refusal(self, text: str) -> FieldError:
        return FieldError("not_a_domain", f"{text[:80]!r} is not a domain name such as example.com.")

    @property
    def schema(self) -> Schema:
        return {"type": "string", "maxLength": 253, "examples": ["example.com"]}


@dataclass(frozen=True, slots=True)
class Several:
    """A list of at most `most` values of one kind, each kept once, in the order they were sent."""

    part: Reader
    most: int

    def read(self, value: object) -> list[Any]:
        if type(value) is not list:
            raise FieldError("type", "Must be a list.")
        if len(value) > self.most:
            raise FieldError("count", f"At most {self.most} entries, not {len(value)}.")
        return list(dict.fromkeys(self._part(place, entry) for place, entry in enumerate(value)))

    def _part(self, place: int, entry: object) -> Any:
        try:
            return self.part.read(entry)
        except FieldError as refusal:
            raise FieldError(refusal.code, refusal.detail, at=f"/{place}{refusal.at}") from refusal

    @property
    def schema(self) -> Schema:
        return {"type": "array", "maxItems": self.most, "items": self.part.schema}


@dataclass(frozen=True, slots=True)
class Day:
    """A date, YYYY-MM-DD."""

    def read(self, value: object) -> date:
        text = plain_text(value, 100)
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise FieldError(
                "not_a_date", f"Must be a date such as 2026-03-01, in the years {FIRST_YEAR} to {LAST_YEAR}."
            )
        return day

    @property
    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time in ISO 8601 with its zone; stored in UTC."""

    def read(self, value: object) -> datetime:
        text = plain_text(value, 100)
        try:
            moment = datetime.fromisoformat(text).astimezone(UTC) if _MOMENT.fullmatch(text) else None
        except (ValueError, OverflowError):
            moment = None
        if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise FieldError(
                "not_a_moment",
                "Must be a date and time with a zone, such as 2026-03-01T09:30:00+01:00,"
                f" in the years {FIRST_YEAR} to {LAST_YEAR}.",
            )
        return moment

    @property
    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


def _decimal_text(value: object) -> str:
    if type(value) is int and abs(value) >= _TOO_MUCH:
        return ""  # Python refuses to write out a number of many thousand digits
    return format(Decimal(repr(value)), "f") if type(value) is float else str(value)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money, not negative, with at most two decimals and twelve digits before them; a text or a number.

    A floating-point number is read as the shortest decimal that stands for it, which is what was written in the JSON.
    """

    def read(self, value: object) -> Decimal:
        if type(value) not in (str, int, float, Decimal):
            raise FieldError("type", 'Must be an amount such as "1200.50" or 1200.5.')
        text = _decimal_text(value)
        if not _MONEY.fullmatch(text):
            raise FieldError(
                "not_an_amount", 'Must be an amount such as "1200.50": 0 or more, at most 12 digits and two decimals.'
            )
        return Decimal(text).quantize(Decimal("0.01"))

    @property
    def schema(self) -> Schema:
        return {
            "oneOf": [
                {"type": "string", "pattern": f"^{_MONEY.pattern}$"},
                {"type": "number", "minimum": 0, "maximum": 999_999_999_999.99},
            ]
        }


@cache  # the names are read from the disk
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Zone:
    """A name of the time zone database; "" where none is known."""

    def read(self, value: object) -> str:
        text = plain_text(value, 64)
        if text and text not in _zones():
            raise FieldError("unknown_time_zone", f"{text!r} is not a time zone name such as Europe/Berlin.")
        return text

    @property
    def schema(self) -> Schema:
        return {"type": "string", "maxLength": 64, "examples": ["Europe/Berlin"]}


@dataclass(frozen=True, slots=True)
class Currency:
    """Three capital letters, as in ISO 4217."""

    def read(self, value: object) -> str:
        text = plain_text(value, 100)
        if not _CURRENCY.fullmatch(text):
            raise FieldError("not_a_currency", "Must be three capital letters such as USD (ISO 4217).")
        return text

    @property
    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_CURRENCY.pattern}$"}
