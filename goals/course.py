"""What a goal was at, day by day: its readings, and before the first of them what the records tell."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F, Window
from django.db.models.functions import FirstValue, TruncDate

from goals.burnup import Course, Point
from goals.measuring import Survey, daily_amounts
from goals.models import Goal, Milestone, Reading
from goals.terms import DATED


def course_of(goal: Goal, *, now: datetime) -> Course:
    """The course of a goal up to `now`, in the tenant's scope. At most four statements."""
    zone = ZoneInfo(goal.tenant.time_zone)
    today = now.astimezone(zone).date()
    read = _readings(goal, zone)
    told = list(_told(goal, now, until=read[0].day if read else today)) if goal.goal_type in DATED else []
    foreseen = goal.foreseen or {}
    return Course(
        points=[*told, *read],
        start=goal.period_start,
        end=goal.period_end,
        today=today,
        target=goal.target_value,
        forecast=_decimal(foreseen.get("forecast")),
        low=_decimal(foreseen.get("low")),
        high=_decimal(foreseen.get("high")),
        passed=_passed(goal, zone),
    )


def _readings(goal: Goal, zone: ZoneInfo) -> list[Point]:
    """The last reading of each day of the period, oldest first; what was measured before or after is not its course."""
    rows = (
        Reading.objects.filter(goal=goal, value__isnull=False)
        .annotate(day=TruncDate("taken_at", tzinfo=zone))
        .filter(day__gte=goal.period_start, day__lte=goal.period_end)
        .annotate(last=Window(FirstValue("pk"), partition_by="day", order_by=F("taken_at").desc()))
        .filter(pk=F("last"))
        .order_by("day")
    )
    told = rows.values_list("day", "value", "target_value")
    return [Point(day, value, target, True) for day, value, target in told if value is not None]


def _told(goal: Goal, now: datetime, *, until: date) -> Iterator[Point]:
    """What the records tell of the days before `until`, each with the sum up to it."""
    amounts, total = daily_amounts(goal, Survey(goal.tenant, now)), Decimal(0)
    day = goal.period_start
    while day < min(until, goal.period_end + timedelta(days=1)):
        total += amounts.get(day, Decimal(0))
        yield Point(day, total, goal.target_value, False)
        day += timedelta(days=1)


def _passed(goal: Goal, zone: ZoneInfo) -> list[tuple[date, int, Decimal]]:
    """The milestones of the target that stands, each as it was passed last: a target may have stood before."""
    rows = Milestone.objects.filter(goal=goal, target_value=goal.target_value).order_by("reached_at", "percent")
    latest = {one.percent: one for one in rows}
    return [(one.reached_at.astimezone(zone).date(), one.percent, one.value) for one in latest.values()]


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
