"""Beside deciding, at the console: ask, put off, hand over; a rejection's usual reasons; two people who must say yes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from crm.people import add_person
from crm.tenancy import tenant_scope
from engine.asides import answer, ask, snooze
from engine.console.decision_forms import REASONS, RejectForm, moments
from engine.models import Action
from engine.proposals import Proposal, propose
from guardrails.models import RuleKind, TenantRule
from record.actors import SYSTEM
from tests.cast import Company, company
from tests.console.visits import Visit, messages, review_of, said


@pytest.fixture
def waiting(acme: Company) -> Action:
    return acme.propose_proposal()


def set_columns(action: Action, **columns: Any) -> None:
    with tenant_scope(action.tenant_id):
        Action.objects.filter(pk=action.pk).update(**columns)


# --- ask --------------------


def test_a_question_stands_on_the_page_with_its_answer(acme: Company, manager: Visit, waiting: Action) -> None:
    told = manager.decide(waiting, "ask", follow=True, text="Has Hank agreed?")
    assert told.redirect_chain == [("/admin/", 302)]
    assert "Asked; it goes on waiting: Send a proposal for Globex." in said(told)
    page = manager.review(waiting)
    assert "manager-acme asked" in page
    assert "Has Hank agreed? Open The agent has not answered yet" in page
    answer(
        action=waiting, actor=acme.agent, clone_id=acme.clone.pk, text="Yes. See https://globex.example@evil.example/"
    )
    page = manager.review(waiting)
    assert "The agent answered" in page
    assert "leads to evil.example: globex.example before the @ is not where it leads" in page
    assert acme.read(waiting).status == "pending"


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, "\x00"])
def test_a_question_that_is_none_is_said_beside_the_field(manager: Visit, waiting: Action, text: str) -> None:
    refused = manager.decide(waiting, "ask", text=text)
    assert refused.status_code == 400
    assert refused.context["forms"]["ask"].errors.keys() == {"text"}
    assert '<details id="ask" open>' in refused.content.decode()


# --- put off --------------------


@pytest.mark.parametrize(("until", "hours"), [("1h", 1), ("4h", 4)])
def test_it_is_put_off_by_some_hours(acme: Company, manager: Visit, waiting: Action, until: str, hours: int) -> None:
    manager.decide(waiting, "snooze", until=until)
    moment = acme.read(waiting).snoozed_until
    assert moment is not None
    assert abs(moment - timezone.now() - timedelta(hours=hours)) < timedelta(minutes=1)
    assert "put off until" in manager.review(waiting)


@pytest.mark.parametrize(
    ("now", "tomorrow", "monday"),
    [
        ("2026-11-24T12:00", "2026-11-25T09:00", "2026-11-30T09:00"),  # a Tuesday
        ("2026-11-30T08:00", "2026-12-01T09:00", "2026-12-07T09:00"),  # a Monday, before nine
        ("2026-11-29T23:59", "2026-11-30T09:00", "2026-11-30T09:00"),  # a Sunday
        ("2026-03-07T12:00", "2026-03-08T09:00", "2026-03-09T09:00"),  # the clocks go forward that night
    ],
)
def test_mornings_are_those_of_the_companys_zone(now: str, tomorrow: str, monday: str) -> None:
    zone = ZoneInfo("America/New_York")
    meant = moments(datetime.fromisoformat(now).replace(tzinfo=zone), zone)
    assert meant["tomorrow"] == datetime.fromisoformat(tomorrow).replace(tzinfo=zone)
    assert meant["monday"] == datetime.fromisoformat(monday).replace(tzinfo=zone)
    assert meant["tomorrow"].utcoffset() == datetime.fromisoformat(tomorrow).replace(tzinfo=zone).utcoffset()


def test_a_moment_of_ones_own_is_read_in_the_companys_zone(acme: Company, manager: Visit, waiting: Action) -> None:
    acme.tenant.time_zone = "America/New_York"
    acme.tenant.save()
    wall = timezone.now().astimezone(ZoneInfo("America/New_York")) + timedelta(hours=5)
    manager.decide(waiting, "snooze", at=f"{wall:%Y-%m-%dT%H:%M}")
    assert acme.read(waiting).snoozed_until == wall.replace(second=0, microsecond=0)


def test_what_lies_beyond_the_deadline_is_not_offered_and_is_refused(
    acme: Company, manager: Visit, waiting: Action
) -> None:
    set_columns(waiting, expires_at=timezone.now() + timedelta(hours=2))
    page = manager.get(review_of(waiting))
    assert [name for name, _ in page.context["forms"]["snooze"].fields["until"].choices] == ["1h"]
    refused = manager.decide(waiting, "snooze", until="4h")
    assert refused.status_code == 400
    assert "At most until the deadline" in said(refused)
    assert acme.read(waiting).snoozed_until is None


@pytest.mark.parametrize(
    "sent", [{}, {"until": "never"}, {"at": "soon"}, {"at": "2020-01-01T00:00"}, {"at": "2999-01-01T00:00"}]
)
def test_a_moment_that_does_not_fit_is_said_beside_the_field(
    acme: Company, manager: Visit, waiting: Action, sent: dict[str, str]
) -> None:
    refused = manager.decide(waiting, "snooze", **sent)
    assert refused.status_code == 400
    assert refused.context["forms"]["snooze"].errors.keys() <= {"until", "at"}
    assert acme.read(waiting).version == 1


def test_a_snooze_can_be_ended(acme: Company, manager: Visit, waiting: Action) -> None:
    assert "end the snooze" not in manager.review(waiting)
    snooze(action=waiting, actor=acme.actor(), until=timezone.now() + timedelta(hours=1))
    assert "end the snooze" in manager.review(waiting)
    manager.decide(waiting, "snooze", until="end")
    assert acme.read(waiting).snoozed_until is None


# --- hand over --------------------


def offered(visit: Visit, action: Action) -> list[str]:
    return [str(name) for _, name in visit.get(review_of(action)).context["forms"]["reassign"].fields["person"].choices]


def test_it_is_handed_to_another_manager_and_back(acme: Company, manager: Visit, waiting: Action) -> None:
    assert offered(manager, waiting) == ["Nobody in particular", "manager-acme", "second_manager-acme"]
    manager.decide(waiting, "reassign", person=str(acme.second_manager.pk))
    assert acme.read(waiting).assignee == acme.second_manager
    assert "handed to second_manager-acme" in manager.review(waiting)
    manager.decide(waiting, "reassign", person="")
    assert acme.read(waiting).assignee is None


def test_only_who_may_decide_is_offered_and_taken(acme: Company, manager: Visit, waiting: Action) -> None:
    stranger = company("rival").manager
    for person in (acme.rep.pk, acme.operator.pk, stranger.pk, 0, "x"):
        refused = manager.decide(waiting, "reassign", person=str(person))
        assert refused.status_code == 400
        assert refused.context["forms"]["reassign"].errors.keys() == {"person"}
    assert acme.read(waiting).version == 1


def test_the_clones_owner_is_offered_where_representatives_decide(
    acme: Company, manager: Visit, waiting: Action
) -> None:
    with tenant_scope(acme.tenant):
        acme.clone.owner = acme.rep
        acme.clone.save()
    assert "rep-acme" not in offered(manager, waiting)
    with tenant_scope(acme.tenant):
        TenantRule.objects.create(tenant=acme.tenant, kind=RuleKind.REPS_DECIDE, reason="x", set_by="x")
    assert "rep-acme" in offered(manager, waiting)


def test_who_proposed_it_is_not_offered(acme: Company, manager: Visit) -> None:
    theirs = Proposal(
        tenant=acme.tenant, clone_id=acme.clone.pk, action_type="send_proposal", account="A-1", payload=acme.email()
    )
    action = propose(theirs, actor=acme.actor(acme.second_manager))
    assert "second_manager-acme" not in offered(manager, action)


def test_what_was_decided_meanwhile_is_told_and_stays_so(acme: Company, manager: Visit, waiting: Action) -> None:
    acme.approve(waiting, actor=acme.actor(acme.second_manager))
    for verb, sent in (("ask", {"text": "Why?"}), ("snooze", {"until": "1h"}), ("reassign", {"person": ""})):
        told = manager.decide(waiting, verb, **sent)
        assert told.status_code == 302
        assert "This action is approved by second_manager-acme already. Decided by" in messages(told)[-1]
    assert acme.read(waiting).version == 2


# --- why not --------------------


@pytest.mark.parametrize("preset", REASONS)
def test_a_usual_reason_is_enough_and_reaches_the_agent(
    acme: Company, manager: Visit, waiting: Action, preset: str
) -> None:
    manager.decide(waiting, "reject", preset=preset)
    rejected = acme.read(waiting)
    assert (rejected.status, rejected.decision_comment) == ("rejected", REASONS[preset])


def test_the_agent_reads_the_usual_reason_and_ones_own_words(acme: Company, manager: Visit, waiting: Action) -> None:
    manager.decide(waiting, "reject", preset="wrong_tone", reason="Too pushy for Hank.")
    assert acme.read(waiting).decision_comment == "Wrong tone: Too pushy for Hank."


def test_the_two_together_fit_into_the_comment(acme: Company, manager: Visit, waiting: Action) -> None:
    refused = manager.decide(waiting, "reject", preset="wrong_tone", reason="x" * 2000)
    assert (refused.status_code, acme.read(waiting).status) == (400, "pending")
    manager.decide(waiting, "reject", preset="cannot_promise", reason="x" * 1900)
    assert len(acme.read(waiting).decision_comment) <= 2000


@pytest.mark.parametrize("sent", [{}, {"preset": ""}, {"preset": "made_up"}, {"preset": "", "reason": " "}])
def test_a_rejection_needs_one_of_the_two(sent: dict[str, str]) -> None:
    assert not RejectForm(sent).is_valid()


# --- two people --------------------


def needs_two(action: Action, **columns: Any) -> None:
    set_columns(action, rules=["four_eyes", "approval_required"], **columns)


def test_the_page_says_that_two_are_needed(acme: Company, manager: Visit, waiting: Action) -> None:
    assert "Two people must say yes" not in manager.review(waiting)
    needs_two(waiting)
    assert "Two people must say yes. Nobody has yet; yours would be the first." in manager.review(waiting)
    needs_two(waiting, first_vote_by=acme.second_manager, first_vote_at=timezone.now())
    page = manager.get(review_of(waiting))
    assert "Two people must say yes. second_manager-acme did," in said(page)
    assert {"approve", "edit"} <= page.context["forms"].keys()


def test_it_is_not_the_turn_of_who_gave_the_first_yes(acme: Company, manager: Visit, waiting: Action) -> None:
    needs_two(waiting, first_vote_by=acme.manager, first_vote_at=timezone.now())
    page = manager.get(review_of(waiting))
    assert "You gave the first yes; somebody else gives the second." in said(page)
    assert not {"approve", "edit"} & page.context["forms"].keys()
    assert {"reject", "ask", "snooze"} <= page.context["forms"].keys()


def test_the_clones_owner_is_not_one_of_the_two(acme: Company, manager: Visit, waiting: Action) -> None:
    with tenant_scope(acme.tenant):
        acme.clone.owner = acme.manager
        acme.clone.save()
    assert "approve" in manager.get(review_of(waiting)).context["forms"]
    needs_two(waiting)
    page = manager.get(review_of(waiting))
    assert "The clone is yours, so you are not one of the two." in said(page)
    assert "approve" not in page.context["forms"]


def test_an_unchanged_page_is_shown_to_who_may_not_decide(acme: Company, waiting: Action) -> None:
    ask(action=waiting, actor=acme.actor(), text="Has Hank agreed?")
    add_person(tenant=acme.tenant, username="another", role="auditor", actor=SYSTEM)
    page = Visit(acme.auditor).get(review_of(waiting))
    assert "Has Hank agreed?" in said(page)
    assert page.context["forms"] == {}
    assert "Not ready to decide?" not in said(page)
