"""The order in which actions wait for a person: by what is at risk and how it presses, not by when they came.

An action's score is worth x urgency x goal x age, reckoned in one statement (engine.ranking_sql; see docs/console.md):

- worth: 1000 and the amount of its deal, where that is in the tenant's currency
- urgency: 1 + 24 / (hours left + 4): 7 at the deadline, 2 with 20 hours left, 1.3 with three days
- goal: 1 and what the goal it serves lacks of its pace, 0 to 1 (which goal that is, engine.serving says in plain words)
- age: 1 to 1.5, growing over the first 72 hours that it waits

The score is reckoned at `as_of`, which the mark of a page carries: so the pages of one reading do not shift under it.
"""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from crm.keyset import is_uuid
from crm.models import Tenant
from engine.ranking_sql import NEWS, RANKING
from engine.serving import MONEY, MOVES, Serving

NO_STAGE = "none"  # the word for an action that is about no deal
LONGEST_READING = timedelta(days=1)  # an older mark begins anew
FACETS = ("clone", "action", "stage", "reason")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the waiting actions are asked for; None asks for any. Values are of deals in the tenant's currency; `hours`
    is how long an action must have waited at least; `assignee` is a person's id; `since` asks for what came (or came back)
    after that instant. What is put off is left out, or (`snoozed`) asked for alone."""

    clone: UUID | None = None
    action: str | None = None
    stage: str | None = None
    reason: str | None = None
    value_from: Decimal | None = None
    value_to: Decimal | None = None
    hours: int | None = None
    assignee: int | None = None
    snoozed: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ends: the score and id of its last row, and the instant by which it was ranked."""

    as_of: datetime
    score: float
    id: UUID

    def __str__(self) -> str:
        return f"{round(self.as_of.timestamp() * 1_000_000)}~{self.score!r}~{self.id}"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A waiting action in its place. `worth`, `urgency`, `goal` and `age` multiply to `score`; `serves` is a goal's id."""

    id: UUID
    score: float
    worth: float
    urgency: float
    goal: float
    age: float
    serves: str | None


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a filter can take, what it is called (for a clone: its name), and how many actions that would show."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """A page of what waits and what it is a part of.

    `waiting` counts all that is not put off, `matching` what the filters let through; `deals` are the different deals of
    these in the tenant's currency and `value` their sum. `large` is the amount from which a deal belongs to the largest
    tenth of those that wait, None where there are too few to say. `options` by facet; `unsettled` are the ids of actions
    whose outcome is unknown, newest first; `views` what the person has saved, {id, name, filters} by name.
    """

    as_of: datetime
    page: list[Ranked]
    waiting: int = 0
    matching: int = 0
    deals: int = 0
    value: Decimal | None = None
    large: Decimal | None = None
    snoozed: int = 0
    mine: int = 0
    options: Mapping[str, list[Option]] = field(default_factory=dict)
    unsettled: list[UUID] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)

    def mark_after(self, place: int) -> Mark:
        """The mark of the page whose last row is the one at `place`."""
        return Mark(self.as_of, self.page[place].score, self.page[place].id)


def mark_from(text: str | None, *, now: datetime) -> Mark | None:
    """The mark that `str(mark)` gave; None for anything else, for one of the future and for one a day old."""
    parts = (text or "").split("~")
    if len(parts) != len(("as_of", "score", "id")) or not is_uuid(parts[2]):
        return None
    try:
        as_of, score = datetime.fromtimestamp(int(parts[0]) / 1_000_000, UTC), float(parts[1])
    except (ValueError, OverflowError, OSError):
        return None
    fits = now - LONGEST_READING < as_of <= now + timedelta(minutes=1) and math.isfinite(score)
    return Mark(as_of, score, UUID(parts[2])) if fits else None


def rank(
    *,
    tenant: Tenant,
    person_id: int,
    serving: Serving,
    wanted: Wanted,
    now: datetime,
    after: Mark | None = None,
    size: int,
    unsettled: int = 0,
) -> Ranking:
    """The page of `size` waiting actions that follows `after`, the most pressing first, and one more where others follow.

    One statement in the tenant's scope, which reads the tenant's waiting actions and nothing else of the table.
    `unsettled` is how many ids of those with an unknown outcome come with it.
    """
    as_of = after.as_of if after else now
    asked: dict[str, Any] = {
        **_goals(serving),
        **_wanted(wanted),
        **_place(after),
        "tenant": tenant.pk,
        "currency": tenant.currency,
        "person": person_id,
        "now": now,
        "as_of": as_of,
        "size": size + 1,
        "unsettled": unsettled,
    }
    with connection.cursor() as cursor:
        cursor.execute(RANKING, asked)
        return _ranking(as_of, cursor.fetchone())


def news(*, tenant: Tenant, wanted: Wanted, since: datetime, shown: Collection[UUID], now: datetime) -> tuple[int, int]:
    """How many of the actions that are asked for came after `since` and are not among those `shown`, and how many wait in
    all; one statement."""
    about: dict[str, Any] = {
        "tenant": tenant.pk,
        "currency": tenant.currency,
        "now": now,
        "came_after": since,
        "shown": list(shown),
    }
    with connection.cursor() as cursor:
        cursor.execute(NEWS, _wanted(wanted) | about)
        came, waiting = cursor.fetchone()
    return came, waiting


def _goals(serving: Serving) -> dict[str, Any]:
    """The goals under way and the table of what moves them, as the statement reads them."""
    goals = [
        {
            "n": number,
            "id": str(way.goal.pk),
            "goal_type": way.goal.goal_type,
            "clone": str(way.goal.clone_id) if way.goal.clone_id else None,
            "team": way.goal.team,
            "narrowness": way.goal.narrowness,
            "reached": way.pace.reached_of_pace,
        }
        for number, way in enumerate(serving.ways)
    ]
    moves = [
        {"action_type": action_type, "goal_type": goal_type, "place": place}
        for action_type, moved in {"": MONEY, **MOVES}.items()
        for place, goal_type in enumerate(moved)
    ]
    return {"goals": json.dumps(goals), "moves": json.dumps(moves), "own_moves": list(MOVES)}


def _wanted(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__} | {"no_stage": NO_STAGE}


def _place(after: Mark | None) -> dict[str, Any]:
    return {"score": after.score if after else None, "last": after.id if after else None}


def _ranking(as_of: datetime, row: Any) -> Ranking:
    page, options, views = (json.loads(part) for part in row[:3])
    waiting, matching, deals, value, large, snoozed, mine, unsettled = row[3:]
    return Ranking(
        as_of=as_of,
        page=[Ranked(UUID(one.pop("id")), **one) for one in page],
        waiting=waiting,
        matching=matching,
        deals=deals,
        value=value,
        large=large,
        snoozed=snoozed,
        mine=mine,
        options={
            facet: [Option(one["value"], one["label"], one["count"]) for one in options if one["facet"] == facet]
            for facet in FACETS
        },
        unsettled=unsettled,
        views=views,
    )
