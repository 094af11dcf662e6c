"""Whatever happens to records, clones and goals, every goal is what a plain reading of the rules says it is."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations_with_replacement, count, product
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Clone, Interaction, InteractionStatus, Opportunity, Tenant
from crm.qualification import FRAMEWORK_FIELDS
from crm.stages import STAGES
from crm.tenancy import tenant_scope
from goals.measuring import Survey, values_of
from goals.models import Goal, GoalStatus, GoalType, Milestone, Reading
from goals.pace import Band, milestone_of, pace_of, status_after
from goals.tracker import GoalTracker, NewGoal
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from record.models import Entry
from tests.goals import reference
from tests.goals.reference import Books, Row, Wanted
from tests.goals.test_many_goals import work

LEAPS = [date(2024, 2, 29), date(2028, 2, 29), date(2026, 2, 28), date(2100, 2, 28)]
NIGHTS = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Pacific/Apia": [date(2011, 12, 30), date(2020, 9, 27), date(2021, 4, 4)],
    "America/Havana": [date(2026, 3, 8), date(2026, 11, 1)],
    "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 29), date(2026, 10, 30)],
    "UTC": [date(2026, 12, 31)],
}
CLONES = {"Ada": "North", "Ben": "North", "Cleo": "South", "Dov": ""}
SCOPES: list[Row] = [*({"clone": name} for name in CLONES), {"team": "North"}, {"team": "South"}, {}]
A_MOMENT = timedelta(microseconds=1)
NEAR_MIDNIGHT = [
    timedelta(0),
    *(sign * step for sign in (-1, 1) for step in (A_MOMENT, timedelta(minutes=30))),
    *(timedelta(hours=hours) for hours in (-1, 1, 2, 12)),
]
AMOUNTS = [None, Decimal("0.00"), Decimal("0.01"), Decimal("99.99"), Decimal("1000.00"), Decimal("999999999999.99")]
ANSWERS = ["yes", "", " \n", None]


def midnight(zone: str, day: date) -> datetime:
    """A day's first moment; where the clock leaps over it, the moment of the leap."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


class Twin:
    """A tenant in the database and the same one as plain lists."""

    def __init__(self, tenant: Tenant, teams: dict[str, str]) -> None:
        self.tenant, self.books = tenant, Books(tenant.time_zone, tenant.currency)
        self.clones: dict[str, Clone] = {}
        self.ids: dict[int, Any] = {}  # of the database's row, by the id() of the plain one
        self.pairs: list[tuple[Goal, Wanted]] = []
        self._numbers = count()
        with tenant_scope(tenant):
            for name, team in teams.items():
                self.hire(name, team)

    def hire(self, name: str, team: str) -> None:
        self.clones[name] = Clone.objects.create(tenant=self.tenant, name=name, team=team)
        self.books.teams[name] = team

    def store(self, deals: list[Row], talks: list[Row]) -> None:
        """Write rows to both."""
        new_deals = [Opportunity(name="Seats", **self._named(row)) for row in deals]
        new_talks = [Interaction(channel="call", **self._named(row)) for row in talks]
        Opportunity.objects.bulk_create(new_deals)
        Interaction.objects.bulk_create(new_talks)
        for row, stored in zip([*deals, *talks], [*new_deals, *new_talks], strict=True):
            self.ids[id(row)] = stored.pk
        self.books.deals += deals
        self.books.talks += talks

    def alter(self, row: Row, **changes: Any) -> None:
        """Change a deal or a talk in both."""
        row.update(changes)
        model = Opportunity if "stage" in row else Interaction
        if "clone" in changes:
            changes["clone"] = self.clones.get(changes["clone"])
        assert model.objects.filter(pk=self.ids[id(row)]).update(**changes) == 1

    @property
    def teams(self) -> list[str]:
        """Those that have a clone."""
        return sorted({team for team in self.books.teams.values() if team})

    def transfer(self, name: str, team: str) -> None:
        """Put a clone into another team, or in none."""
        self.books.teams[name] = team
        assert Clone.objects.filter(pk=self.clones[name].pk).update(team=team) == 1

    def dismiss(self, name: str) -> None:
        """Delete a clone: its rows stay without it, its goals go."""
        self.clones.pop(name).delete()
        del self.books.teams[name]
        for row in [*self.books.deals, *self.books.talks]:
            row["clone"] = None if row["clone"] == name else row["clone"]
        self.pairs = [(stored, wanted) for stored, wanted in self.pairs if wanted.clone != name]

    def row(self, wanted: Wanted) -> Goal:
        """A goal that is not stored."""
        return Goal(
            tenant=self.tenant,
            goal_type=wanted.goal_type,
            target_value=wanted.target,
            period_start=wanted.start,
            period_end=wanted.end,
            clone=self.clones.get(wanted.clone),
            team=wanted.team,
            status=wanted.status,
            current_value=wanted.value,
        )

    def _named(self, row: Row) -> Row:
        return {
            **row,
            "tenant": self.tenant,
            "external_id": str(next(self._numbers)),
            "clone": self.clones.get(row["clone"] or ""),
        }


# --- the metrics, by values_of and by compute_metrics --------------------------------------------------------------------

_RUNS: list[int] = []
SHARED = [HealthCheck.function_scoped_fixture]  # every example makes a tenant of its own


def fresh_tenant(zone: str) -> Tenant:
    _RUNS.append(1)
    return create_tenant(slug=f"reference-{len(_RUNS)}", actor=SYSTEM, time_zone=zone, currency="EUR")


@st.composite
def worlds(draw: st.DrawFn) -> Row:
    """Rows and goals around one night that is not like others."""
    zone = draw(st.sampled_from(list(NIGHTS)))
    night = draw(st.sampled_from([*NIGHTS[zone], *LEAPS]))
    days = st.integers(-2, 2).map(lambda number: night + timedelta(days=number))
    moments = st.builds(lambda day, off: midnight(zone, day) + off, days, st.sampled_from(NEAR_MIDNIGHT))
    whose = st.sampled_from([None, *CLONES])
    answers = {name: _answers(fields) for name, fields in FRAMEWORK_FIELDS.items()}
    deals = st.fixed_dictionaries(
        {
            "clone": whose,
            "stage": st.sampled_from([stage.value for stage in STAGES]),
            "amount": st.sampled_from(AMOUNTS),
            "currency": st.sampled_from(["EUR", "EUR", "USD"]),
            "closed_on": st.none() | days,
            "qualification": st.fixed_dictionaries({}, optional=answers),
        }
    )
    talks = st.fixed_dictionaries(
        {"clone": whose, "status": st.sampled_from(InteractionStatus.values), "occurred_at": moments}
    )
    periods = st.tuples(days, days).filter(lambda period: period[0] <= period[1])
    return {
        "zone": zone,
        "now": draw(moments),
        "deals": draw(st.lists(deals, max_size=10)),
        "talks": draw(st.lists(talks, max_size=12)),
        "periods": draw(st.lists(periods, min_size=1, max_size=3)),
    }


def _answers(fields: tuple[str, ...]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(ANSWERS) for name in fields})


def goals_of_all(periods: list[tuple[date, date]]) -> list[Wanted]:
    """A goal of each type for each scope and period."""
    return [
        Wanted(goal_type, Decimal(1), start, end, **whose)
        for goal_type, whose, (start, end) in product(GoalType.values, SCOPES, periods)
    ]


@settings(max_examples=50, deadline=None, suppress_health_check=SHARED)
@given(world=worlds())
def test_many_goals_together_are_measured_as_row_after_row_says(db: None, world: Row) -> None:
    with tenant_scope(tenant := fresh_tenant(world["zone"])):
        twin = Twin(tenant, CLONES)
        twin.store(world["deals"], world["talks"])
        wanted = goals_of_all(world["periods"])
        goals = [twin.row(one) for one in wanted]
        found = values_of(goals, Survey(tenant, world["now"]))
        for stored, one in zip(goals, wanted, strict=True):
            assert_is(found[stored.pk], reference.metric(one, twin.books, world["now"]), one)


@settings(max_examples=25, deadline=None, suppress_health_check=SHARED)
@given(world=worlds())
def test_one_scope_is_measured_as_row_after_row_says(db: None, world: Row) -> None:
    with tenant_scope(tenant := fresh_tenant(world["zone"])), time_machine.travel(world["now"], tick=False):
        twin = Twin(tenant, CLONES)
        twin.store(world["deals"], world["talks"])
        start, end = world["periods"][0]
        for whose in SCOPES:
            asked = {"clone": twin.clones[name]} if (name := whose.get("clone")) else whose
            told = GoalTracker().compute_metrics(tenant, period_start=start, period_end=end, **asked)
            for goal_type, name in METRICS.items():
                one = Wanted(goal_type, Decimal(1), start, end, **whose)
                assert_is(told[name], reference.metric(one, twin.books, world["now"]), one)
            assert told["excluded"] == reference.left_out(one, twin.books), one


METRICS = {
    "pipeline": "pipeline_value",
    "revenue": "revenue_closed",
    "activity": "activity_count",
    "quality": "quality_score",
}


def assert_is(found: Any, meant: Fraction | None, one: Wanted) -> None:
    """Money and numbers to the last digit; a mean of shares as near as a float comes."""
    if meant is None or one.goal_type != "quality":
        assert found == (None if meant is None else Decimal(meant.numerator) / meant.denominator), one
    else:
        assert float(found) == pytest.approx(float(meant), abs=1e-12), one


ALL_NIGHTS = [(zone, night) for zone, nights in NIGHTS.items() for night in nights]


@pytest.mark.parametrize(("zone", "night"), [*ALL_NIGHTS, *(("Europe/Berlin", night) for night in LEAPS)])
def test_every_period_around_a_night_begins_and_ends_at_midnight(db: None, zone: str, night: date) -> None:
    """With talk to the microsecond at each of them, asked for alone, so that the period's own edges count."""
    days = [night + timedelta(days=number) for number in range(-1, 3)]
    moments = {midnight(zone, day) + off for day, off in product(days, NEAR_MIDNIGHT)}
    talks: list[Row] = [
        {"clone": None, "status": status, "occurred_at": at}
        for at, status in product(moments, ["completed", "scheduled"])
    ]
    with tenant_scope(tenant := fresh_tenant(zone)):
        twin, now = Twin(tenant, {}), midnight(zone, night)
        twin.store([], talks)
        with time_machine.travel(now, tick=False):
            for start, end in combinations_with_replacement(days, 2):
                one = Wanted("activity", Decimal(1), start, end)
                meant, goal = reference.metric(one, twin.books, now), twin.row(one)
                assert values_of([goal], Survey(tenant, now))[goal.pk] == meant, one
                told = GoalTracker().compute_metrics(tenant, period_start=start, period_end=end)
                assert told["activity_count"] == meant, one


# --- the pace, the status and the milestones, without a database ---------------------------------------------------------

MONEY = st.decimals(min_value=0, max_value=10**9, places=4)
SPANS = [
    (date(2024, 2, 1), date(2024, 2, 29)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2028, 2, 28), date(2028, 3, 1)),
    (date(2024, 2, 29), date(2025, 2, 28)),
    (date(2025, 12, 31), date(2026, 1, 1)),
    (date(2026, 1, 1), date(2026, 12, 31)),
]


@given(
    span=st.sampled_from(SPANS),
    offset=st.integers(-40, 420),
    value=st.none() | MONEY,
    target=MONEY.filter(lambda target: target > 0),
)
def test_the_pace_is_what_counting_days_says(
    span: tuple[date, date], offset: int, value: Decimal | None, target: Decimal
) -> None:
    today = span[0] + timedelta(days=offset)
    assert_the_pace(Wanted("revenue", target, *span, value=value), today)


@pytest.mark.parametrize("span", SPANS)
def test_the_pace_turns_exactly_at_its_edges(span: tuple[date, date]) -> None:
    """On every day of the period: at the expected, at 80 % of it, and the smallest step to either side of both."""
    step = Decimal("0.0001")
    days = reference.days_of(Wanted("revenue", Decimal(1), *span))
    for number, today in enumerate(days, 1):
        target = Decimal(len(days) * 5)
        for edge in (Decimal(number * 5), Decimal(number * 4)):
            for value in (edge - step, edge, edge + step):
                assert_the_pace(Wanted("revenue", target, *span, value=value), today)


def assert_the_pace(one: Wanted, today: date) -> None:
    found, meant = (
        pace_of(current=one.value, target=one.target, start=one.start, end=one.end, today=today),
        reference.pace(one, today),
    )
    for name in ("on_track", "band", "elapsed_days", "total_days", "days_remaining"):
        assert getattr(found, name) == meant[name], (name, one, today)
    assert found.progress_pct == float(meant["progress_pct"])
    assert abs(Fraction(found.expected_value) - meant["expected_value"]) <= Fraction(1, 20_000)


@given(value=MONEY, target=MONEY.filter(lambda target: target > 0))
def test_milestones_are_shares_of_the_target(value: Decimal, target: Decimal) -> None:
    share = Fraction(value) / Fraction(target)
    reached = [percent for percent in reference.PASSED_AT if share >= Fraction(percent, 100)]
    assert milestone_of(current=value, target=target) == max(reached, default=0)


@pytest.mark.parametrize("percent", [1, 49, 50, 51, 89, 90, 91, 99, 100, 101, 250])
@pytest.mark.parametrize("target", [Decimal(1), Decimal("0.0100"), Decimal("3"), Decimal("9999999999999.99")])
def test_a_milestone_is_passed_at_it_and_not_a_step_before(percent: int, target: Decimal) -> None:
    edge = target * percent / 100
    for value in (edge - Decimal("0.0001"), edge, edge + Decimal("0.0001")):
        passed = [one for one in reference.PASSED_AT if Fraction(value) * 100 >= Fraction(target) * one]
        assert milestone_of(current=value, target=target) == max(passed, default=0)


@pytest.mark.parametrize("status", GoalStatus.values)
@pytest.mark.parametrize("days", [-11, -10, -1, 0, 1, 31, 32])
def test_every_status_and_value_on_every_side_of_the_end(status: str, days: int) -> None:
    end = date(2026, 3, 10)
    today = end + timedelta(days=days)
    for value in (None, Decimal(0), Decimal("99.9999"), Decimal(100), Decimal(300)):
        one = Wanted("revenue", Decimal(100), date(2026, 3, 1), end, status=status)
        found = status_after(status=status, current=value, target=one.target, end=end, today=today)
        assert found == reference.becomes(one, value, today), value


# --- the whole table: every status at every pace in every phase of every metric ------------------------------------------

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
# Of a period of ten days: its first day as seen from today, and how many of its days have passed.
PHASES = [(1, 0), (0, 1), (-4, 5), (-9, 10), (-10, 10), (-40, 10), (-41, 10)]
# What is reached, of what the pace asks for: at the pace, below it, at 80 % of it, below that.
OF_THE_PACE = [Fraction(1), Fraction(9, 10), Fraction(8, 10), Fraction(1, 2)]
OF_THE_TARGET = [Fraction(1), Fraction(5, 2)]
# What every goal of the table is measured at: as much on each day, so that all periods of ten days have the same.
MEASURED = {"pipeline": Fraction(360), "revenue": Fraction(720), "activity": Fraction(40), "quality": Fraction(1, 16)}


def table_of_goals() -> list[Wanted]:
    found = []
    for goal_type, (begins, gone), status in product(GoalType.values, PHASES, GoalStatus.values):
        start, value = NOON.date() + timedelta(days=begins), reference.kept(MEASURED[goal_type])
        shares = {*(share * Fraction(gone or 10, 10) for share in OF_THE_PACE), *OF_THE_TARGET}
        for target in filter(None, (reference.kept(MEASURED[goal_type] / share) for share in sorted(shares))):
            if goal_type != "quality" or target <= 1:
                one = Wanted(goal_type, target, start, start + timedelta(days=9), status=status, value=value)
                found.append(one)
    return found


def rows_of_every_day() -> tuple[list[Row], list[Row]]:
    """What makes every goal of the table be measured at the same."""
    bare: Row = {"clone": None, "amount": Decimal(90), "currency": "EUR", "closed_on": None, "qualification": {}}
    deals = [{**bare, "stage": "negotiation"} for _ in range(3)]
    deals.append({**bare, "stage": "stalled", "qualification": {"BANT": {"need": "yes"}}})
    talks = []
    for day in (NOON + timedelta(days=number) for number in range(-45, 15)):
        deals.append({**bare, "stage": "closed_won", "amount": Decimal(72), "closed_on": day.date()})
        talks += [{"clone": None, "status": "completed", "occurred_at": day} for _ in range(4)]
    return deals, talks


def test_every_status_at_every_pace_in_every_phase_of_every_metric(db: None) -> None:
    tenant = fresh_tenant("UTC")
    table = table_of_goals()
    was = [one.status for one in table]
    with tenant_scope(tenant):
        twin = Twin(tenant, {})
        twin.store(*rows_of_every_day())
        stored = Goal.objects.bulk_create(twin.row(one) for one in table)
    twin.pairs = list(zip(stored, table, strict=True))
    told = work(tenant, NOON)
    looked_at = reference.daily(table, twin.books, NOON)
    assert (told.done, told.count, told.errors) == (len(looked_at), len(looked_at), [])
    assert_all_is_as_read(twin, NOON)
    seen = {(before, reference.pace(one, NOON.date())["band"]) for before, one in zip(was, table, strict=True)}
    assert seen == set(product(GoalStatus.values, Band))
    assert {one.value for one in table if one.goal_type == "revenue"} == {Decimal(720)}


def assert_all_is_as_read(twin: Twin, now: datetime) -> None:
    """Every goal with its readings, milestones and entries is what the reference has made of it."""
    with tenant_scope(twin.tenant):
        goals = Goal.objects.select_related("tenant").in_bulk()
        readings, milestones, told = _grouped(*_kept_of_goals())
    assert set(goals) == {stored.pk for stored, _ in twin.pairs}
    for stored, one in twin.pairs:
        found = goals[stored.pk]
        facts = (found.current_value, found.status, found.passed, found.measured_at)
        assert facts == (one.value, one.status, one.passed, one.measured_at), one
        assert readings[stored.pk] == one.readings, one
        assert milestones[stored.pk] == one.milestones, one
        assert told[stored.pk] == one.told, one
        assert_it_stands_as_read(found, one, now)


def assert_it_stands_as_read(found: Goal, one: Wanted, now: datetime) -> None:
    standing, pace = GoalTracker().check_goal_status(found, now=now), GoalTracker().pace(found, now=now)
    meant = reference.pace(one, now.astimezone(ZoneInfo(found.tenant.time_zone)).date())
    assert (standing["status"], standing["current_value"]) == (one.status, one.value), one
    assert standing["progress_pct"] == float(meant["progress_pct"]), one
    assert (standing["progress_pct"] > 100) == (one.value is not None and one.value > one.target), one
    assert (pace.band, standing["on_track"]) == (meant["band"], meant["on_track"]), one
    assert standing["days_remaining"] == meant["days_remaining"], one


def _kept_of_goals() -> list[list[tuple[Any, Any]]]:
    """Readings, milestones and entries, each with its goal, in order."""
    readings = Reading.objects.order_by("taken_at").values_list("goal", "taken_at", "value", "target_value", "status")
    passed = Milestone.objects.order_by("reached_at", "percent").values_list("goal", "percent", "target_value", "value")
    entries = Entry.objects.filter(subject_type="goal").exclude(kind="goal.milestone").order_by("id")
    return [
        [(goal_id, tuple(rest)) for goal_id, *rest in readings],
        [(goal_id, tuple(rest)) for goal_id, *rest in passed],
        [(UUID(subject), kind) for subject, kind in entries.values_list("subject_id", "kind")],
    ]


def _grouped(*found: list[tuple[Any, Any]]) -> Iterator[defaultdict[Any, list[Any]]]:
    for rows in found:
        by_goal: defaultdict[Any, list[Any]] = defaultdict(list)
        for goal_id, fact in rows:
            by_goal[goal_id].append(fact)
        yield by_goal


# --- anything that happens, one thing after the other --------------------------------------------------------------------


class Story:
    """A tenant to which one thing after another happens; the same things happen to its plain twin."""

    def __init__(self, twin: Twin, dice: Random, now: datetime) -> None:
        self.twin, self.dice, self.now = twin, dice, now
        self.happened: set[str] = set()
        self.ever: list[Wanted] = []  # every goal that was set, also those that went with their clone

    @property
    def today(self) -> date:
        return self.twin.books.day_of(self.now)

    def goes_on(self) -> None:
        """Something happens, and by the time the task runs it is later: mostly by less than a day, sometimes to midnight."""
        step = self.dice.choice(STEPS)
        self.happened.add(step.__name__)
        print(f"{self.now}: {step.__name__}")
        with tenant_scope(self.twin.tenant):
            step(self)
        self.waits()
        self.is_measured_as_read()
        self.waits()

    def waits(self) -> None:
        """For hours, a day, nine days, to the last moment of the day, or to the first one of the next."""
        tonight = midnight(self.twin.books.zone, self.today + timedelta(days=1))
        hours = (timedelta(hours=self.dice.randrange(1, 15)) for _ in range(7))
        later = [self.now + step for step in (*hours, timedelta(days=1), timedelta(days=9))]
        ends = [end for end in (tonight - A_MOMENT, tonight) if end > self.now]
        self.now = self.dice.choice([*later, *ends, *ends])

    # what happens to deals and talks

    def deals_come(self) -> None:
        self.twin.store([self._deal() for _ in range(self.dice.randrange(1, 5))], [])

    def talks_come(self) -> None:
        zone = self.twin.books.zone
        near = (
            midnight(zone, self._day(6)) + self.dice.choice(NEAR_MIDNIGHT) for _ in range(self.dice.randrange(1, 6))
        )
        status = [*InteractionStatus.values, "completed", "scheduled"]
        self.twin.store(
            [], [{"clone": self._anyone(), "status": self.dice.choice(status), "occurred_at": at} for at in near]
        )

    def a_talk_ends_otherwise(self) -> None:
        if self.twin.books.talks:
            self.twin.alter(self.dice.choice(self.twin.books.talks), status=self.dice.choice(InteractionStatus.values))

    def a_deal_is_won(self) -> None:
        self._alter_a_deal(stage="closed_won", closed_on=self._day(8))

    def a_won_deal_is_reopened_and_won_again(self) -> None:
        """Its closing date may be left standing, and the goals are measured between."""
        won = [row for row in self.twin.books.deals if row["stage"] == "closed_won"]
        if won:
            deal = self.dice.choice(won)
            self.twin.alter(deal, stage="negotiation", **self.dice.choice([{}, {"closed_on": None}]))
            self.is_measured_as_read()
            self.now += A_MOMENT
            self.twin.alter(deal, stage="closed_won", closed_on=self._day(3))

    def a_deal_is_lost(self) -> None:
        self._alter_a_deal(stage="closed_lost", closed_on=self._day(3))

    def a_deal_stalls_or_goes_back(self) -> None:
        self._alter_a_deal(stage=self.dice.choice(["stalled", "prospecting", "qualification"]))

    def a_deal_is_worth_something_else(self) -> None:
        self._alter_a_deal(amount=self.dice.choice(AMOUNTS[:-1]))

    def a_deal_is_counted_in_another_currency(self) -> None:
        self._alter_a_deal(currency=self.dice.choice(["EUR", "USD"]))

    def a_deal_is_handed_over(self) -> None:
        self._alter_a_deal(clone=self._anyone())

    def more_is_known_of_a_deal(self) -> None:
        self._alter_a_deal(qualification=self._answers())

    # what happens to clones

    def a_clone_changes_its_team(self) -> None:
        if self.twin.clones:
            self.twin.transfer(self.dice.choice(sorted(self.twin.clones)), self.dice.choice(["North", "South", ""]))

    def a_clone_goes_and_another_comes(self) -> None:
        if len(self.twin.clones) > 1:
            self.twin.dismiss(self.dice.choice(sorted(self.twin.clones)))
        self.twin.hire(f"Clone {len(self.twin.ids)}-{self.now}", self.dice.choice(["North", "South"]))

    # what happens to goals

    def goals_are_set(self) -> None:
        """Some that run, one that begins tomorrow, one that ended yesterday."""
        some = self.dice.randrange(1, 45)
        starts = [
            (self._day(5), some),
            (self.today + timedelta(days=1), some),
            (self.today - timedelta(days=1 + some), some),
        ]
        self.set_goals([self._goal(start, start + timedelta(days=length)) for start, length in starts])

    def set_goals(self, wanted: list[Wanted]) -> None:
        asked = [
            NewGoal(one.goal_type, one.target, one.start, one.end, self.twin.clones.get(one.clone), one.team)
            for one in wanted
        ]
        stored = GoalTracker().create_goals(self.twin.tenant, asked, now=self.now)
        for one in wanted:
            reference.begin(one, self.twin.books, self.now)
        self.twin.pairs += zip(stored, wanted, strict=True)
        self.ever += wanted

    def a_target_is_changed(self) -> None:
        one = self._standing_goal()
        self.changes(one, target=self._target(one))

    def a_period_is_changed(self) -> None:
        start = self._day(12)
        self.changes(self._standing_goal(), start=start, end=start + timedelta(days=self.dice.randrange(1, 30)))

    def changes(self, one: Wanted, **terms: Any) -> None:
        """Give a goal other terms."""
        asked = {TERMS[name]: value for name, value in terms.items()}
        GoalTracker().update_goal(self._stored(one), actor=SYSTEM, now=self.now, **asked)
        reference.change(one, self.twin.books, self.now, **terms)

    def what_a_goal_lacks_comes_in(self) -> None:
        """Of its last day, whether that is ahead or over."""
        one = self._standing_goal()
        clone = one.clone or next((name for name, team in self.twin.books.teams.items() if team == one.team), None)
        if one.goal_type == "activity":
            at = midnight(self.twin.books.zone, one.end) + timedelta(hours=20)
            self.twin.store([], [{"clone": clone, "status": "completed", "occurred_at": at} for _ in range(4)])
        else:
            named = {"clone": clone, "stage": "negotiation" if one.goal_type == "pipeline" else "closed_won"}
            self.twin.store(
                [{**self._deal(), **named, "amount": one.target, "currency": "EUR", "closed_on": one.end}], []
            )

    def what_reached_a_goal_is_taken_back(self) -> None:
        """All of it: its deals are lost, its talk was never held."""
        reached = [one for _, one in self.twin.pairs if one.status == "completed" and one.end > self.today]
        if reached:
            books, one = self.twin.books, self.dice.choice(reached)
            for row in [row for row in [*books.deals, *books.talks] if reference.counts_for(row, one, books)]:
                self.twin.alter(row, **({"stage": "closed_lost"} if "stage" in row else {"status": "cancelled"}))

    def a_goal_is_given_up(self) -> None:
        one = self._standing_goal()
        GoalTracker().cancel_goal(self._stored(one), actor=SYSTEM)
        reference.cancel(one)

    # what is held against what

    def is_measured_as_read(self) -> None:
        """The daily task runs; afterwards everything is as the reference has it."""
        work(self.twin.tenant, self.now)
        reference.daily([one for _, one in self.twin.pairs], self.twin.books, self.now)
        assert_all_is_as_read(self.twin, self.now)

    def _stored(self, one: Wanted) -> Goal:
        return next(stored for stored, wanted in self.twin.pairs if wanted is one)

    def _standing_goal(self) -> Wanted:
        while not (standing := [one for _, one in self.twin.pairs if one.status != "cancelled"]):
            self.goals_are_set()
        return self.dice.choice(standing)

    def _alter_a_deal(self, **changes: Any) -> None:
        self.twin.alter(self.dice.choice(self.twin.books.deals), **changes)

    def _deal(self) -> Row:
        return {
            "clone": self._anyone(),
            "stage": self.dice.choice(STAGES).value,
            "amount": self.dice.choice(AMOUNTS[:-1]),
            "currency": self.dice.choice(["EUR", "EUR", "USD"]),
            "closed_on": self.dice.choice([None, self._day(6)]),
            "qualification": self._answers(),
        }

    def _answers(self) -> Row:
        framework = self.dice.choice(sorted(FRAMEWORK_FIELDS))
        return {framework: {name: self.dice.choice(ANSWERS) for name in FRAMEWORK_FIELDS[framework]}}

    def _goal(self, start: date, end: date) -> Wanted:
        whose: Row = self.dice.choice(
            [{}, *({"clone": name} for name in self.twin.clones), *({"team": team} for team in self.twin.teams)]
        )
        one = Wanted(self.dice.choice(GoalType.values), Decimal(1), start, end, **whose)
        one.target = self._target(one)
        return one

    def _target(self, one: Wanted) -> Decimal:
        """Something near what is measured now, so that a little more or less is something else."""
        value = reference.kept(reference.metric(one, self.twin.books, self.now)) or Decimal("0.25")
        target = round(value * self.dice.choice(NEAR_TARGETS), 2)
        return max(min(target, Decimal(1)) if one.goal_type == "quality" else target, Decimal("0.01"))

    def _anyone(self) -> str | None:
        return self.dice.choice([None, *self.twin.clones])

    def _day(self, near: int) -> date:
        return self.today + timedelta(days=self.dice.randrange(-near, near + 1))


TERMS = {"target": "target_value", "start": "period_start", "end": "period_end"}
NEAR_TARGETS = [Decimal(share) for share in ("0.4", "0.9", "1", "1.1", "1.12", "2", "2.1", "5")]
STEPS: list[Callable[[Story], None]] = [
    Story.deals_come,
    Story.talks_come,
    Story.talks_come,
    Story.a_talk_ends_otherwise,
    Story.a_deal_is_won,
    Story.a_won_deal_is_reopened_and_won_again,
    Story.a_deal_is_lost,
    Story.a_deal_stalls_or_goes_back,
    Story.a_deal_is_worth_something_else,
    Story.a_deal_is_counted_in_another_currency,
    Story.a_deal_is_handed_over,
    Story.more_is_known_of_a_deal,
    Story.a_clone_changes_its_team,
    Story.a_clone_goes_and_another_comes,
    Story.goals_are_set,
    Story.a_target_is_changed,
    Story.a_period_is_changed,
    Story.what_a_goal_lacks_comes_in,
    Story.what_a_goal_lacks_comes_in,
    Story.what_reached_a_goal_is_taken_back,
    Story.a_goal_is_given_up,
]


def story_at(zone: str, night: date) -> Story:
    """A tenant with some deals and goals, two days before a night that is not like others."""
    tenant = fresh_tenant(zone)
    story = Story(Twin(tenant, CLONES), Random(f"{zone} {night}"), midnight(zone, night) - timedelta(days=2))
    with tenant_scope(tenant):
        story.deals_come()
        for _ in range(5):
            story.goals_are_set()
    story.waits()
    return story


@pytest.mark.parametrize(("zone", "night"), ALL_NIGHTS)
def test_whatever_happens_every_goal_is_as_read_after_each_step(db: None, zone: str, night: date) -> None:
    story = story_at(zone, night)
    for _ in range(16):
        story.goes_on()


def test_a_long_story_has_everything_in_it(db: None) -> None:
    """So that the stories could fail: each kind of change, and whatever a goal may become."""
    story = story_at("Pacific/Apia", date(2011, 12, 30))
    for _ in range(110):
        story.goes_on()
    goals = story.ever
    assert story.happened == {step.__name__ for step in STEPS}
    assert {kind for one in goals for kind in one.told} == KINDS
    assert any(LATE in zip(one.told, one.told[1:], strict=False) for one in goals)
    assert {percent for one in goals for percent, *_ in one.milestones} == set(reference.PASSED_AT)
    assert any(len(one.milestones) > len(one.noted) > 0 for one in goals)  # of another target before
    assert any(one.value is not None and one.value > one.target for one in goals)
    assert {"clone" if one.clone else "team" if one.team else "all" for one in goals} == {"clone", "team", "all"}


KINDS = {f"goal.{kind}" for kind in ("set", "changed", "cancelled", "completed", "missed", "reopened")}
LATE = ("goal.missed", "goal.completed")


def test_another_target_has_milestones_of_its_own_and_another_period_has_not(db: None) -> None:
    story = Story(Twin(fresh_tenant("UTC"), CLONES), Random(0), NOON)
    one = Wanted("revenue", Decimal(100), date(2026, 3, 1), date(2026, 3, 31), team="North")
    with tenant_scope(story.twin.tenant):
        story.twin.store([won(story, "Ada", 60)], [])
        story.set_goals([one])
        for terms in (
            {"target": Decimal(100)},
            {"end": date(2026, 4, 30)},
            {"target": Decimal(50)},
            {"target": Decimal(100)},
        ):
            story.now += A_MOMENT
            story.changes(one, **terms)
        story.twin.store([won(story, "Ben", 40)], [])
        story.now += A_MOMENT
        story.is_measured_as_read()
    passed = [(percent, int(of), int(value)) for percent, of, value in one.milestones]
    assert passed == [
        (50, 100, 60),
        (50, 50, 60),
        (90, 50, 60),
        (100, 50, 60),
        (50, 100, 60),
        (90, 100, 100),
        (100, 100, 100),
    ]


def won(story: Story, clone: str, amount: int) -> Row:
    bare = {"currency": "EUR", "closed_on": story.today, "qualification": {}}
    return {"clone": clone, "stage": "closed_won", "amount": Decimal(amount), **bare}
