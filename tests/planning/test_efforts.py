"""What was suggested for a goal is kept, and judged by what the records say of the two weeks after it was carried out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Clone, Opportunity, StageChange
from crm.tenancy import tenant_scope
from crm.upserts import upsert_interactions
from engine.edits import edit
from engine.efforts import COUNTS_FOR, effects_of, judge_efforts, note_effort
from engine.lifecycle import Status
from engine.models import Action, Attempt, Effort, Outcome, Run
from engine.planning import plan
from engine.schedule import ProactiveScheduler
from engine.serving import Serving
from goals.models import Goal
from goals.tracker import GoalTracker
from record.actors import SYSTEM
from tests.cast import Company, company

DONE = datetime(2026, 3, 2, 9, tzinfo=UTC)
YEAR = {"period_start": date(2026, 1, 1), "period_end": date(2999, 12, 31)}


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


def goal(acme: Company, goal_type: str = "revenue", target_value: Any = 10**9, **changes: Any) -> Goal:
    return GoalTracker().create_goal(acme.tenant, goal_type, target_value, **{**YEAR, **changes})


def behind(acme: Company, **changes: Any) -> Goal:
    """A goal that ends today and has reached nothing of its target."""
    today = timezone.now().date()
    return goal(acme, period_start=today - timedelta(days=9), period_end=today + timedelta(days=1), **changes)


def carried_out(acme: Company, one: Goal, *, at: datetime = DONE) -> Effort:
    """An effort whose action was executed at a moment."""
    action = acme.propose(opportunity="O-1", contact="C-1")
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=action.pk).update(status=Status.EXECUTED)
        Attempt.objects.create(
            tenant=acme.tenant, action=action, fence=1, key="k", worker="w", ended_at=at, outcome="executed"
        )
        return note_effort(action, goal=one, reasons=["stalled"])


def judged(acme: Company, effort: Effort, now: datetime) -> Effort:
    with tenant_scope(acme.tenant):
        judge_efforts(acme.tenant, now)
        return Effort.objects.get(pk=effort.pk)


def change_stage(acme: Company, before: str, after: str, at: datetime) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(stage=after)
        made = StageChange.objects.create(
            tenant=acme.tenant, opportunity=acme.deal, from_stage=before, to_stage=after, source="test"
        )
        StageChange.objects.filter(pk=made.pk).update(created_at=at)


def answer(acme: Company, at: datetime, **changes: Any) -> None:
    item = {"external_id": f"I-{at}", "account": "A-1", "channel": "email", "direction": "in", "status": "completed"}
    upsert_interactions(
        tenant=acme.tenant, items=[{**item, "occurred_at": at.isoformat(), **changes}], actor=SYSTEM, source="test"
    )


def test_what_the_planner_proposes_for_a_goal_is_kept_with_its_reasons(acme: Company) -> None:
    one = behind(acme, goal_type="pipeline", target_value=48_000)
    action = plan(tenant=acme.tenant, account=acme.account)[0]
    with tenant_scope(acme.tenant):
        effort = Effort.objects.get(action=action)
    assert (effort.goal_id, effort.left, effort.stage) == (one.pk, Decimal(36_000), "discovery")
    assert effort.reasons == ["stalled", "no_next_step"]
    assert (effort.outcome, effort.is_final) == (Outcome.OPEN, False)


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (timedelta(0), Outcome.OPEN),
        (timedelta(seconds=1), Outcome.ANSWERED),
        (COUNTS_FOR, Outcome.ANSWERED),
        (COUNTS_FOR + timedelta(seconds=1), Outcome.NOTHING),
    ],
)
def test_an_answer_counts_for_two_weeks_after(acme: Company, after: timedelta, outcome: str) -> None:
    effort = carried_out(acme, goal(acme))
    answer(acme, DONE + after)
    now = DONE + max(after, timedelta(hours=1))
    assert judged(acme, effort, now).outcome == outcome


@pytest.mark.parametrize("changes", [{"direction": "out"}, {"status": "scheduled"}, {"account": None}])
def test_what_is_no_answer_of_theirs_counts_for_nothing(acme: Company, changes: dict[str, Any]) -> None:
    effort = carried_out(acme, goal(acme))
    answer(acme, DONE + timedelta(days=1), **changes)
    assert judged(acme, effort, DONE + COUNTS_FOR).outcome == Outcome.NOTHING


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("discovery", "qualification", Outcome.MOVED),
        ("discovery", "closed_won", Outcome.WON),
        ("stalled", "prospecting", Outcome.MOVED),
        ("negotiation", "evaluation", Outcome.NOTHING),
        ("discovery", "stalled", Outcome.NOTHING),
        ("discovery", "closed_lost", Outcome.NOTHING),
    ],
)
def test_a_deal_that_went_on_has_moved(acme: Company, before: str, after: str, outcome: str) -> None:
    effort = carried_out(acme, goal(acme))
    change_stage(acme, before, after, DONE + timedelta(days=3))
    found = judged(acme, effort, DONE + COUNTS_FOR)
    assert found.outcome == outcome
    assert found.won_value == (Decimal(12_000) if outcome == Outcome.WON else None)


def test_what_has_moved_on_may_still_be_won_but_not_after_two_weeks(acme: Company) -> None:
    effort = carried_out(acme, goal(acme))
    change_stage(acme, "discovery", "evaluation", DONE + timedelta(days=1))
    assert judged(acme, effort, DONE + timedelta(days=2)).outcome == Outcome.MOVED
    change_stage(acme, "evaluation", "closed_won", DONE + COUNTS_FOR)
    assert judged(acme, effort, DONE + COUNTS_FOR).outcome == Outcome.WON
    change_stage(acme, "closed_won", "negotiation", DONE + COUNTS_FOR + timedelta(hours=1))
    settled = judged(acme, effort, DONE + COUNTS_FOR + timedelta(days=9))
    assert (settled.outcome, settled.moved_to, settled.is_final) == (Outcome.WON, "closed_won", True)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.EXPIRED, Status.WITHDRAWN, Status.BLOCKED])
def test_what_was_never_carried_out_is_told_so(acme: Company, status: Status) -> None:
    effort = carried_out(acme, goal(acme))
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=effort.action_id).update(status=status)
    found = judged(acme, effort, DONE + timedelta(days=1))
    assert (found.outcome, found.is_final, found.executed_at) == (Outcome.NOT_DONE, True, None)


def test_an_edited_action_is_followed_to_the_version_that_stands(acme: Company) -> None:
    action = acme.propose_proposal(opportunity="O-1", contact="C-1")
    with tenant_scope(acme.tenant):
        effort = note_effort(action, goal=goal(acme), reasons=[])
    for subject in ("Better", "Best"):
        action = edit(action=action, payload={**action.payload, "subject": subject}, actor=acme.actor())
    found = judged(acme, effort, timezone.now())
    assert (found.action_id, found.is_final) == (action.pk, False)


def test_a_briefing_is_no_effort(acme: Company) -> None:
    behind(acme, goal_type="pipeline", target_value=48_000)
    with tenant_scope(acme.tenant):
        acme.contact.email = ""
        acme.contact.save()
    (action,) = plan(tenant=acme.tenant, account=acme.account)
    assert action.action_type == "create_briefing"
    with tenant_scope(acme.tenant):
        assert not Effort.objects.exists()


def test_the_effects_are_counted_by_kind_of_action(acme: Company) -> None:
    one, other = goal(acme), goal(acme)
    for _ in range(3):
        effort = carried_out(acme, one)
    answer(acme, DONE + timedelta(days=1))
    change_stage(acme, "discovery", "closed_won", DONE + timedelta(days=2))
    judged(acme, effort, DONE + COUNTS_FOR)
    carried_out(acme, other)
    with tenant_scope(acme.tenant), CaptureQueriesContext(connection) as sent:
        (effects,) = effects_of([one])
    assert len(sent) == 1
    assert (effects.suggested, effects.executed, effects.answered) == (3, 3, 3)
    assert (effects.moved, effects.won, effects.value) == (1, 1, Decimal(12_000))  # it is one deal
    with tenant_scope(acme.tenant):
        assert effects_of()[0].suggested == 4


def test_judging_takes_two_statements_however_many(acme: Company) -> None:
    one = goal(acme)
    for number in (1, 20):
        for _ in range(number):
            carried_out(acme, one)
        with tenant_scope(acme.tenant), CaptureQueriesContext(connection) as sent:
            judge_efforts(acme.tenant, DONE)
        assert len(sent) == 2


# --- which goal an action serves ------------------------------------------------------------------------------------------


def served(acme: Company, action: Action) -> Any:
    with tenant_scope(acme.tenant):
        told = Action.objects.select_related("clone").get(pk=action.pk)
        return Serving([told], tenant=acme.tenant, now=timezone.now()).of(told)


def test_an_action_serves_the_goal_it_was_proposed_for(acme: Company) -> None:
    named = behind(acme, goal_type="pipeline", target_value=48_000)
    action = plan(tenant=acme.tenant, account=acme.account)[0]
    goal(acme, "revenue", clone=acme.clone)
    found = served(acme, action)
    assert (found.way.goal, found.by_name, found.way.left) == (named, True, "$36,000")


def test_else_its_clones_goal_before_its_teams_before_the_companys(acme: Company) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(team="East")
        stranger = Clone.objects.create(tenant=acme.tenant, name="Bob", team="West")
    action = acme.propose(opportunity="O-1", contact="C-1")
    for away in ({"clone": stranger}, {"team": "West"}, {"period_start": date(2998, 1, 1)}):
        goal(acme, **away)
    assert served(acme, action) is None
    for nearer in ({}, {"team": "East"}, {"clone": acme.clone}):
        one = goal(acme, **nearer)
        assert (served(acme, action).way.goal, served(acme, action).by_name) == (one, False)


def test_a_meeting_serves_activity_and_a_mail_about_no_deal_nothing(acme: Company) -> None:
    activity = goal(acme, "activity", 50)
    goal(acme, "revenue")
    mail = acme.propose(contact="C-1")
    assert served(acme, mail) is None
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=mail.pk).update(action_type="schedule_meeting")
    assert served(acme, mail).way.goal == activity


# --- the hourly outreach --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_outreach_judges_efforts_also_where_nothing_calls_for_action(transactional_db: None) -> None:
    acme = company("acme")
    effort = carried_out(acme, goal(acme), at=timezone.now() - timedelta(hours=1))
    change_stage(acme, "discovery", "closed_won", timezone.now() - timedelta(minutes=1))
    ProactiveScheduler().run("proactive_outreach_check", tenant=acme.tenant)
    with tenant_scope(acme.tenant):
        assert Effort.objects.get(pk=effort.pk).outcome == Outcome.WON
        run = Run.objects.get(task="proactive_outreach_check")
    assert (run.errors, run.done) == (0, run.total)
