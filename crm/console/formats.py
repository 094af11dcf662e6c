"""Money, numbers, dates and words as people read them. Knows no Django.

The console speaks each person's locale (`spoken` around a request). Elsewhere, in mails, digests and commands, and for who
chose none and whose browser asks for none, they are written one way for the whole world: $1,234.50 and 24 Nov 2026, 14:05.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, match_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

# What a person can choose from, in the order of the page where they do; the name of each in its own language.
LOCALES: Mapping[str, str] = MappingProxyType(
    {
        "en-US": "English (United States)",
        "en-GB": "English (United Kingdom)",
        "en-IN": "English (India)",
        "de-DE": "Deutsch (Deutschland)",
        "de-CH": "Deutsch (Schweiz)",
        "fr-FR": "français (France)",
        "es-ES": "español (España)",
        "it-IT": "italiano (Italia)",
        "nl-NL": "Nederlands (Nederland)",
        "pl-PL": "polski (Polska)",
        "pt-BR": "português (Brasil)",
        "sv-SE": "svenska (Sverige)",
        "hu-HU": "magyar (Magyarország)",
        "ja-JP": "日本語 (日本)",
        "zh-CN": "中文 (中国)",
    }
)
_LANGUAGES = frozenset(name.partition("-")[0] for name in LOCALES)
_COUNTRY = re.compile(r"-[A-Za-z]{2}$")
_FAMILY_NAME_FIRST = frozenset({"hu", "ja", "zh"})
_SPOKEN: ContextVar[Locale | None] = ContextVar("spoken", default=None)

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60


class _Style(NamedTuple):
    """A way to write a moment: by strftime, and by CLDR's fields of its date and the length of its time."""

    plain: str
    date: str
    time: str = ""


_STYLES: Mapping[str, _Style] = MappingProxyType(
    {
        "day": _Style("%-d %b %Y", "yMMMd"),
        "short_day": _Style("%-d %b", "MMMd"),
        "long_day": _Style("%-d %B", "MMMMd"),
        "month": _Style("%B %Y", "yMMMM"),
        "moment": _Style("%-d %b %Y, %H:%M", "yMMMd", "short"),
        "precise": _Style("%-d %b %Y, %H:%M:%S", "yMMMd", "medium"),
        "short": _Style("%-d %b, %H:%M", "MMMd", "short"),
        "short_precise": _Style("%-d %b, %H:%M:%S", "MMMd", "medium"),
        "full": _Style("%a %-d %b %Y, %H:%M", "yMMMEd", "short"),
        "clock": _Style("%H:%M:%S", "", "medium"),
    }
)


@contextmanager
def spoken(name: str | None) -> Iterator[None]:
    """Within it, everything here is written as the locale `name` (such as "de-DE") has it; None: one way for all."""
    token = _SPOKEN.set(_locale(name) if name else None)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def best_of(wanted: Iterable[str]) -> str | None:
    """The first of the language tags, most wanted first, that can be spoken: a language of `LOCALES`, in any country."""
    for tag in wanted:
        language = tag.lower().partition("-")[0]
        if language in _LANGUAGES:
            name = f"{language}-{tag.upper()[-2:]}" if _COUNTRY.search(tag) else ""
            return name if name and _is_known(name) else next(_of(language))
    return None


def at(when: date, style: str = "moment") -> str:
    """A day, or a moment in the zone it is to be read in, in one of the styles of this module. Raises KeyError."""
    how, locale = _STYLES[style], _SPOKEN.get()
    if locale is None:
        return when.strftime(how.plain)
    day = format_date(when, _pattern(locale, how.date), locale=locale) if how.date else ""
    if not how.time or not isinstance(when, datetime):
        return day
    clock = format_time(when.replace(tzinfo=None), how.time, locale=locale)
    return _joined(locale).replace("{1}", day).replace("{0}", clock) if day else clock


def number(value: float | Decimal, decimals: int = 0) -> str:
    """A number with its thousands set apart, rounded to `decimals`."""
    locale = _SPOKEN.get()
    if locale is None:
        return f"{value:,.{decimals}f}"
    return format_decimal(value, format=f"#,##0.{'0' * decimals}" if decimals else "#,##0", locale=locale)


def percent(share: float) -> str:
    """A share of one in whole percent."""
    locale = _SPOKEN.get()
    return f"{share:.0%}" if locale is None else format_percent(share, locale=locale)


def person_name(first: str, last: str) -> str:
    """A person's name, in the order in which the locale says it."""
    locale = _SPOKEN.get()
    parts = (last, first) if locale is not None and locale.language in _FAMILY_NAME_FIRST else (first, last)
    return " ".join(part for part in parts if part)


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, cents only where there are any; "" for none."""
    if amount is None:
        return ""
    locale = _SPOKEN.get()
    if locale is not None:
        is_whole = round(amount, 2) == int(amount)
        pattern = _money_pattern(locale, is_whole)
        return format_currency(amount, currency, pattern, locale=locale, currency_digits=not is_whole)
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


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name, sep="-")


def _is_known(name: str) -> bool:
    try:
        return bool(_locale(name))
    except (UnknownLocaleError, ValueError):
        return False


def _of(language: str) -> Iterator[str]:
    return (name for name in LOCALES if name.partition("-")[0] == language)


@lru_cache
def _pattern(locale: Locale, fields: str) -> str:
    """How the locale writes a date of these fields (CLDR's skeletons)."""
    found = match_skeleton(fields, locale.datetime_skeletons)
    return str(locale.datetime_skeletons[found]) if found else "medium"


@lru_cache
def _joined(locale: Locale) -> str:
    """How the locale puts a date, {1}, and a time, {0}, together."""
    return str(locale.datetime_formats["medium"]).replace("'", "")


@lru_cache
def _money_pattern(locale: Locale, is_whole: bool) -> str:
    pattern = str(locale.currency_formats["standard"].pattern)
    return pattern.replace("0.00", "0") if is_whole else pattern
