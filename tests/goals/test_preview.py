"""What a target means while the form is filled in: who may ask, what is said, and that asking changes nothing."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Clone, Interaction, Opportunity
from crm.tenancy import tenant_scope
from goals.models import Goal
from tests.cast import Company, company
from tests.console.visits import Visit, everything, said

ADD, PREVIEW = reverse("admin:goals_goal_add"), reverse("admin:goals_goal_preview")
NOTHING_YET = "Say what is measured, the target and its period: here stands what that means."
Q2 = {"period_start": "2026-04-01", "period_end": "2026-06-30"}
REVENUE = {"goal_type": "revenue", "target_value": "1000", **Q2}


@pytest.fixture(autouse=True)
def middle_of_may(db: None) -> Any:
    with time_machine.travel("2026-05-15T12:00:00Z", tick=False):
        yield


@pytest.fixture
def acme(middle_of_may: None) -> Company:
    return company("acme")


@pytest.fixture
def visit(acme: Company) -> Visit:
    return Visit(acme.manager)


def won(acme: Company, amount: Any, day: str, clone: Clone | None = None, **changes: Any) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.create(
            tenant=acme.tenant,
            account=acme.account,
            clone=clone,
            external_id=f"W-{Opportunity.objects.count()}",
            name="Won",
            amount=amount,
            closed_on=day,
            **{"currency": "USD", "stage": "closed_won", **changes},
        )


def spoke(acme: Company, moment: str, number: int = 1) -> None:
    with tenant_scope(acme.tenant):
        first = Interaction.objects.count()
        for n in range(number):
            Interaction.objects.create(
                tenant=acme.tenant,
                account=acme.account,
                external_id=f"T-{first + n}",
                channel="call",
                status="completed",
                occurred_at=moment,
            )


def team(acme: Company, name: str, *names: str, **changes: Any) -> list[Clone]:
    with tenant_scope(acme.tenant):
        return [Clone.objects.create(tenant=acme.tenant, name=one, team=name, **changes) for one in names]


# --- who may --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_who_sets_no_goals_previews_none(acme: Company, role: str) -> None:
    assert Visit(getattr(acme, role)).get(PREVIEW, **REVENUE).status_code == 403


def test_a_stranger_is_sent_to_log_in(client: Any, acme: Company) -> None:
    answer = client.get(PREVIEW, REVENUE)
    assert answer.status_code == 302
    assert "/login/" in answer.url


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_looked_at(visit: Visit, method: str) -> None:
    assert getattr(visit.client, method)(PREVIEW, REVENUE).status_code == 405


def test_a_rep_previews_goals_of_their_own_clones_only(acme: Company) -> None:
    (own,) = team(acme, "", "Bob", owner=acme.rep)
    won(acme, 500, "2026-02-01", own)
    won(acme, 700, "2026-02-01", acme.clone)
    rep = Visit(acme.rep)
    assert "brought $500" in rep.page(PREVIEW, **REVENUE, clone=str(own.pk))
    for clone in ("", str(acme.clone.pk)):
        assert rep.page(PREVIEW, **REVENUE, clone=clone) == NOTHING_YET


def test_a_rep_cannot_preview_a_team(acme: Company) -> None:
    (own,) = team(acme, "North", "Bob", owner=acme.rep)
    won(acme, 500, "2026-02-01", team(acme, "North", "Eve")[0])
    told = Visit(acme.rep).page(PREVIEW, **REVENUE, clone=str(own.pk), team="North")
    assert "brought $0" in told  # what their clone brought, whatever the team


def test_another_companys_clone_team_and_money_are_not_told_of(visit: Visit) -> None:
    rival = company("rival")
    team(rival, "Rivals", "Mallory")
    won(rival, 777, "2026-02-01", rival.clone)
    assert "$777" not in visit.page(PREVIEW, **REVENUE)
    assert visit.page(PREVIEW, **REVENUE, clone=str(rival.clone.pk)) == NOTHING_YET
    assert visit.page(PREVIEW, **REVENUE, team="Rivals") == NOTHING_YET


# --- what is said ---------------------------------------------------------------------------------------------------------


def test_revenue_is_held_against_the_period_before(acme: Company, visit: Visit) -> None:
    won(acme, 800, "2026-01-01")
    won(acme, 5000, "2025-12-31")
    won(acme, 300, "2026-04-01")
    told = visit.page(PREVIEW, **REVENUE)
    assert "The period before (1 Jan 2026 to 31 Mar 2026) brought $800 : the target is 25 % more than that." in told
    assert "In this period there is $300 already." in told
    assert "What is left of the 91 days asks for $104.26 a week." in told  # 700 over 47 days from 15 May on


def test_a_lower_target_and_the_same_one_are_called_so(acme: Company, visit: Visit) -> None:
    won(acme, 1000, "2026-03-31")
    assert "the target is as much as that" in visit.page(PREVIEW, **REVENUE)
    assert "the target is 50 % less than that" in visit.page(PREVIEW, **{**REVENUE, "target_value": "500"})
    assert "the target is 900 % more than that" in visit.page(PREVIEW, **{**REVENUE, "target_value": "10000"})


def test_where_nothing_came_before_nothing_is_compared(visit: Visit) -> None:
    told = visit.page(PREVIEW, **REVENUE)
    assert "brought $0 ." in told
    assert "the target is" not in told
    assert "already" not in told


def test_activity_is_counted(acme: Company, visit: Visit) -> None:
    spoke(acme, "2026-03-31T23:59:59Z", 4)
    spoke(acme, "2026-04-01T00:00:00Z", 2)
    told = visit.page(PREVIEW, **{**REVENUE, "goal_type": "activity", "target_value": "49"})
    assert "brought 4 : the target is 1,125 % more than that." in told
    assert "there is 2 already" in told
    assert "asks for 7 a week" in told  # 47 left over 47 days


@pytest.mark.parametrize(("kind", "target", "now"), [("pipeline", "24000", "$12,000"), ("quality", "0.5", "nothing")])
def test_pipeline_and_quality_are_held_against_what_is_now(visit: Visit, kind: str, target: str, now: str) -> None:
    told = visit.page(PREVIEW, **{**REVENUE, "goal_type": kind, "target_value": target})
    assert told.startswith(f"Now it is {now}")
    assert ("100 % more than that" in told) == (kind == "pipeline")
    for dated in ("The period before", "a week", "already"):
        assert dated not in told


def test_a_goal_that_ended_asks_for_nothing_a_week(acme: Company, visit: Visit) -> None:
    told = visit.page(PREVIEW, **{**REVENUE, "period_start": "2026-01-01", "period_end": "2026-03-31"})
    assert "a week" not in told
    assert "(1 Oct 2025 to 31 Dec 2025)" in told


def test_a_team_and_a_clone_are_told_of_their_own(acme: Company, visit: Visit) -> None:
    north = team(acme, "North", "Bob", "Eve")
    for clone, amount in zip([*north, acme.clone, None], (100, 200, 400, 800), strict=True):
        won(acme, amount, "2026-02-01", clone)
    assert "brought $1,500" in visit.page(PREVIEW, **REVENUE)
    assert "brought $300" in visit.page(PREVIEW, **REVENUE, team="North")
    assert "brought $200" in visit.page(PREVIEW, **REVENUE, clone=str(north[1].pk))
    assert visit.page(PREVIEW, **REVENUE, clone=str(north[1].pk), team="North") == NOTHING_YET


def test_deals_in_another_currency_are_no_money_of_the_period_before(acme: Company, visit: Visit) -> None:
    won(acme, 800, "2026-02-01", currency="EUR")
    assert "brought $0" in visit.page(PREVIEW, **REVENUE)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-04-01", "2026-04-30", "1 Mar 2026 to 31 Mar 2026"),
        ("2026-03-01", "2026-03-31", "1 Feb 2026 to 28 Feb 2026"),
        ("2024-03-01", "2024-03-31", "1 Feb 2024 to 29 Feb 2024"),
        ("2024-02-01", "2024-02-29", "1 Jan 2024 to 31 Jan 2024"),
        ("2026-04-01", "2026-06-30", "1 Jan 2026 to 31 Mar 2026"),
        ("2026-01-01", "2026-03-31", "1 Oct 2025 to 31 Dec 2025"),
        ("2026-02-01", "2026-03-31", "1 Dec 2025 to 31 Jan 2026"),
        ("2025-01-01", "2025-12-31", "1 Jan 2024 to 31 Dec 2024"),
        ("2026-04-01", "2026-06-29", "1 Jan 2026 to 31 Mar 2026"),  # 90 days before 90 days
        ("2026-04-02", "2026-04-08", "26 Mar 2026 to 1 Apr 2026"),
        ("2024-03-01", "2024-03-02", "28 Feb 2024 to 29 Feb 2024"),
        ("1900-01-01", "1900-12-31", "1 Jan 1899 to 31 Dec 1899"),
        ("2999-12-30", "2999-12-31", "28 Dec 2999 to 29 Dec 2999"),
    ],
)
def test_the_period_before_is_of_the_same_kind(visit: Visit, start: str, end: str, before: str) -> None:
    told = visit.page(PREVIEW, **{**REVENUE, "period_start": start, "period_end": end})
    assert f"The period before ({before}) brought" in told
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
    assert f"of the {days} days" in told or "a week" not in told


def test_the_longest_period_there_can_be_is_previewed(visit: Visit) -> None:
    for start in ("1900-01-01", "1900-01-02"):
        assert "brought $0" in visit.page(PREVIEW, **{**REVENUE, "period_start": start, "period_end": "2999-12-31"})


# --- what does not fit ----------------------------------------------------------------------------------------------------

HOSTILE = [
    *(
        {"target_value": value}
        for value in ("", "0", "-1", "NaN", "sNaN", "Infinity", "1e400", "1e-400", "1e12", "\x00")
    ),
    *({"target_value": value} for value in ("9" * 400, "1,000", "٣", "0x10", "1_000", "1.00001", "1.005")),
    *(
        {"period_start": value}
        for value in ("", "0001-01-01", "9999-12-31", "2026-02-30", "\x00", "x" * 9000, "2026-06-30")
    ),
    *({"period_end": value} for value in ("", "0001-01-01", "9999-12-31", "10000-01-01", "2026-04-01", "2026-03-31")),
    *({"goal_type": value} for value in ("", "wealth", "REVENUE", "\x00", "quality")),
    *({"clone": value} for value in ("x", "\x00", "0", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --")),
    *({"team": value} for value in ("nobody", "\x00", "<script>alert(1)</script>", "x" * 9000)),
    {"period_start": "0001-01-01", "period_end": "9999-12-31"},
    {"period_start": "1900-01-01", "period_end": "2999-12-31"},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=lambda changes: repr(changes)[:40])
@pytest.mark.parametrize("address", [PREVIEW, ADD])
def test_odd_input_is_never_a_500(acme: Company, address: str, changes: dict[str, str]) -> None:
    allowed = {400} if "\x00" in "".join(changes.values()) else {200}
    for person in (acme.manager, acme.rep):
        answer = Visit(person, patient=True).get(address, **{**REVENUE, **changes})
        owns_none = {403} if (person, address) == (acme.rep, ADD) else set()
        assert answer.status_code in allowed | owns_none
        assert "<script>alert(1)" not in answer.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"target_value": "NaN"},
        {"target_value": "1e400"},
        {"target_value": "1.005"},
        {"target_value": "0"},
        {"period_start": "0001-01-01"},
        {"period_end": "9999-12-31"},
        {"period_end": "2026-04-01"},
        {"goal_type": "quality"},  # of a thousand
    ],
)
def test_of_what_no_goal_may_say_nothing_is_told(visit: Visit, changes: dict[str, str]) -> None:
    assert visit.page(PREVIEW, **{**REVENUE, **changes}) == NOTHING_YET


def test_an_empty_question_is_answered(visit: Visit) -> None:
    assert visit.page(PREVIEW) == NOTHING_YET


# --- what it costs and changes ------------------------------------------------------------------------------------------


def statements(visit: Visit, address: str, **query: str) -> int:
    visit.get(address, **query)
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(address, **query).status_code == 200
    return len(captured.captured_queries)


@pytest.mark.parametrize("kind", ["revenue", "pipeline", "activity", "quality"])
def test_it_asks_the_same_however_much_there_is(acme: Company, visit: Visit, kind: str) -> None:
    question = {**REVENUE, "goal_type": kind, "target_value": "0.5"}
    few = statements(visit, PREVIEW, **question)
    for number in range(30):
        won(acme, 10, f"2026-0{1 + number % 5}-10", acme.clone)
    spoke(acme, "2026-02-01T00:00:00Z", 30)
    team(acme, "North", *(f"Clone {n}" for n in range(30)))
    assert statements(visit, PREVIEW, **question) == few


def test_asking_changes_nothing(acme: Company, visit: Visit) -> None:
    won(acme, 800, "2026-02-01")
    before = everything([acme.tenant])
    for kind in ("revenue", "pipeline", "activity", "quality"):
        for address in (PREVIEW, ADD):
            visit.get(address, **{**REVENUE, "goal_type": kind, "target_value": "0.5"})
            visit.client.head(address, {**REVENUE, "goal_type": kind, "target_value": "0.5"})
    assert everything([acme.tenant]) == before
    with tenant_scope(acme.tenant):
        assert not Goal.objects.exists()


# --- without script -------------------------------------------------------------------------------------------------------


def test_the_add_page_says_the_same_without_script(acme: Company, visit: Visit) -> None:
    won(acme, 800, "2026-02-01")
    for changes in ({}, {"goal_type": "pipeline"}, {"goal_type": "activity"}, {"target_value": "NaN"}):
        question = {**REVENUE, **changes}
        assert visit.page(PREVIEW, **question) in visit.page(ADD, **question)


def test_the_add_page_keeps_what_was_filled_in(visit: Visit) -> None:
    html = visit.get(ADD, **REVENUE).content.decode()
    assert 'value="1000"' in html
    assert 'value="2026-04-01"' in html
    assert '<option value="revenue" selected>' in html


def test_the_add_page_begins_with_the_quarter_that_is_under_way(visit: Visit) -> None:
    html = visit.get(ADD).content.decode()
    assert 'value="2026-04-01"' in html
    assert 'value="2026-06-30"' in html
    assert NOTHING_YET in said(visit.get(ADD))


def test_a_form_that_is_refused_still_says_what_it_would_mean(acme: Company, visit: Visit) -> None:
    won(acme, 800, "2026-02-01")
    (north,) = team(acme, "North", "Bob")
    fits = visit.post(ADD, **{**REVENUE, "target_value": "1.005"})
    assert NOTHING_YET in said(fits)
    both = visit.post(ADD, **REVENUE, clone=str(north.pk), team="North")
    assert both.status_code == 200
    assert "a goal is of a clone or of a team, not of both" in said(both)


def test_asking_without_script_puts_no_secret_into_the_address(visit: Visit) -> None:
    html = visit.get(ADD).content.decode()
    form = html[html.index("data-preview=") :]
    form = form[: form.index("</form>")]
    asks_by_address = 'formmethod="get"' in form
    assert not (asks_by_address and "csrfmiddlewaretoken" in form), "the form's token would be sent in the address"
