"""Money, time and words as people read them. Knows no Django."""

from datetime import timedelta
from decimal import Decimal

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


def _two(seconds: int, large: tuple[int, str], small: tuple[int, str]) -> str:
    whole, rest = divmod(seconds, large[0])
    remainder = rest // small[0]
    return f"{whole} {large[1]} {remainder} {small[1]}" if remainder else f"{whole} {large[1]}"
