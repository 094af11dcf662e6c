"""Before the deadline says no everybody is reminded, then somebody else is asked: each once, never the other way round."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Membership, Opportunity, Role
from crm.people import change_role
from crm.tenancy import tenant_scope
from engine.approvals import approve
from engine.models import Action
from engine.reminding import BATCH
from engine.sweep import reach_people
from guardrails.models import TenantRule
from record.actors import SYSTEM
from record.models import Entry
from tests.cast import Company, company
from tests.reach.posts import Mailbox, age, change, notices, set_reach, sweep, text_of
from tests.rivals import at_once


def rule(acme: Company, kind: str, hours: int, **scope: Any) -> TenantRule:
    with tenant_scope(acme.tenant):
        return TenantRule.objects.create(tenant=acme.tenant, kind=kind, hours=hours, reason="x", set_by="x", **scope)


def entries(acme: Company, action: Action, kind: str) -> list[Entry]:
    with tenant_scope(acme.tenant):
        return list(Entry.objects.filter(subject_id=str(action.pk), kind=kind))


def told(acme: Company, mailbox: Mailbox) -> Action:
    """An action that everybody was told of."""
    action = acme.propose_proposal(opportunity="O-1")
    sweep()
    return action


@pytest.mark.parametrize(("hours", "reminded"), [(23.99, 0), (24, 2)])
def test_everybody_who_decides_is_reminded_when_the_hours_have_passed(
    acme: Company, mailbox: Mailbox, hours: float, reminded: int
) -> None:
    rule(acme, "reminder", 24)
    action = told(acme, mailbox)
    age(acme, action, hours=hours)
    assert [sweep(), sweep()] == [reminded, 0]
    assert len(notices(acme, kind="reminder")) == reminded


def test_a_reminder_says_so_and_is_in_the_record(acme: Company, mailbox: Mailbox) -> None:
    made = rule(acme, "reminder", 2)
    action = told(acme, mailbox)
    age(acme, action, hours=3)
    sweep()
    mail = mailbox.mails(acme.manager)[-1]
    assert mail["Subject"] == "Reminder: 1 action waits for you: Send a proposal for Globex ($12,000)"
    assert "1 action waits still for a decision" in text_of(mail)
    (entry,) = entries(acme, action, "action.reminded")
    assert (entry.facts["rule"], entry.facts["hours"], entry.facts["to"]) == (str(made.pk), 2, "pending")
    now = acme.read(action)
    assert now.reminded_at is not None
    assert (now.status, now.version) == ("pending", action.version + 1)
    assert entry.facts["version"] == now.version


def test_the_first_rule_that_takes_it_in_counts(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 24)
    rule(acme, "reminder", 2, action_type="send_proposal")
    action = told(acme, mailbox)
    age(acme, action, hours=2)
    sweep()
    assert entries(acme, action, "action.reminded")[0].facts["hours"] == 2


@pytest.mark.parametrize(
    ("scope", "takes_it_in"),
    [
        ({"action_type": "send_proposal"}, True),
        ({"action_type": "discuss_pricing"}, False),
        ({"stage": "discovery"}, True),
        ({"stage": "negotiation"}, False),
        ({"value_from": "12000"}, True),
        ({"value_from": "12000.01"}, False),
        ({"value_below": "12000.01"}, True),
        ({"value_below": "12000"}, False),
        ({"value_from": "1", "value_below": "20000", "stage": "discovery"}, True),
    ],
)
def test_a_rule_reminds_of_what_it_takes_in(
    acme: Company, mailbox: Mailbox, scope: dict[str, str], takes_it_in: bool
) -> None:
    rule(acme, "reminder", 1, **scope)
    action = told(acme, mailbox)
    age(acme, action, hours=1)
    sweep()
    assert bool(entries(acme, action, "action.reminded")) == takes_it_in


@pytest.mark.parametrize("column", ["clone", "account"])
def test_a_rule_of_another_clone_or_account_reminds_of_nothing(acme: Company, mailbox: Mailbox, column: str) -> None:
    action = told(acme, mailbox)
    age(acme, action, hours=10)
    with tenant_scope(acme.tenant):
        own = getattr(acme, column)
        other = type(own).objects.create(
            tenant=acme.tenant, name="Other", **({"external_id": "X"} if column == "account" else {})
        )
    rule(acme, "reminder", 1, **{column: other})
    sweep()
    assert entries(acme, action, "action.reminded") == []
    rule(acme, "reminder", 1, **{column: own})
    sweep()
    assert len(entries(acme, action, "action.reminded")) == 1


@pytest.mark.parametrize("deal", [{"amount": None}, {"currency": "EUR"}])
def test_a_value_nobody_can_tell_is_taken_in(acme: Company, mailbox: Mailbox, deal: dict[str, Any]) -> None:
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(**deal)
    rule(acme, "reminder", 1, value_from="1000000")
    action = told(acme, mailbox)
    age(acme, action, hours=1)
    sweep()
    assert len(entries(acme, action, "action.reminded")) == 1


def test_a_lifted_rule_and_another_companys_ask_for_nothing(acme: Company, mailbox: Mailbox) -> None:
    rival = company("rival")
    rule(rival, "reminder", 1)
    rule(acme, "reminder", 1, lifted_at=timezone.now())
    rule(acme, "escalation", 1, lifted_at=timezone.now(), person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=10)
    assert sweep() == 0
    assert acme.read(action).reminded_at is None


def test_what_is_snoozed_is_not_reminded_of_until_then(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 1)
    action = told(acme, mailbox)
    age(acme, action, hours=2)
    change(acme, action, snoozed_until=timezone.now() + timedelta(hours=1))
    sweep()
    assert acme.read(action).reminded_at is None
    change(acme, action, snoozed_until=timezone.now())
    sweep()
    assert acme.read(action).reminded_at is not None


def test_an_escalation_hands_it_to_the_rules_person_and_tells_them(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.second_manager, batch_minutes=600)
    made = rule(acme, "escalation", 8, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=8)
    assert [sweep(), sweep()] == [1, 0]
    now = acme.read(action)
    assert (now.assignee_id, now.status, now.version) == (acme.second_manager.pk, "pending", action.version + 1)
    assert now.escalated_at is not None
    said = text_of(mailbox.mails(acme.second_manager)[-1])
    assert "Handed on to you: nobody had decided it in 8 h." in said
    (entry,) = entries(acme, action, "action.escalated")
    assert (entry.facts["to_person"], entry.facts["rule"]) == (str(acme.second_manager.pk), str(made.pk))


def test_whoever_has_it_or_put_it_off_does_not_keep_it(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "escalation", 8, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=9)
    change(acme, action, assignee=acme.manager, snoozed_until=timezone.now() + timedelta(hours=20))
    assert sweep() == 1
    now = acme.read(action)
    assert (now.assignee_id, now.snoozed_until) == (acme.second_manager.pk, None)


@pytest.mark.parametrize("why", ["switched off", "another role", "gave the first vote"])
def test_where_that_person_may_not_decide_everybody_who_may_is_told(acme: Company, mailbox: Mailbox, why: str) -> None:
    rule(acme, "escalation", 8, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=9)
    if why == "switched off":
        acme.second_manager.is_active = False
        acme.second_manager.save()
    elif why == "another role":
        with tenant_scope(acme.tenant):
            change_role(Membership.objects.get(person=acme.second_manager), role=Role.REP, actor=SYSTEM)
    else:
        change(acme, action, first_vote_by=acme.second_manager, first_vote_at=timezone.now())
    assert [sweep(), sweep()] == [1, 0]
    assert "Handed on to everybody who decides" in text_of(mailbox.mails(acme.manager)[-1])
    (entry,) = entries(acme, action, "action.escalated")
    assert (entry.facts["to_person"], entry.facts["meant_for"]) == (None, str(acme.second_manager.pk))
    assert acme.read(action).assignee_id is None


def test_where_both_are_due_the_reminder_is_written_first_and_only_the_new_person_is_told(
    acme: Company, mailbox: Mailbox
) -> None:
    rule(acme, "reminder", 2)
    rule(acme, "escalation", 4, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=5)
    sweep()
    now = acme.read(action)
    assert now.reminded_at is not None
    assert now.escalated_at is not None
    assert now.reminded_at <= now.escalated_at
    assert len(mailbox.mails(acme.manager)) == 1


def test_after_an_escalation_no_reminder_comes_whatever_the_hours_say(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 24)
    rule(acme, "escalation", 4, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=5)
    sweep()
    age(acme, action, hours=30)
    sweep()
    now = acme.read(action)
    assert now.escalated_at is not None
    assert now.reminded_at is None


def test_where_all_three_are_due_it_has_expired_and_nothing_else(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 2)
    rule(acme, "escalation", 4, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=100)
    change(acme, action, expires_at=timezone.now())
    assert sweep() == 0
    now = acme.read(action)
    assert (now.status, now.reminded_at, now.escalated_at) == ("expired", None, None)


def test_nothing_is_reminded_of_after_its_deadline_even_where_nobody_expired_it_yet(
    acme: Company, mailbox: Mailbox
) -> None:
    rule(acme, "reminder", 2)
    rule(acme, "escalation", 4, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=100)
    change(acme, action, expires_at=timezone.now())
    reach_people()
    now = acme.read(action)
    assert (now.status, now.reminded_at, now.escalated_at) == ("pending", None, None)


def test_hours_past_the_deadline_mean_it_simply_expires(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 2_147_483_647)
    rule(acme, "escalation", 2_147_483_647, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=71)
    assert sweep() == 0
    assert acme.read(action).status == "pending"


def test_what_was_decided_is_neither_reminded_of_nor_handed_on(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 1)
    rule(acme, "escalation", 2, person=acme.second_manager)
    action = told(acme, mailbox)
    approve(action=action, actor=acme.actor(), content_hash=action.content_hash)
    age(acme, action, hours=5)
    assert sweep() == 0
    assert acme.read(action).escalated_at is None


def test_an_escalated_action_can_still_be_decided_by_whoever_decides(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "escalation", 2, person=acme.second_manager)
    action = told(acme, mailbox)
    age(acme, action, hours=5)
    sweep()
    now = acme.read(action)
    assert approve(action=now, actor=acme.actor(), content_hash=now.content_hash).status == "approved"


def test_sixteen_workers_at_once_make_one_entry_and_one_message_a_person(acme: Company, mailbox: Mailbox) -> None:
    rule(acme, "reminder", 2)
    rule(acme, "escalation", 4, person=acme.second_manager)
    actions = [acme.propose_proposal() for _ in range(5)]
    sweep()
    age(acme, *actions, hours=3)
    at_once(*[sweep] * 16)
    assert [len(entries(acme, action, "action.reminded")) for action in actions] == [1] * 5
    age(acme, *actions, hours=2)
    at_once(*[sweep] * 16)
    sweep()
    assert [len(entries(acme, action, "action.escalated")) for action in actions] == [1] * 5
    for action in actions:
        about = [notice for notice in notices(acme, person=acme.second_manager) if action.pk in notice.about]
        assert [notice.kind for notice in about] == ["approval", "reminder", "approval"]


def test_a_sweep_takes_a_batch_and_the_next_one_the_rest(acme: Company, mailbox: Mailbox, monkeypatch: Any) -> None:
    assert BATCH == 200
    monkeypatch.setattr("engine.reminding.BATCH", 2)
    rule(acme, "reminder", 1)
    actions = [acme.propose_proposal() for _ in range(3)]
    sweep()
    age(acme, *actions, hours=2)
    sweep()
    assert sum(acme.read(action).reminded_at is not None for action in actions) == 2
    sweep()
    assert sum(acme.read(action).reminded_at is not None for action in actions) == 3
