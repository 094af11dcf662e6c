"""What a goal may say: its type, its target and its period. Every refusal is a ValueError that begins with the name."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from crm.fields import FIRST_YEAR, LAST_YEAR
from crm.models import Clone
from crm.references import find_id
from goals.models import GoalType

# Source: docs/goals.md. What each type of goal is measured by, out of GoalTracker.compute_metrics.
METRIC_OF: Mapping[str, str] = MappingProxyType(
    {
        GoalType.PIPELINE.value: "pipeline_value",
        GoalType.ACTIVITY.value: "activity_count",
        GoalType.QUALITY.value: "quality_score",
        GoalType.REVENUE.value: "revenue_closed",
    }
)
MONEY = frozenset({GoalType.PIPELINE.value, GoalType.REVENUE.value})
DATED = frozenset({GoalType.ACTIVITY.value, GoalType.REVENUE.value})  # made of records dated in the period

TOO_MUCH = Decimal(10) ** 13
_DECIMALS = {name: 2 if name in MONEY else 4 for name in METRIC_OF}


def checked_type(goal_type: Any) -> str:
    """A type of goal. Raises ValueError for any other."""
    if not isinstance(goal_type, str) or goal_type not in METRIC_OF:
        raise ValueError(f"goal_type: must be one of {', '.join(METRIC_OF)}.")
    return str(goal_type)


def checked_target(value: Any, goal_type: str) -> Decimal:
    """A target in the unit of its metric: money with two decimals, a number of interactions, a share from 0 to 1."""
    target = _number(value)
    if not 0 < target < TOO_MUCH:
        raise ValueError("target_value: must be above 0 and below 10,000,000,000,000.")
    if target != round(target, _DECIMALS[goal_type]):
        raise ValueError(f"target_value: takes at most {_DECIMALS[goal_type]} decimals for a {goal_type} goal.")
    if goal_type == GoalType.QUALITY and target > 1:
        raise ValueError("target_value: a quality goal is a share, above 0 and at most 1.")
    return target


def checked_period(start: Any, end: Any) -> None:
    """Refuse a period whose end does not lie after its start."""
    checked_day("period_start", start)
    checked_day("period_end", end)
    if end <= start:
        raise ValueError("period_end: must lie after period_start.")


def checked_day(name: str, day: Any) -> None:
    """Refuse what is no date, and dates so far off that they must be a slip."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(f"{name}: must be a date.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{name}: must lie in the years {FIRST_YEAR} to {LAST_YEAR}.")


def clone_id_of(clone: Clone | UUID | str | None) -> UUID | None:
    """The id of a clone of the tenant in scope, named by itself, its id or its external id."""
    if clone is None:
        return None
    found = find_id(Clone, str(clone.pk if isinstance(clone, Clone) else clone))
    if found is None:
        raise ValueError("clone: no clone of this tenant has this id or external_id.")
    return found


class Known:
    """The clones and teams of the tenant in scope, read by one statement when first asked for: for many goals at once."""

    @cached_property
    def _clones(self) -> list[tuple[UUID, str | None, str]]:
        return list(Clone.objects.values_list("pk", "external_id", "team"))

    @cached_property
    def _ids(self) -> dict[str, UUID]:
        by_external_id = {external: pk for pk, external, _ in self._clones if external}
        return {**by_external_id, **{str(pk): pk for pk, _, _ in self._clones}}

    @cached_property
    def _teams(self) -> set[str]:
        return {"", *(team for _, _, team in self._clones)}

    def clone_id(self, clone: Clone | UUID | str | None) -> UUID | None:
        """As clone_id_of."""
        if clone is None:
            return None
        named = str(clone.pk if isinstance(clone, Clone) else clone)
        if named not in self._ids:
            return clone_id_of(clone)  # an id may be written in other ways; or it is refused
        return self._ids[named]

    def team(self, team: str) -> str:
        """As team_of."""
        return team if isinstance(team, str) and team in self._teams else team_of(team)


def team_of(team: str) -> str:
    """A team of the tenant in scope, as its clones name it; "" is none."""
    if not isinstance(team, str):
        raise ValueError("team: must be a text.")
    if team and not Clone.objects.filter(team=team).exists():
        raise ValueError("team: no clone of this tenant is in a team of this name.")
    return team


def shown(value: Decimal, goal_type: str) -> Decimal:
    """A value with the decimals of its unit."""
    return round(value, _DECIMALS[goal_type])


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise ValueError("target_value: must be a number.")
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError) as refusal:  # a ValueError where an int has thousands of digits
        raise ValueError("target_value: must be a number.") from refusal
    if not number.is_finite():
        raise ValueError("target_value: must be a number.")
    return number
