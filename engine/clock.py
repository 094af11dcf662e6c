"""The database's clock, the only one that deadlines, holds and leases are judged by."""

from datetime import timedelta

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Func, Value
from django.db.models.expressions import Combinable


class ClockTimestamp(Func):
    """clock_timestamp(): the time now, also late in a transaction that began long ago."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def from_now(delay: timedelta | Combinable) -> ExpressionWrapper:
    """The instant `delay` from now by the database's clock."""
    length = Value(delay, output_field=DurationField()) if isinstance(delay, timedelta) else delay
    return ExpressionWrapper(ClockTimestamp() + length, output_field=DateTimeField())
