"""The overview of all goals, and the strip of the company's own on the console's first page."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Clone, Opportunity
from crm.tenancy import tenant_scope
from goals.models import Goal
from goals.tracker import GoalTracker
from tests.cast import Company, company
from tests.console.pages import EVERYBODY
from tests.console.test_hostile_text import HOSTILE, active
from tests.console.visits import Visit, everything, said

OVERVIEW, FIRST_PAGE = reverse("admin:goals_goal_overview"), "/admin/"
NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
Q2 = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
EMPTY = "No goal is under way. Set one: it is measured every day, and its page says where it will land."


@pytest.fixture(autouse=True)
def middle_of_may(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(middle_of_may: None) -> Company:
    return company("acme")


def goal(acme: Company, goal_type: str = "pipeline", target: Any = 48_000, **changes: Any) -> Goal:
    return GoalTracker().create_goal(acme.tenant, goal_type, target, **{**Q2, **changes})


def many(acme: Company, number: int, **changes: Any) -> None:
    """So many goals as they lie in the database, none of them measured."""
    rows = {"goal_type": "activity", "target_value": 5, "set_by": "x", **Q2, **changes}
    with tenant_scope(acme.tenant):
        Goal.objects.bulk_create(Goal(tenant=acme.tenant, **rows) for _ in range(number))


def clone(acme: Company, name: str, team: str = "") -> Clone:
    with tenant_scope(acme.tenant):
        return Clone.objects.create(tenant=acme.tenant, name=name, team=team)


def in_status(one: Goal, status: str) -> None:
    with tenant_scope(one.tenant_id):
        Goal.objects.filter(pk=one.pk).update(status=status)


def lines(answer: Any) -> list[tuple[str, str]]:
    """The overview's lines: what is measured, and whose."""
    return [(group.name, line.goal.whose) for group in answer.context["groups"] for line in group.lines]


def statements(visit: Visit, address: str) -> int:
    visit.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(address).status_code == 200
    return len(captured.captured_queries)


# --- the overview ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_of_the_company_sees_it(acme: Company, role: str) -> None:
    goal(acme)
    text = Visit(getattr(acme, role)).page(OVERVIEW)
    assert "the whole company 30 Jun 2026 25 % $12,000 $48,000" in text
    assert "behind" in text


@pytest.mark.parametrize(("role", "may"), [("manager", True), ("rep", True), ("auditor", False), ("operator", False)])
def test_only_who_may_set_goals_is_offered_to(acme: Company, role: str, may: bool) -> None:
    clone(acme, "Own")
    with tenant_scope(acme.tenant):
        Clone.objects.filter(name="Own").update(owner=acme.rep)
    html = Visit(getattr(acme, role)).get(OVERVIEW).content.decode()
    assert (reverse("admin:goals_goal_add") in html) == may


def test_who_has_nothing_to_set_is_not_sent_to_a_refusal(acme: Company) -> None:
    visit = Visit(acme.rep)  # owns no clone
    add = reverse("admin:goals_goal_add")
    assert visit.get(add).status_code == 403
    assert add not in visit.get(OVERVIEW).content.decode()


def test_a_stranger_is_sent_to_log_in(client: Any, acme: Company) -> None:
    assert client.get(OVERVIEW).status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_looked_at(acme: Company, method: str) -> None:
    assert getattr(Visit(acme.manager).client, method)(OVERVIEW).status_code == 405


def test_looking_changes_nothing(acme: Company) -> None:
    goal(acme)
    visits = [Visit(getattr(acme, role)) for role in sorted(EVERYBODY)]
    before = everything([acme.tenant])
    for visit in visits:
        visit.get(OVERVIEW)
        visit.get(FIRST_PAGE)
    assert everything([acme.tenant]) == before


def test_another_companys_goals_and_deals_are_never_seen(acme: Company) -> None:
    rival = company("rival")
    goal(rival, target=777)
    goal(rival, "activity", 7, clone=rival.clone)
    with tenant_scope(acme.tenant):
        Opportunity.objects.all().delete()
    for role in sorted(EVERYBODY):
        text = Visit(getattr(acme, role)).page(OVERVIEW)
        assert EMPTY in text
        assert "Ada of rival" not in text
        assert "12,000" not in text


def test_without_goals_and_deals_it_says_what_to_do(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.all().delete()
    text = Visit(acme.manager).page(OVERVIEW)
    assert EMPTY in text
    assert "The open pipeline by stage and age" not in text


def test_without_goals_the_pipeline_is_still_there(acme: Company) -> None:
    text = Visit(acme.manager).page(OVERVIEW)
    assert EMPTY in text
    assert "The open pipeline by stage and age: $12,000" in text
    assert "Discovery $12,000 1 deal $12,000 1 deal" in text


@pytest.mark.parametrize(
    ("status", "is_there"), [("active", True), ("completed", True), ("missed", False), ("cancelled", False)]
)
def test_it_shows_what_is_under_way_and_what_is_reached(acme: Company, status: str, is_there: bool) -> None:
    in_status(goal(acme), status)
    assert bool(lines(Visit(acme.manager).get(OVERVIEW))) == is_there


@pytest.mark.parametrize(
    ("first", "last", "is_there"), [(-30, -1, False), (-30, 0, True), (0, 1, True), (1, 30, False), (-1, 1, True)]
)
def test_a_goal_is_under_way_from_its_first_day_to_its_last(
    acme: Company, first: int, last: int, is_there: bool
) -> None:
    today = NOW.date()
    goal(acme, period_start=today + timedelta(days=first), period_end=today + timedelta(days=last))
    assert bool(lines(Visit(acme.manager).get(OVERVIEW))) == is_there


def test_the_companys_come_first_then_teams_then_clones(acme: Company) -> None:
    clone(acme, "Zoe", team="Able")
    goal(acme, clone=acme.clone)
    goal(acme, team="Able")
    goal(acme)
    goal(acme, "revenue", 5, clone=acme.clone)
    goal(acme, "quality", "0.5")
    goal(acme, "activity", 5)
    assert lines(Visit(acme.manager).get(OVERVIEW)) == [
        ("Revenue", "Ada of acme"),
        ("Pipeline", "the whole company"),
        ("Pipeline", "team Able"),
        ("Pipeline", "Ada of acme"),
        ("Activity", "the whole company"),
        ("Quality", "the whole company"),
    ]


def test_it_asks_the_same_for_two_goals_and_for_forty(acme: Company) -> None:
    visit = Visit(acme.manager)
    goal(acme)
    goal(acme, "revenue", 5, clone=acme.clone)
    few = statements(visit, OVERVIEW)
    for number in range(38):
        kind = ("pipeline", "revenue", "activity", "quality")[number % 4]
        goal(acme, kind, "0.5", clone=clone(acme, f"Clone {number}"))
    assert len(lines(visit.get(OVERVIEW))) == 40
    assert statements(visit, OVERVIEW) == few


def test_of_more_than_it_draws_it_says_so(acme: Company) -> None:
    many(acme, 200)
    assert "Only the first 200 goals are drawn" not in Visit(acme.manager).page(OVERVIEW)
    many(acme, 1)
    answer = Visit(acme.manager).get(OVERVIEW)
    assert len(lines(answer)) == 200
    assert "Only the first 200 goals are drawn" in said(answer)


@pytest.mark.parametrize("kind", ["revenue", "pipeline", "quality", "activity"])
def test_the_companys_own_goal_is_drawn_however_many_the_clones_have(acme: Company, kind: str) -> None:
    many(acme, 250, clone=acme.clone)
    many(acme, 1, goal_type=kind, target_value="0.5")
    assert "the whole company" in [whose for _, whose in lines(Visit(acme.manager).get(OVERVIEW))]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(acme: Company, text: str) -> None:
    one = clone(acme, text, team=text)
    goal(acme, clone=one)
    goal(acme, team=text)
    for person in (acme.manager, acme.auditor):
        answer = Visit(person).get(OVERVIEW)
        assert answer.status_code == 200
        assert list(active(answer)) == []
        assert "alert(1)</script>" not in answer.content.decode()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\U000e0041"])
def test_what_a_name_hides_is_made_visible(acme: Company, hidden: str) -> None:
    one = clone(acme, f"Ada{hidden}evil", team=f"North{hidden}x")
    goal(acme, clone=one)
    goal(acme, team=one.team)
    html = Visit(acme.manager).get(OVERVIEW).content.decode()
    assert hidden not in html
    assert html.count(f"U+{ord(hidden):04X}") >= 2


def test_an_unmeasured_goal_and_one_far_beyond_its_target_are_drawn(acme: Company) -> None:
    many(acme, 1, goal_type="quality", target_value="0.0001")
    goal(acme, target="0.01")
    answer = Visit(acme.manager).get(OVERVIEW)
    assert "nothing to measure yet" in said(answer)
    assert "120000000 %" in said(answer) or "120,000,000 %" in said(answer)
    assert "at its target" in said(answer)


def test_odd_questions_are_answered(acme: Company) -> None:
    goal(acme)
    visit = Visit(acme.manager, patient=True)
    for query in ({"p": "x"}, {"q": "'--"}, {"status": "9" * 300}, {"e": "1"}):
        assert visit.get(OVERVIEW, **query).status_code == 200


# --- the strip ------------------------------------------------------------------------------------------------------------


def strip(acme: Company, role: str = "manager") -> list[str]:
    """The ids of the goals in the strip of the first page, as they stand there."""
    answer = Visit(getattr(acme, role)).get(FIRST_PAGE)
    assert answer.status_code == 200
    html = answer.content.decode()
    if "au-strip" not in html:
        return []
    part = html[html.index('class="au-strip"') :]
    part = part[: part.index("</section>")]
    return [piece.partition("/change/")[0] for piece in part.split("/admin/goals/goal/")[1:] if "/change/" in piece]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_the_first_page_shows_the_companys_goals_and_no_others(acme: Company, role: str) -> None:
    clone(acme, "Zoe", team="Able")
    goal(acme, clone=acme.clone)
    goal(acme, team="Able")
    own = goal(acme)
    assert strip(acme, role) == [str(own.pk)]


def test_the_strip_has_four_goals_at_most_those_that_end_first(acme: Company) -> None:
    ends = [goal(acme, period_end=date(2026, 6, day)) for day in (25, 5, 20, 10, 15, 30)]
    assert strip(acme) == [str(ends[place].pk) for place in (1, 3, 4, 2)]


@pytest.mark.parametrize("status", ["completed", "missed", "cancelled"])
def test_what_is_over_is_not_in_the_strip(acme: Company, status: str) -> None:
    in_status(goal(acme), status)
    assert strip(acme) == []


def test_what_has_not_begun_or_has_ended_is_not_in_the_strip(acme: Company) -> None:
    goal(acme, period_start=date(2026, 5, 16), period_end=date(2026, 6, 30))
    goal(acme, period_start=date(2026, 4, 1), period_end=date(2026, 5, 14))
    last_day = goal(acme, period_start=date(2026, 4, 1), period_end=date(2026, 5, 15))
    assert strip(acme) == [str(last_day.pk)]


def test_another_companys_goals_are_not_in_the_strip(acme: Company) -> None:
    goal(company("rival"))
    assert strip(acme) == []
    assert "au-strip" not in Visit(acme.manager).get(FIRST_PAGE).content.decode()


def test_the_strip_says_how_far_a_goal_is(acme: Company) -> None:
    goal(acme)
    text = Visit(acme.manager).page(FIRST_PAGE)
    assert "Pipeline behind $12,000 of $48,000" in text


def test_the_first_page_asks_the_same_for_two_goals_and_for_forty(acme: Company) -> None:
    acme.propose_proposal()
    visit = Visit(acme.manager)
    goal(acme)
    goal(acme, clone=acme.clone)
    few = statements(visit, FIRST_PAGE)
    many(acme, 19)
    many(acme, 19, clone=acme.clone)
    assert statements(visit, FIRST_PAGE) == few


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_run_nothing_on_the_first_page(acme: Company, text: str) -> None:
    acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Clone.objects.update(name=text, team=text)
    goal(acme)
    goal(acme, clone=acme.clone)
    assert list(active(Visit(acme.manager).get(FIRST_PAGE))) == []
