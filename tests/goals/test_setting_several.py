"""Several goals set together: who may, what the drafts propose, and that all of them are set or none."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from crm.models import Clone, Opportunity
from crm.tenancy import tenant_scope
from goals.models import Goal, GoalStatus
from goals.periods import Period, moved, quarter_of
from goals.sets import Draft, copies, for_team, rounded
from goals.sets import _parts as parts_of
from goals.tracker import GoalTracker
from record.models import Entry
from tests.cast import Company, company
from tests.console.visits import Visit, everything, messages, said

COPY, TEAM, SEVERAL = (reverse(f"admin:goals_goal_{name}") for name in ("copy", "team", "several"))
NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
Q1 = {"period_start": date(2026, 1, 1), "period_end": date(2026, 3, 31)}
Q2 = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
SHARED = {
    "team": "North",
    "goal_type": "revenue",
    "target_value": "1000",
    "split": "equal",
    "period_start": "2026-04-01",
    "period_end": "2026-06-30",
}
Row = dict[str, Any]


@pytest.fixture(autouse=True)
def middle_of_may(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(middle_of_may: None) -> Company:
    return company("acme")


@pytest.fixture
def visit(acme: Company) -> Visit:
    return Visit(acme.manager)


@pytest.fixture
def north(acme: Company) -> list[Clone]:
    """A team of three clones; what each won in the first quarter is 100, 300 and nothing."""
    clones = team(acme, "North", "Bob", "Eve", "Zoe")
    won(acme, 100, clones[0])
    won(acme, 300, clones[1])
    return clones


def team(acme: Company, name: str, *names: str, **changes: Any) -> list[Clone]:
    with tenant_scope(acme.tenant):
        return [Clone.objects.create(tenant=acme.tenant, name=one, team=name, **changes) for one in names]


def won(acme: Company, amount: Any, clone: Clone | None, day: str = "2026-02-10") -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.create(
            tenant=acme.tenant,
            account=acme.account,
            clone=clone,
            external_id=f"W-{Opportunity.objects.count()}",
            name="Won",
            stage="closed_won",
            amount=amount,
            currency="USD",
            closed_on=day,
        )


def goal(acme: Company, goal_type: str = "revenue", target: Any = 1000, **changes: Any) -> Goal:
    return GoalTracker().create_goal(acme.tenant, goal_type, target, **{**Q1, **changes})


def goals_of(acme: Company) -> list[Goal]:
    with tenant_scope(acme.tenant):
        return list(Goal.objects.select_related("clone").order_by("pk"))


def row(**changes: Any) -> Row:
    """One draft of the form as a browser sends it."""
    return {
        "take": "on",
        "target_value": "1000",
        "goal_type": "revenue",
        "clone": "",
        "team": "",
        "period_start": "2026-04-01",
        "period_end": "2026-06-30",
        "whose": "the whole company",
        "before": "$0",
        **changes,
    }


def sent(*rows: Row, **management: Any) -> Row:
    """Drafts as the fields of one form; a field that is None is left out."""
    fields = {f"form-{n}-{name}": value for n, one in enumerate(rows) for name, value in one.items()}
    counted = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), **management}
    return {name: value for name, value in {**fields, **counted}.items() if value is not None}


def drafts(answer: Any) -> list[Row]:
    """The drafts a page shows, as they would be sent back as they are."""
    formset = answer.context["drafts"]
    found = []
    for form in formset or []:
        values = {name: form[name].value() for name in form.fields}
        take = values.pop("take")
        found.append(
            {**{k: "" if v is None else str(v) for k, v in values.items()}, **({"take": "on"} if take else {})}
        )
    return found


def told(answer: Any) -> str:
    """The messages and the text of a page."""
    return " ".join([*messages(answer), said(answer)])


# --- who may --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["rep", "auditor", "operator"])
def test_only_managers_set_several(acme: Company, north: list[Clone], role: str) -> None:
    team(acme, "North", "Own", owner=acme.rep)
    visit = Visit(getattr(acme, role))
    assert visit.get(COPY).status_code == 403
    assert visit.get(TEAM, **SHARED).status_code == 403
    assert visit.get(SEVERAL).status_code == 403
    assert visit.post(SEVERAL, **sent(row())).status_code == 403
    assert goals_of(acme) == []
    html = visit.get(reverse("admin:goals_goal_changelist")).content.decode()
    assert COPY not in html
    assert TEAM not in html


def test_a_stranger_is_sent_to_log_in(client: Any, acme: Company) -> None:
    for address in (COPY, TEAM, SEVERAL):
        assert client.get(address).status_code == 302
    assert client.post(SEVERAL, sent(row())).status_code == 302
    assert goals_of(acme) == []


def test_a_manager_finds_the_pages_from_the_list(visit: Visit) -> None:
    html = visit.get(reverse("admin:goals_goal_changelist")).content.decode()
    assert COPY in html
    assert TEAM in html


def test_a_form_without_its_token_is_refused(acme: Company) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(acme.manager, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(SEVERAL, sent(row())).status_code == 403
    assert goals_of(acme) == []


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_several_are_set_by_post_only(acme: Company, visit: Visit, method: str) -> None:
    assert getattr(visit.client, method)(SEVERAL, sent(row())).status_code == 405
    assert goals_of(acme) == []


def test_looking_at_drafts_changes_nothing(acme: Company, visit: Visit, north: list[Clone]) -> None:
    goal(acme)
    before = everything([acme.tenant])
    for address, query in ((COPY, {}), (COPY, {"more": "10"}), (TEAM, {}), (TEAM, SHARED), (SEVERAL, {})):
        visit.get(address, **query)
        visit.client.head(address, query)
    for address in (COPY, TEAM):
        visit.post(address, **sent(row()), **SHARED)
    assert everything([acme.tenant]) == before


def test_another_companys_goals_and_teams_are_not_offered(acme: Company, visit: Visit) -> None:
    rival = company("rival")
    clones = team(rival, "Rivals", "Mallory")
    goal(rival, clone=clones[0])
    assert drafts(visit.get(COPY)) == []
    answer = visit.get(TEAM, **{**SHARED, "team": "Rivals"})
    assert drafts(answer) == []
    assert "is not one of the available choices" in said(answer)
    assert "Mallory" not in said(answer)


# --- copies ---------------------------------------------------------------------------------------------------------------


def test_the_goals_of_the_last_quarter_are_drafted_a_quarter_later(acme: Company, visit: Visit) -> None:
    goal(acme)
    goal(acme, "activity", 40, clone=acme.clone, period_end=date(2026, 1, 31))
    goal(acme, "quality", "0.85", period_start=date(2026, 2, 1), period_end=date(2026, 2, 28))
    found = {
        (one["goal_type"], one["target_value"], one["period_start"], one["period_end"])
        for one in drafts(visit.get(COPY))
    }
    assert found == {
        ("revenue", "1000", "2026-04-01", "2026-06-30"),
        ("activity", "40", "2026-04-01", "2026-04-30"),
        ("quality", "0.85", "2026-05-01", "2026-05-31"),
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2025, 12, 31), date(2026, 3, 31)),
        (date(2026, 3, 1), date(2026, 4, 1)),
        (date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_what_does_not_lie_within_the_last_quarter_is_not_copied(
    acme: Company, visit: Visit, start: date, end: date
) -> None:
    goal(acme, period_start=start, period_end=end)
    assert "No goal was set for that quarter." in visit.page(COPY)


@pytest.mark.parametrize("status", GoalStatus.values)
def test_cancelled_goals_are_not_copied_and_all_others_are(acme: Company, visit: Visit, status: str) -> None:
    goal(acme)
    with tenant_scope(acme.tenant):
        Goal.objects.update(status=status)
    assert len(drafts(visit.get(COPY))) == (0 if status == "cancelled" else 1)


@pytest.mark.parametrize(
    ("today", "start", "end", "there"),
    [
        ("2026-05-15", "2026-01-31", "2026-03-30", ("2026-04-30", "2026-06-30")),
        ("2026-02-15", "2025-11-30", "2025-12-31", ("2026-02-28", "2026-03-31")),
        ("2024-02-15", "2023-11-30", "2023-12-30", ("2024-02-29", "2024-03-30")),
        ("2024-02-15", "2023-11-29", "2023-12-29", ("2024-02-29", "2024-03-29")),
        ("2026-05-31", "2026-02-01", "2026-02-28", ("2026-05-01", "2026-05-31")),
        ("2024-05-31", "2024-02-15", "2024-02-29", ("2024-05-15", "2024-05-31")),
        ("2024-05-31", "2024-02-15", "2024-02-28", ("2024-05-15", "2024-05-28")),
        ("2026-01-01", "2025-10-01", "2025-12-31", ("2026-01-01", "2026-03-31")),
        ("2026-12-31", "2026-07-31", "2026-09-30", ("2026-10-31", "2026-12-31")),
    ],
)
def test_ends_of_months_stay_ends_of_months(
    acme: Company, today: str, start: str, end: str, there: tuple[str, str]
) -> None:
    with time_machine.travel(f"{today}T12:00:00Z", tick=False):
        goal(acme, period_start=date.fromisoformat(start), period_end=date.fromisoformat(end))
        (one,) = drafts(Visit(acme.manager).get(COPY))
    assert (one["period_start"], one["period_end"]) == there


@pytest.mark.parametrize(("start", "end"), [(29, 30), (28, 30), (28, 29)])
def test_a_short_goal_at_the_end_of_a_month_can_be_copied_into_february(acme: Company, start: int, end: int) -> None:
    with time_machine.travel("2026-02-15T12:00:00Z", tick=False):
        goal(acme, period_start=date(2025, 11, start), period_end=date(2025, 11, end))
        visit = Visit(acme.manager)
        answer = visit.post(SEVERAL, **sent(*drafts(visit.get(COPY))))
    assert answer.status_code == 302, told(answer)


@pytest.mark.parametrize(
    ("more", "money", "talks", "share"),
    [
        ("0", "1000", "40", "0.85"),
        ("10", "1100", "44", "0.94"),  # 0.935 is half way: up
        ("-10", "900", "36", "0.77"),
        ("-90", "100", "4", "0.09"),
        ("900", "10000", "400", "1"),
        ("2.5", "1025", "41", "0.87"),
        ("-0.1", "999", "40", "0.85"),
        ("1e2", "2000", "80", "1"),
        ("+5", "1050", "42", "0.89"),
    ],
)
def test_targets_are_raised_or_lowered_by_so_many_percent(
    acme: Company, visit: Visit, more: str, money: str, talks: str, share: str
) -> None:
    goal(acme)
    goal(acme, "activity", 40)
    goal(acme, "quality", "0.85")
    found = {one["goal_type"]: one["target_value"] for one in drafts(visit.get(COPY, more=more))}
    assert found == {"revenue": money, "activity": talks, "quality": share}


@pytest.mark.parametrize(
    ("kind", "target"), [("revenue", "7.5"), ("revenue", "0.5"), ("quality", "0.855"), ("activity", "2.5")]
)
def test_raised_by_nothing_a_target_stays_what_it_was(acme: Company, visit: Visit, kind: str, target: str) -> None:
    goal(acme, kind, target)
    (one,) = drafts(visit.get(COPY))
    assert Decimal(one["target_value"]) == Decimal(target)


@pytest.mark.parametrize(
    "more", ["-90.1", "-100", "900.1", "NaN", "sNaN", "Infinity", "1e400", "", "x", "1,5", "0.05", "9" * 300]
)
def test_what_is_no_percentage_is_said_beside_it_and_drafts_nothing(acme: Company, visit: Visit, more: str) -> None:
    goal(acme)
    answer = visit.get(COPY, more=more)
    assert answer.status_code == 200
    assert drafts(answer) == []
    assert answer.context["form"].errors
    assert "No goal was set" not in said(answer)


@pytest.mark.parametrize(("kind", "target"), [("revenue", "0.01"), ("activity", "0.0001"), ("quality", "0.0001")])
def test_no_copy_is_lowered_to_nothing(acme: Company, visit: Visit, kind: str, target: str) -> None:
    goal(acme, kind, target)
    (one,) = drafts(visit.get(COPY, more="-90"))
    assert Decimal(one["target_value"]) > 0
    assert visit.post(SEVERAL, **sent(one)).status_code == 302


def test_the_largest_target_raised_beyond_what_there_can_be_is_refused_with_a_sentence(
    acme: Company, visit: Visit
) -> None:
    goal(acme, "revenue", "9999999999999.99")
    answer = visit.post(SEVERAL, **sent(*drafts(visit.get(COPY, more="900"))))
    assert answer.status_code == 200
    assert "Ensure that there are no more than" in said(answer)
    assert len(goals_of(acme)) == 1


def test_what_stands_already_is_unticked(acme: Company, visit: Visit) -> None:
    goal(acme)
    goal(acme, "activity", 40)
    goal(acme, clone=acme.clone)
    goal(acme, "revenue", 5, **Q2)
    ticked = {(one["goal_type"], one["clone"] != ""): "take" in one for one in drafts(visit.get(COPY))}
    assert ticked == {("revenue", False): False, ("activity", False): True, ("revenue", True): True}


def test_what_stood_and_was_cancelled_is_ticked(acme: Company, visit: Visit) -> None:
    goal(acme)
    GoalTracker().cancel_goal(goal(acme, **Q2), actor=acme.actor())
    assert ["take" in one for one in drafts(visit.get(COPY))] == [True]


def test_a_goal_of_another_period_does_not_stand_in_its_way(acme: Company, visit: Visit) -> None:
    goal(acme)
    goal(acme, period_start=date(2026, 4, 1), period_end=date(2026, 6, 29))
    assert ["take" in one for one in drafts(visit.get(COPY))] == [True]


def test_two_goals_for_the_same_are_one_draft(acme: Company, visit: Visit) -> None:
    for target in (1, 2, 3):
        goal(acme, target=target)
    assert len(drafts(visit.get(COPY))) == 1


def test_copies_say_what_the_quarter_brought(acme: Company, visit: Visit) -> None:
    won(acme, 777, acme.clone)
    goal(acme, clone=acme.clone)
    goal(acme, "quality", "0.5")
    before = {one["goal_type"]: one["before"] for one in drafts(visit.get(COPY))}
    assert before == {"revenue": "$777", "quality": "nothing to measure yet"}


def test_the_drafts_sent_back_as_they_are_are_set(acme: Company, visit: Visit, north: list[Clone]) -> None:
    goal(acme, clone=acme.clone)
    goal(acme, "activity", 40, team="North")
    answer = visit.post(SEVERAL, **sent(*drafts(visit.get(COPY, more="10"))))
    assert answer.status_code == 302
    assert messages(answer) == ["2 goals are set."]
    new = goals_of(acme)[2:]
    assert {(one.goal_type, one.clone_id, one.team, one.target_value) for one in new} == {
        ("revenue", acme.clone.pk, "", 1100),
        ("activity", None, "North", 44),
    }
    assert {one.set_by for one in new} == {acme.manager.username}
    assert [one["take"] for one in drafts(visit.get(COPY)) if "take" in one] == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_quarter_is_that_of_the_companys_zone(acme: Company, zone: str) -> None:
    acme.tenant.time_zone = zone
    acme.tenant.save()
    goal(acme, **Q2)
    with time_machine.travel("2026-06-30T23:00:00Z" if "Kiri" in zone else "2026-07-01T01:00:00Z", tick=False):
        found = drafts(Visit(acme.manager).get(COPY))
    assert len(found) == (1 if "Kiri" in zone else 0)


# --- a team ---------------------------------------------------------------------------------------------------------------


def shares(acme: Company, **changes: Any) -> list[str]:
    """The targets a team's page proposes: the team's, then its clones' by name."""
    return [one["target_value"] for one in drafts(Visit(acme.manager).get(TEAM, **{**SHARED, **changes}))]


@pytest.mark.parametrize(
    ("split", "kind", "target", "proposed"),
    [
        ("equal", "revenue", "1000", ["1000", "334", "333", "333"]),
        ("as_before", "revenue", "1000", ["1000", "250", "749", "1"]),
        ("each", "revenue", "1000", ["3000", "1000", "1000", "1000"]),
        ("as_before", "activity", "90", ["90", "30", "30", "30"]),  # nothing before: equal parts
        ("each", "activity", "7", ["21", "7", "7", "7"]),
        ("equal", "quality", "0.85", ["0.85", "0.85", "0.85", "0.85"]),
        ("as_before", "quality", "1", ["1", "1", "1", "1"]),
        ("each", "quality", "0.5", ["0.5", "0.5", "0.5", "0.5"]),
        ("as_before", "pipeline", "300", ["300", "100", "100", "100"]),
    ],
)
def test_a_target_is_shared(
    acme: Company, north: list[Clone], split: str, kind: str, target: str, proposed: list[str]
) -> None:
    found = shares(acme, split=split, goal_type=kind, target_value=target)
    assert found[0] == proposed[0]
    assert sorted(found[1:]) == sorted(proposed[1:])


def test_the_drafts_name_the_team_then_its_clones_with_what_each_had(
    acme: Company, visit: Visit, north: list[Clone]
) -> None:
    found = drafts(visit.get(TEAM, **SHARED))
    assert [(one["whose"], one["before"]) for one in found] == [
        ("team North", "$400"),
        ("Bob", "$100"),
        ("Eve", "$300"),
        ("Zoe", "$0"),
    ]
    assert [one["team"] for one in found] == ["North", "", "", ""]
    assert [one["clone"] for one in found] == ["", *(str(clone.pk) for clone in north)]


def test_the_drafts_of_a_team_sent_back_are_set(acme: Company, visit: Visit, north: list[Clone]) -> None:
    answer = visit.post(SEVERAL, **sent(*drafts(visit.get(TEAM, **SHARED))))
    assert messages(answer) == ["4 goals are set."]
    found = goals_of(acme)
    assert sum(one.target_value for one in found if one.clone) == 1000
    assert [("take" in one) for one in drafts(visit.get(TEAM, **SHARED))] == [False] * 4


def test_a_team_of_one_has_all_of_it(acme: Company) -> None:
    team(acme, "Solo", "Bob")
    for split in ("equal", "as_before", "each"):
        assert shares(acme, team="Solo", split=split) == ["1000", "1000"]


@pytest.mark.parametrize("split", ["equal", "as_before"])
@pytest.mark.parametrize("target", ["1", "2", "3", "0.5", "4.01"])
def test_more_clones_than_units_leave_nobody_with_nothing(acme: Company, split: str, target: str) -> None:
    team(acme, "North", *(f"Clone {n}" for n in range(5)))
    found = [Decimal(text) for text in shares(acme, split=split, target_value=target)]
    assert min(found) > 0
    assert found[0] == Decimal(target)


def in_parts(total: Any, before: list[Any], split: str = "as_before", kind: str = "revenue") -> list[Decimal]:
    given_before = [None if value is None else Decimal(value) for value in before]
    return parts_of(Decimal(total), given_before, split, kind)  # type: ignore[arg-type]


@given(
    total=st.one_of(
        st.integers(1, 60).map(Decimal), st.integers(1, 10**6).map(Decimal), st.decimals(1, 10**12, places=2)
    ),
    before=st.lists(st.one_of(st.none(), st.just(0), st.integers(0, 10**9)), min_size=1, max_size=40),
    split=st.sampled_from(["equal", "as_before"]),
)
def test_parts_sum_up_to_the_whole_wherever_everybody_can_have_one(
    total: Decimal, before: list[int | None], split: str
) -> None:
    parts = in_parts(total, before, split)
    assert len(parts) == len(before)
    assert min(parts) > 0
    if total >= len(before):
        assert sum(parts) == total


@pytest.mark.parametrize(
    ("total", "before"),
    [
        (13, [None] * 8),
        (8, [None] * 5),
        (150, [None] * 100),
        (10, [50, 50, 0, 0, 0, 0, 0, 0]),
        (1000, [1] * 400 + [0] * 100),
    ],
)
def test_what_is_rounded_up_for_many_is_taken_back_from_more_than_one(total: int, before: list[int | None]) -> None:
    parts = in_parts(total, before)
    assert min(parts) > 0
    assert sum(parts) == total


@given(total=st.integers(1, 10**7), number=st.integers(1, 200))
def test_equal_parts_differ_by_no_more_than_one(total: int, number: int) -> None:
    parts = in_parts(max(total, number), [None] * number, "equal")
    assert max(parts) - min(parts) <= 1


@given(
    total=st.integers(1000, 10**6),
    before=st.lists(st.integers(1, 10**6), min_size=2, max_size=10),
)
def test_who_had_more_before_is_given_no_less_but_for_rounding(total: int, before: list[int]) -> None:
    parts = in_parts(total, before)
    by_before = [part for _, part in sorted(zip(before, parts, strict=True))]
    assert all(later >= earlier - 1 for earlier, later in pairwise(by_before)), by_before


@given(total=st.decimals("0.0001", 1, places=4), number=st.integers(1, 20), split=st.sampled_from(["equal", "each"]))
def test_a_share_is_nobodys_sum(total: Decimal, number: int, split: str) -> None:
    parts = in_parts(total, [None] * number, split, "quality")
    assert len(set(parts)) == 1
    assert 0 < parts[0] <= 1


@given(value=st.decimals("0.0001", 10**13, places=4), kind=st.sampled_from(["revenue", "activity", "quality"]))
def test_a_rounded_target_is_one_that_can_be_set(value: Decimal, kind: str) -> None:
    target = rounded(value, kind)
    assert target > 0
    assert target == round(target, 2)
    assert kind != "quality" or target <= 1


@pytest.mark.parametrize(
    ("changes", "said_to_them"),
    [
        ({"team": "nobody"}, "is not one of the available choices"),
        ({"team": ""}, "This field is required"),
        ({"team": "North' OR 1=1 --"}, "is not one of the available choices"),
        ({"goal_type": "wealth"}, "is not one of the available choices"),
        ({"split": "mine"}, "is not one of the available choices"),
        ({"target_value": "0"}, "greater than or equal to 0.0001"),
        ({"target_value": "-5"}, "greater than or equal to 0.0001"),
        ({"target_value": "NaN"}, "Enter a number"),
        ({"target_value": "1e400"}, "Ensure that there are no more than"),
        ({"target_value": ""}, "This field is required"),
        ({"target_value": "1.005"}, "takes at most 2 decimals"),
        ({"target_value": "2", "goal_type": "quality"}, "a quality goal is a share"),
        ({"target_value": "9999999999999.9999"}, "takes at most 2 decimals"),
        ({"period_start": "0001-01-01"}, "must lie in the years 1900 to 2999"),
        ({"period_end": "9999-12-31"}, "must lie in the years 1900 to 2999"),
        ({"period_end": "2026-04-01"}, "must lie after period_start"),
        ({"period_end": "2026-03-31"}, "must lie after period_start"),
        ({"period_end": "2026-02-30"}, "Enter a valid date"),
        ({"period_start": ""}, "This field is required"),
    ],
)
def test_what_no_team_can_be_set_is_said_beside_its_field(
    acme: Company, north: list[Clone], changes: dict[str, str], said_to_them: str
) -> None:
    answer = Visit(acme.manager, patient=True).get(TEAM, **{**SHARED, **changes})
    assert answer.status_code == 200
    assert said_to_them in said(answer)
    assert drafts(answer) == []


@pytest.mark.parametrize(("start", "end"), [("1900-01-01", "2999-12-31"), ("1900-01-02", "2999-12-31")])
def test_the_longest_period_there_can_be_is_drafted(acme: Company, north: list[Clone], start: str, end: str) -> None:
    assert len(shares(acme, period_start=start, period_end=end)) == 4


def test_without_a_team_the_page_has_none_to_choose(acme: Company, visit: Visit) -> None:
    answer = visit.get(TEAM)
    assert answer.status_code == 200
    assert answer.context["form"].fields["team"].choices == []
    assert "is not one of the available choices" in said(visit.get(TEAM, **SHARED))


def test_a_team_that_is_none_is_a_refusal_in_code_too(acme: Company) -> None:
    for name in ("", "nobody"):
        with tenant_scope(acme.tenant), pytest.raises(ValueError, match=r"^team: "):
            for_team(
                acme.tenant,
                team=name,
                goal_type="revenue",
                period=Period(*Q2.values()),
                total=Decimal(1),
                split="equal",
                now=NOW,
            )


def test_names_are_shown_as_text_and_reveal_what_they_hide(acme: Company, visit: Visit) -> None:
    hostile, hidden = '"><script>alert(1)</script>', "Bob\u202eeve"
    team(acme, hostile, hidden, "<img src=x onerror=alert(1)>")
    answers = [visit.get(TEAM, **{**SHARED, "team": hostile})]
    assert len(drafts(answers[0])) == 3
    for clone in team(acme, "", hidden + "2"):
        goal(acme, clone=clone)
    answers += [visit.get(COPY), visit.post(SEVERAL, **sent(row(whose=hostile + hidden, before=hostile, team="x")))]
    for answer in answers:
        html = answer.content.decode()
        assert "<script>alert(1)" not in html
        assert "<img src=x" not in html
    assert "U+202E" in answers[0].content.decode()
    assert "U+202E" in answers[1].content.decode()


# --- the form that comes back ---------------------------------------------------------------------------------------------


TAMPERED: list[Row] = [
    {"clone": "5f0f6a52-6f0e-4d38-9d0e-6a7a1f0b3c11"},
    {"clone": "x"},
    {"clone": "\x01"},
    {"team": "nobody"},
    {"team": "x" * 201},
    {"goal_type": "wealth"},
    {"goal_type": ""},
    {"goal_type": None},
    {"target_value": "0"},
    {"target_value": "-1"},
    {"target_value": ""},
    {"target_value": None},
    {"target_value": "NaN"},
    {"target_value": "Infinity"},
    {"target_value": "1e400"},
    {"target_value": "1e-400"},
    {"target_value": "1.005"},
    {"target_value": "99999999999999"},
    {"target_value": "x"},
    {"goal_type": "quality", "target_value": "80"},
    {"period_start": "0001-01-01"},
    {"period_start": "9999-12-30", "period_end": "9999-12-31"},
    {"period_end": "9999-12-31"},
    {"period_end": "10000-01-01"},
    {"period_end": "2026-04-01"},
    {"period_end": "2026-03-31"},
    {"period_end": "2026-02-30"},
    {"period_start": ""},
    {"period_end": None},
]


@pytest.mark.parametrize("changes", TAMPERED, ids=lambda changes: repr(changes)[:40])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_where_one_does_not_fit_none_is_set(acme: Company, north: list[Clone], changes: Row, place: int) -> None:
    rows = [row(), row(goal_type="activity"), row(team="North")]
    rows[place] = row(**changes)
    visit = Visit(acme.manager, patient=True)
    before = everything([acme.tenant])
    answer = visit.post(SEVERAL, **sent(*rows))
    assert answer.status_code == 200
    assert "Nothing was set" in told(answer)
    assert everything([acme.tenant]) == before


@pytest.mark.parametrize("changes", TAMPERED, ids=lambda changes: repr(changes)[:40])
def test_the_page_says_what_does_not_fit(acme: Company, changes: Row) -> None:
    answer = Visit(acme.manager).post(SEVERAL, **sent(row(**changes)))
    text = told(answer)
    is_marked = "au-wrong" in answer.content.decode()
    reason = text.partition("Nothing was set")[2].partition("Set several goals")[0]
    assert is_marked or "look at the targets that are marked" not in reason, "it points at a mark that is not there"


def test_another_companys_clone_is_none_of_ours(acme: Company, visit: Visit) -> None:
    rival = company("rival")
    answer = visit.post(SEVERAL, **sent(row(), row(clone=str(rival.clone.pk))))
    assert "Nothing was set. clone: no clone of this tenant has this id or external_id." in told(answer)
    assert goals_of(acme) == goals_of(rival) == []


def test_a_clone_and_a_team_together_are_refused(acme: Company, visit: Visit, north: list[Clone]) -> None:
    answer = visit.post(SEVERAL, **sent(row(), row(clone=str(north[0].pk), team="North")))
    assert "Nothing was set. team: a goal is of a clone or of a team, not of both." in told(answer)
    assert goals_of(acme) == []


def test_what_is_not_ticked_is_not_set_and_not_looked_at_for_whose_it_is(acme: Company, visit: Visit) -> None:
    unticked = row(take=None, clone=str(uuid4()))
    answer = visit.post(SEVERAL, **sent(row(), unticked))
    assert answer.status_code == 302
    assert [one.clone_id for one in goals_of(acme)] == [None]


def test_of_one_goal_it_speaks_as_of_one(visit: Visit) -> None:
    assert messages(visit.post(SEVERAL, **sent(row()))) == ["1 goal is set."]


def test_with_nothing_ticked_nothing_is_set(acme: Company, visit: Visit) -> None:
    answer = visit.post(SEVERAL, **sent(row(take=None)))
    assert messages(answer) == ["Nothing was ticked, nothing is set."]
    assert goals_of(acme) == []


@pytest.mark.parametrize(
    "management",
    [
        {"form-TOTAL_FORMS": None, "form-INITIAL_FORMS": None},
        {"form-TOTAL_FORMS": None},
        {"form-INITIAL_FORMS": None},
        {"form-TOTAL_FORMS": "x"},
        {"form-TOTAL_FORMS": "-1"},
        {"form-TOTAL_FORMS": "501"},
        {"form-TOTAL_FORMS": "4000"},
        {"form-TOTAL_FORMS": "99999999999999999999"},
        {"form-INITIAL_FORMS": "99999999999999999999"},
        {"form-TOTAL_FORMS": "2"},
    ],
    ids=repr,
)
def test_a_form_that_cannot_be_read_sets_nothing_or_what_it_says(acme: Company, management: Row) -> None:
    answer = Visit(acme.manager, patient=True).post(SEVERAL, **sent(row(), **management))
    assert answer.status_code in (200, 302, 400)
    if answer.status_code == 302:
        assert len(goals_of(acme)) == (0 if "nothing is set" in messages(answer)[-1] else 1)
    else:
        assert goals_of(acme) == []
        assert answer.status_code == 400 or "Nothing was set" in told(answer)


def test_an_empty_post_sets_nothing(acme: Company) -> None:
    answer = Visit(acme.manager, patient=True).post(SEVERAL)
    assert answer.status_code == 200
    assert goals_of(acme) == []


def test_forms_beyond_the_total_are_left_alone(acme: Company, visit: Visit) -> None:
    answer = visit.post(SEVERAL, **sent(row(), row(goal_type="activity"), **{"form-TOTAL_FORMS": 1}))
    assert answer.status_code == 302
    assert [one.goal_type for one in goals_of(acme)] == ["revenue"]


def test_thousands_of_forms_are_refused_and_set_nothing(acme: Company) -> None:
    answer = Visit(acme.manager, patient=True).post(SEVERAL, **sent(*(row() for _ in range(3000))))
    assert answer.status_code in (200, 400, 413)
    assert goals_of(acme) == []


@pytest.mark.parametrize("number", [50, 120, 300])
def test_a_large_team_is_drafted_and_set(acme: Company, number: int) -> None:
    team(acme, "Many", *(f"Clone {n:03}" for n in range(number)))
    visit = Visit(acme.manager, patient=True)
    found = drafts(visit.get(TEAM, **{**SHARED, "team": "Many", "target_value": "100000"}))
    assert len(found) == number + 1
    answer = visit.post(SEVERAL, **sent(*found))
    assert answer.status_code == 302
    assert len(goals_of(acme)) == number + 1


def test_sent_twice_it_sets_them_once(acme: Company, visit: Visit) -> None:
    """What stands already is told of; the page asked for anew unticks it."""
    goal(acme)
    form = sent(*drafts(visit.get(COPY)))
    for told in ("1 goal is set.", "0 goals are set. 1 stood already."):
        answer = visit.post(SEVERAL, **form)
        assert (answer.status_code, messages(answer)[-1]) == (302, told)
        assert len(goals_of(acme)) == 2
    again = visit.post(SEVERAL, **sent(*drafts(visit.get(COPY))))
    assert messages(again)[-1] == "Nothing was ticked, nothing is set."
    assert len(goals_of(acme)) == 2


def test_each_that_is_set_is_in_the_record_and_measured(acme: Company, visit: Visit, north: list[Clone]) -> None:
    won(acme, 55, north[0], "2026-05-01")
    visit.post(SEVERAL, **sent(row(), row(clone=str(north[0].pk)), row(team="North")))
    found = goals_of(acme)
    assert [one.current_value for one in found] == [55, 55, 55]
    assert {one.status for one in found} == {"active"}
    with tenant_scope(acme.tenant):
        entries = Entry.objects.filter(kind="goal.set")
        assert {(entry.subject_id, entry.actor_label) for entry in entries} == {
            (str(one.pk), acme.manager.username) for one in found
        }


def test_a_target_changed_on_the_page_is_the_one_that_is_set(acme: Company, visit: Visit) -> None:
    goal(acme)
    (one,) = drafts(visit.get(COPY))
    visit.post(SEVERAL, **sent({**one, "target_value": "1234.56"}))
    assert goals_of(acme)[-1].target_value == Decimal("1234.56")


def test_what_was_filled_in_is_kept_where_it_is_refused(acme: Company, visit: Visit) -> None:
    answer = visit.post(SEVERAL, **sent(row(target_value="123"), row(target_value="0", take=None)))
    html = answer.content.decode()
    assert 'value="123"' in html
    assert html.count(" checked") == 1


# --- what it costs --------------------------------------------------------------------------------------------------------


def statements(visit: Visit, address: str, **query: str) -> int:
    visit.get(address, **query)
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(address, **query).status_code == 200
    return len(captured.captured_queries)


def test_drafts_ask_the_same_however_many_there_are(acme: Company, visit: Visit, north: list[Clone]) -> None:
    goal(acme, clone=north[0])
    few = statements(visit, COPY), statements(visit, TEAM, **SHARED)
    for clone in team(acme, "North", *(f"Clone {n}" for n in range(20))):
        goal(acme, clone=clone)
    assert (statements(visit, COPY), statements(visit, TEAM, **SHARED)) == few


def test_in_code_drafts_of_all_types_take_six_statements_at_most(acme: Company, north: list[Clone]) -> None:
    for kind, target in (("revenue", 5), ("activity", 5), ("pipeline", 5), ("quality", "0.5")):
        for clone in north:
            goal(acme, kind, target, clone=clone)

    def taken(ask: Any) -> tuple[list[Draft], int]:
        with tenant_scope(acme.tenant), CaptureQueriesContext(connection) as captured:
            return ask(), len(captured.captured_queries)

    quarter = moved(quarter_of(NOW.date()), -3)
    copied, for_copies = taken(lambda: copies(acme.tenant, quarter=quarter, now=NOW, more_percent=Decimal(0)))
    assert len(copied) == 12
    assert for_copies <= 6, for_copies
    period = Period(*Q2.values())
    for kind in ("revenue", "activity", "pipeline", "quality"):
        asked = {"team": "North", "goal_type": kind, "period": period, "total": Decimal(1), "split": "each", "now": NOW}
        shared, for_shares = taken(lambda asked=asked: for_team(acme.tenant, **asked))  # type: ignore[misc]
        assert len(shared) == 4
        assert for_shares <= 6, for_shares


def test_setting_many_takes_one_statement_more_for_each_at_most(acme: Company, visit: Visit) -> None:
    def taken(number: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert visit.post(SEVERAL, **sent(*(row() for _ in range(number)))).status_code == 302
        return len(captured.captured_queries)

    taken(1)
    few, many = taken(2), taken(40)
    assert many - few <= 38  # each is read again after it was measured
