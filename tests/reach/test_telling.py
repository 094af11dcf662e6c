"""People are told that actions wait for them: what presses at once, the rest in batches, each action once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm.models import Clone, Membership, Opportunity, Role
from crm.people import add_person, change_role
from crm.tenancy import tenant_scope
from engine.approvals import approve, reject, undo
from engine.models import NoticeStatus
from engine.notices import send_due
from engine.proposals import Proposal, propose
from engine.sweep import as_it_is_now, reach_people
from guardrails.models import TenantRule
from record import journal
from record.actors import SYSTEM
from tests.cast import Company, company
from tests.reach.posts import Mailbox, change, notices, set_reach, sweep, text_of, turn_back
from tests.rivals import at_once


def test_what_waits_is_told_to_every_manager_once(acme: Company, mailbox: Mailbox) -> None:
    acme.propose_proposal(opportunity="O-1")
    assert [sweep(), sweep(), sweep()] == [2, 0, 0]
    assert sorted(mail["To"] for mail in mailbox.mails()) == ["manager@acme.example", "second_manager@acme.example"]


def test_what_needs_nobody_is_told_to_nobody(acme: Company, mailbox: Mailbox) -> None:
    acme.propose()
    acme.propose("commit_pricing", {"price": "1"})
    assert sweep() == 0


def test_the_rest_comes_in_batches(acme: Company, mailbox: Mailbox) -> None:
    acme.propose_proposal()
    assert sweep() == 2
    for _ in range(3):
        acme.propose_proposal()
    assert sweep() == 0
    turn_back(acme, 29)
    assert sweep() == 0
    turn_back(acme, 1)
    assert sweep() == 2
    assert [mail["Subject"].partition(":")[0] for mail in mailbox.mails(acme.manager)] == [
        "1 action waits for you",
        "3 actions wait for you",
    ]


def test_the_batch_is_as_long_as_the_person_wants(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, batch_minutes=5)
    acme.propose_proposal()
    sweep()
    acme.propose_proposal()
    turn_back(acme, 5)
    assert sweep() == 1
    assert len(mailbox.mails(acme.manager)) == 2


def test_a_deal_of_value_presses(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_value="12000.00", batch_minutes=600)
    set_reach(acme, acme.second_manager, urgent_value="12000.01", batch_minutes=600)
    acme.propose_proposal()
    sweep()
    acme.propose_proposal(opportunity="O-1")
    assert sweep() == 1
    assert len(mailbox.mails(acme.manager)) == 2


def test_what_presses_does_not_take_the_rest_along_nor_keep_it_back(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_value="1", batch_minutes=30)
    acme.propose_proposal()
    sweep()
    turn_back(acme, 20)
    acme.propose_proposal()
    acme.propose_proposal(opportunity="O-1")
    sweep()
    assert mailbox.mails(acme.manager)[-1]["Subject"].startswith(
        "1 action waits for you: Send a proposal for Globex ($12,000)"
    )
    turn_back(acme, 10)
    sweep()
    assert len(mailbox.mails(acme.manager)) == 3


def test_both_at_once_are_one_message(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_value="1")
    acme.propose_proposal()
    acme.propose_proposal(opportunity="O-1")
    sweep()
    (mail,) = mailbox.mails(acme.manager)
    assert mail["Subject"].startswith("2 actions wait for you")


@pytest.mark.parametrize(("left", "told"), [(timedelta(hours=4, seconds=30), 0), (timedelta(hours=4), 2)])
def test_a_near_deadline_presses(acme: Company, mailbox: Mailbox, left: timedelta, told: int) -> None:
    acme.propose_proposal()
    sweep()
    other = acme.propose_proposal()
    change(acme, other, expires_at=timezone.now() + left)
    assert sweep() == told


def test_a_deadline_that_comes_near_is_told_to_who_hears_of_nothing_else(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, other_way="none")
    action = acme.propose_proposal()
    sweep()
    assert mailbox.mails(acme.manager) == []
    turn_back(acme, 60 * 24)
    change(acme, action, expires_at=timezone.now() + timedelta(hours=3))
    sweep()
    assert len(mailbox.mails(acme.manager)) == 1


def test_who_wants_to_hear_nothing_hears_nothing(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_way="none", other_way="none")
    acme.propose_proposal()
    assert sweep() == 1
    assert mailbox.mails(acme.manager) == []


def test_what_presses_comes_with_the_rest_for_who_wants_it_no_other_way(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_way="none", urgent_value="1")
    acme.propose_proposal(opportunity="O-1")
    sweep()
    assert len(mailbox.mails(acme.manager)) == 1


def test_each_kind_goes_its_own_way(acme: Company, mailbox: Mailbox) -> None:
    set_reach(acme, acme.manager, urgent_way="both", other_way="email", urgent_value="1", chat_channel="#deals")
    acme.propose_proposal()
    acme.propose_proposal(opportunity="O-1")
    assert sweep() == 3
    (post,) = mailbox.posts()
    assert post["channel"] == "#deals"
    assert "manager-acme, 1 action waits for a decision in Acme; deals of $12,000." in post["text"]
    assert mailbox.mails(acme.manager)[0]["Subject"].startswith("2 actions wait for you")


def test_a_person_without_an_address_is_told_by_nobody_and_troubles_nobody(acme: Company, mailbox: Mailbox) -> None:
    acme.manager.email = ""
    acme.manager.save()
    acme.propose_proposal()
    assert [sweep(), sweep()] == [1, 0]


def test_what_is_assigned_to_somebody_is_told_to_them_alone(acme: Company, mailbox: Mailbox) -> None:
    change(acme, acme.propose_proposal(), assignee=acme.second_manager)
    assert sweep() == 1
    assert len(mailbox.mails(acme.second_manager)) == 1


def test_what_is_assigned_to_somebody_who_no_longer_decides_is_told_to_all_who_do(
    acme: Company, mailbox: Mailbox
) -> None:
    change(acme, acme.propose_proposal(), assignee=acme.rep)
    assert sweep() == 2


def test_who_is_handed_an_action_is_told_of_it_again(acme: Company, mailbox: Mailbox) -> None:
    action = acme.propose_proposal()
    sweep()
    turn_back(acme, 60)
    with tenant_scope(acme.tenant):
        journal.write(
            tenant_id=acme.tenant.pk, kind="action.reassigned", subject=("action", action.pk), actor=acme.actor()
        )
    change(acme, action, assignee=acme.second_manager)
    assert [sweep(), sweep()] == [1, 0]
    assert len(mailbox.mails(acme.second_manager)) == 2


def test_what_is_snoozed_is_told_when_its_snooze_ends(acme: Company, mailbox: Mailbox) -> None:
    action = acme.propose_proposal()
    sweep()
    turn_back(acme, 60)
    change(acme, action, snoozed_until=timezone.now() + timedelta(minutes=10))
    assert sweep() == 0
    turn_back(acme, 11)
    assert [sweep(), sweep()] == [2, 0]


def test_what_waits_anew_is_told_anew(acme: Company, mailbox: Mailbox) -> None:
    action = acme.propose_proposal()
    sweep()
    turn_back(acme, 60)
    reject(action=action, actor=acme.actor(), reason="No.", hold=True)
    undo(action=action, actor=acme.actor())
    change(acme, action, waiting_since=timezone.now())
    assert [sweep(), sweep()] == [2, 0]


def test_nobody_is_told_of_what_they_proposed_themselves(acme: Company, mailbox: Mailbox) -> None:
    own = Proposal(
        tenant=acme.tenant, clone_id=acme.clone.pk, action_type="send_proposal", account="A-1", payload=acme.email()
    )
    propose(own, actor=acme.actor())
    assert sweep() == 1
    assert mailbox.mails(acme.manager) == []


def test_who_gave_the_first_of_two_votes_is_not_asked_for_the_second(acme: Company, mailbox: Mailbox) -> None:
    change(acme, acme.propose_proposal(), first_vote_by=acme.manager, first_vote_at=timezone.now())
    assert sweep() == 1
    assert mailbox.mails(acme.manager) == []


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({}, True),
        ({"action_type": "send_proposal"}, True),
        ({"action_type": "discuss_pricing"}, False),
        ({"value_below": "12000.01"}, True),
        ({"value_below": "12000"}, False),
        ({"value_from": "12000"}, True),
        ({"stage": "discovery"}, True),
        ({"stage": "evaluation"}, False),
    ],
)
def test_a_representative_is_told_of_what_a_rule_leaves_to_them(
    acme: Company, mailbox: Mailbox, scope: dict[str, str], told: bool
) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(owner=acme.rep)
        TenantRule.objects.create(tenant=acme.tenant, kind="reps_decide", reason="x", set_by="x", **scope)
    acme.propose_proposal(opportunity="O-1")
    sweep()
    assert len(mailbox.mails(acme.rep)) == told


def test_without_a_rule_a_representative_is_told_nothing(acme: Company, mailbox: Mailbox) -> None:
    with tenant_scope(acme.tenant):
        Clone.objects.filter(pk=acme.clone.pk).update(owner=acme.rep)
    acme.propose_proposal()
    sweep()
    assert mailbox.mails(acme.rep) == []


def test_only_what_still_waits_is_told(acme: Company, mailbox: Mailbox) -> None:
    first, second = acme.propose_proposal(), acme.propose_proposal(opportunity="O-1")
    reach_people()
    approve(action=first, actor=acme.actor(), content_hash=first.content_hash)
    send_due(latest=as_it_is_now)
    (mail,) = mailbox.mails(acme.manager)
    assert mail["Subject"].startswith("1 action waits for you")
    assert str(first.pk) not in text_of(mail)
    assert str(second.pk) in text_of(mail)


def test_a_message_about_nothing_that_waits_is_dropped(acme: Company, mailbox: Mailbox) -> None:
    action = acme.propose_proposal()
    reach_people()
    approve(action=action, actor=acme.actor(), content_hash=action.content_hash)
    assert send_due(latest=as_it_is_now) == 0
    assert {notice.status for notice in notices(acme)} == {NoticeStatus.DROPPED}
    assert mailbox.mails() == []


def test_who_lost_their_role_meanwhile_is_sent_nothing(acme: Company, mailbox: Mailbox) -> None:
    acme.propose_proposal()
    reach_people()
    with tenant_scope(acme.tenant):
        membership = Membership.objects.get(person=acme.manager)
    change_role(membership, role=Role.REP, actor=SYSTEM)
    assert send_due(latest=as_it_is_now) == 1
    assert mailbox.mails(acme.manager) == []


def test_who_joins_later_is_told_of_all_that_waits(acme: Company, mailbox: Mailbox) -> None:
    for _ in range(3):
        acme.propose_proposal()
    sweep()
    turn_back(acme, 600)
    new = add_person(tenant=acme.tenant, username="new", role="manager", actor=SYSTEM, email="new@acme.example").person
    assert sweep() == 1
    assert mailbox.mails(new)[0]["Subject"].startswith("3 actions wait for you")


def test_a_proposal_that_commits_late_is_not_passed_over(acme: Company, mailbox: Mailbox) -> None:
    """Its clock was read before the others were told, its row is seen after."""
    acme.propose_proposal()
    sweep()
    late = acme.propose_proposal(opportunity="O-1")
    change(acme, late, proposed_at=timezone.now() - timedelta(minutes=9), waiting_since=None)
    with tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engine_reach SET others_told_at = clock_timestamp() - batch_minutes * interval '1 minute'"
        )
        cursor.execute(
            "UPDATE engine_action SET proposed_at = proposed_at - interval '30 minutes' WHERE id = %s", [late.pk]
        )
    assert sweep() == 2
    assert str(late.pk) in text_of(mailbox.mails(acme.manager)[-1])


def test_marks_that_are_lost_lose_no_message_and_repeat_none(acme: Company, mailbox: Mailbox) -> None:
    for number in range(1, 4):
        acme.propose_proposal()
        set_reach(acme, acme.manager, urgent_told_at=None, others_told_at=None)
        sweep()
        set_reach(acme, acme.manager, urgent_told_at=None, others_told_at=None)
        sweep()
        assert len(mailbox.mails(acme.manager)) == number
    assert all(mail["Subject"].startswith("1 action") for mail in mailbox.mails(acme.manager))


def test_workers_at_once_make_one_message_a_person(acme: Company, mailbox: Mailbox) -> None:
    for _ in range(3):
        acme.propose_proposal(opportunity="O-1")
    at_once(*[reach_people] * 16)
    assert len(notices(acme)) == 2
    at_once(*[sweep] * 16)
    assert len(mailbox.mails()) == 2


def test_a_failure_half_way_tells_nobody_and_loses_nothing(acme: Company, mailbox: Mailbox) -> None:
    acme.propose_proposal()
    with transaction.atomic():
        reach_people()
        transaction.set_rollback(True)
    assert notices(acme) == []
    assert sweep() == 2


def test_two_companies_are_told_apart(acme: Company, mailbox: Mailbox) -> None:
    rival = company("rival")
    acme.propose_proposal()
    theirs = rival.propose_proposal()
    assert sweep() == 4
    assert str(theirs.pk) not in "".join(text_of(mail) for mail in mailbox.mails(acme.manager))


def test_many_are_told_in_as_many_statements_as_one(
    acme: Company, mailbox: Mailbox, django_assert_max_num_queries: Any
) -> None:
    acme.propose_proposal(opportunity="O-1")
    with django_assert_max_num_queries(60) as few:
        reach_people()
    for _ in range(30):
        acme.propose_proposal(opportunity="O-1")
    turn_back(acme, 60)
    with django_assert_max_num_queries(60) as many:
        reach_people()
    assert len(many) <= len(few)


def test_a_deal_that_is_worth_more_meanwhile_comes_with_the_batch_at_the_latest(
    acme: Company, mailbox: Mailbox
) -> None:
    set_reach(acme, acme.manager, urgent_value="50000")
    acme.propose_proposal()
    sweep()
    acme.propose_proposal(opportunity="O-1")
    with tenant_scope(acme.tenant):
        Opportunity.objects.filter(pk=acme.deal.pk).update(amount=60_000)
    sweep()
    assert "$60,000" in mailbox.mails(acme.manager)[-1]["Subject"]
