"""Beside deciding: putting off, handing over, asking and answering leave an action where it is and are on the record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from crm.people import add_person
from crm.tenancy import tenant_scope
from engine.approvals import approve, reject
from engine.asides import LONGEST_ANSWER, LONGEST_QUESTION, answer, ask, reassign, snooze
from engine.edits import edit
from engine.errors import Conflict, InvalidProposal, NotAllowed
from engine.models import Action, Question
from engine.proposals import Proposal, propose
from engine.withdrawals import withdraw
from record.actors import SYSTEM, Actor, ActorKind
from record.models import Entry
from tests import rivals
from tests.cast import Company, company
from tests.engine.test_executing import set_columns

SOON = timedelta(hours=2)


@pytest.fixture
def acme(db: None) -> Company:
    return company("acme")


@pytest.fixture
def waiting(acme: Company) -> Action:
    return acme.propose_proposal()


def last_entry(company: Company, action: Action) -> Entry:
    with tenant_scope(company.tenant):
        return Entry.objects.filter(subject_id=str(action.pk)).latest("id")


def count(company: Company, action: Action) -> int:
    with tenant_scope(company.tenant):
        return Entry.objects.filter(subject_id=str(action.pk)).count()


def questions(company: Company, action: Action) -> list[Question]:
    with tenant_scope(company.tenant):
        return list(action.questions.select_related("asked_by").order_by("id"))


def pointers(refusal: pytest.ExceptionInfo[InvalidProposal]) -> list[str]:
    return [error["pointer"] for error in refusal.value.errors]


def replied(company: Company, action: Action, text: str = "Because they asked.") -> Action:
    return answer(action=action, actor=company.agent, clone_id=company.clone.pk, text=text)


# Every verb of a person, as (of an action, an actor) -> the action.
VERBS: dict[str, Callable[[Company, Action, Actor], Action]] = {
    "snooze": lambda acme, action, actor: snooze(action=action, actor=actor, until=timezone.now() + SOON),
    "wake": lambda acme, action, actor: snooze(action=action, actor=actor, until=None),
    "reassign": lambda acme, action, actor: reassign(action=action, actor=actor, person=acme.second_manager),
    "give up": lambda acme, action, actor: reassign(action=action, actor=actor, person=None),
    "ask": lambda acme, action, actor: ask(action=action, actor=actor, text="Why now?"),
}
KINDS = {
    "snooze": "action.snoozed",
    "wake": "action.snoozed",
    "reassign": "action.reassigned",
    "give up": "action.reassigned",
    "ask": "action.asked",
}


@pytest.mark.parametrize("verb", VERBS)
def test_it_stays_pending_its_version_goes_up_and_the_record_tells(acme: Company, waiting: Action, verb: str) -> None:
    told = VERBS[verb](acme, waiting, acme.actor())
    assert (told.status, told.version, told.content_hash) == ("pending", 2, waiting.content_hash)
    entry = last_entry(acme, waiting)
    assert (entry.kind, entry.actor_label) == (KINDS[verb], acme.manager.username)
    assert (entry.facts["from"], entry.facts["to"], entry.facts["version"]) == ("pending", "pending", 2)
    assert count(acme, waiting) == 2


def test_a_snooze_says_until_when_and_ends_on_demand(acme: Company, waiting: Action) -> None:
    until = timezone.now() + SOON
    assert snooze(action=waiting, actor=acme.actor(), until=until).snoozed_until == until
    assert last_entry(acme, waiting).facts["until"] == until.isoformat()
    assert snooze(action=waiting, actor=acme.actor(), until=None).snoozed_until is None


def test_a_snooze_lies_ahead_and_within_the_deadline(acme: Company, waiting: Action) -> None:
    beyond = waiting.expires_at + timedelta(seconds=1)
    for until in (timezone.now(), datetime(2020, 1, 1, tzinfo=UTC), beyond, datetime(2999, 1, 1)):
        with pytest.raises(InvalidProposal) as refusal:
            snooze(action=waiting, actor=acme.actor(), until=until)
        assert pointers(refusal) == ["/until"]
    assert snooze(action=waiting, actor=acme.actor(), until=waiting.expires_at).snoozed_until == waiting.expires_at
    assert acme.read(waiting).version == 2


def test_it_is_handed_to_somebody_who_may_decide_and_back_to_nobody(acme: Company, waiting: Action) -> None:
    given = reassign(action=waiting, actor=acme.actor(), person=acme.second_manager)
    assert given.assignee == acme.second_manager
    assert last_entry(acme, waiting).facts["to_person"] == str(acme.second_manager.pk)
    assert acme.approve(given, actor=acme.actor()).status == "approved"  # the others may decide it still
    other = reassign(action=acme.propose_proposal(), actor=acme.actor(), person=acme.manager)
    assert reassign(action=other, actor=acme.actor(), person=None).assignee is None


def test_it_is_not_handed_to_who_may_not_decide(acme: Company, waiting: Action) -> None:
    stranger = company("rival").manager
    for person in (acme.rep, acme.auditor, acme.operator, stranger):
        with pytest.raises(InvalidProposal) as refusal:
            reassign(action=waiting, actor=acme.actor(), person=person)
        assert pointers(refusal) == ["/person"]
        assert acme.tenant.name not in str(refusal.value)
    assert acme.read(waiting).version == 1


def test_it_is_not_handed_to_who_proposed_it(acme: Company) -> None:
    theirs = Proposal(
        tenant=acme.tenant, clone_id=acme.clone.pk, action_type="send_proposal", account="A-1", payload=acme.email()
    )
    action = propose(theirs, actor=acme.actor(acme.second_manager))
    with pytest.raises(InvalidProposal, match="Whoever proposed an action does not decide it"):
        reassign(action=action, actor=acme.actor(), person=acme.second_manager)


def test_an_edited_version_stays_with_whom_it_was_handed_to(acme: Company, waiting: Action) -> None:
    given = reassign(action=waiting, actor=acme.actor(), person=acme.second_manager)
    assert edit(action=given, payload=acme.email(body="Tuesday?"), actor=acme.actor()).assignee == acme.second_manager


def test_a_question_is_kept_and_its_text_is_not_in_the_record(acme: Company, waiting: Action) -> None:
    ask(action=waiting, actor=acme.actor(), text="Has Hank agreed to this price?")
    [question] = questions(acme, waiting)
    assert (question.text, question.asked_by) == ("Has Hank agreed to this price?", acme.manager)
    assert (question.answer, question.answered_at) == ("", None)
    facts = last_entry(acme, waiting).facts
    assert facts["sha256"] == sha256(question.text.encode()).hexdigest()
    assert "Hank" not in str(facts)


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST_QUESTION + 1), "a\x00b", "\ud800", None, 5])
def test_a_question_that_is_none_names_the_field(acme: Company, waiting: Action, text: Any) -> None:
    with pytest.raises(InvalidProposal) as refusal:
        ask(action=waiting, actor=acme.actor(), text=text)
    assert pointers(refusal) == ["/text"]
    assert questions(acme, waiting) == []


def test_the_clone_answers_the_latest_open_question(acme: Company, waiting: Action) -> None:
    ask(action=waiting, actor=acme.actor(), text="First?")
    ask(action=waiting, actor=acme.actor(), text="Second?")
    assert replied(acme, waiting, "To the second.").version == 4
    assert last_entry(acme, waiting).kind == "action.answered"
    assert "second" not in str(last_entry(acme, waiting).facts)
    replied(acme, waiting, "To the first.")
    assert [one.answer for one in questions(acme, waiting)] == ["To the first.", "To the second."]
    assert {one.answered_by for one in questions(acme, waiting)} == {"agent key"}
    with pytest.raises(Conflict, match="No question about this action is open"):
        replied(acme, waiting)


def test_only_the_proposing_clone_answers(acme: Company, waiting: Action) -> None:
    ask(action=waiting, actor=acme.actor(), text="Why?")
    for clone_id in (None, company("rival").clone.pk):
        with pytest.raises(NotAllowed):
            answer(action=waiting, actor=acme.agent, clone_id=clone_id, text="So.")
    assert acme.read(waiting).version == 2


@pytest.mark.parametrize("text", ["", " ", "x" * (LONGEST_ANSWER + 1), "\x00"])
def test_an_answer_that_is_none_names_the_field(acme: Company, waiting: Action, text: str) -> None:
    ask(action=waiting, actor=acme.actor(), text="Why?")
    with pytest.raises(InvalidProposal) as refusal:
        replied(acme, waiting, text)
    assert pointers(refusal) == ["/text"]


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_decide_may_not_do_this_either(acme: Company, waiting: Action, verb: str) -> None:
    for person in (acme.rep, acme.auditor, acme.operator):
        with pytest.raises(NotAllowed, match="Deciding needs the role manager"):
            VERBS[verb](acme, waiting, acme.actor(person))
    for actor in (acme.agent, SYSTEM):
        with pytest.raises(NotAllowed, match="Only a person decides"):
            VERBS[verb](acme, waiting, actor)
    assert (acme.read(waiting).version, count(acme, waiting)) == (1, 1)


ENDS: dict[str, Callable[[Company, Action], Any]] = {
    "approved": lambda acme, action: acme.approve(action),
    "rejected": lambda acme, action: reject(action=action, actor=acme.actor(), reason="No."),
    "withdrawn": lambda acme, action: withdraw(action=action, actor=acme.agent, clone_id=acme.clone.pk),
    "superseded": lambda acme, action: edit(action=action, payload=acme.email(body="Other."), actor=acme.actor()),
    "deadline": lambda acme, action: set_columns(action, "expires_at = clock_timestamp()"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("verb", [*VERBS, "answer"])
def test_what_no_longer_waits_is_a_conflict(acme: Company, waiting: Action, verb: str, end: str) -> None:
    ask(action=waiting, actor=acme.actor(), text="Why?")
    ENDS[end](acme, waiting)
    before = (acme.read(waiting).version, count(acme, waiting), len(questions(acme, waiting)))
    with pytest.raises(Conflict if (verb, end) != ("snooze", "deadline") else (Conflict, InvalidProposal)):
        replied(acme, waiting) if verb == "answer" else VERBS[verb](acme, waiting, acme.actor())
    assert (acme.read(waiting).version, count(acme, waiting), len(questions(acme, waiting))) == before


def test_a_person_who_was_switched_off_does_nothing_here(acme: Company, waiting: Action) -> None:
    gone = add_person(tenant=acme.tenant, username="gone", role="manager", actor=SYSTEM).person
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        ask(action=waiting, actor=Actor(ActorKind.PERSON, str(gone.pk), "gone"), text="Why?")
    with pytest.raises(InvalidProposal):
        reassign(action=waiting, actor=acme.actor(), person=gone)


# --- at the same moment --------------------

at_once = partial(rivals.at_once, refusals=(Conflict, NotAllowed))
crowded = pytest.mark.django_db(transaction=True)


def story(company: Company, action: Action) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk)).order_by("id").values_list("kind", flat=True))[1:]


RACES: dict[str, tuple[Callable[[Company, Action], Any], Callable[[Company, Action], Any]]] = {
    "ask against approve": (
        lambda acme, action: ask(action=action, actor=acme.actor(acme.second_manager), text="Why?"),
        lambda acme, action: approve(action=action, actor=acme.actor(), content_hash=action.content_hash),
    ),
    "snooze against reject": (
        lambda acme, action: snooze(action=action, actor=acme.actor(acme.second_manager), until=timezone.now() + SOON),
        lambda acme, action: reject(action=action, actor=acme.actor(), reason="No."),
    ),
    "reassign against edit": (
        lambda acme, action: reassign(action=action, actor=acme.actor(acme.second_manager), person=acme.manager),
        lambda acme, action: edit(action=action, payload=acme.email(body="Other."), actor=acme.actor()),
    ),
}


@crowded
@pytest.mark.parametrize("race", RACES)
def test_an_aside_at_the_moment_of_a_decision_comes_before_it_or_not_at_all(transactional_db: None, race: str) -> None:
    acme = company("acme")
    aside, decision = RACES[race]
    for _ in range(8):
        action = acme.propose_proposal()
        first, second = at_once(lambda: aside(acme, action), lambda: decision(acme, action))  # noqa: B023 - at once
        assert not isinstance(second, Exception), second  # an aside never stands in a decision's way
        now, kinds = acme.read(action), story(acme, action)
        assert now.status != "pending"
        assert (len(kinds) == 1) == isinstance(first, Conflict)
        assert now.version == 1 + len(kinds)
        assert len(questions(acme, action)) == kinds.count("action.asked")


@crowded
def test_two_answers_at_once_answer_one_question_once(transactional_db: None) -> None:
    acme = company("acme")
    action = ask(action=acme.propose_proposal(), actor=acme.actor(), text="Why?")
    answers = at_once(*[lambda: replied(acme, action)] * 6)
    assert sum(isinstance(one, Action) for one in answers) == 1
    assert story(acme, action) == ["action.asked", "action.answered"]
