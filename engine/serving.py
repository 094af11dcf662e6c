"""Which goal an action serves, and how much is left to it: the one it was proposed for, else the one it would move.

An action about a deal moves revenue or pipeline, a meeting activity, an answer to an open question quality. Of the goals
under way its clone's come first, then its team's, then the company's, and of these the one that is furthest behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db.models import Q

from crm.models import Tenant
from engine.models import Action
from goals.models import Goal, GoalStatus, GoalType
from goals.pace import Pace
from goals.periods import local_day
from goals.standing import in_unit
from goals.tracker import GoalTracker

MONEY = (
    GoalType.REVENUE.value,
    GoalType.PIPELINE.value,
)  # what an action about a deal moves, unless MOVES says otherwise
# Source: docs/goals.md. What else than the deal it is about an action moves.
MOVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "schedule_meeting": (GoalType.ACTIVITY.value,),
        "send_chat_message": (),
        "qualify_conversation": (GoalType.QUALITY.value,),
        "create_briefing": (),
        "update_account_context": (),
        "log_interaction": (),
    }
)


@dataclass(frozen=True, slots=True)
class Way:
    """A goal under way, how far it is, and what is left to its target in words."""

    goal: Goal
    pace: Pace
    left: str


@dataclass(frozen=True, slots=True)
class Served:
    """The goal that an action serves. `by_name`: the action was proposed for it."""

    way: Way
    by_name: bool


class Serving:
    """The goals under way that some actions may serve: the company's, and those of their clones and teams; all there are
    where no actions are named. One statement, in the tenant's scope; the actions come with their clones. (engine.ranking
    says in SQL which of them an action serves.)"""

    def __init__(self, actions: Iterable[Action] | None = None, *, tenant: Tenant, now: datetime) -> None:
        today = local_day(now, tenant.time_zone)
        under_way = Goal.objects.filter(
            _within_reach(actions), status=GoalStatus.ACTIVE, period_start__lte=today, period_end__gte=today
        )
        goals = under_way.select_related("clone").order_by("period_end", "pk")
        self._ways = [_way(goal, tenant, now) for goal in goals]
        self._by_id = {str(way.goal.pk): way for way in self._ways}

    @property
    def ways(self) -> Sequence[Way]:
        """All of them, the one that ends first first."""
        return self._ways

    @property
    def company(self) -> list[Way]:
        """The company's own goals, the one that ends first first."""
        return [way for way in self._ways if not way.goal.narrowness]

    def of(self, action: Action) -> Served | None:
        """The goal an action serves; None where it serves none."""
        named = self._by_id.get(action.cause.removeprefix("goal:")) if action.cause.startswith("goal:") else None
        way = named or self._likeliest(action)
        return Served(way, by_name=named is not None) if way else None

    def _likeliest(self, action: Action) -> Way | None:
        moves = MOVES.get(action.action_type, MONEY if action.opportunity_id else ())
        fitting = [way for way in self._ways if way.goal.goal_type in moves and _is_theirs(way.goal, action)]
        return min(fitting, key=lambda way: _place(way, moves), default=None)


def _within_reach(actions: Iterable[Action] | None) -> Q:
    if actions is None:
        return Q()
    listed = list(actions)
    teams = {"", *(action.clone.team for action in listed)}
    return Q(clone__in={action.clone_id for action in listed}) | Q(clone=None, team__in=teams)


def _place(way: Way, moves: tuple[str, ...]) -> tuple[int, int, float]:
    """The narrowest scope first, then what the action moves most, then who is furthest behind."""
    return -way.goal.narrowness, moves.index(way.goal.goal_type), way.pace.reached_of_pace


def _way(goal: Goal, tenant: Tenant, now: datetime) -> Way:
    goal.tenant = tenant
    tracker = GoalTracker()
    return Way(goal, tracker.pace(goal, now=now), in_unit(goal, tracker.need(goal, now=now).left, tenant.currency))


def _is_theirs(goal: Goal, action: Action) -> bool:
    if goal.clone_id:
        return goal.clone_id == action.clone_id
    return goal.team in ("", action.clone.team)
