"""A goal's course as a drawing, as a table and in letters: nothing leaves its box, and what is drawn is what was there."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from crm.models import Tenant
from crm.tenancy import tenant_scope
from goals.burnup import MOST_POINTS, Burnup, Course, Mark, Point, draw
from goals.course import course_of
from goals.models import Goal, GoalType, Milestone, Reading
from goals.standing import in_short
from goals.telling import MOST_ROWS, table_of
from goals.text_chart import HEIGHT, WIDTH, chart
from tests.goals.goals_made import AFTER, MARCH, WITHIN, goal, read
from tests.goals.test_metrics import deal, talk

START = date(2026, 3, 1)
DAY = timedelta(days=1)
LETTERS = set("#o=.: ")

values = st.one_of(
    st.just(Decimal(0)),
    st.decimals("0.0001", 1, places=4),
    st.decimals(0, 10**13, places=4),
    st.integers(0, 10**19).map(Decimal),
)
targets = st.one_of(
    st.decimals("0.0001", "0.01", places=4),
    st.decimals("0.0001", 10**13, places=4),
    st.sampled_from([Decimal(10) ** n for n in range(-4, 14)]),
)


def course(*read_values: Any, days: int = 31, target: Any = 100, **changes: Any) -> Course:
    """A course with a reading on each of its first days."""
    points = [Point(START + DAY * n, Decimal(value), Decimal(target), True) for n, value in enumerate(read_values)]
    end = START + DAY * (days - 1)
    given_first = {"points": points, "start": START, "end": end, "today": START + DAY * max(len(points) - 1, 0)}
    return Course(**{**given_first, "target": Decimal(target), **changes})


@st.composite
def courses(draw_one: st.DrawFn) -> Course:
    """Any course at all, with points also before and after its period."""
    days = draw_one(st.sampled_from([1, 2, 7, 12, 31, 92, 400]))
    offsets = sorted(draw_one(st.sets(st.integers(-5, days + 5), max_size=40)))
    told = draw_one(st.integers(0, len(offsets)))
    points = [
        Point(START + DAY * offset, draw_one(values), draw_one(targets), number >= told)
        for number, offset in enumerate(offsets)
    ]
    low, forecast, high = sorted(draw_one(st.tuples(values, values, values)))
    foreseen = draw_one(st.sampled_from(["nothing", "forecast", "band"]))
    return Course(
        points=points,
        start=START,
        end=START + DAY * (days - 1),
        today=START + DAY * draw_one(st.integers(-10, days + 10)),
        target=draw_one(targets),
        forecast=None if foreseen == "nothing" else forecast,
        low=low if foreseen == "band" else None,
        high=high if foreseen == "band" else None,
        passed=[(START + DAY * draw_one(st.integers(-5, days + 5)), 50, draw_one(values))],
    )


def places(line: str) -> list[tuple[float, float]]:
    """The places of a polyline."""
    return [(float(x), float(y)) for x, _, y in (place.partition(",") for place in line.split())]


def lines_of(drawing: Burnup) -> list[str]:
    named = (drawing.reached, drawing.told, drawing.expected, drawing.targets, drawing.forecast, drawing.band)
    return [line for line in named if line]


def marks_of(drawing: Burnup) -> list[Mark]:
    return [mark for mark in (drawing.now, drawing.end, *drawing.milestones) if mark]


def percent(text: str) -> float:
    assert re.fullmatch(r"\d{1,3}\.\d\d%", text), text
    return float(text[:-1])


# --- the drawing ---------------------------------------------------------------------------------------------------------


@given(one=courses())
def test_everything_that_is_drawn_lies_inside_the_box(one: Course) -> None:
    drawing = draw(one)
    for line in lines_of(drawing):
        for x, y in places(line):
            assert 0 <= x <= 1000
            assert 0 <= y <= 1000
    for mark in marks_of(drawing):
        assert 0 <= percent(mark.x) <= 100
        assert 0 <= percent(mark.y) <= 100
    for mark in drawing.days:
        assert 0 <= percent(mark.x) <= 100
    for place, value in drawing.values:
        assert 0 <= percent(place) <= 100
        assert value >= 0


@given(one=courses())
def test_a_course_goes_to_the_right_and_never_back(one: Course) -> None:
    drawing = draw(one)
    for line in (drawing.reached, drawing.told, drawing.expected, drawing.forecast):
        across = [x for x, _ in places(line)]
        assert across == sorted(across)


@given(one=courses())
def test_the_values_beside_it_are_few_rise_evenly_and_begin_at_nothing(one: Course) -> None:
    drawing = draw(one)
    told = [value for _, value in drawing.values]
    assert told[0] == 0
    assert 2 <= len(told) <= 5
    assert len({later - earlier for earlier, later in pairwise(told)}) == 1
    heights = [percent(place) for place, _ in drawing.values]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == len(heights)


@given(one=courses())
def test_the_sentence_names_what_there_is(one: Course) -> None:
    spoken = draw(one).spoken
    within = [point for point in one.points if one.start <= point.day <= one.end]
    assert ("of the target reached on" in spoken) == bool(within)
    assert ("forecast" in spoken.lower()) == (one.forecast is not None)
    assert spoken


def test_a_course_without_a_point_draws_the_pace_and_the_target_alone() -> None:
    drawing = draw(course())
    assert (drawing.reached, drawing.told, drawing.forecast, drawing.band) == ("", "", "", "")
    assert (drawing.now, drawing.end) == (None, None)
    assert drawing.spoken == "Nothing was measured yet."
    assert places(drawing.expected)[0][0] == 0
    assert places(drawing.expected)[-1] == places(drawing.targets)[-1]


def test_the_pace_asks_on_the_first_day_for_one_day_of_the_target() -> None:
    (_, first), (_, last) = places(draw(course(days=4, target=100)).expected)
    assert (1000 - first) * 4 == pytest.approx(1000 - last, abs=1)


def test_a_course_of_one_day_is_a_drawing_too() -> None:
    drawing = draw(course("50", days=1))
    assert places(drawing.reached) == [(0.0, pytest.approx(1000 - 500 / 1.08, abs=0.1))]
    assert drawing.forecast == ""


def test_a_course_of_nothing_but_zeros_lies_on_the_ground() -> None:
    drawing = draw(course(0, 0, 0, forecast=Decimal(0), low=Decimal(0), high=Decimal(0)))
    assert {y for _, y in places(drawing.reached)} == {1000.0}
    assert {y for _, y in places(drawing.band)} == {1000.0}
    assert drawing.spoken.startswith("0 % of the target reached on 3 March; the forecast for 31 March is 0 %")


@pytest.mark.parametrize("reached", ["100.0001", "900", "12345678901234567890"])
def test_what_goes_beyond_the_target_fits_and_leaves_the_target_below_it(reached: str) -> None:
    drawing = draw(course(1, reached))
    highest = places(drawing.reached)[-1][1]
    assert 0 < highest < 100
    assert places(drawing.targets)[0][1] >= highest


def test_a_target_that_was_changed_is_a_step_on_the_day_a_reading_knew_of_it() -> None:
    before, after = Decimal(100), Decimal(200)
    points = [Point(START + DAY * n, Decimal(n), before if n < 10 else after, True) for n in range(15)]
    drawing = draw(course(target=after, points=points, today=START + DAY * 14))
    line = places(drawing.targets)
    assert [x for x, _ in line] == pytest.approx([0, 1000 * 10 / 30, 1000 * 10 / 30, 1000], abs=0.1)
    assert line[0][1] == line[1][1] > line[2][1] == line[3][1]


def test_a_target_changed_since_the_last_reading_is_a_step_today() -> None:
    drawing = draw(course(1, 2, 3, target=200, points=course(1, 2, 3).points, today=START + DAY * 20))
    assert [x for x, _ in places(drawing.targets)] == pytest.approx([0, 2000 / 3, 2000 / 3, 1000], abs=0.1)


def test_a_target_changed_there_and_back_is_two_steps() -> None:
    told = [100, 100, 300, 300, 100]
    points = [Point(START + DAY * n, Decimal(1), Decimal(target), True) for n, target in enumerate(told)]
    assert len(places(draw(course(points=points)).targets)) == 6


@given(one=courses())
def test_the_band_begins_at_the_last_point_and_holds_the_end_of_the_forecast(one: Course) -> None:
    drawing = draw(one)
    if not drawing.band:
        within = [point for point in one.points if one.start <= point.day <= one.end]
        assert one.low is None or not within or within[-1].day == one.end
        return
    (begin, _), (right, high), (also_right, low) = places(drawing.band)
    last, end = places(drawing.forecast)
    assert (begin, right, also_right) == (last[0], 1000, 1000)
    assert high <= end[1] <= low


def test_nothing_is_foretold_of_a_course_that_has_come_to_its_end() -> None:
    drawing = draw(course(*range(31), forecast=Decimal(40), low=Decimal(30), high=Decimal(50)))
    assert (drawing.forecast, drawing.band) == ("", "")


@pytest.mark.parametrize("days", [MOST_POINTS - 1, MOST_POINTS, MOST_POINTS + 1, MOST_POINTS + 2, 365, 366, 1097, 4000])
def test_a_long_course_is_thinned_evenly_and_keeps_its_first_and_last_point(days: int) -> None:
    drawing = draw(course(*range(days), days=days, target=days))
    drawn = places(drawing.reached)
    assert len(drawn) == min(days, MOST_POINTS)
    assert drawn[0][0] == 0
    assert drawn[-1][0] == 1000
    assert drawing.now is not None
    assert drawing.now.y == f"{drawn[-1][1] / 10:.2f}%"
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(drawn)]
    assert max(gaps) <= 2 * min(gaps) + 0.2


def test_the_records_and_the_readings_meet() -> None:
    points = [Point(START + DAY * n, Decimal(n), Decimal(100), n >= 5) for n in range(10)]
    drawing = draw(course(points=points))
    assert places(drawing.told)[-1] == places(drawing.reached)[0]
    assert (len(places(drawing.told)), len(places(drawing.reached))) == (5, 6)


def test_points_out_of_the_period_are_not_drawn() -> None:
    points = [Point(START + DAY * n, Decimal(7), Decimal(100), True) for n in (-3, -1, 31, 40)]
    assert draw(course(points=points)).reached == ""


@pytest.mark.parametrize(("days", "said"), [(2, 2), (12, 2), (13, 4), (31, 4), (365, 4)])
def test_the_days_below_it_are_those_where_their_marks_stand(days: int, said: int) -> None:
    one = course(days=days)
    marks = draw(one).days
    assert len(marks) == said
    assert (marks[0].said, marks[-1].said) == (f"{one.start:%-d %b}", f"{one.end:%-d %b}")
    assert (marks[0].anchor, marks[-1].anchor) == ("start", "end")
    for mark in marks:
        day = next(START + DAY * n for n in range(days) if f"{START + DAY * n:%-d %b}" == mark.said)
        assert percent(mark.x) == pytest.approx((day - START).days / (days - 1) * 100, abs=0.01)


def test_milestones_out_of_the_period_have_no_mark() -> None:
    passed = [(START + DAY * n, percent, Decimal(percent)) for n, percent in ((-1, 50), (5, 90), (40, 100))]
    assert [mark.said for mark in draw(course(passed=passed)).milestones] == ["90 %"]


@pytest.mark.parametrize(
    ("goal_type", "target"),
    [
        *(("quality", target) for target in ("1", "0.9", "0.85", "0.5", "0.08")),
        *(
            (kind, target)
            for kind in ("revenue", "pipeline", "activity")
            for target in ("1", "8", "24", "48000", "9e12")
        ),
    ],
)
def test_no_two_values_beside_the_drawing_read_alike_and_none_reads_as_nothing(goal_type: str, target: str) -> None:
    said = [in_short(Goal(goal_type=goal_type), value) for _, value in draw(course(target=target)).values]
    assert all(re.match(r"\d", text) for text in said), said
    assert len(set(said)) == len(said), said


@pytest.mark.parametrize(
    ("goal_type", "value", "said"),
    [
        ("quality", "0", "0 %"),
        ("quality", "0.5", "50 %"),
        ("quality", "0.2", "20 %"),
        ("quality", "1", "100 %"),
        ("quality", "0.25", "25 %"),
        ("revenue", "0", "0"),
        ("revenue", "100", "100"),
        ("revenue", "1500000", "1.5M"),
        ("revenue", "40000", "40k"),
        ("revenue", "2000000000", "2B"),
        ("activity", "0.5", "0.5"),
    ],
)
def test_a_value_beside_an_axis_is_short_and_right(goal_type: str, value: str, said: str) -> None:
    assert in_short(Goal(goal_type=goal_type), Decimal(value)) == said


# --- in letters ----------------------------------------------------------------------------------------------------------


@given(one=courses())
def test_in_letters_it_has_as_many_lines_and_none_is_too_long(one: Course) -> None:
    lines = chart(one)
    assert len(lines) == HEIGHT + 1
    assert max(map(len, lines)) <= WIDTH
    assert set("".join(lines[:-1])) <= LETTERS
    assert lines[-1].startswith(f"{one.start:%-d %b %Y}")
    assert lines[-1].endswith(f"{one.end:%-d %b %Y}")


@given(one=courses(), width=st.integers(30, 200), height=st.integers(2, 50))
def test_in_letters_it_takes_any_size(one: Course, width: int, height: int) -> None:
    lines = chart(one, width=width, height=height)
    assert len(lines) == height + 1
    assert max(map(len, lines)) <= width


def test_in_letters_the_target_is_one_line_at_the_top_and_what_is_reached_covers_it() -> None:
    lines = chart(course(*([100] * 16)))
    assert set(lines[0]) == {"#", "="}
    assert len(lines[0]) == WIDTH
    assert lines[0].rindex("#") < lines[0].index("=")
    assert all("=" not in line for line in lines[1:])


def test_in_letters_nothing_reached_lies_at_the_bottom() -> None:
    lines = chart(course(0, 0, 0))
    assert "#" in lines[HEIGHT - 1]
    assert all("#" not in line for line in lines[: HEIGHT - 1])


def test_in_letters_the_forecast_lies_inside_its_band() -> None:
    lines = chart(course(*range(10), forecast=Decimal(60), low=Decimal(30), high=Decimal(90)))
    columns = ["".join(line.ljust(WIDTH)[place] for line in lines[:-1]) for place in range(WIDTH)]
    last = columns[-1]
    assert last.index("o") > last.index(":")
    assert last.rindex(":") > last.index("o")


def test_in_letters_a_course_without_points_is_the_pace_and_the_target() -> None:
    assert set("".join(chart(course())[:-1])) == {"=", ".", " "}


# --- as a table ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 99, 100, 101, 150, 200, 201, 366, 1000])
def test_the_table_has_the_last_day_first_and_at_most_a_hundred_rows(days: int) -> None:
    owner = Goal(goal_type="activity", tenant=Tenant(currency="USD"))
    rows = table_of(owner, course(*range(days), days=days, target=days))
    assert len(rows) <= MOST_ROWS
    assert len(rows) >= min(days, MOST_ROWS // 2)
    assert rows[0].day == START + DAY * (days - 1)
    assert [row.day for row in rows] == sorted((row.day for row in rows), reverse=True)
    assert rows[0].value == f"{days - 1:,}"
    assert rows[0].expected == rows[0].target == f"{days:,}"


def test_the_table_says_what_the_target_was_on_its_day() -> None:
    owner = Goal(goal_type="revenue", tenant=Tenant(currency="USD"))
    points = [Point(START + DAY * n, Decimal(5), Decimal(310 if n < 2 else 620), n > 0) for n in range(3)]
    rows = table_of(owner, course(target=620, points=points))
    assert [(row.expected, row.target, row.is_read) for row in rows] == [
        ("$60", "$620", True),
        ("$20", "$310", True),
        ("$10", "$310", False),
    ]


def test_the_table_leaves_out_what_is_out_of_the_period() -> None:
    owner = Goal(goal_type="quality", tenant=Tenant(currency="USD"))
    points = [Point(START + DAY * n, Decimal("0.5"), Decimal("0.8"), True) for n in (-1, 0, 31)]
    assert [row.day for row in table_of(owner, course(points=points))] == [START]


# --- on the database -----------------------------------------------------------------------------------------------------


def reading(one: Goal, taken_at: str, value: Any, target: Any = 100) -> Reading:
    moment = datetime.fromisoformat(taken_at).replace(tzinfo=UTC)
    with tenant_scope(one.tenant_id):
        return Reading.objects.create(
            tenant_id=one.tenant_id, goal=one, taken_at=moment, value=value, target_value=target, status="active"
        )


@pytest.fixture
def revenue(tenant: Tenant, write: Any) -> Goal:
    """A revenue goal for March in Berlin, with a deal of 10 won on each of its first ten days; not one reading."""
    days = [f"2026-03-{day:02}" for day in range(1, 11)]
    write("opportunities", *(deal("closed_won", "10.00", currency="EUR", closed_on=day) for day in days))
    one = goal(tenant)
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM goals_reading")  # the one of being set lies far behind March or after it
        assert cursor.fetchone() == (1,)
    return read(one)


def told_of(one: Goal, now: datetime = WITHIN) -> Course:
    with tenant_scope(one.tenant_id):
        return course_of(one, now=now)


def by_day(found: Course) -> dict[str, tuple[Decimal, bool]]:
    return {f"{point.day:%m-%d}": (point.value, point.is_read) for point in found.points}


def test_without_a_reading_the_records_tell_the_days_so_far(revenue: Goal) -> None:
    told = by_day(told_of(revenue))
    assert list(told) == [f"03-{day:02}" for day in range(1, 15)]  # up to yesterday: today is not over
    assert told["03-01"] == (10, False)
    assert told["03-10"] == told["03-14"] == (100, False)


def test_from_the_first_reading_on_readings_win_over_records(revenue: Goal) -> None:
    reading(revenue, "2026-03-04T12:00", 7)
    reading(revenue, "2026-03-08T12:00", 3)
    told = by_day(told_of(revenue))
    assert list(told) == ["03-01", "03-02", "03-03", "03-04", "03-08"]
    assert told["03-03"] == (30, False)
    assert told["03-04"] == (7, True)
    assert told["03-08"] == (3, True)


def test_the_last_reading_of_a_day_counts_in_the_zone_of_the_tenant(revenue: Goal) -> None:
    reading(revenue, "2026-03-05T22:59", 1)  # 23:59 in Berlin
    reading(revenue, "2026-03-05T23:00", 2)  # midnight: the sixth
    reading(revenue, "2026-03-06T22:58", 3)
    reading(revenue, "2026-03-06T10:00", 4)
    reading(revenue, "2026-03-29T21:59", 5)  # summer time began that night: 23:59
    reading(revenue, "2026-03-29T22:00", 6)
    told = {day: value for day, (value, is_read) in by_day(told_of(revenue, AFTER)).items() if is_read}
    assert told == {"03-05": 1, "03-06": 3, "03-29": 5, "03-30": 6}


def test_readings_out_of_the_period_or_of_nothing_are_no_course(revenue: Goal) -> None:
    reading(revenue, "2026-02-28T22:59", 1)
    reading(revenue, "2026-03-31T22:00", 2)  # the first of April in Berlin
    reading(revenue, "2026-03-05T12:00", None)
    assert all(not point.is_read for point in told_of(revenue, AFTER).points)
    reading(revenue, "2026-02-28T23:00", 3)  # the first of March there
    reading(revenue, "2026-03-31T21:59", 4)
    assert {day: value for day, (value, is_read) in by_day(told_of(revenue, AFTER)).items() if is_read} == {
        "03-01": 3,
        "03-31": 4,
    }


def test_a_reading_of_nothing_hides_no_earlier_one_of_its_day(revenue: Goal) -> None:
    reading(revenue, "2026-03-05T10:00", 8)
    reading(revenue, "2026-03-05T12:00", None)
    assert by_day(told_of(revenue))["03-05"] == (8, True)


def test_a_reading_keeps_the_target_of_its_day(revenue: Goal) -> None:
    reading(revenue, "2026-03-05T12:00", 8, target=55)
    found = told_of(revenue)
    assert found.points[-1] == Point(date(2026, 3, 5), Decimal(8), Decimal(55), True)
    assert found.points[0].target == found.target == 100


@pytest.mark.parametrize("kind", ["pipeline", "quality"])
def test_of_what_is_open_no_record_tells_a_past_day(tenant: Tenant, kind: str) -> None:
    one = read(goal(tenant, kind, "0.5"))
    assert told_of(one).points == []
    reading(one, "2026-03-05T12:00", "0.25", target="0.5")
    assert by_day(told_of(one)) == {"03-05": (Decimal("0.25"), True)}


def test_a_course_that_has_not_begun_has_no_point(tenant: Tenant) -> None:
    assert told_of(read(goal(tenant)), datetime(2026, 2, 28, 22, 59, tzinfo=UTC)).points == []


def test_another_goals_readings_are_not_its_own(revenue: Goal) -> None:
    another = goal(revenue.tenant, **MARCH)
    reading(another, "2026-03-04T12:00", 99)
    assert all(not point.is_read for point in told_of(revenue).points)


def test_only_milestones_of_the_target_that_stands_are_marked(tenant: Tenant) -> None:
    one = read(goal(tenant))
    with tenant_scope(tenant):
        for share, target in ((50, 80), (50, 100), (90, 100)):
            Milestone.objects.create(
                tenant=tenant,
                goal=one,
                percent=share,
                target_value=target,
                value=share,
                reached_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC),  # the sixth in Berlin
            )
    assert told_of(one).passed == [(date(2026, 3, 6), 50, 50), (date(2026, 3, 6), 90, 90)]


@pytest.mark.parametrize("kind", GoalType.values)
def test_a_course_takes_at_most_four_statements_however_long_it_is(tenant: Tenant, write: Any, kind: str) -> None:
    write("opportunities", *(deal("closed_won", "1.00", currency="EUR", closed_on="2026-03-02") for _ in range(30)))
    write("interactions", *(talk("2026-03-02T10:00:00Z") for _ in range(30)))
    one = read(goal(tenant, kind, "0.5"))
    with tenant_scope(tenant):
        Reading.objects.bulk_create(
            Reading(
                pk=uuid4(),
                tenant=tenant,
                goal=one,
                taken_at=WITHIN + timedelta(minutes=7 * number),
                value="0.25",
                target_value="0.5",
                status="active",
            )
            for number in range(500)
        )
        with CaptureQueriesContext(connection) as captured:
            found = course_of(one, now=AFTER)
    assert len(found.points) >= 3
    assert len(captured.captured_queries) <= 4, captured.captured_queries
