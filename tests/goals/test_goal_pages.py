"""Goals in the console: what a person sees and what they can do."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import Account, Clone
from crm.tenancy import tenant_scope
from goals.bar import bar_of
from goals.models import Goal
from goals.tracker import GoalTracker
from tests.cast import Company, company
from tests.console.visits import Visit, messages, said

LIST, ADD = reverse("admin:goals_goal_changelist"), reverse("admin:goals_goal_add")
FORM = {"goal_type": "revenue", "target_value": "500", "period_start": "2026-01-01", "period_end": "2999-12-31"}


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def own(acme: Company) -> Clone:
    """A clone that the representative owns."""
    with tenant_scope(acme.tenant):
        return Clone.objects.create(tenant=acme.tenant, name="Bob", owner=acme.rep)


def goal(acme: Company, target: Any = 48_000, goal_type: str = "pipeline", first: int = -9, **changes: Any) -> Goal:
    """A goal of twenty days of which today is the tenth, unless `first` says another first day from today."""
    start = timezone.now().date() + timedelta(days=first)
    return GoalTracker().create_goal(
        tenant=acme.tenant,
        goal_type=goal_type,
        target_value=target,
        period_start=start,
        period_end=start + timedelta(days=19),
        **changes,
    )


def page_of(one: Goal) -> str:
    return reverse("admin:goals_goal_change", args=[one.pk])


def do(one: Goal, verb: str) -> str:
    return reverse("admin:goals_goal_do", args=[one.pk, verb])


def read(one: Goal) -> Goal:
    with tenant_scope(one.tenant_id):
        return Goal.objects.get(pk=one.pk)


@pytest.mark.parametrize(
    ("target", "first", "word", "days"),
    [
        (12_000, -9, "at its target", "day 10 of 20, 10 days left"),
        (24_000, -9, "on track", "day 10 of 20, 10 days left"),
        (26_000, -9, "at risk", "day 10 of 20, 10 days left"),
        (48_000, -9, "behind", "day 10 of 20, 10 days left"),
        (48_000, -18, "behind", "day 19 of 20, 1 day left"),
        (48_000, -19, "behind", "day 20 of 20, the last"),
        (48_000, 3, "not begun", "begins in 3 days, 20 days long"),
        (48_000, 1, "not begun", "begins in 1 day, 20 days long"),
    ],
)
def test_the_page_says_where_a_goal_stands(acme: Company, target: int, first: int, word: str, days: str) -> None:
    one = goal(acme, target, first=first)
    text = Visit(acme.manager).page(page_of(one))
    assert f"$12,000 of ${target:,} {word}" in text
    assert days in text


@pytest.mark.parametrize(
    ("status", "word"), [("completed", "reached"), ("missed", "missed"), ("cancelled", "cancelled")]
)
def test_a_goal_that_ended_says_how(acme: Company, status: str, word: str) -> None:
    one = goal(acme)
    with tenant_scope(acme.tenant):
        Goal.objects.update(status=status)
    text = Visit(acme.manager).page(page_of(one))
    assert f"of $48,000 {word}" in text
    assert f"Nothing: the goal is {word}." in text


def test_what_would_help_is_named_with_its_reason(acme: Company) -> None:
    text = Visit(acme.manager).page(page_of(goal(acme)))
    named = "Globex · Globex: 100 seats stalled no next step Send follow up email"
    assert f"{named} $12,000 in discovery. Nobody has been in touch yet. No next step is planned." in text


@pytest.mark.parametrize(
    ("goal_type", "target", "shown"),
    [
        ("quality", "0.85", "nothing to measure yet of 85 %"),
        ("activity", "40", "0 of 40"),
        ("revenue", "7.5", "$0 of $7.50"),
    ],
)
def test_values_are_written_in_their_unit(acme: Company, goal_type: str, target: str, shown: str) -> None:
    assert shown in Visit(acme.manager).page(page_of(goal(acme, target, goal_type)))


def test_the_bar_marks_the_pace_and_the_target(acme: Company) -> None:
    html = Visit(acme.manager).get(page_of(goal(acme))).content.decode()
    assert 'class="au-goal-fill au-goal-late" width="25.00%"' in html
    assert 'class="au-goal-pace" x1="50.00%"' in html
    assert 'aria-label="25 % reached; the pace asks for 50 % today"' in html


@pytest.mark.parametrize(
    ("progress", "filled", "target"),
    [(0, "0.00%", "100.00%"), (100, "100.00%", "100.00%"), (160, "100.00%", "62.50%"), (9_000, "100.00%", "50.00%")],
)
def test_a_bar_beyond_its_target_shows_where_the_target_was(progress: float, filled: str, target: str) -> None:
    bar = bar_of(progress_pct=progress, expected_pct=50, mood="good")
    assert (bar.filled, bar.target) == (filled, target)


def test_the_list_says_it_in_a_line(acme: Company) -> None:
    goal(acme, clone=acme.clone)
    text = Visit(acme.auditor).page(LIST)
    assert "Pipeline Ada of acme 25 % $12,000 $48,000 $12,000 behind" in text


def test_deals_in_another_currency_are_told_of(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        acme.deal.currency = "EUR"
        acme.deal.save()
    assert "1 deal in another currency is left out." in Visit(acme.manager).page(page_of(goal(acme)))


# --- setting ----------------------------------------------------------------------------------------------------------


def test_a_manager_sets_a_goal_for_the_company_or_a_clone(acme: Company) -> None:
    visit = Visit(acme.manager)
    for clone, whose in (("", "the whole company"), (str(acme.clone.pk), acme.clone.name)):
        added = visit.post(ADD, **FORM, clone=clone)
        assert added.status_code == 302
        told = f"The goal is set: Revenue 2026-01-01 to 2999-12-31, {whose}. It is measured every day."
        assert messages(added)[-1] == told
    with tenant_scope(acme.tenant):
        assert [one.clone_id for one in Goal.objects.order_by("pk")] == [None, acme.clone.pk]
        assert {one.set_by for one in Goal.objects.all()} == {acme.manager.username}


@pytest.mark.parametrize(
    ("changes", "said_to_them"),
    [
        ({"target_value": "0"}, "greater than or equal to 0.0001"),
        ({"target_value": ""}, "This field is required"),
        ({"target_value": "1.005"}, "takes at most 2 decimals for a revenue goal"),
        ({"target_value": "80", "goal_type": "quality"}, "a quality goal is a share"),
        ({"period_end": "2026-01-01"}, "must lie after period_start"),
        ({"period_end": "9999-01-01"}, "must lie in the years 1900 to 2999"),
        ({"goal_type": "wealth"}, "is not one of the available choices"),
    ],
)
def test_what_does_not_fit_stands_beside_its_field(acme: Company, changes: dict[str, str], said_to_them: str) -> None:
    answer = Visit(acme.manager).post(ADD, **{**FORM, **changes})
    assert answer.status_code == 200
    assert said_to_them in said(answer)
    with tenant_scope(acme.tenant):
        assert not Goal.objects.exists()


def test_a_rep_sets_goals_of_clones_they_own(acme: Company, own: Clone) -> None:
    visit = Visit(acme.rep)
    form = said(visit.get(ADD))
    assert "Bob" in form
    assert "Ada of acme" not in form
    assert "the whole company" not in form
    for clone in ("", str(acme.clone.pk)):
        assert visit.post(ADD, **FORM, clone=clone).status_code == 200  # back to the form
    assert visit.post(ADD, **FORM, clone=str(own.pk)).status_code == 302
    with tenant_scope(acme.tenant):
        assert [one.clone_id for one in Goal.objects.all()] == [own.pk]


def test_a_rep_without_a_clone_has_nothing_to_set(acme: Company) -> None:
    visit = Visit(acme.rep)
    assert ADD not in visit.get(LIST).content.decode()
    assert visit.get(ADD).status_code == 403
    assert visit.post(ADD, **FORM).status_code == 403


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_auditors_and_operators_look_and_set_nothing(acme: Company, role: str) -> None:
    visit, one = Visit(getattr(acme, role)), goal(acme)
    assert "Cancel the goal" not in visit.page(page_of(one))
    assert visit.get(ADD).status_code == 403
    for verb in ("change", "measure", "cancel"):
        assert visit.post(do(one, verb), **FORM).status_code == 403
    assert read(one).status == "active"


def test_a_rep_changes_and_cancels_only_what_is_of_their_clones(acme: Company, own: Clone) -> None:
    visit = Visit(acme.rep)
    theirs, anothers = goal(acme, clone=own), goal(acme, clone=acme.clone)
    assert "Cancel the goal" in visit.page(page_of(theirs))
    assert "Cancel the goal" not in visit.page(page_of(anothers))
    assert visit.post(do(anothers, "cancel")).status_code == 403
    assert visit.post(do(theirs, "cancel")).status_code == 302
    assert (read(theirs).status, read(anothers).status) == ("cancelled", "active")


def test_a_change_is_measured_anew(acme: Company) -> None:
    one = goal(acme)
    form = {"target_value": "12000", "period_start": one.period_start, "period_end": one.period_end}
    assert Visit(acme.manager).post(do(one, "change"), **form).status_code == 302
    assert read(one).status == "completed"


def test_the_form_of_a_change_begins_with_what_is(acme: Company) -> None:
    one = goal(acme, "48000.50")
    html = Visit(acme.manager).get(page_of(one)).content.decode()
    assert 'value="48000.5"' in html
    assert f'value="{one.period_end.isoformat()}"' in html


def test_measured_now_it_says_what_it_found(acme: Company) -> None:
    one = goal(acme)
    with tenant_scope(acme.tenant):
        acme.deal.amount = 20_000
        acme.deal.save()
    done = Visit(acme.manager).post(do(one, "measure"))
    assert messages(done) == ["Measured: $20,000."]
    assert read(one).current_value == 20_000


def test_cancelled_in_two_windows_the_second_is_told(acme: Company) -> None:
    visit, one = Visit(acme.manager), goal(acme)
    assert messages(visit.post(do(one, "cancel")))[-1].endswith("is cancelled; it stays on record.")
    assert "no longer applies" in messages(visit.post(do(one, "cancel")))[-1]
    assert "no longer applies" in messages(visit.post(do(one, "change"), **FORM))[-1]


def test_no_form_of_another_company_is_reached(acme: Company) -> None:
    one = goal(company("rival"))
    visit = Visit(acme.manager)
    assert visit.get(page_of(one)).status_code == 404
    assert visit.post(do(one, "cancel")).status_code == 404
    assert read(one).status == "active"


def test_names_are_shown_as_text(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Account.objects.update(name="<script>alert(1)</script>")
        Clone.objects.update(name="<b>Ada</b>")
    one = goal(acme, clone=acme.clone)
    for address in (page_of(one), LIST):
        html = Visit(acme.manager).get(address).content.decode()
        assert "<script>alert(1)" not in html
        assert "<b>Ada" not in html


def test_the_menu_leads_there(acme: Company) -> None:
    assert LIST in Visit(acme.rep).get("/admin/").content.decode()


def statements(visit: Visit, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(address).status_code == 200
    return len(captured.captured_queries)


def test_a_page_asks_the_same_however_many_goals_and_accounts(acme: Company) -> None:
    visit, one = Visit(acme.manager), goal(acme)
    addresses = (page_of(one), LIST)
    few = [[statements(visit, address) for address in addresses] for _ in range(2)][1]
    for number in range(10):
        goal(acme, clone=acme.clone)
        with tenant_scope(acme.tenant):
            Account.objects.create(tenant=acme.tenant, external_id=f"N-{number}", name=str(number))
    assert [statements(visit, address) for address in addresses] == few
