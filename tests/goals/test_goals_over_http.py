"""goals/ over HTTP: who may, what is asked for, what is told, and what is refused."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.keys import issue_agent_key
from crm.models import Clone
from crm.tenancy import tenant_scope
from goals.models import Goal, GoalStatus
from goals.tracker import GoalTracker
from record.actors import SYSTEM
from record.models import Entry
from tests.api.callers import Caller, caller, pointers, problem
from tests.cast import Company, company

YEAR = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
BODY = {"goal_type": "revenue", "target_value": "1000.00", "period_start": "2026-01-01", "period_end": "2026-12-31"}
ROLES = ["manager", "rep", "auditor", "operator"]


@pytest.fixture
def acme(db: None) -> Company:
    made = company("acme")
    with tenant_scope(made.tenant):
        Clone.objects.filter(pk=made.clone.pk).update(external_id="R-1")
        Clone.objects.create(tenant=made.tenant, name="Bob", external_id="R-2", owner=made.rep)
    return made


@pytest.fixture
def manager(acme: Company) -> Caller:
    return caller(acme.token_of(acme.manager))


def goal(acme: Company, goal_type: str = "revenue", target_value: Any = 1_000, **changes: Any) -> Goal:
    return GoalTracker().create_goal(
        tenant=acme.tenant, goal_type=goal_type, target_value=target_value, **{**YEAR, **changes}
    )


def by_role(acme: Company, role: str) -> Caller:
    return caller(acme.token_of(getattr(acme, role)))


# --- setting ----------------------------------------------------------------------------------------------------------


def test_a_goal_is_set_and_told_in_the_contracts_words(acme: Company, manager: Caller) -> None:
    told = manager.post("goals/", {**BODY, "goal_type": "pipeline", "clone": "R-1"})
    assert told.status_code == 201
    body = told.json()
    assert body.pop("measured_at").endswith("Z")
    assert body.pop("created_at").endswith("Z")
    goal_id = body.pop("id")
    assert body == {
        "goal_type": "pipeline",
        "clone": str(acme.clone.pk),
        "team": "",
        "target_value": "1000.00",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
        "status": "active",
        "current_value": "12000.00",
        "set_by": acme.manager.username,
    }
    assert manager.get(f"goals/{goal_id}/").json()["current_value"] == "12000.00"
    with tenant_scope(acme.tenant):
        entry = Entry.objects.get(kind="goal.set")
    assert (entry.subject_id, entry.actor_label) == (goal_id, acme.manager.username)


@pytest.mark.parametrize(
    ("sent", "told"),
    [("250000", "250000.00"), (250000, "250000.00"), (0.1, "0.10"), ("99.9", "99.90"), (1e3, "1000.00")],
)
def test_money_comes_as_text_or_number_and_leaves_as_text(manager: Caller, sent: Any, told: str) -> None:
    assert manager.post("goals/", {**BODY, "target_value": sent}).json()["target_value"] == told


@pytest.mark.parametrize(("sent", "told"), [(0.85, "0.85"), ("0.6667", "0.6667"), (1, "1.00")])
def test_a_share_keeps_its_decimals(manager: Caller, sent: Any, told: str) -> None:
    answer = manager.post("goals/", {**BODY, "goal_type": "quality", "target_value": sent}).json()
    assert (answer["target_value"], answer["current_value"]) == (told, None)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in BODY.items() if key != name}


REFUSED: list[tuple[Any, str]] = [
    *((without(name), f"/{name}") for name in BODY),
    *(({**BODY, "target_value": bad}, "/target_value") for bad in (0, -5, "0", "-1", "abc", "", None, True, [], {})),
    *(({**BODY, "target_value": bad}, "/target_value") for bad in ("1e3", " 5", "5,0", "٣", 10**13, "1" * 14, 1e300)),
    *(({**BODY, "target_value": bad}, "/target_value") for bad in ("1.001", 0.005, 1e-9)),
    ({**BODY, "goal_type": "quality", "target_value": 80}, "/target_value"),
    ({**BODY, "goal_type": "wealth"}, "/goal_type"),
    ({**BODY, "goal_type": None}, "/goal_type"),
    ({**BODY, "period_end": "2026-01-01"}, "/period_end"),
    ({**BODY, "period_end": "2025-12-31"}, "/period_end"),
    ({**BODY, "period_start": "2026-02-30"}, "/period_start"),
    ({**BODY, "period_start": "2026-01-01T00:00:00Z"}, "/period_start"),
    ({**BODY, "period_end": "9999-12-31"}, "/period_end"),
    ({**BODY, "period_end": 20261231}, "/period_end"),
    ({**BODY, "clone": "nobody"}, "/clone"),
    ({**BODY, "clone": ""}, "/clone"),
    ({**BODY, "clone": 5}, "/clone"),
    ({**BODY, "status": "completed"}, "/status"),
    ({**BODY, "current_value": 5}, "/current_value"),
    ([BODY], ""),
]


@pytest.mark.parametrize(("body", "pointer"), REFUSED)
def test_what_does_not_fit_is_a_400_that_names_it(acme: Company, manager: Caller, body: Any, pointer: str) -> None:
    assert pointers(problem(manager.post("goals/", body), 400)) == [pointer]
    with tenant_scope(acme.tenant):
        assert not Goal.objects.exists()


def test_a_clone_of_another_tenant_is_as_unknown_as_any(manager: Caller) -> None:
    rival = company("rival")
    assert pointers(problem(manager.post("goals/", {**BODY, "clone": str(rival.clone.pk)}), 400)) == ["/clone"]


def test_null_is_the_whole_company(manager: Caller) -> None:
    assert manager.post("goals/", {**BODY, "clone": None}).json()["clone"] is None


def test_sent_twice_with_one_key_it_is_set_once(acme: Company, manager: Caller) -> None:
    first, again = (manager.post("goals/", BODY, Idempotency_Key="q1") for _ in range(2))
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    with tenant_scope(acme.tenant):
        assert Goal.objects.count() == 1


# --- who may ----------------------------------------------------------------------------------------------------------

OF = {"company": None, "another's clone": "R-1", "the rep's clone": "R-2"}
SETS = {("manager", whose) for whose in OF} | {("rep", "the rep's clone")}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("whose", OF)
def test_managers_set_all_goals_and_reps_those_of_clones_they_own(acme: Company, role: str, whose: str) -> None:
    who = by_role(acme, role)
    here = goal(acme, clone=OF[whose])
    calls = {
        201: who.post("goals/", {**BODY, "clone": OF[whose]}),
        200: who.send("PATCH", f"goals/{here.pk}/", b'{"target_value": 7}'),
        204: who.send("DELETE", f"goals/{here.pk}/"),
    }
    for status, answer in calls.items():
        if (role, whose) in SETS:
            assert answer.status_code == status, answer.content
        else:
            problem(answer, 403)
    with tenant_scope(acme.tenant):
        assert Goal.objects.count() == 1 + ((role, whose) in SETS)
        assert Goal.objects.get(pk=here.pk).status == ("cancelled" if (role, whose) in SETS else "active")


@pytest.mark.parametrize("role", ROLES)
def test_everybody_of_the_tenant_reads(acme: Company, role: str) -> None:
    here = goal(acme, clone="R-1")
    for path in ("goals/", *(f"goals/{here.pk}/{part}" for part in ("", "status/", "suggestions/"))):
        assert by_role(acme, role).get(path).status_code == 200


def test_a_key_sees_its_own_clones_goals_and_the_companys_and_sets_none(acme: Company) -> None:
    agent = caller(acme.bearer)
    own, whole, other = goal(acme, clone="R-1"), goal(acme), goal(acme, clone="R-2")
    assert [row["id"] for row in agent.get("goals/").json()["results"]] == [str(whole.pk), str(own.pk)]
    for part in ("", "status/", "suggestions/"):
        assert agent.get(f"goals/{own.pk}/{part}").status_code == 200
        problem(agent.get(f"goals/{other.pk}/{part}"), 404)
    problem(agent.post("goals/", {**BODY, "clone": "R-1"}), 403)
    problem(agent.send("PATCH", f"goals/{own.pk}/", b'{"target_value": 7}'), 403)
    problem(agent.send("DELETE", f"goals/{own.pk}/"), 403)
    problem(agent.send("DELETE", f"goals/{other.pk}/"), 404)


@pytest.mark.parametrize("scope", ["propose", "result", "ingest"])
def test_a_key_needs_the_scope_read(acme: Company, scope: str) -> None:
    clone = None if scope == "ingest" else acme.clone
    key = caller(issue_agent_key(tenant=acme.tenant, clone=clone, scopes=[scope], actor=SYSTEM)[1])
    here = goal(acme)
    for path in ("goals/", f"goals/{here.pk}/", f"goals/{here.pk}/status/", f"goals/{here.pk}/suggestions/"):
        problem(key.get(path), 403)


def test_another_tenants_goal_is_not_there(manager: Caller) -> None:
    theirs = goal(company("rival"))
    for path in (f"goals/{theirs.pk}/", f"goals/{uuid4()}/"):
        problem(manager.get(path), 404)
        problem(manager.send("PATCH", path, b'{"target_value": 0}'), 404)
        problem(manager.send("DELETE", path), 404)
    assert manager.get("goals/").json()["results"] == []


def test_refusals_come_in_the_contracts_order(acme: Company) -> None:
    here = goal(acme)
    problem(by_role(acme, "auditor").send("PATCH", f"goals/{here.pk}/", b'{"target_value": 0}'), 403)
    problem(by_role(acme, "auditor").post("goals/", {}), 403)
    problem(caller(None).get("goals/"), 401)


# --- changing and cancelling ------------------------------------------------------------------------------------------


def test_a_change_is_measured_and_judged_anew(acme: Company, manager: Caller) -> None:
    here = goal(acme, "pipeline", 50_000)
    told = manager.send(
        "PATCH", f"goals/{here.pk}/", b'{"target_value": "12000.00", "period_end": "2999-12-31"}'
    ).json()
    assert (told["status"], told["target_value"], told["period_end"]) == ("completed", "12000.00", "2999-12-31")
    told = manager.send("PATCH", f"goals/{here.pk}/", b'{"target_value": 12001}').json()
    assert told["status"] == "active"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"target_value": 0}', "/target_value"),
        (b'{"target_value": null}', "/target_value"),
        (b'{"period_end": "2026-01-01"}', "/period_end"),
        (b'{"period_start": "2027-01-01"}', "/period_end"),
        (b'{"goal_type": "pipeline"}', "/goal_type"),
        (b'{"clone": "R-1"}', "/clone"),
        (b'{"status": "completed"}', "/status"),
        (b"[]", ""),
    ],
)
def test_a_change_that_does_not_fit_is_a_400_that_names_it(
    acme: Company, manager: Caller, body: bytes, pointer: str
) -> None:
    assert pointers(problem(manager.send("PATCH", f"goals/{goal(acme).pk}/", body), 400)) == [pointer]


def test_deleted_it_is_cancelled_and_stays_on_record(acme: Company, manager: Caller) -> None:
    here = goal(acme)
    for _ in range(2):
        told = manager.send("DELETE", f"goals/{here.pk}/")
        assert (told.status_code, told.content) == (204, b"")
    assert manager.get(f"goals/{here.pk}/").json()["status"] == "cancelled"
    with tenant_scope(acme.tenant):
        assert Entry.objects.filter(kind="goal.cancelled").count() == 1
    assert "cancelled" in problem(manager.send("PATCH", f"goals/{here.pk}/", b'{"target_value": 5}'), 409)["detail"]


# --- lists ------------------------------------------------------------------------------------------------------------


def listed(who: Caller, **query: Any) -> list[str]:
    return [row["id"] for row in who.get("goals/", query).json()["results"]]


def test_lists_are_newest_first_and_filtered(acme: Company, manager: Caller) -> None:
    made = [goal(acme), goal(acme, "activity", 5, clone="R-1"), goal(acme, clone="R-2")]
    GoalTracker().cancel_goal(made[2], actor=SYSTEM)
    first, second, third = (str(one.pk) for one in made)
    assert listed(manager) == [third, second, first]
    assert listed(manager, status="active") == [second, first]
    assert listed(manager, goal_type="revenue") == [third, first]
    assert listed(manager, clone="R-1") == listed(manager, clone=str(acme.clone.pk)) == [second]
    assert listed(manager, clone="R-2", status="active") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"status": "done"}, "/status"),
        ({"goal_type": ""}, "/goal_type"),
        ({"clone": "nobody"}, "/clone"),
        ({"whose": "mine"}, "/whose"),
        ({"page_size": "0"}, "/page_size"),
    ],
)
def test_a_filter_that_does_not_fit_is_named(manager: Caller, query: dict[str, str], pointer: str) -> None:
    assert pointers(problem(manager.get("goals/", query), 400)) == [pointer]


def test_pages_follow_each_other(acme: Company, manager: Caller) -> None:
    made = [str(goal(acme).pk) for _ in range(5)]
    page = manager.get("goals/", {"page_size": 2}).json()
    found = [row["id"] for row in page["results"]]
    while page["next"]:
        page = manager.get(page["next"].partition("/api/v1/")[2]).json()
        found += [row["id"] for row in page["results"]]
    assert found == made[::-1]


# --- where it stands --------------------------------------------------------------------------------------------------


def around_today(acme: Company, days: int = 10) -> dict[str, Any]:
    today = timezone.now().date()
    return {"period_start": today - timedelta(days=days - 1), "period_end": today + timedelta(days=days)}


def test_the_status_is_the_contracts(acme: Company, manager: Caller) -> None:
    here = goal(acme, "pipeline", 48_000, **around_today(acme))
    told = manager.get(f"goals/{here.pk}/status/").json()
    assert told.pop("arithmetic")["left"] == "$48,000 − $12,000 = $36,000 left to the target."
    assert told == {
        "status": "active",
        "current_value": "12000.00",
        "target_value": "48000.00",
        "progress_pct": 25.0,
        "on_track": False,
        "days_remaining": 10,
        "elapsed_days": 10,
        "total_days": 20,
        "expected_value": "24000.00",
        "band": "behind",
        "left": "36000.00",
        "days_left": 11,
        "needed_per_week": "22909.09",
        "coverage": None,
        "pipeline_needed": None,
        "pipeline_missing": None,
        "open_pipeline": None,
        "win_rate": None,
        "forecast": "12000.00",
        "low": None,
        "high": None,
        "likelihood": None,
        "methods": {"stays": "12000.00"},
        "weights": {"stays": 1.0},
        "backtest": None,
    }


def test_suggestions_can_be_proposed_as_they_are_told(acme: Company, manager: Caller) -> None:
    here = goal(acme, "pipeline", 48_000, **around_today(acme))
    told = manager.get(f"goals/{here.pk}/suggestions/").json()
    assert told == {
        "results": [
            {
                "action_type": "send_follow_up_email",
                "account": str(acme.account.pk),
                "account_name": "Globex",
                "opportunity": str(acme.deal.pk),
                "opportunity_name": "Globex: 100 seats",
                "clone": str(acme.clone.pk),
                "reason": "$12,000 in discovery. Nobody has been in touch yet. No next step is planned.",
                "reasons": ["stalled", "no_next_step"],
            }
        ],
        "next": None,
        "previous": None,
    }
    one = told["results"][0]
    body = {name: one[name] for name in ("action_type", "account", "opportunity")}
    proposal = {**body, "payload": acme.email(), "rationale": one["reason"]}
    assert caller(acme.bearer).post("actions/", proposal).status_code == 201


@pytest.mark.parametrize("part", ["status/", "suggestions/", ""])
def test_what_takes_no_parameter_says_so(acme: Company, manager: Caller, part: str) -> None:
    assert pointers(problem(manager.get(f"goals/{goal(acme).pk}/{part}", {"x": "y"}), 400)) == ["/x"]


@pytest.mark.parametrize("status", GoalStatus.values)
def test_a_goal_in_any_status_can_be_looked_at(acme: Company, manager: Caller, status: str) -> None:
    here = goal(acme)
    with tenant_scope(acme.tenant):
        Goal.objects.update(status=status)
    assert manager.get(f"goals/{here.pk}/status/").json()["status"] == status
    assert manager.get(f"goals/{here.pk}/suggestions/").status_code == 200


def statements(who: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert who.get(path).status_code == 200
    return len(captured.captured_queries)


def test_no_call_asks_more_where_there_is_more(acme: Company, manager: Caller) -> None:
    here = goal(acme, "pipeline", 10**9, **around_today(acme))
    paths = ["goals/", "goals/?clone=R-1", *(f"goals/{here.pk}/{part}" for part in ("", "status/", "suggestions/"))]
    few = [statements(manager, path) for path in paths]
    for number in range(20):
        goal(acme, clone="R-1" if number % 2 else "R-2")
    assert [statements(manager, path) for path in paths] == few


# --- teams and readings ------------------------------------------------------------------------------------------------


@pytest.fixture
def east(acme: Company) -> Clone:
    """The company's clone, in a team."""
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(team="East")
    return acme.clone


def test_a_goal_is_set_for_a_team_and_measured_over_its_clones(acme: Company, east: Clone, manager: Caller) -> None:
    told = manager.post("goals/", {**BODY, "goal_type": "pipeline", "team": "East"})
    assert (told.status_code, told.json()["team"], told.json()["clone"]) == (201, "East", None)
    assert told.json()["current_value"] == "12000.00"
    assert [row["id"] for row in manager.get("goals/", {"team": "East"}).json()["results"]] == [told.json()["id"]]
    assert manager.get("goals/", {"team": "West"}).json()["results"] == []


@pytest.mark.parametrize(
    ("changes", "pointer"), [({"team": "West"}, "/team"), ({"team": "East", "clone": "R-1"}, "/team")]
)
def test_a_team_that_is_none_and_one_beside_a_clone_are_refused(
    acme: Company, east: Clone, manager: Caller, changes: dict[str, str], pointer: str
) -> None:
    assert pointers(problem(manager.post("goals/", {**BODY, **changes}), 400)) == [pointer]
    assert pointers(problem(manager.get("metrics/", changes), 400)) == [pointer]


def test_a_representative_sets_no_teams_goal(acme: Company, east: Clone) -> None:
    problem(by_role(acme, "rep").post("goals/", {**BODY, "team": "East"}), 403)


def test_a_key_sees_its_own_teams_goals_and_no_others(acme: Company, east: Clone, manager: Caller) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(name="Bob").update(team="West")
    own, other = goal(acme, team="East"), goal(acme, team="West")
    agent = caller(acme.bearer)
    assert [row["id"] for row in agent.get("goals/").json()["results"]] == [str(own.pk)]
    problem(agent.get(f"goals/{other.pk}/readings/"), 404)


def test_each_measuring_is_a_reading_the_newest_first(acme: Company, manager: Caller) -> None:
    here = goal(acme, "pipeline", 48_000, **around_today(acme))
    for _ in range(2):
        GoalTracker().update_progress(here)
    manager.patch(f"goals/{here.pk}/", {"target_value": "24000"})
    page = manager.get(f"goals/{here.pk}/readings/", {"page_size": 3}).json()
    assert [row["target_value"] for row in page["results"]] == ["24000.00", "48000.00", "48000.00"]
    assert {row["value"] for row in page["results"]} == {"12000.00"}
    assert set(page["results"][0]) == {
        *("id", "taken_at", "value", "target_value", "status", "forecast", "low", "high"),
    }
    rest = manager.get(page["next"].partition("/api/v1/")[2]).json()
    assert (len(rest["results"]), rest["next"]) == (1, None)


def test_the_metrics_of_a_team_are_those_of_its_clones(acme: Company, east: Clone, manager: Caller) -> None:
    assert manager.get("metrics/", {"team": "East"}).json()["pipeline_value"] == "12000.00"
