"""The columns of lists and rows in the locale of who reads them: what Django's admin would write its own way."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DecimalField, FloatField, IntegerField, Model
from django.utils import timezone

from crm.console import formats

_SPOKEN = (DateField, DecimalField, FloatField, IntegerField)


def columns_of(model: type[Model], names: tuple[Any, ...]) -> tuple[Any, ...]:
    """The columns of a list, those with dates and numbers replaced by what writes them."""
    return tuple(_column(model, name) if _is_spoken(model, name) else name for name in names)


def spoken_value(row: Any, name: Any) -> str | None:
    """A date or a number of a row as text; None where the column is of another kind, or empty."""
    return _told(getattr(row, name)) if _is_spoken(type(row), name) else None


@lru_cache
def _column(model: type[Model], name: str) -> Callable[[Any], str | None]:
    field = model._meta.get_field(name)

    def told(row: Any) -> str | None:
        return _told(getattr(row, name))

    told.__name__ = name
    told.short_description = field.verbose_name  # type: ignore[attr-defined, union-attr]
    told.admin_order_field = name  # type: ignore[attr-defined]
    return told


def _is_spoken(model: type[Model], name: Any) -> bool:
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return False
    return isinstance(field, _SPOKEN) and not field.choices and not field.primary_key


def _told(value: Any) -> str | None:
    if isinstance(value, datetime):
        return formats.at(timezone.localtime(value))
    if isinstance(value, date):
        return formats.at(value, "day")
    return None if value is None else formats.number(value, _decimals(value))


def _decimals(value: float | Decimal) -> int:
    """As many as the number has."""
    text = str(value).rstrip("0") if "." in str(value) else str(value)
    return len(text.partition(".")[2])
