"""goals: where they stand and where they will land, in a terminal."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm.commands import add_tenant_argument, clone_named, tenant_named
from crm.console.visible import spelled_out
from crm.models import Tenant
from crm.tenancy import tenant_scope
from goals.api_shapes import GoalShape, GoalStatusShape
from goals.bar import text_bar
from goals.course import course_of
from goals.models import Goal, GoalStatus, GoalType
from goals.standing import about, in_unit, standing_of
from goals.telling import numbers_of
from goals.terms import team_of
from goals.text_chart import LEGEND, chart
from goals.tracker import GoalTracker
from record.commands import Answer, JsonCommand, WrongArgument

BAR = 20  # letters


class Command(JsonCommand):
    help = (
        "Show a tenant's goals as they were last measured: how far they are, where the pace is, and the forecast. With an ID"
        " one of them in full: its course drawn, and the arithmetic of every number. It measures nothing; run_task"
        " goal_progress_update does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add_tenant_argument(parser, "whose goals")
        parser.add_argument("id", metavar="ID", nargs="?", type=UUID, help="one goal, in full")
        parser.add_argument("--clone", metavar="NAME", help="only this clone's")
        parser.add_argument("--team", metavar="NAME", help="only this team's")
        parser.add_argument("--type", choices=GoalType.values, help="only what is measured so")
        parser.add_argument("--all", action="store_true", help="also those that ended")

    def answer(self, options: dict[str, Any]) -> Answer:
        tenant = tenant_named(options["tenant"])
        with tenant_scope(tenant):
            return _one(tenant, options["id"]) if options["id"] else _many(tenant, options)


def _one(tenant: Tenant, goal_id: UUID) -> Answer:
    goal = Goal.objects.select_related("tenant", "clone").filter(pk=goal_id).first()
    if goal is None:
        raise WrongArgument("ID", f"there is no goal {goal_id} in {tenant.slug}; `goals` without it lists the ids.")
    tracker, now = GoalTracker(), timezone.now()
    status = tracker.check_goal_status(goal, now=now)
    standing = standing_of(goal, tracker.pace(goal, now=now))
    course = course_of(goal, now=now)
    lines = [
        f"{goal.get_goal_type_display()}, {_whose(goal)}: {_reached(goal)}, {standing.word}; {standing.days}",
        "",
        *([*chart(course), LEGEND, ""] if course.points else []),
    ]
    for number in numbers_of(goal, status):
        lines.append(f"{number.label}: {number.value}")
        lines += [f"    {told}" for told in (number.arithmetic, *number.more) if told]
    return Answer(_as_json(goal, status), "\n".join(lines))


def _many(tenant: Tenant, options: dict[str, Any]) -> Answer:
    goals = Goal.objects.select_related("tenant", "clone").order_by(
        "goal_type", "team", "clone__name", "period_end", "pk"
    )
    if not options["all"]:
        goals = goals.filter(status=GoalStatus.ACTIVE)
    if options["type"]:
        goals = goals.filter(goal_type=options["type"])
    if options["clone"]:
        goals = goals.filter(clone=clone_named(options["clone"]))
    if options["team"]:
        goals = goals.filter(team=_team_named(options["team"]))
    tracker, now = GoalTracker(), timezone.now()
    told = [(goal, tracker.check_goal_status(goal, now=now)) for goal in goals]
    rows = [_row(goal, status) for goal, status in told]
    words = "\n".join(_columns(rows)) if rows else "No goal is active." if not options["all"] else "There are no goals."
    return Answer({"goals": [_as_json(goal, status) for goal, status in told]}, words)


def _row(goal: Goal, status: dict[str, Any]) -> tuple[str, ...]:
    standing = standing_of(goal, GoalTracker().pace(goal))
    return (
        goal.goal_type,
        _whose(goal),
        goal.period_end.isoformat(),
        text_bar(status["progress_pct"], 100 * status["elapsed_days"] / status["total_days"], width=BAR),
        f"{status['progress_pct']:,.0f} %",
        in_unit(goal, goal.current_value, goal.tenant.currency),
        in_unit(goal, goal.target_value, goal.tenant.currency),
        about(goal, status["forecast"], goal.tenant.currency),
        standing.word,
        str(goal.pk),
    )


_HEADS = ("goal", "for", "until", "reached, and | the pace", "", "now", "target", "forecast", "standing", "id")


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    table = [_HEADS, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(_HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _team_named(name: str) -> str:
    try:
        return team_of(name)
    except ValueError as refusal:
        raise WrongArgument("--team", f"no clone of this tenant is in a team {name!r}.") from refusal


def _whose(goal: Goal) -> str:
    """On one line, with what a terminal would obey spelled out."""
    return " ".join(spelled_out(goal.whose).split())


def _reached(goal: Goal) -> str:
    currency = goal.tenant.currency
    return f"{in_unit(goal, goal.current_value, currency)} of {in_unit(goal, goal.target_value, currency)}"


def _as_json(goal: Goal, status: dict[str, Any]) -> dict[str, Any]:
    """As the API tells a goal, with its status."""
    shape = GoalShape(goal).data
    plain = {name: str(value) if isinstance(value, UUID) else value for name, value in shape.items()}
    return {**plain, "standing": GoalStatusShape(status).data}
