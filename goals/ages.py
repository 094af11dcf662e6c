"""The open pipeline by stage and age: where money has been lying, and for how long. One statement, in the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from crm.models import Opportunity, Tenant
from crm.stages import OPEN_STAGES, STAGES
from goals.metrics import IS_OPEN, NO_MONEY

# Up to so many days since a deal was opened; the last column is of older ones, and of those nobody knows the age of.
BOUNDS = (30, 60, 90, 180)
NAMES = (*(f"{low}–{high} days" for low, high in zip((0, *(b + 1 for b in BOUNDS[:-1])), BOUNDS, strict=True)), "older")  # noqa: RUF001 - a span
UNKNOWN = "age not known"
_OPEN = [stage for stage in STAGES if stage in OPEN_STAGES]


class Cell(NamedTuple):
    """The open deals of a stage and an age: what they are worth, and how many they are. `share` of the largest cell."""

    value: Decimal
    deals: int
    share: float


@dataclass(frozen=True, slots=True)
class Row:
    """A stage with its cells, youngest first, and their sum."""

    stage: str
    cells: Sequence[Cell]
    value: Decimal
    deals: int


def pipeline_by_age(tenant: Tenant, today: date) -> list[Row]:
    """A row for each stage with open deals, in the order in which a deal goes on; values in the tenant's currency."""
    columns = len(NAMES) + 1
    found: dict[str, list[tuple[Decimal, int]]] = {}
    for stage, age, value, deals in _grouped(tenant, today):
        found.setdefault(stage, [(NO_MONEY, 0)] * columns)[age] = value, deals
    largest = max((value for cells in found.values() for value, _ in cells), default=NO_MONEY)
    return [_row(stage.value, found[stage.value], largest) for stage in _OPEN if stage.value in found]


def _grouped(tenant: Tenant, today: date) -> QuerySet[Opportunity, tuple[str, int, Decimal, int]]:
    rows = Opportunity.objects.filter(IS_OPEN).order_by().annotate(age=_age(today)).values_list("stage", "age")
    ours = Q(currency=tenant.currency)
    return rows.annotate(value=Coalesce(Sum("amount", filter=ours), NO_MONEY), deals=Count("pk"))  # type: ignore[return-value]


def _age(today: date) -> Case:
    bounds = [When(opened_on__gte=today - timedelta(days=days), then=Value(place)) for place, days in enumerate(BOUNDS)]
    unknown = When(opened_on=None, then=Value(len(NAMES)))
    return Case(unknown, *bounds, default=Value(len(BOUNDS)), output_field=IntegerField())


def _row(stage: str, cells: Sequence[tuple[Decimal, int]], largest: Decimal) -> Row:
    told = [Cell(value, deals, float(value / largest) if largest else 0.0) for value, deals in cells]
    return Row(stage, told, sum((cell.value for cell in told), NO_MONEY), sum(cell.deals for cell in told))
