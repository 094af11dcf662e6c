"""goals."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Clone, Opportunity
from crm.tenancy import tenant_scope
from goals.models import Goal, GoalStatus
from goals.text_chart import HEIGHT, LEGEND, WIDTH
from goals.tracker import GoalTracker
from tests.cast import Company, company
from tests.commands.test_exit_codes import django
from tests.console.visits import everything

NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
Q2 = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
Run = Callable[..., dict[str, Any]]
Told = Callable[..., str]
Refused = Callable[..., tuple[int, str]]
ACME = ("--tenant", "acme")


@pytest.fixture(autouse=True)
def middle_of_may(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(middle_of_may: None) -> Company:
    return company("acme")


@pytest.fixture
def rival(middle_of_may: None) -> Company:
    return company("rival")


def goal(acme: Company, goal_type: str = "pipeline", target: Any = 48_000, **changes: Any) -> Goal:
    return GoalTracker().create_goal(acme.tenant, goal_type, target, **{**Q2, **changes})


def clone(acme: Company, name: str, team: str = "") -> Clone:
    with tenant_scope(acme.tenant):
        return Clone.objects.create(tenant=acme.tenant, name=name, team=team)


def won(acme: Company, amount: Any, day: str) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.create(
            tenant=acme.tenant,
            account=acme.account,
            external_id=f"W-{Opportunity.objects.count()}",
            name="Won",
            stage="closed_won",
            amount=amount,
            currency="USD",
            closed_on=day,
        )


def listed(answer: dict[str, Any]) -> list[str]:
    return [one["id"] for one in answer["goals"]]


# --- the list -------------------------------------------------------------------------------------------------------------


def test_it_lists_the_active_goals_a_line_each(told: Told, acme: Company) -> None:
    one = goal(acme)
    head, line = told("goals", *ACME).splitlines()
    assert head.split()[:3] == ["goal", "for", "until"]
    assert head.split()[-1] == "id"
    parts = re.split(r" {2,}", line)
    assert parts[:3] == ["pipeline", "the whole company", "2026-06-30"]
    assert parts[3:7] == ["#####....|..........", "25 %", "$12,000", "$48,000"]
    assert parts[-2:] == ["behind", str(one.pk)]


def test_every_column_begins_under_its_head(told: Told, acme: Company) -> None:
    goal(acme, clone=clone(acme, "A clone of a name that is rather long for a table"))
    goal(acme, "quality", "0.8")
    goal(acme, "activity", 3)
    head, *lines = told("goals", *ACME).splitlines()
    assert len(lines) == 3
    for name in ("for", "until", "reached", "target", "standing", "id"):
        place = head.index(f"  {name}") + 2
        assert all(line[place - 2 : place] == "  " and line[place] != " " for line in lines), name


def test_as_json_it_is_what_the_api_tells_with_where_it_stands(run: Run, acme: Company) -> None:
    one = goal(acme, clone=acme.clone)
    (found,) = run("goals", *ACME)["goals"]
    assert (found["id"], found["clone"], found["team"]) == (str(one.pk), str(acme.clone.pk), "")
    assert (found["target_value"], found["current_value"]) == ("48000.00", "12000.00")
    assert (found["period_start"], found["period_end"]) == ("2026-04-01", "2026-06-30")
    assert found["standing"]["progress_pct"] == 25.0
    assert found["standing"]["left"] == "36000.00"
    assert found["standing"]["band"] == "behind"


def test_without_goals_it_says_so(told: Told, run: Run, acme: Company) -> None:
    assert told("goals", *ACME) == "No goal is active.\n"
    assert told("goals", *ACME, "--all") == "There are no goals.\n"
    assert run("goals", *ACME) == {"goals": []}


@pytest.mark.parametrize("status", [status for status in GoalStatus.values if status != "active"])
def test_what_ended_is_listed_with_all(run: Run, told: Told, acme: Company, status: str) -> None:
    one, active = goal(acme), goal(acme, "activity", 5)
    with tenant_scope(acme.tenant):
        Goal.objects.filter(pk=one.pk).update(status=status)
    assert listed(run("goals", *ACME)) == [str(active.pk)]
    assert set(listed(run("goals", *ACME, "--all"))) == {str(one.pk), str(active.pk)}
    word = {"completed": "reached"}.get(status, status)
    assert word in told("goals", *ACME, "--all")


def test_it_lists_only_what_is_asked_for(run: Run, acme: Company) -> None:
    bob = clone(acme, "Bob", team="North")
    by_whom = {
        "company": goal(acme),
        "clone": goal(acme, clone=bob),
        "team": goal(acme, team="North"),
        "talks": goal(acme, "activity", 5, clone=bob),
    }
    ids = {name: str(one.pk) for name, one in by_whom.items()}
    for name in ("Bob", str(bob.pk)):
        assert set(listed(run("goals", *ACME, "--clone", name))) == {ids["clone"], ids["talks"]}
    assert listed(run("goals", *ACME, "--team", "North")) == [ids["team"]]
    assert listed(run("goals", *ACME, "--type", "activity")) == [ids["talks"]]
    assert listed(run("goals", *ACME, "--clone", "Bob", "--type", "pipeline")) == [ids["clone"]]
    assert listed(run("goals", *ACME, "--type", "quality")) == []


def test_another_companys_goals_are_not_listed(run: Run, acme: Company, rival: Company) -> None:
    goal(rival)
    own = goal(acme)
    assert listed(run("goals", *ACME, "--all")) == [str(own.pk)]


def test_it_changes_nothing(told: Told, acme: Company) -> None:
    one = goal(acme)
    before = everything([acme.tenant])
    with time_machine.travel(NOW + timedelta(days=100)):
        told("goals", *ACME, "--all")
        told("goals", *ACME, str(one.pk))
    assert everything([acme.tenant]) == before


def statements(run: Run, *words: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        run("goals", *ACME, *words)
    return len(captured.captured_queries)


def test_it_asks_the_same_for_two_goals_and_for_forty(run: Run, acme: Company) -> None:
    goal(acme)
    goal(acme, clone=acme.clone)
    few = statements(run)
    for number in range(38):
        goal(acme, ("pipeline", "activity", "revenue")[number % 3], 5, clone=clone(acme, f"Clone {number}"))
    assert len(listed(run("goals", *ACME))) == 40
    assert statements(run) == few
    assert few <= 8


# --- one of them ----------------------------------------------------------------------------------------------------------


def test_one_goal_is_told_in_full(told: Told, acme: Company) -> None:
    won(acme, 100, "2026-04-20")
    won(acme, 150, "2026-05-02")
    one = goal(acme, "revenue", 1000)
    lines = told("goals", *ACME, str(one.pk)).splitlines()
    assert lines[0] == "Revenue, the whole company: $250 of $1,000, behind; day 45 of 91, 46 days left"
    assert lines[1] == ""
    drawn = lines[2 : 2 + HEIGHT + 1]
    assert max(map(len, drawn)) <= WIDTH
    assert drawn[-1].split() == ["1", "Apr", "2026", "30", "Jun", "2026"]
    assert "#" in "".join(drawn)
    assert lines[2 + HEIGHT + 1] == LEGEND
    assert "Reached: 25.0 %" in lines
    assert "    $250 / $1,000 × 100 = 25.0 %." in lines
    assert "Left: $750" in lines


def test_one_goal_as_json_is_one_object(run: Run, acme: Company) -> None:
    one = goal(acme)
    found = run("goals", *ACME, str(one.pk))
    assert found["id"] == str(one.pk)
    assert found["standing"]["arithmetic"]["progress_pct"] == "$12,000 / $48,000 × 100 = 25.0 %."
    assert found == run("goals", *ACME)["goals"][0]


def test_a_goal_that_has_not_begun_has_no_drawing(told: Told, acme: Company) -> None:
    one = goal(acme, period_start=date(2026, 6, 1), period_end=date(2026, 6, 30))
    text = told("goals", *ACME, str(one.pk))
    assert LEGEND not in text
    assert "not begun; begins in 17 days, 30 days long" in text


@pytest.mark.parametrize("kind", ["revenue", "activity", "pipeline", "quality"])
@pytest.mark.parametrize("status", GoalStatus.values)
def test_any_goal_can_be_told(told: Told, run: Run, acme: Company, kind: str, status: str) -> None:
    one = goal(acme, kind, "0.5")
    with tenant_scope(acme.tenant):
        Goal.objects.update(status=status, foreseen=None, current_value=None, measured_at=None)
    assert "nothing to measure yet of" in told("goals", *ACME, str(one.pk))
    assert run("goals", *ACME, str(one.pk))["standing"]["forecast"] is None
    assert "nothing to measure yet" in told("goals", *ACME, "--all")


def test_by_its_id_also_what_ended_is_told(run: Run, acme: Company) -> None:
    one = goal(acme)
    GoalTracker().cancel_goal(one, actor=acme.actor())
    assert run("goals", *ACME, str(one.pk))["status"] == "cancelled"


# --- what is refused ------------------------------------------------------------------------------------------------------


def test_an_unknown_tenant_is_refused(refused: Refused, acme: Company) -> None:
    code, sentence = refused("goals", "--tenant", "x")
    assert code == 2
    assert sentence.startswith("--tenant: there is no tenant 'x'")


def test_without_a_tenant_it_is_refused(acme: Company) -> None:
    with pytest.raises(CommandError, match="--tenant"):
        call_command("goals")


@pytest.mark.parametrize("name", ["nobody", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --"])
def test_an_unknown_clone_is_refused(refused: Refused, acme: Company, name: str) -> None:
    code, sentence = refused("goals", *ACME, "--clone", name)
    assert code == 2
    assert sentence.startswith(f"--clone: there is no clone {name!r} in this tenant")


def test_an_unknown_team_is_refused_as_an_unknown_clone_is(refused: Refused, acme: Company) -> None:
    goal(acme)
    code, sentence = refused("goals", *ACME, "--team", "nobody")
    assert code == 2
    assert sentence.startswith("--team: ")


def test_an_unknown_id_is_refused(refused: Refused, acme: Company) -> None:
    unknown = uuid4()
    code, sentence = refused("goals", *ACME, str(unknown))
    assert code == 2
    assert sentence.startswith(f"ID: there is no goal {unknown} in acme")


def test_another_companys_goal_is_refused_as_an_unknown_one(refused: Refused, acme: Company, rival: Company) -> None:
    one = goal(rival)
    code, sentence = refused("goals", *ACME, str(one.pk))
    assert code == 2
    assert sentence.startswith(f"ID: there is no goal {one.pk} in acme")
    assert refused("goals", *ACME, "--clone", str(rival.clone.pk))[0] == 2


@pytest.mark.parametrize("words", [("x",), ("1",), ("--type", "wealth"), ("--nonsense",)])
def test_what_cannot_be_read_is_refused(acme: Company, words: tuple[str, ...]) -> None:
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("goals", *ACME, *words, stdout=output)
    assert output.getvalue() == ""


def test_in_a_process_of_its_own_what_does_not_fit_exits_2() -> None:
    for words in (("--tenant", "nobody"), ("--tenant", "nobody", "x"), ()):
        ran = django("goals", *words, "--json")
        assert (ran.returncode, ran.stdout) == (2, ""), words
        assert "Traceback" not in ran.stderr


# --- names that mean harm -------------------------------------------------------------------------------------------------

HARMFUL = [
    "Ada\x1b[2J\x1b[31mred",
    "Ada\nrevenue  the whole company  2026-06-30",
    "Ada\rEve",
    "Ada\x07\x08\x08\x08Eve",
    "Ada\x9b31mred",
    "Ada\u202eevE",
    "Ada\u2028Eve",
    "Ada\tEve",
]


def harmless(text: str, lines: int) -> None:
    """A terminal shows it as so many lines and obeys nothing in it."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text), repr(text)
    assert len(text.rstrip("\n").split("\n")) == lines


@pytest.mark.parametrize("name", HARMFUL, ids=ascii)
def test_a_clones_name_does_nothing_to_the_terminal(told: Told, acme: Company, name: str) -> None:
    plain, harm = goal(acme, clone=clone(acme, "Plain")), goal(acme, clone=clone(acme, name))
    harmless(told("goals", *ACME), 3)
    as_many = len(told("goals", *ACME, str(plain.pk)).rstrip("\n").split("\n"))
    harmless(told("goals", *ACME, str(harm.pk)), as_many)


@pytest.mark.parametrize("name", HARMFUL, ids=ascii)
def test_a_teams_name_does_nothing_to_the_terminal(told: Told, acme: Company, name: str) -> None:
    clone(acme, "Bob", team=name)
    goal(acme, team=name)
    harmless(told("goals", *ACME), 2)


@pytest.mark.parametrize("name", HARMFUL, ids=ascii)
def test_as_json_any_name_is_one_object_in_one_line(acme: Company, name: str) -> None:
    clone(acme, "Bob", team=name)
    goal(acme, team=name)
    output = StringIO()
    call_command("goals", *ACME, "--json", stdout=output)
    (line,) = output.getvalue().rstrip("\n").split("\n")
    assert json.loads(line)["goals"][0]["team"] == name
    assert "\x1b" not in line
