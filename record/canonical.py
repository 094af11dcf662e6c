"""One spelling for one value: canonical JSON after RFC 8785 (JCS), and its SHA-256."""

import hashlib
from typing import Any

import rfc8785


class CanonicalError(ValueError):
    """The value cannot be written as canonical JSON; the message says why."""


def canonical(value: Any) -> bytes:
    """Return `value` (None, bool, int, float, str, lists and dicts of them) as canonical JSON in UTF-8.

    Raises CanonicalError for what RFC 8785 cannot hold: NaN and the infinities, whole numbers beyond
    +-(2**53 - 1), lone surrogates, keys that are not texts, other types, and nesting too deep to follow.
    """
    try:
        return rfc8785.dumps(value)
    except RecursionError as depth:
        raise CanonicalError("Canonical JSON: the value is nested too deeply, or contains itself.") from depth
    except UnicodeEncodeError as surrogate:
        raise CanonicalError("Canonical JSON: a key holds half of a surrogate pair.") from surrogate
    except rfc8785.CanonicalizationError as refusal:
        raise CanonicalError(f"Canonical JSON: {refusal}.") from refusal


def digest(value: Any) -> str:
    """Return the SHA-256 of canonical(value) as 64 hexadecimal digits. Raises CanonicalError like it."""
    return hashlib.sha256(canonical(value)).hexdigest()
