"""Several goals set together: copied from the quarter before, or for a team and each of its clones. Drafts: a person looks
them over and has them set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

from crm.models import Clone, Tenant
from goals.measuring import Survey, values_of
from goals.models import Goal, GoalStatus, GoalType
from goals.periods import Period, moved, period_before

MONTHS_OF_A_QUARTER = 3
MOST = 500
Key = tuple[str, UUID | None, str, date, date]
Split = Literal["equal", "as_before", "each"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A goal that may be set: for a clone, a team or the company, what the period before brought, and the target that is
    proposed. `is_there`: one for the same, of the same type and period, stands already. `has_a_share`: it has part in what
    is shared as it was before."""

    goal_type: str
    clone: Clone | None
    team: str
    period: Period
    before: Decimal | None
    target: Decimal
    is_there: bool = False
    has_a_share: bool = True

    @property
    def is_offered(self) -> bool:
        """Whether it is ticked to begin with."""
        return self.has_a_share and not self.is_there

    @property
    def whose(self) -> str:
        """Who it is for, in words."""
        return self.clone.name if self.clone else f"team {self.team}" if self.team else "the whole company"


def copies(tenant: Tenant, *, quarter: Period, now: datetime, more_percent: Decimal) -> list[Draft]:
    """The goals of a quarter, each moved by a quarter and raised by so many percent, in the tenant's scope.
    At most six statements."""
    goals = list(
        Goal.objects.filter(period_start__gte=quarter.start, period_end__lte=quarter.end)
        .exclude(status=GoalStatus.CANCELLED)
        .select_related("clone", "tenant")
        .order_by("goal_type", "team", "clone__name", "period_start", "pk")[:MOST]
    )
    values = values_of(goals, Survey(tenant, now)) if goals else {}
    drafts = {}
    for goal in goals:
        target = (
            rounded(goal.target_value * (1 + more_percent / 100), goal.goal_type) if more_percent else goal.target_value
        )
        period = _later(Period(goal.period_start, goal.period_end))
        draft = Draft(goal.goal_type, goal.clone, goal.team, period, values[goal.pk], target)
        drafts[_key(draft)] = draft
    return _marked(list(drafts.values()))


def _later(period: Period) -> Period:
    """A quarter later; days that fall together at the end of a shorter month keep their distance."""
    later = moved(period, MONTHS_OF_A_QUARTER)
    return later if later.end > later.start else Period(later.start, later.start + (period.end - period.start))


def for_team(
    tenant: Tenant, *, team: str, goal_type: str, period: Period, total: Decimal, split: Split, now: datetime
) -> list[Draft]:
    """A goal for a team, and one for each of its clones: of `total` an equal part, the part it had in the period before, or
    (`each`) all of it. In the tenant's scope; at most six statements. Raises ValueError for a team that is none."""
    clones = list(Clone.objects.filter(team=team).order_by("name", "pk")[: MOST - 1]) if team else []
    if not clones:
        raise ValueError("team: no clone of this tenant is in a team of this name.")
    twins = [_twin(tenant, goal_type, period_before(period), clone=clone) for clone in clones]
    whole = _twin(tenant, goal_type, period_before(period), team=team)
    values = values_of([whole, *twins], Survey(tenant, now))
    parts = _parts(total, [values[twin.pk] for twin in twins], split, goal_type)
    of_team = rounded(total * len(clones), goal_type) if split == "each" and goal_type != GoalType.QUALITY else total
    drafts = [Draft(goal_type, None, team, period, values[whole.pk], of_team)]
    anybody = split == "as_before" and any(values[twin.pk] for twin in twins)
    drafts += [
        Draft(goal_type, clone, "", period, values[twin.pk], part, has_a_share=bool(values[twin.pk]) or not anybody)
        for clone, twin, part in zip(clones, twins, parts, strict=True)
    ]
    return _marked(drafts)


def rounded(value: Decimal, goal_type: str) -> Decimal:
    """A target as people set one: whole money or a whole number of interactions, a share with two decimals; never 0."""
    step = _step(goal_type)
    target = max(value.quantize(step, ROUND_HALF_UP), step)
    return min(target, Decimal(1)) if goal_type == GoalType.QUALITY else target


def _parts(total: Decimal, before: Sequence[Decimal | None], split: Split, goal_type: str) -> list[Decimal]:
    """A share is no sum: of a quality goal everybody has all."""
    known = [value or Decimal(0) for value in before]
    whole = sum(known, Decimal(0))
    if split == "each" or goal_type == GoalType.QUALITY:
        return [rounded(total, goal_type)] * len(before)
    if split == "equal" or not whole:
        return _summing_up(total, [Decimal(1)] * len(before), goal_type)
    return _summing_up(total, known, goal_type)


def _summing_up(total: Decimal, weights: Sequence[Decimal], goal_type: str) -> list[Decimal]:
    """Whole parts that add up to the total, each at least one: the largest remainders are rounded up (Hamilton's method).
    Where there are fewer units than parts, each has one."""
    step = _step(goal_type)
    whole, units = sum(weights, Decimal(0)), total / step
    spare = units - len(weights)
    if spare <= 0:
        return [step] * len(weights)
    exact = [1 + spare * weight / whole for weight in weights]
    parts = [Decimal(int(one)) for one in exact]
    rest = units - sum(parts, Decimal(0))
    for place in sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])[: int(rest)]:
        parts[place] += 1
    parts[max(range(len(parts)), key=lambda place: parts[place])] += rest - int(rest)
    return [part * step for part in parts]


def _step(goal_type: str) -> Decimal:
    return Decimal("0.01") if goal_type == GoalType.QUALITY else Decimal(1)


def _twin(tenant: Tenant, goal_type: str, period: Period, *, clone: Clone | None = None, team: str = "") -> Goal:
    return Goal(
        tenant=tenant, goal_type=goal_type, clone=clone, team=team, period_start=period.start, period_end=period.end
    )


def standing(wanted: Iterable[Key]) -> set[Key]:
    """Which of these there are goals for already, in the tenant's scope: (type, clone, team, first day, last day). One
    statement."""
    asked = set(wanted)
    goals = Goal.objects.filter(period_start__in={key[3] for key in asked}).exclude(status=GoalStatus.CANCELLED)
    return asked & set(goals.values_list("goal_type", "clone", "team", "period_start", "period_end"))


def _marked(drafts: Sequence[Draft]) -> list[Draft]:
    """Those for which there is a goal already say so. One statement."""
    there = standing(_key(draft) for draft in drafts) if drafts else set()
    return [replace(draft, is_there=_key(draft) in there) for draft in drafts]


def _key(draft: Draft) -> Key:
    clone = draft.clone.pk if draft.clone else None
    return draft.goal_type, clone, draft.team, draft.period.start, draft.period.end
