"""What the console's templates say amounts, times and foreign text with. Everything is escaped by the template."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from crm.console import formats, visible
from crm.console.drawn import Span, runs
from crm.console.spoken import spoken_value

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """An amount in its currency."""
    return formats.money(amount, currency)


@register.filter
def when(moment: date | None, style: str = "moment") -> str:
    """A day, or a moment in the company's zone, in a style of crm.console.formats and the person's locale; "" for none."""
    if moment is None:
        return ""
    return formats.at(timezone.localtime(moment) if isinstance(moment, datetime) else moment, style)


@register.filter
def count(number: float | Decimal | None, decimals: int = 0) -> str:
    """A number in the person's locale; "" for none."""
    return "" if number is None else formats.number(number, decimals)


@register.filter
def person(somebody: Any) -> str:
    """Somebody with a log-in by their name, or by their user name where they gave none; "" for nobody."""
    if somebody is None:
        return ""
    return formats.person_name(somebody.first_name, somebody.last_name) or str(somebody.get_username())


@register.filter
def contents(field: Any) -> Any:
    """A column of a row's page: dates and numbers in the person's locale, the rest as the admin has it."""
    told = spoken_value(field.form.instance, field.field["name"])
    return field.contents() if told is None else told


@register.filter
def in_words(name: str | None) -> str:
    """A stage, a status, a role as words."""
    return formats.words(name) if name else ""


@register.filter
def pairs(row: Any, name: str) -> list[tuple[str, str]]:
    """A row's JSON column as (path, text) pairs; [] for an empty one."""
    value = getattr(row, name)
    return formats.pairs_of(value) if value else []


@register.filter
def ago(moment: datetime | None) -> str:
    """How long a moment has passed."""
    return formats.span(timezone.now() - moment) if moment else ""


@register.filter
def left(moment: datetime | None) -> str:
    """How long it is until a moment; "now" once it has come."""
    return _left(moment - timezone.now()) if moment else ""


@register.filter
def seconds_left(moment: datetime | None) -> int:
    """The same in whole seconds, for the countdown in the browser; 0 once it has come."""
    return max(round((moment - timezone.now()).total_seconds()), 0) if moment else 0


@register.filter
def urgency(moment: datetime | None) -> str:
    """How pressing a deadline is: "late" in the last two hours, "soon" in the last twelve, else ""."""
    hours = (moment - timezone.now()).total_seconds() / 3600 if moment else 24
    return "late" if hours < 2 else "soon" if hours < 12 else ""


@register.inclusion_tag("console/revealed.html")
def reveal(text: Any) -> dict[str, Any]:
    """A text of an agent's or a customer's, with what it hides from the eye made visible."""
    return {"pieces": visible.pieces(str(text))}


@register.inclusion_tag("console/drawn.html")
def drawn(text: Any, spans: Iterable[Span] = ()) -> dict[str, Any]:
    """The same for a text that may carry links: each says where it leads, and `spans` are marked with their labels."""
    return {"runs": runs(str(text), spans)}


def _left(length: Any) -> str:
    return formats.span(length) if length.total_seconds() > 0 else "now"
