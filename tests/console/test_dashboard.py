"""The dashboard: what it counts, by whose days, for whom, and by how many statements."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Account, Clone, Opportunity
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.edits import edit
from engine.execution import execute
from engine.lifecycle import Status
from engine.models import Action, Attempt, Run
from engine.moves import move
from engine.withdrawals import withdraw
from goals.tracker import GoalTracker
from guardrails.pauses import set_pause
from record import journal
from record.actors import SYSTEM
from tests.cast import Company
from tests.console.pages import EVERYBODY
from tests.console.visits import Visit, everything, said

PAGE, LIVE = "/admin/dashboard/", "/admin/dashboard/live/"


def shown(visit: Visit) -> Any:
    return visit.get(PAGE).context


def dated(company: Company, action: Action, **columns: Any) -> Action:
    """An action with some of its columns as they might be on another day."""
    with tenant_scope(company.tenant):
        Action.objects.filter(pk=action.pk).update(**columns)
    return company.read(action)


def expired(company: Company, **changes: Any) -> Action:
    action = company.propose_proposal(**changes)
    with tenant_scope(company.tenant):
        Action.objects.filter(pk=action.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
        move([action.pk], Status.EXPIRED, actor=SYSTEM)
    return action


def rejected(company: Company, **changes: Any) -> Action:
    action = company.propose_proposal(**changes)
    return reject(action=action, actor=company.actor(), reason="No.")


# --- what waits ---


def test_what_waits_is_counted_and_each_deal_once(acme: Company, manager: Visit) -> None:
    first = acme.propose_proposal(opportunity="O-1")
    acme.propose("discuss_pricing", opportunity="O-1")
    dated(
        acme, first, waiting_since=timezone.now() - timedelta(hours=30), expires_at=timezone.now() + timedelta(hours=2)
    )
    found = shown(manager)["waiting"]
    assert (found.number, found.deals, found.value) == (2, 1, Decimal(12_000))
    assert (found.oldest_id, found.next_out_id, found.soon) == (first.pk, first.pk, 1)
    page = manager.page(PAGE)
    assert "Worth $12,000" in page
    assert "Oldest has waited 1 d 6 h" in page


def test_a_deal_in_another_currency_is_not_added(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(currency="EUR")
    acme.propose_proposal(opportunity="O-1")
    found = shown(manager)["waiting"]
    assert (found.number, found.deals, found.value) == (1, 0, None)


def test_what_waits_counts_from_when_it_last_began_to_wait(acme: Company, manager: Visit) -> None:
    since = timezone.now() - timedelta(hours=1)
    dated(acme, acme.propose_proposal(), proposed_at=since - timedelta(days=2), waiting_since=since)
    assert shown(manager)["waiting"].oldest == since


# --- decisions ---


def test_every_outcome_is_counted_on_its_day(acme: Company, manager: Visit) -> None:
    acme.approve(acme.propose_proposal())
    rejected(acme)
    expired(acme)
    withdraw(action=acme.propose_proposal(), actor=acme.agent, clone_id=acme.clone.pk)
    edit(action=acme.propose_proposal(), payload=acme.email(body="Other."), actor=acme.actor())
    told = shown(manager)
    assert [(name, number) for name, _, number in told["sums"]] == [
        ("approved", 1),
        ("edited", 1),
        ("rejected", 1),
        ("expired", 1),
        ("withdrawn", 1),
    ]
    assert len(told["day_rows"]) in (1, 2)  # a minute before midnight something ran out yesterday
    assert "approved 1" in manager.page(PAGE)


def test_what_was_executed_or_failed_since_was_approved_all_the_same(acme: Company, manager: Visit) -> None:
    action = acme.propose("create_briefing", {"title": "x", "body": "y"})
    waiting = acme.propose_proposal()
    acme.approve(waiting)
    assert execute(action)
    assert execute(acme.read(waiting))
    assert {name: number for name, _, number in shown(manager)["sums"]}["approved"] == 1


def test_days_are_the_companys_own(acme: Company, manager: Visit) -> None:
    acme.tenant.time_zone = "Pacific/Auckland"
    acme.tenant.save()
    action = acme.approve(acme.propose_proposal())
    at = datetime.now(UTC).replace(hour=13, minute=30) - timedelta(days=3)
    dated(acme, action, decided_at=at)
    assert [day for day, _ in shown(manager)["day_rows"]] == [(at + timedelta(days=1)).date()]


def test_what_lies_further_back_than_thirty_days_is_left_out(acme: Company, manager: Visit) -> None:
    dated(acme, acme.approve(acme.propose_proposal()), decided_at=timezone.now() - timedelta(days=31))
    assert shown(manager)["by_day"].is_empty
    assert shown(manager)["times"].number == 0


def test_the_time_to_decide_is_told_by_its_middle_and_its_end(acme: Company, manager: Visit) -> None:
    now = timezone.now()
    for minutes in (1, 2, 3, 4, 600):
        action = acme.approve(acme.propose_proposal())
        dated(acme, action, decided_at=now, waiting_since=now - timedelta(minutes=minutes))
    told = shown(manager)
    assert (told["median"], told["p95"]) == ("3 min", "8 h")
    assert told["time_rows"] == [("1 min", 0), ("10 min", 4), ("1 h", 0), ("4 h", 0), ("1 day", 1), ("more", 0)]


def test_what_ran_out_is_told_with_the_value_that_waited(acme: Company, manager: Visit) -> None:
    expired(acme, opportunity="O-1")
    expired(acme, opportunity="O-1")
    found = shown(manager)["lost"]
    assert (found.number, found.deals) == (2, 1)
    assert "Value that waited $12,000" in manager.page(PAGE)


# --- agents ---


def test_what_agents_ask_for_is_counted_by_kind(acme: Company, manager: Visit) -> None:
    for _ in range(3):
        acme.propose("create_briefing", {"title": "x", "body": "y"})
    acme.approve(acme.propose_proposal())
    rejected(acme)
    acme.propose_proposal()
    kinds = {kind.asked.action_type: (kind.share, kind.asked) for kind in shown(manager)["kinds"]}
    assert kinds["create_briefing"][0] == 100
    share, asked = kinds["send_proposal"]
    assert (share, asked.proposed, asked.approved, asked.rejected, asked.waiting) == (0, 3, 1, 1, 1)


def test_an_edit_is_no_proposal_of_an_agents_and_its_decision_counts(acme: Company, manager: Visit) -> None:
    edited = edit(action=acme.propose_proposal(), payload=acme.email(body="Other."), actor=acme.actor())
    acme.approve(edited)
    (kind,) = shown(manager)["kinds"]
    assert (kind.asked.proposed, kind.asked.approved) == (1, 1)


def test_hard_stops_are_counted_by_kind_and_clone_with_the_latest(acme: Company, manager: Visit) -> None:
    acme.propose("commit_pricing", {"price": 1})
    latest = acme.propose("commit_pricing", {"price": 2})
    acme.propose("legal_commitment", {})
    first, second = shown(manager)["hard_stops"]
    assert (first.title, first.count, list(first.clones)) == ("Promise a price", 2, [("Ada of acme", 2)])
    assert first.latest.latest_id == latest.pk
    assert second.count == 1


def test_what_another_rule_blocked_is_no_hard_stop(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        move([action.pk], Status.BLOCKED, actor=SYSTEM)
    assert shown(manager)["hard_stops"] == []


# --- what runs ---


def test_deliveries_are_told_by_connector(acme: Company, manager: Visit) -> None:
    assert execute(acme.propose())
    waits = acme.propose()
    later = timezone.now() + timedelta(minutes=9)
    dated(acme, waits, retry_at=later)
    with tenant_scope(acme.tenant):
        for fence, outcome in ((1, "retry"), (2, "failed"), (3, "unknown")):
            Attempt.objects.create(tenant=acme.tenant, action=waits, fence=fence, key="k", worker="w", outcome=outcome)
    lines = {line.queue: line for line in shown(manager)["deliveries"]}
    mail = lines["email"]
    assert (mail.done, mail.failed, mail.unknown, mail.put_off, mail.retries, mail.due) == (1, 1, 1, 1, 1, 0)
    assert (mail.state, lines["chat"].state) == ("trouble", "idle")


def test_what_is_due_and_not_begun_is_late_unless_a_pause_holds_it(acme: Company, manager: Visit) -> None:
    action = acme.propose()
    dated(acme, action, judged_at=timezone.now() - timedelta(minutes=6))
    (mail,) = [line for line in shown(manager)["deliveries"] if line.queue == "email"]
    assert (mail.due, mail.state) == (1, "late")
    set_pause(tenant=acme.tenant, actor=SYSTEM, reason="x")
    (mail,) = [line for line in shown(manager)["deliveries"] if line.queue == "email"]
    assert (mail.due, mail.state) == (0, "idle")


def test_an_attempt_of_two_days_ago_is_left_out(acme: Company, manager: Visit) -> None:
    action = acme.propose()
    assert execute(action)
    with tenant_scope(acme.tenant):
        Attempt.objects.filter(action=action).update(started_at=timezone.now() - timedelta(days=2))
    assert all(line.done == 0 for line in shown(manager)["deliveries"])


def test_a_task_that_runs_is_told_with_how_far_it_is(acme: Company, manager: Visit) -> None:
    with tenant_scope(acme.tenant):
        now = timezone.now()
        Run.objects.create(
            tenant=acme.tenant, task="pattern_scan", slot=now, as_of=now, started_by="x", total=50, done=20
        )
    assert "running, 20 of 50" in manager.page(PAGE)
    assert "running, 20 of 50" in manager.page(LIVE)
    assert 'data-live="/admin/dashboard/live/"' in manager.get(PAGE).content.decode()


def test_goals_stand_there_with_their_pace(acme: Company, manager: Visit) -> None:
    today = timezone.now().date()
    GoalTracker().create_goal(acme.tenant, "pipeline", 48_000, period_start=today, period_end=today + timedelta(days=9))
    (line,) = shown(manager)["goals"]
    assert (line.current, line.target) == ("$12,000", "$48,000")


# --- how people decide ---


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_sees_the_page_and_managers_and_auditors_how_people_decide(acme: Company, role: str) -> None:
    acme.approve(acme.propose_proposal())
    page = Visit(getattr(acme, role)).page(PAGE)
    assert "What waits for a decision" in page
    assert ("How people decide" in page) == (role in ("manager", "auditor"))
    assert ("manager-acme" in page) == (role in ("manager", "auditor"))


def test_fast_decisions_streaks_and_bulk_runs_are_told_with_their_numbers(acme: Company, manager: Visit) -> None:
    now, words = timezone.now(), "word " * 500
    for place in range(8):
        action = acme.approve(acme.propose_proposal(payload=acme.email(body=words)))
        dated(acme, action, decided_at=now - timedelta(seconds=100 - 5 * place))
    with tenant_scope(acme.tenant):
        journal.write(
            tenant_id=acme.tenant.pk,
            kind="actions.decided_in_bulk",
            subject=("tenant", acme.tenant.pk),
            actor=acme.actor(acme.second_manager),
            facts={"count": 12, "skipped": 3, "kind": "approve"},
        )
    hands = {hand.person: (hand, pace) for hand, pace in shown(manager)["hands"]}
    hand, pace = hands["manager-acme"]
    assert (hand.fast, hand.measured, hand.longest_streak, pace) == (7, 7, 8, "5 s")
    assert hand.signs == ["7 of 7 decisions took less time than reading the text takes."]
    assert hands["second_manager-acme"][0].signs == ["12 decided at once, in one run."]
    assert "Signs, not proof" in manager.page(PAGE)


def test_the_words_are_those_of_every_text_of_the_payload(acme: Company, manager: Visit) -> None:
    payload = {"a": {"b": ["one two", " three\n four ", ""], "c": 5}, "d": "five"}
    first, second = (acme.approve(acme.propose("order_cake", payload)) for _ in range(2))
    now = timezone.now()
    dated(acme, first, decided_at=now - timedelta(seconds=60))
    dated(acme, second, decided_at=now - timedelta(seconds=60) + timedelta(seconds=60 * 5 / 250 - 0.01))
    ((hand, _),) = shown(manager)["hands"]
    assert (hand.measured, hand.fast) == (1, 1)
    dated(acme, second, decided_at=now - timedelta(seconds=60) + timedelta(seconds=60 * 5 / 250 + 0.01))
    ((hand, _),) = shown(manager)["hands"]
    assert (hand.measured, hand.fast) == (1, 0)


# --- all of it ---


def test_an_empty_dashboard_says_what_to_do(acme: Company, manager: Visit) -> None:
    page = manager.page(PAGE)
    for text in (
        "Nothing waits for a person.",
        "No goal of the company is under way. Set one",
        "Nothing was decided in the last 30 days.",
        "No decision yet.",
        "Nothing ran out.",
        "No agent tried any.",
        "No agent proposed anything.",
        "Nobody decided anything in the last 30 days",
        "Has not run for this company yet.",
    ):
        assert text in page, text


def test_nothing_of_another_company_is_counted(acme: Company, rival: Company, manager: Visit) -> None:
    empty = manager.page(PAGE)
    rival.approve(rival.propose_proposal(opportunity="O-1"))
    rival.propose_proposal(opportunity="O-1")
    rejected(rival)
    expired(rival)
    rival.propose("commit_pricing", {})
    assert execute(rival.propose())
    assert manager.page(PAGE) == empty


def test_looking_changes_nothing_and_a_post_is_refused(acme: Company, manager: Visit) -> None:
    acme.approve(acme.propose_proposal())
    before = everything([acme.tenant])
    for address in (PAGE, LIVE):
        assert manager.get(address).status_code == 200
        assert manager.post(address).status_code == 405
    assert everything([acme.tenant]) == before


def statements(visit: Visit, address: str) -> list[str]:
    visit.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(address).status_code == 200
    asked = [one["sql"] for one in captured.captured_queries]
    return [sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))]


def some_of_everything(company: Company, number: int) -> None:
    with tenant_scope(company.tenant):
        clone = Clone.objects.create(tenant=company.tenant, name=f"Clone {number}")
        account = Account.objects.create(tenant=company.tenant, external_id=f"B-{number}", name=f"Buyer {number}")
        Opportunity.objects.create(
            tenant=company.tenant, account=account, external_id=f"D-{number}", name="x", stage="discovery", amount=5,
            currency="USD",
        )  # fmt: skip
    company.clone = clone
    deal = {"account": f"B-{number}", "opportunity": f"D-{number}"}
    company.approve(company.propose_proposal(**deal))
    rejected(company, **deal)
    expired(company, **deal)
    company.propose("commit_pricing", {})
    company.propose(f"order_cake_{number}", {})
    assert execute(company.propose("create_briefing", {"title": "x", "body": "y"}))
    withdraw(action=company.propose_proposal(**deal), actor=company.agent, clone_id=clone.pk)


def test_the_page_takes_the_same_few_statements_however_much_there_is(acme: Company, manager: Visit) -> None:
    some_of_everything(acme, 0)
    few = {address: statements(manager, address) for address in (PAGE, LIVE)}
    for number in range(1, 6):
        some_of_everything(acme, number)
    many = {address: statements(manager, address) for address in (PAGE, LIVE)}
    assert {address: len(asked) for address, asked in many.items()} == {
        address: len(asked) for address, asked in few.items()
    }
    own = [
        sql for sql in many[PAGE] if any(table in sql for table in ("engine_", "guardrails_", "goals_", "celery_beat"))
    ]
    assert len(own) <= 15, own  # fourteen of its own, and the menu's count of what waits
    assert said(manager.get(PAGE)).count("Clone 3") == 1
