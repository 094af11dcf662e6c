"""What would help a goal that is behind: which accounts, which action, and why."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from crm.models import Account, Clone, Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from goals.models import Goal, GoalType
from goals.suggestions import MOST, REASONS, Suggestion
from goals.tracker import GoalTracker
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.goals.goals_made import AFTER, BEFORE, WITHIN, goal, measured
from tests.goals.test_metrics import ALL_OF_BANT

ACTIONS = {
    "revenue": "send_follow_up_email",
    "pipeline": "send_follow_up_email",
    "activity": "schedule_meeting",
    "quality": "qualify_conversation",
}


class Book:
    """Accounts with one open deal each, by name."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def account(self, name: str) -> Account:
        with tenant_scope(self.tenant):
            return Account.objects.get_or_create(tenant=self.tenant, external_id=name, name=name)[0]

    def deal(self, account: str, amount: Any = 100, stage: str = "discovery", **changes: Any) -> Opportunity:
        with tenant_scope(self.tenant):
            number = Opportunity.objects.count()
            given = {"external_id": f"O-{number}", "name": f"{account} {number}", "currency": "EUR", **changes}
            made = Opportunity(tenant=self.tenant, stage=stage, amount=amount, **given)
            made.account = self.account(account)
            made.save(force_insert=True)
            return made

    def talk(self, account: str, days: int, status: str = "completed", **changes: Any) -> None:
        """Something `days` before (after, where negative) the middle of March."""
        at = WITHIN - timedelta(days=days)
        with tenant_scope(self.tenant):
            Interaction.objects.create(
                tenant=self.tenant,
                account=self.account(account),
                external_id=f"I-{Interaction.objects.count()}",
                occurred_at=at,
                status=status,
                **{"channel": "email", **changes},
            )


@pytest.fixture
def book(tenant: Tenant) -> Book:
    return Book(tenant)


@pytest.fixture
def ada(tenant: Tenant) -> Clone:
    with tenant_scope(tenant):
        return Clone.objects.create(tenant=tenant, name="Ada")


def behind(tenant: Tenant, goal_type: str = "revenue", **changes: Any) -> Goal:
    """A goal so large that it is behind."""
    return goal(tenant, goal_type, "1" if goal_type == "quality" else 10**9, **changes)


def suggested(one: Goal, now: datetime = WITHIN) -> list[Suggestion]:
    return GoalTracker().suggest_actions(one, now=now)


def names(found: list[Suggestion]) -> list[str]:
    return [one.account for one in found]


@pytest.mark.parametrize("goal_type", GoalType.values)
def test_each_type_of_goal_asks_for_its_action(tenant: Tenant, book: Book, goal_type: str) -> None:
    deal = book.deal("Globex", 12_000, "qualification")
    one = suggested(behind(tenant, goal_type))[0]
    assert one.action_type == one["action_type"] == ACTIONS[goal_type]
    assert (one.account, one.account_id) == ("Globex", deal.account_id)
    assert (one.opportunity, one.opportunity_id) == (deal.name, deal.pk)
    assert one.reason.startswith("€12,000 in qualification.")


@pytest.mark.parametrize(
    ("reached", "target", "expected"),
    [("40", "100", False), ("39.99", "100", True), ("38.70", "100", True), ("100", "100", False)],
)
def test_only_below_80_percent_of_the_expected(
    tenant: Tenant, write: Any, book: Book, reached: str, target: str, expected: bool
) -> None:
    """On the 15th of 30 days half is expected, so 40 % of the target is the border."""
    write("opportunities", {"name": "W", "stage": "closed_won", "amount": reached, "closed_on": "2026-03-02"})
    book.deal("Globex")
    one = goal(tenant, target_value=target, period_end=date(2026, 3, 30))
    assert bool(suggested(one)) == expected


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_none_before_the_start_and_none_after_the_end(tenant: Tenant, book: Book, now: datetime) -> None:
    book.deal("Globex")
    assert suggested(behind(tenant), now) == []


def test_none_for_a_goal_that_ended(tenant: Tenant, book: Book) -> None:
    book.deal("Globex")
    missed, cancelled = measured(behind(tenant), AFTER), behind(tenant)
    GoalTracker().cancel_goal(cancelled, actor=SYSTEM)
    assert suggested(missed) == suggested(cancelled) == []


def test_silent_deals_come_first_the_largest_before_then_those_without_a_next_step(tenant: Tenant, book: Book) -> None:
    for name, amount, days in (
        ("busy", 900, 1),
        ("planned", 1_000, 2),
        ("silent", 10, 20),
        ("large and silent", 50, 8),
    ):
        book.deal(name, amount)
        book.talk(name, days)
    book.deal("never spoken to", 20)
    book.talk("planned", -3, "scheduled")
    found = suggested(behind(tenant))
    assert names(found) == ["large and silent", "never spoken to", "silent", "busy", "planned"]
    assert [one.reason.partition(". ")[2] for one in found] == [
        "Nobody was in touch for 8 days. No next step is planned.",
        "Nobody has been in touch yet. No next step is planned.",
        "Nobody was in touch for 20 days. No next step is planned.",
        "No next step is planned. It is in the most valuable quarter of the open deals.",
        "It is in the most valuable quarter of the open deals.",
    ]
    assert [one.reasons for one in found] == [
        ("stalled", "no_next_step"),
        ("stalled", "no_next_step"),
        ("stalled", "no_next_step"),
        ("no_next_step", "high_value"),
        ("high_value",),
    ]
    assert set().union(*(one.reasons for one in found)) <= set(REASONS)


@pytest.mark.parametrize("status", ["scheduled", "cancelled", "missed"])
def test_only_what_was_held_breaks_the_silence(tenant: Tenant, book: Book, status: str) -> None:
    book.deal("Globex")
    book.talk("Globex", 20)
    book.talk("Globex", 1, status)
    book.talk("Globex", -2)  # dated ahead by mistake
    assert "for 20 days" in suggested(behind(tenant))[0].reason


def test_activity_asks_for_a_meeting_where_none_is_planned(tenant: Tenant, book: Book) -> None:
    for name in ("met", "called", "mailed", "past"):
        book.deal(name)
    book.talk("met", -1, "scheduled", channel="meeting")
    book.talk("called", -1, "scheduled", channel="call")
    book.talk("mailed", -1, "scheduled")
    book.talk("past", 1, "scheduled", channel="meeting")
    found = suggested(behind(tenant, "activity"))
    assert {one.account for one in found if "No meeting or call is planned" in one.reason} == {"mailed", "past"}
    assert names(found)[:2] == ["mailed", "past"]


def test_quality_names_the_questions_without_an_answer(tenant: Tenant, book: Book) -> None:
    book.deal("early", 9_000)
    book.deal("complete", 8_000, "evaluation", qualification={"BANT": ALL_OF_BANT})
    book.deal("begun", 10, "evaluation", qualification={"BANT": {"budget": "40k", "need": " "}, "MEDDIC": {}})
    book.deal("odd", 5, "evaluation", qualification={"BANT": "yes", "SPIN": {"x": "y"}})
    found = suggested(behind(tenant, "quality"), WITHIN.replace(day=30))
    assert names(found) == ["begun", "odd", "early"]
    assert found[0].reason == "€10 in evaluation. Not known yet (BANT): authority, need, timeline."
    assert found[1].reason == "€5 in evaluation. Not known yet (BANT): budget, authority, need, timeline."
    assert found[2].reason == (
        "€9,000 in discovery. It is not in qualification yet. It is in the most valuable quarter of the open deals."
    )


def test_an_account_is_named_once_for_its_best_deal_and_ten_at_most(tenant: Tenant, book: Book) -> None:
    for number in range(MOST + 3):
        book.deal(f"Account {number:02}", 1_000 - number)
        book.deal(f"Account {number:02}", 5)
    found = suggested(behind(tenant))
    assert names(found) == [f"Account {number:02}" for number in range(MOST)]


def test_closed_deals_and_deals_of_no_account_help_nobody(tenant: Tenant, book: Book, write: Any) -> None:
    write("opportunities", {"name": "Nobody's", "stage": "discovery", "amount": "5"})
    book.deal("lost", stage="closed_lost")
    book.deal("won", stage="closed_won")
    assert [one.opportunity_id for one in suggested(behind(tenant))] == [None, None]


def test_a_clones_goal_names_its_own_deals_then_those_that_no_clone_works_on(
    tenant: Tenant, book: Book, ada: Clone
) -> None:
    with tenant_scope(tenant):
        bob = Clone.objects.create(tenant=tenant, name="Bob")
    book.deal("of ada", 1, clone=ada)
    book.deal("of nobody", 500)
    book.deal("of bob", 900, clone=bob)
    found = suggested(behind(tenant, clone=ada))
    assert names(found) == ["of ada", "of nobody"]
    assert {one.clone_id for one in found} == {ada.pk}
    assert found[1].reason.startswith("€500 in discovery, with no clone.")
    whole = suggested(behind(tenant))
    assert [(one.account, one.clone_id) for one in whole] == [
        ("of bob", bob.pk),
        ("of nobody", None),
        ("of ada", ada.pk),
    ]


def test_where_nothing_is_open_accounts_are_named_the_warmest_first(tenant: Tenant, book: Book, ada: Clone) -> None:
    book.account("cold")
    book.talk("warm", 3)
    book.talk("known to ada", 30, clone=ada)
    found = suggested(behind(tenant))
    assert names(found) == ["warm", "known to ada", "cold"]
    assert found[0].reason == "Nothing is open there. Nobody was in touch for 3 days."
    assert found[2].reason == "Nothing is open there. Nobody has been in touch yet."
    assert names(suggested(behind(tenant, clone=ada)))[0] == "known to ada"


def test_nobody_on_record_nobody_to_name(tenant: Tenant) -> None:
    rival = create_tenant(slug="rival", actor=SYSTEM, currency="EUR")
    Book(rival).deal("theirs")
    assert suggested(behind(tenant)) == []


@pytest.mark.parametrize("goal_type", GoalType.values)
def test_it_takes_one_statement_however_many_deals(
    tenant: Tenant, book: Book, goal_type: str, django_assert_num_queries: Any
) -> None:
    one = behind(tenant, goal_type)
    assert one.tenant == tenant
    for number in range(30):
        book.deal(f"Account {number}", stage="qualification")
        with tenant_scope(tenant), django_assert_num_queries(1):
            suggested(one)
