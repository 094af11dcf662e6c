"""Measuring many goals at once: by the same few statements, however many they are and however many clones and periods.

Each metric is read once, summed by clone (and by day, where it is made of dated records); what a goal asks for is added up
from there. goals.metrics measures one scope and is what this is held against. What was measured is kept by goals.keeping.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from crm.models import Clone, Interaction, Opportunity, Tenant
from goals.metrics import IS_OPEN, IS_QUALIFIED, IS_WON, NO_MONEY, happened, share_filled
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import LATE_ENTRIES
from goals.periods import Period
from goals.terms import DATED

Value = Decimal | None
Values = Mapping[UUID, Value]
Teams = Mapping[UUID, str]
# Whose rows: None for everybody's, a clone's id, or a team's name.
Whose = UUID | str | None


def measured_goals(today: date) -> QuerySet[Goal]:
    """The goals that are still measured on `today` (goals.pace.is_measured as a query)."""
    ended = Q(status__in=(GoalStatus.COMPLETED, GoalStatus.MISSED))
    dated = ended & Q(goal_type__in=sorted(DATED), period_end__gte=today - LATE_ENTRIES)
    return Goal.objects.filter(Q(status=GoalStatus.ACTIVE) | (ended & Q(period_end__gte=today)) | dated)


class OpenDeals(NamedTuple):
    """Of the open deals, by whose they are: what they are worth in the tenant's currency, and of the qualified ones the
    summed shares of answers and how many there are."""

    worth: Mapping[Whose, Decimal]
    shares: Mapping[Whose, Decimal]
    qualified: Mapping[Whose, Decimal]

    def value(self, goal: Goal) -> Decimal:
        """The open pipeline of whom a goal is for."""
        return self.worth.get(whose(goal), NO_MONEY)

    def quality(self, goal: Goal) -> Value:
        """The mean share of answers; None where no deal is qualified."""
        deals = self.qualified.get(whose(goal))
        return self.shares[whose(goal)] / deals if deals else None


class Survey:
    """What the goals of a tenant are measured by at one moment, in its scope: its clones' teams and its open deals, each
    read by one statement when first asked for."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.tenant, self.now = tenant, now
        self.zone = ZoneInfo(tenant.time_zone)
        self.today = now.astimezone(self.zone).date()
        began, ends = Period(self.today, self.today).edges(self.zone)
        self.share_of_today = (now - began) / (ends - began)

    @cached_property
    def teams(self) -> Teams:
        """The team of each clone, "" where it is in none."""
        return dict(Clone.objects.order_by("pk").values_list("pk", "team"))

    @cached_property
    def open_deals(self) -> OpenDeals:
        """The open pipeline and what is known of it, by whose it is."""
        summed = Opportunity.objects.filter(IS_OPEN).order_by().values_list("clone")
        rows = summed.annotate(
            value=Coalesce(Sum("amount", filter=Q(currency=self.tenant.currency)), NO_MONEY),
            shares=Coalesce(Sum(share_filled(), filter=IS_QUALIFIED), 0.0),
            qualified=Count("pk", filter=IS_QUALIFIED),
        )
        clones, *columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        exact = ((Decimal(str(number)) for number in column) for column in columns)
        return OpenDeals(*(_spread(zip(clones, column, strict=True), self.teams) for column in exact))


def values_of(goals: Iterable[Goal], survey: Survey) -> Values:
    """What each goal's metric is now, by the goal's id. At most two statements beside the survey's own."""
    by_type: defaultdict[str, list[Goal]] = defaultdict(list)
    for goal in goals:
        by_type[goal.goal_type].append(goal)
    found: dict[UUID, Value] = {}
    for goal_type, asking in by_type.items():
        value = _READERS[goal_type](_Asked(asking, survey))
        found |= {goal.pk: value(goal) for goal in asking}
    return found


def daily_amounts(goal: Goal, survey: Survey) -> dict[date, Decimal]:
    """What each day of a revenue or activity goal's period brought; a day that brought nothing is left out."""
    rows = _won_by_day if goal.goal_type == GoalType.REVENUE else held_by_day
    found: defaultdict[date, Decimal] = defaultdict(Decimal)
    for clone, day, amount in rows(survey, Period(goal.period_start, goal.period_end)):
        if whose(goal) in _counted_for(clone, survey.teams):
            found[day] += amount
    return found


def whose(goal: Goal) -> Whose:
    """Whose rows a goal counts."""
    return goal.clone_id or goal.team or None


class _Asked(NamedTuple):
    goals: Sequence[Goal]
    survey: Survey

    @property
    def period(self) -> Period:
        """From the first day of any of the goals to the last one."""
        return Period(min(goal.period_start for goal in self.goals), max(goal.period_end for goal in self.goals))


_Reader = Callable[[Goal], Value]


def _spread(rows: Iterable[tuple[UUID | None, Decimal]], teams: Teams) -> dict[Whose, Decimal]:
    """Sums by clone as sums by whose they are: everybody's, each clone's, each team's."""
    sums: defaultdict[Whose, Decimal] = defaultdict(Decimal)
    for clone, value in rows:
        for one in _counted_for(clone, teams):
            sums[one] += value
    return sums


def _counted_for(clone: UUID | None, teams: Teams) -> Iterable[Whose]:
    """For whom a row counts that names a clone, or none: for each of them once."""
    yield None
    if clone is not None:
        yield clone
        if team := teams.get(clone):
            yield team


# --- the four metrics ----------------------------------------------------------------------------------------------------


def _pipeline(asked: _Asked) -> _Reader:
    return asked.survey.open_deals.value


def _quality(asked: _Asked) -> _Reader:
    return asked.survey.open_deals.quality


def _revenue(asked: _Asked) -> _Reader:
    return _Days(_won_by_day(asked.survey, asked.period), asked.survey.teams).value


def _activity(asked: _Asked) -> _Reader:
    return _Days(held_by_day(asked.survey, asked.period), asked.survey.teams).value


_DayRows = Iterable[tuple[UUID | None, date, Decimal]]


def _won_by_day(survey: Survey, period: Period) -> _DayRows:
    won = Opportunity.objects.filter(IS_WON, closed_on__gte=period.start, closed_on__lte=period.end)
    days = won.filter(currency=survey.tenant.currency).order_by().values_list("clone", "closed_on")
    return ((clone, day, amount or NO_MONEY) for clone, day, amount in days.annotate(Sum("amount")))


def held_by_day(survey: Survey, period: Period) -> _DayRows:
    """How much activity each clone, and nobody, had on each day of a period. One statement, when it is gone through."""
    first, after = period.edges(survey.zone)
    dated = Interaction.objects.filter(happened(survey.now), occurred_at__gte=first, occurred_at__lt=after)
    days = dated.order_by().annotate(day=TruncDate("occurred_at", tzinfo=survey.zone)).values_list("clone", "day")
    return ((clone, day, Decimal(number)) for clone, day, number in days.annotate(Count("pk")))


_READERS: Mapping[str, Callable[[_Asked], _Reader]] = MappingProxyType(
    {
        GoalType.PIPELINE.value: _pipeline,
        GoalType.QUALITY.value: _quality,
        GoalType.REVENUE.value: _revenue,
        GoalType.ACTIVITY.value: _activity,
    }
)


class _Days:
    """Amounts by clone and day, ready to be summed over any period of one clone, of a team or of everybody."""

    def __init__(self, rows: _DayRows, teams: Teams) -> None:
        by_whom: defaultdict[Whose, defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for clone, day, amount in rows:
            for one in _counted_for(clone, teams):
                by_whom[one][day] += amount
        self._running = {one: _running(days) for one, days in by_whom.items()}

    def value(self, goal: Goal) -> Decimal:
        """The sum over the goal's period, both ends included."""
        days, sums = self._running.get(whose(goal), ([], [Decimal(0)]))
        return sums[bisect_right(days, goal.period_end)] - sums[bisect_left(days, goal.period_start)]


def _running(amounts: Mapping[date, Decimal]) -> tuple[list[date], list[Decimal]]:
    days = sorted(amounts)
    return days, list(accumulate((amounts[day] for day in days), initial=Decimal(0)))
