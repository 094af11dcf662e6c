"""Money, time and words as people read them. Knows no Django."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, cents only where there are any; "" for none."""
    if amount is None:
        return ""
    written = f"{amount:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{written}" if symbol else f"{currency} {written}"


def span(length: timedelta) -> str:
    """A length of time by its two largest parts: "3 d 4 h", "2 h 5 min", "40 s". A negative one counts as none."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds >= _DAY:
        return _two(seconds, (_DAY, "d"), (_HOUR, "h"))
    if seconds >= _HOUR:
        return _two(seconds, (_HOUR, "h"), (_MINUTE, "min"))
    return f"{seconds // _MINUTE} min" if seconds >= _MINUTE else f"{seconds} s"


def words(name: str) -> str:
    """A name of our tables as words: "closed_won" is "Closed won"."""
    plain = name.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def pairs_of(value: Any, name: str = "") -> list[tuple[str, str]]:
    """A JSON value as (path, text) pairs, depth first; the path is dotted."""
    if isinstance(value, Mapping) and value:
        return [pair for key, part in value.items() for pair in pairs_of(part, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list) and value:
        return [pair for at, part in enumerate(value, 1) for pair in pairs_of(part, f"{name}[{at}]")]
    return [(name, as_text(value))]


def as_text(value: Any) -> str:
    """A single JSON value as people say it."""
    plain = {None: "none", True: "yes", False: "no"}
    if value is None or isinstance(value, bool):
        return plain[value]
    return str(value) if value not in ({}, []) else "empty"


def _two(seconds: int, large: tuple[int, str], small: tuple[int, str]) -> str:
    whole, rest = divmod(seconds, large[0])
    remainder = rest // small[0]
    return f"{whole} {large[1]} {remainder} {small[1]}" if remainder else f"{whole} {large[1]}"
