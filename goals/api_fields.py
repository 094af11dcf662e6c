"""The kind of value a target is."""

import re
from dataclasses import dataclass
from decimal import Decimal

from crm.fields import FieldError, Schema
from goals.terms import TOO_MUCH

_TARGET = re.compile(r"[0-9]{1,13}(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Target:
    """A target: above 0, at most thirteen digits and four decimals; a text or a number.

    A floating-point number is read as the shortest decimal that stands for it, which is what was written in the JSON.
    """

    def read(self, value: object) -> Decimal:
        if type(value) not in (str, int, float, Decimal):
            raise FieldError("type", 'Must be a number such as "250000.00" or 40.')
        text = _written(value)
        if not _TARGET.fullmatch(text) or Decimal(text) == 0:
            raise FieldError("not_a_target", "Must be above 0, with at most 13 digits and four decimals.")
        return Decimal(text)

    @property
    def schema(self) -> Schema:
        return {
            "oneOf": [
                {"type": "string", "pattern": f"^{_TARGET.pattern}$"},
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": int(TOO_MUCH)},
            ]
        }


def _written(value: object) -> str:
    if type(value) is int and abs(value) >= TOO_MUCH:
        return ""  # Python refuses to write out a number of many thousand digits
    return format(Decimal(repr(value)), "f") if type(value) is float else str(value)
