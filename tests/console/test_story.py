"""Why was this sent?: the whole story of an action from the record, in the order of time, and whether it holds together."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Channel, Direction, Interaction, StageChange
from crm.stages import Stage
from crm.tenancy import tenant_scope
from engine.approvals import reject, settle, undo
from engine.edits import edit
from engine.errors import Conflict
from engine.execution import execute
from engine.models import Action, Attempt, Effort, Question
from engine.proposals import Proposal, propose
from goals.tracker import GoalTracker
from insights.models import Insight
from record import journal
from record.actors import SCHEDULE, SYSTEM
from record.models import Entry
from tests.cast import Company
from tests.console.test_hostile_text import HOSTILE, active
from tests.console.test_story_search import invited, sent, story_of
from tests.console.visits import Visit, said


def titles(visit: Visit, action: Action) -> list[str]:
    return [moment.title for moment in visit.get(story_of(action)).context["moments"]]


def talk(company: Company, number: int, **changes: Any) -> Interaction:
    """Something that was said."""
    given = {
        "channel": Channel.EMAIL,
        "direction": Direction.IN,
        "occurred_at": timezone.now() - timedelta(days=1),
        "text": f"Said number {number}.",
        **changes,
    }
    with tenant_scope(company.tenant):
        return Interaction.objects.create(
            tenant=company.tenant, account=company.account, contact=company.contact, external_id=f"T-{number}", **given
        )


def noticed(company: Company, said_in: Interaction, **changes: Any) -> Insight:
    given = {
        "signal": "budget_mentioned",
        "pattern_type": "buying_signal",
        "severity": "medium",
        "confidence": 0.8,
        "reason": "They speak of a budget.",
        "evidence": [{"interaction": str(said_in.pk), "quote": "a budget of 10k", "who": "Hank Scorpio"}],
        "seen_at": timezone.now(),
        **changes,
    }
    with tenant_scope(company.tenant):
        return Insight.objects.create(tenant=company.tenant, account=company.account, **given)


def planned(company: Company, cause: str, **changes: Any) -> Action:
    """What the planner proposed for a cause."""
    proposal = Proposal(
        tenant=company.tenant,
        clone_id=company.clone.pk,
        action_type="send_follow_up_email",
        account="A-1",
        payload=company.email(),
        cause=cause,
        **changes,
    )
    return propose(proposal, actor=SCHEDULE)


def test_a_mail_that_went_by_itself_is_told_from_proposal_to_message_id(acme: Company, manager: Visit) -> None:
    action, message_id = sent(acme, rationale="They asked for it.")
    page = manager.page(story_of(action))
    assert titles(manager, action) == [
        "agent key proposed it for Ada of acme",
        "A worker took it up: try 1",
        "It was carried out",
        "It was put down on the account's timeline",
    ]
    for text in (
        "It asked for “send_follow_up_email”.",
        "The guardrails let it go on by itself.",
        "Autonomous. Agents may do this on their own.",
        "Nobody had to: what it does may run by itself here.",
        f"Message-ID {message_id}",
        "To hank@globex.example: Next steps",
        "Shall we talk on Monday?",
        "What the agent says about it Its own words, unchecked. What counts stands above. They asked for it.",
        "Yes: every hash of the content is the same.",
        "3 entries of the record right",
        "Nothing is on record yet: no answer",
    ):
        assert text in page, text


def test_a_decision_is_told_with_who_and_on_what_hash(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.approve(action, comment="Good offer.")
    assert execute(acme.read(action))
    page, told = manager.page(story_of(action)), manager.get(story_of(action)).context
    assert "manager-acme approved it" in page
    assert f"Decided on the content with the hash {action.content_hash}." in page
    assert "Good offer. manager-acme" in page
    assert [line.what for line in told["hashes"]] == [
        "decided by manager-acme",
        "taken up, try 1",
        "last put on record: action.executed",
        "kept with the action",
        "reckoned just now from it",
    ]
    assert {line.hash for line in told["hashes"]} == {action.content_hash}


def test_content_that_was_changed_behind_the_record_is_told(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    acme.approve(action)
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk=action.pk).update(payload=acme.email(body="We give it away."))
    page = manager.page(story_of(action))
    assert "No: the hashes of the content are not all the same." in page
    assert "content differs" in page
    assert [line.fits for line in manager.get(story_of(action)).context["hashes"]] == [True, True, True, False]


def test_an_entry_that_was_changed_is_marked_and_told_above(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        forged = journal.entry(
            tenant_id=acme.tenant.pk, kind="action.approved", subject=("action", action.pk), actor=acme.actor()
        )
        forged.actor_label = "the chairman"
        forged.save(force_insert=True)
    page = manager.page(story_of(action))
    assert "The record does not hold together. Of 2 entries about this, 1 does not carry the hash" in page
    assert "This entry does not carry the hash that its own columns give." in page
    assert "1 of 2 entries wrong" in page


def test_an_attempt_the_record_does_not_know_is_told(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        Attempt.objects.create(tenant=acme.tenant, action=action, fence=7, key="a" * 64, worker="x")
    assert "Try 7, of which the record says nothing" in titles(manager, action)


def test_a_key_that_is_not_of_this_content_is_told(acme: Company, manager: Visit) -> None:
    action, _ = sent(acme)
    assert "Its key is not the one" not in manager.page(story_of(action))
    with tenant_scope(acme.tenant):
        Attempt.objects.filter(action=action).update(key="b" * 64)
    assert "Its key is not the one that this content gives." in manager.page(story_of(action))


def test_the_insight_and_the_words_it_rests_on_come_first(acme: Company, manager: Visit) -> None:
    insight = noticed(acme, talk(acme, 1))
    action = planned(acme, "insight:budget_mentioned")
    assert titles(manager, action)[:3] == [
        "Hank Scorpio: e-mail",
        "We noticed: budget mentioned",
        "The schedule proposed it for Ada of acme",
    ]
    page = manager.page(story_of(action))
    assert "a budget of 10k Hank Scorpio, e-mail of" in page
    assert "They speak of a budget. Severity medium, confidence 0.80." in page
    assert f"/admin/insights/insight/{insight.pk}/change/" in manager.get(story_of(action)).content.decode()


def test_of_several_insights_the_one_that_was_there_then_counts(acme: Company, manager: Visit) -> None:
    first = noticed(acme, talk(acme, 1), status="closed")
    action = planned(acme, "insight:budget_mentioned")
    noticed(acme, talk(acme, 2), reason="Noticed later.")
    assert manager.get(story_of(action)).context["evidence"].insight == first


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("insight:budget_mentioned", "An insight, “budget mentioned”, which is no longer on record."),
        ("goal:00000000-0000-0000-0000-000000000000", "A goal was behind, which is no longer on record."),
        ("goal:nonsense", "A goal was behind, which is no longer on record."),
        ("silence", "Nothing had been heard from the customer for two weeks or more."),
        ("", "Its agent gave no cause that we keep; what had last been said before it stands below."),
    ],
)
def test_without_evidence_on_record_the_page_says_so(acme: Company, manager: Visit, cause: str, told: str) -> None:
    talk(acme, 1)
    action = planned(acme, cause)
    assert told in manager.page(story_of(action))
    assert titles(manager, action)[0] == "Hank Scorpio: e-mail"


def test_a_goal_that_was_behind_is_told_with_what_was_left(acme: Company, manager: Visit) -> None:
    today = timezone.now().date()
    goal = GoalTracker().create_goal(
        acme.tenant, "revenue", 100_000, period_start=today, period_end=today + timedelta(days=9)
    )
    action = planned(acme, f"goal:{goal.pk}")
    with tenant_scope(acme.tenant):
        Effort.objects.create(
            tenant=acme.tenant, action=action, goal=goal, reasons=["stuck"], left=80_000, outcome="won",
            moved_to="closed_won", won_value=12_000, judged_at=timezone.now(),
        )  # fmt: skip
    page = manager.page(story_of(action))
    assert "A goal was behind: Revenue, the whole company" in page
    assert "$80,000 were left to the target. What was looked for: stuck." in page
    assert execute(action)
    assert "In the two weeks after it the deal was won. It was worth $12,000." in manager.page(story_of(action))


def test_what_came_after_is_told_and_what_came_before_is_not_counted(acme: Company, manager: Visit) -> None:
    action, _ = sent(acme, opportunity="O-1")
    talk(acme, 1)
    talk(acme, 2, occurred_at=timezone.now() + timedelta(minutes=1), text="Yes, gladly.")
    with tenant_scope(acme.tenant):
        StageChange.objects.create(
            tenant=acme.tenant, opportunity=acme.deal, from_stage="discovery", to_stage="evaluation", source="import"
        )
    page = manager.page(story_of(action))
    assert "1 message from the customer within two weeks; the deal moved 1 time." in page
    assert "The deal went from discovery to evaluation As import says." in page
    assert titles(manager, action)[-1] == "Hank Scorpio: e-mail"


def test_every_version_is_told_on_every_versions_page(acme: Company, manager: Visit) -> None:
    first = acme.propose_proposal()
    second = edit(action=first, payload=acme.email(body="Shall we talk on Tuesday?"), actor=acme.actor())
    acme.approve(second)
    assert execute(acme.read(second))
    assert titles(manager, first) == titles(manager, second)
    response = manager.get(story_of(first))
    assert "<del>Monday</del><ins>Tuesday</ins>" in response.content.decode()
    assert "manager-acme edited it: body" in said(response)
    assert "edited 1 time" in said(response)
    assert response.context["action"] == second
    assert response.context["same"]


def test_an_edit_keeps_the_cause_of_the_first_version(acme: Company, manager: Visit) -> None:
    acme.move_deal(Stage.NEGOTIATION)
    noticed(acme, talk(acme, 1))
    first = planned(acme, "insight:budget_mentioned", opportunity="O-1")
    second = edit(action=first, payload=acme.email(body="Other words."), actor=acme.actor())
    assert "We had noticed: budget mentioned." in manager.page(story_of(second))


def test_undone_rejected_and_restamped_are_told_in_order(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal(opportunity="O-1")
    acme.approve(action, hold=True)
    undo(action=action, actor=acme.actor())
    acme.move_deal(Stage.EVALUATION)
    with pytest.raises(Conflict):
        acme.approve(acme.read(action))
    reject(action=acme.read(action), actor=acme.actor(acme.second_manager), reason="Too early.")
    assert titles(manager, action) == [
        "agent key proposed it for Ada of acme",
        "manager-acme approved it",
        "manager-acme took the decision back within its hold",
        "Checked again when manager-acme wanted to approve it",
        "second_manager-acme rejected it",
    ]
    page = manager.page(story_of(action))
    assert "Stage: was discovery, is evaluation." in page
    assert "Too early. second_manager-acme" in page
    assert "It could still be undone for a short time." in page


def test_a_question_and_its_answer_stand_where_they_were_asked(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        asked = Question.objects.create(
            tenant=acme.tenant, action=action, text="Who is Paul?", asked_by=acme.manager, answer="Their buyer.",
            answered_by="agent key", answered_at=timezone.now() + timedelta(seconds=5),
        )  # fmt: skip
        for kind, actor in (("action.asked", acme.actor()), ("action.answered", acme.agent)):
            facts = {"question": str(asked.pk)}
            journal.write(tenant_id=acme.tenant.pk, kind=kind, subject=("action", action.pk), actor=actor, facts=facts)
    page = manager.page(story_of(action))
    assert page.index("manager-acme asked the agent Who is Paul?") < page.index("agent key answered Their buyer.")


def test_a_hard_stop_is_told_as_what_nobody_could_approve(acme: Company, manager: Visit) -> None:
    action = acme.propose("Commit—Pricing", {"price": "10 EUR"})
    page = manager.page(story_of(action))
    assert "It asked for “Commit—Pricing”, which is commit_pricing." in page
    assert "The guardrails stopped it: nobody could approve it. Judged by version 1" in page
    assert "No person did." in page


def test_what_became_of_an_unknown_one_is_told_with_who_said_so(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute("UPDATE engine_action SET status = 'unknown' WHERE id = %s", [action.pk])
    settle(action=action, happened=True, actor=acme.actor(), note="Hank told me.")
    page = manager.page(story_of(action))
    assert "manager-acme said what became of it: it was carried out" in page
    assert "Hank told me." in page


def test_an_entry_of_a_kind_nobody_knows_is_told_all_the_same(acme: Company, manager: Visit) -> None:
    action = acme.propose_proposal()
    with tenant_scope(acme.tenant):
        journal.write(
            tenant_id=acme.tenant.pk,
            kind="action.sung_about",
            subject=("action", action.pk),
            actor=SYSTEM,
            facts={"tune": 7},
        )
    page = manager.page(story_of(action))
    assert "The command line: sung about" in page
    assert '"tune": 7' in page


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_others_wrote_does_anything_on_the_page(acme: Company, manager: Visit, text: str) -> None:
    noticed(
        acme,
        talk(acme, 1, text=text, subject=text),
        evidence=[{"at": "2026-01-01T00:00:00Z", "quote": text, "who": text}],
    )
    action = planned(acme, "insight:budget_mentioned", rationale=text)
    edited = edit(action=action, payload=acme.email(body=text), actor=acme.actor())
    reject(action=edited, actor=acme.actor(), reason=text)
    response = manager.get(story_of(edited))
    assert list(active(response)) == []
    assert list(active(manager.get("/admin/engine/action/story/", q=text))) == []


def test_exact_hashes_and_ids_are_there_to_unfold_and_the_address_to_print(acme: Company, manager: Visit) -> None:
    action, _ = sent(acme)
    html = manager.get(story_of(action)).content.decode()
    with tenant_scope(acme.tenant):
        for entry in Entry.objects.filter(subject_id=str(action.pk)):
            assert entry.hash in html
            assert str(entry.pk) in html
        attempt = Attempt.objects.get(action=action)
    assert attempt.key in html
    assert attempt.worker in html
    assert re.search(rf"https?://testserver{story_of(action)}", html)


def test_meetings_have_their_message_id_too(acme: Company, manager: Visit) -> None:
    action, uid = invited(acme)
    assert f"<{uid[:40]}@acme.example>" in manager.page(story_of(action))


def statements(visit: Visit, action: Action) -> int:
    visit.get(story_of(action))
    with CaptureQueriesContext(connection) as captured:
        assert visit.get(story_of(action)).status_code == 200
    asked = [one["sql"] for one in captured.captured_queries]
    return len([sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))])


def test_a_long_story_takes_as_few_statements_as_a_short_one(acme: Company, manager: Visit) -> None:
    noticed(acme, talk(acme, 0))
    short = planned(acme, "insight:budget_mentioned", opportunity="O-1")
    assert execute(short)
    few = statements(manager, short)
    for number in range(1, 9):
        talk(acme, number, occurred_at=timezone.now() + timedelta(minutes=number))
        with tenant_scope(acme.tenant):
            StageChange.objects.create(tenant=acme.tenant, opportunity=acme.deal, to_stage="evaluation", source="x")
            Question.objects.create(tenant=acme.tenant, action=short, text="Why?", asked_by=acme.manager)
            subject = ("action", short.pk)
            journal.write(tenant_id=acme.tenant.pk, kind="action.snoozed", subject=subject, actor=acme.actor())
            Attempt.objects.create(tenant=acme.tenant, action=short, fence=number + 1, key="c" * 64, worker="x")
    assert statements(manager, short) == few <= 18
