"""Limits a tenant sets: counted exactly, also by sixteen at once, at the proposal, the approval and the claim."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.suppressions import suppress
from crm.tenancy import tenant_scope
from engine.approvals import reject
from engine.claims import claim
from engine.errors import Conflict, NotAllowed
from engine.execution import drain
from engine.models import Action
from engine.proposals import Proposal, preview
from engine.sweep import expire_overdue
from engine.withdrawals import withdraw
from tests import rivals
from tests.cast import Company, company
from tests.engine.ruled import (
    chat,
    clone,
    contact,
    customer,
    executed,
    kinds,
    lift,
    meeting,
    propose_as,
    rule,
    statuses,
)
from tests.engine.test_executing import set_columns, use
from tests.sinks import mail_sink

at_once = partial(rivals.at_once, refusals=(Conflict, NotAllowed))


@pytest.mark.parametrize(("kind", "name"), [("touch_limit", "touch_limit"), ("send_limit", "send_limit")])
def test_exactly_as_many_as_the_limit_go_by_themselves(acme: Company, kind: str, name: str) -> None:
    rule(acme, kind, limit=3)
    made = [acme.propose() for _ in range(5)]
    assert [action.status for action in made] == ["approved"] * 3 + ["pending"] * 2
    assert [action.reason for action in made[3:]] == [name] * 2


def test_a_touch_counts_whatever_it_is_and_whichever_clone_sends_it(acme: Company) -> None:
    rule(acme, "touch_limit", limit=4)
    bob = clone(acme, "Bob")
    made = [
        acme.propose(),
        propose_as(acme, bob, payload=acme.email(to=["kim@globex.example"], cc=["HANK@Globex.Example"])),
        acme.propose("schedule_meeting", meeting(acme)),
        propose_as(acme, bob, "send_chat_message", payload=chat(), contact="C-1"),
        propose_as(acme, bob),
    ]
    assert [action.status for action in made] == ["approved"] * 4 + ["pending"]


def test_touches_are_counted_by_the_person_and_sends_by_the_account(acme: Company) -> None:
    contact(acme, "Kim")
    to_kim = acme.email(to=["kim@globex.example"])
    touch = rule(acme, "touch_limit", limit=1)
    assert [acme.propose().status, acme.propose(payload=to_kim).status] == ["approved", "approved"]
    lift(acme, touch)
    rule(acme, "send_limit", limit=2)
    assert acme.propose(payload=to_kim).reason == "send_limit"
    customer(acme, "Initech")
    assert acme.propose(account="Initech", payload=acme.email(to=["kim@initech.example"])).status == "approved"


def test_a_contact_without_an_address_is_touched_by_chat_as_well(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    contact(acme, "Mute", email="")
    made = [acme.propose("send_chat_message", chat(), contact="C-Mute") for _ in range(2)]
    assert [action.status for action in made] == ["approved", "pending"]
    assert acme.propose().status == "approved"


def test_a_chat_that_names_nobody_touches_nobody_but_is_sent_to_the_account(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    assert [acme.propose("send_chat_message", chat()).status for _ in range(2)] == ["approved"] * 2
    assert acme.propose().status == "approved"
    rule(acme, "send_limit", limit=3)
    assert acme.propose("send_chat_message", chat()).reason == "send_limit"


@pytest.mark.parametrize(
    ("kind", "just_before", "just_after"),
    [
        ("touch_limit", "6 days 23 hours 59 minutes", "7 days 1 second"),
        ("send_limit", "23 hours 59 minutes", "24 hours 1 second"),
    ],
)
def test_the_time_a_limit_looks_back_rolls_on(acme: Company, kind: str, just_before: str, just_after: str) -> None:
    rule(acme, kind, limit=1)
    action = acme.propose()
    executed(action, just_before)
    assert acme.propose().status == "pending"
    executed(action, just_after)
    assert acme.propose().status == "approved"


def test_what_was_carried_out_counts_from_then_however_long_ago_it_was_proposed(acme: Company) -> None:
    rule(acme, "send_limit", limit=1)
    action = acme.propose()
    set_columns(action, "proposed_at = proposed_at - interval '30 days', judged_at = judged_at - interval '30 days'")
    executed(action, "1 hour")
    assert acme.propose().status == "pending"


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired", "failed", "blocked", "superseded", "pending"])
def test_what_was_not_sent_does_not_count(acme: Company, status: str) -> None:
    rule(acme, "touch_limit", limit=1)
    rule(acme, "send_limit", limit=1)
    set_columns(acme.propose(), f"status = '{status}'")
    assert acme.propose().status == "approved"


@pytest.mark.parametrize("status", ["approved", "executing", "unknown"])
def test_what_may_have_been_sent_counts(acme: Company, status: str) -> None:
    rule(acme, "touch_limit", limit=1)
    action = acme.propose()
    set_columns(action, f"status = '{status}', lease_until = clock_timestamp()")
    assert acme.propose().status == "pending"


def test_a_withdrawn_a_rejected_and_an_expired_one_make_room(acme: Company) -> None:
    rule(acme, "send_limit", limit=1)
    first = acme.propose()
    withdraw(action=first, actor=acme.agent, clone_id=acme.clone.pk)
    second = acme.propose()
    set_columns(second, "expires_at = clock_timestamp()")
    expire_overdue()
    third = acme.propose()
    assert [acme.read(action).status for action in (first, second, third)] == ["withdrawn", "expired", "approved"]
    assert acme.propose().status == "pending"


def test_a_limit_that_is_lifted_limits_nothing(acme: Company) -> None:
    one = rule(acme, "touch_limit", limit=1)
    acme.propose()
    assert acme.propose().status == "pending"
    lift(acme, one)
    assert acme.propose().status == "approved"


def test_what_writes_to_nobody_is_under_no_limit(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    rule(acme, "send_limit", limit=1)
    briefing = {"title": "Globex", "body": "Read me."}
    assert [acme.propose("create_briefing", briefing, contact="C-1").status for _ in range(3)] == ["approved"] * 3


def locks_held() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_without_a_limit_nothing_is_locked_and_nothing_counted(acme: Company) -> None:
    rule(acme, "needs_person", stage="negotiation")
    with tenant_scope(acme.tenant), CaptureQueriesContext(connection) as queries:
        acme.propose()
        assert locks_held() == 0
    assert not [query for query in queries if "touched" in query["sql"]]


def test_a_limit_on_others_is_not_counted(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1, account=customer(acme, "Initech"))
    with CaptureQueriesContext(connection) as queries:
        acme.propose()
    assert not [query for query in queries if "touched" in query["sql"]]


def test_a_limit_for_some_recipients_asks_how_often_those_were_written_to(acme: Company) -> None:
    contact(acme, "Kim")
    rule(acme, "touch_limit", limit=1, recipient="kim@globex.example")
    assert [acme.propose().status for _ in range(2)] == ["approved"] * 2
    both = acme.email(to=["hank@globex.example", "kim@globex.example"])
    assert [acme.propose(payload=both).status for _ in range(2)] == ["approved", "pending"]


def test_a_message_that_needs_approval_is_only_told_of_the_limit(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    acme.propose()
    waiting = acme.propose_proposal()
    assert (waiting.status, waiting.rules) == ("pending", ["approval_required", "touch_limit"])
    assert acme.approve(waiting).status == "approved"


# --- how many of a clone's proposals wait ---------------------------------------------------------------------------------


def test_one_more_than_may_wait_is_turned_away_until_one_is_decided(acme: Company) -> None:
    rule(acme, "pending_limit", limit=2)
    first, _ = acme.propose_proposal(), acme.propose_proposal()
    turned_away = acme.propose_proposal()
    assert (turned_away.status, turned_away.reason) == ("blocked", "pending_limit")
    assert acme.propose().status == "approved"
    reject(action=first, actor=acme.actor(), reason="No.")
    assert acme.propose_proposal().status == "pending"
    assert acme.propose_proposal().status == "blocked"


def test_another_clones_queue_is_another(acme: Company) -> None:
    rule(acme, "pending_limit", limit=1)
    bob = clone(acme, "Bob")
    acme.propose_proposal()
    assert propose_as(acme, bob, "send_proposal").status == "pending"


def test_a_limit_on_one_clone_leaves_the_others_alone(acme: Company) -> None:
    rule(acme, "pending_limit", limit=1, clone=acme.clone)
    bob = clone(acme, "Bob")
    assert [acme.propose_proposal().status for _ in range(2)] == ["pending", "blocked"]
    assert [propose_as(acme, bob, "send_proposal").status for _ in range(2)] == ["pending", "pending"]


def test_a_full_queue_does_not_keep_what_waits_from_being_approved_or_edited(acme: Company) -> None:
    action = acme.propose_proposal()
    acme.propose_proposal()
    rule(acme, "pending_limit", limit=1)
    with pytest.raises(Conflict):
        acme.approve(action)
    assert acme.approve(acme.read(action)).status == "approved"


# --- at the claim ---------------------------------------------------------------------------------------------------------


def test_of_what_was_approved_before_the_limit_only_so_many_go(acme: Company, settings: Any) -> None:
    made = [acme.propose(payload=acme.email(subject=f"No. {number}")) for number in range(4)]
    rule(acme, "touch_limit", limit=2)
    with mail_sink() as sink:
        use(settings, sink.port)
        drain("email")
    assert len(sink.taken) == 2
    assert [acme.read(action).status for action in made] == ["executed", "executed", "pending", "pending"]
    assert kinds(acme, made[2])[-1] == "action.handed_back"
    assert acme.read(made[2]).reason == "touch_limit"


def test_what_a_person_approved_without_having_seen_the_limit_comes_back_to_them(acme: Company) -> None:
    rule(acme, "send_limit", limit=1)
    action = acme.approve(acme.propose_proposal())
    sent = acme.propose()
    assert sent.status == "pending"
    executed(sent, "1 hour")
    assert claim(acme.tenant.pk, "email") == []
    back = acme.read(action)
    assert (back.status, back.rules) == ("pending", ["approval_required", "send_limit"])
    acme.approve(back)
    assert [one.action.pk for one in claim(acme.tenant.pk, "email")] == [action.pk]


# --- many at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "limit"), [("touch_limit", 3), ("send_limit", 5)])
def test_sixteen_clones_that_write_to_one_person_at_once(transactional_db: None, kind: str, limit: int) -> None:
    acme = company("acme")
    rule(acme, kind, limit=limit)
    clones = [clone(acme, f"Clone{number}") for number in range(16)]
    made = at_once(*[lambda one=one: propose_as(acme, one) for one in clones])
    assert Counter(action.status for action in made) == {"approved": limit, "pending": 16 - limit}


@pytest.mark.django_db(transaction=True)
def test_sixteen_proposals_of_one_clone_at_once_leave_no_more_waiting_than_may(transactional_db: None) -> None:
    acme = company("acme")
    rule(acme, "pending_limit", limit=4)
    customers = [customer(acme, f"Customer{number}") for number in range(16)]
    made = at_once(*[lambda one=one: acme.propose_proposal(account=str(one.pk)) for one in customers])
    assert Counter(action.status for action in made) == {"pending": 4, "blocked": 12}


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_approve_at_once_approve_one_each_knows_of(transactional_db: None) -> None:
    acme = company("acme")
    rule(acme, "touch_limit", limit=1)
    one, other = acme.propose_proposal(), acme.propose_proposal()
    answers = at_once(lambda: acme.approve(one), lambda: acme.approve(other, actor=acme.actor(acme.second_manager)))
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert len(refused) == 1
    assert "as often in the last seven days" in str(refused[0])
    assert sorted(statuses(acme)) == ["approved", "pending"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [1, 3])
def test_workers_of_three_queues_that_claim_at_once_take_no_more_than_may_go(
    transactional_db: None, limit: int
) -> None:
    acme = company("acme")
    for _ in range(3):
        acme.propose()
        acme.propose("schedule_meeting", meeting(acme))
        acme.propose("send_chat_message", chat(), contact="C-1")
    rule(acme, "touch_limit", limit=limit)
    claimed = at_once(
        *[lambda queue=queue: claim(acme.tenant.pk, queue) for queue in ("email", "calendar", "chat") * 2]
    )
    taken = sum(map(len, claimed))
    assert taken <= limit
    for queue in ("email", "calendar", "chat"):
        taken += len(claim(acme.tenant.pk, queue))
    assert taken == limit
    assert Counter(statuses(acme)) == {"executing": limit, "pending": 9 - limit}


@pytest.mark.django_db(transaction=True)
def test_many_customers_and_clones_in_opposite_orders_lock_nobody_out(transactional_db: None) -> None:
    acme = company("acme")
    rule(acme, "touch_limit", limit=50)
    rule(acme, "send_limit", limit=50)
    rule(acme, "pending_limit", limit=50)
    clones = [clone(acme, f"Clone{number}") for number in range(4)]
    customers = [customer(acme, f"Customer{number}") for number in range(4)]

    def work(number: int) -> int:
        order = range(4) if number % 2 else range(3, -1, -1)
        with tenant_scope(acme.tenant):  # as a planner does: several proposals in one transaction
            made = [propose_as(acme, clones[(place + number) % 4], account=str(customers[place].pk)) for place in order]
        return len(made) + len(claim(acme.tenant.pk, "email"))

    done = at_once(*[partial(work, number) for number in range(16)])
    assert all(number >= 4 for number in done)
    with tenant_scope(acme.tenant):
        assert Action.objects.count() == 64


def test_the_dry_run_says_what_a_proposal_would_meet_and_locks_nothing(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    asked = Proposal(
        tenant=acme.tenant,
        clone_id=acme.clone.pk,
        action_type="send_follow_up_email",
        account="A-1",
        payload=acme.email(),
    )
    assert preview(asked).allowed
    acme.propose()
    with tenant_scope(acme.tenant):
        before = locks_held()
        assert preview(asked).reason == "touch_limit"
        assert locks_held() == before


def test_a_tagged_address_is_the_mailbox_without_its_tag(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    assert acme.propose(payload=acme.email(to=["hank+x@globex.example"])).status == "approved"
    for spelling in ("hank@globex.example", "hank+y@globex.example", "Hank+X@globex.example"):
        assert acme.propose(payload=acme.email(to=[spelling])).reason == "touch_limit", spelling


def test_a_suppressed_mailbox_is_reached_by_no_tag(acme: Company) -> None:
    suppress(tenant=acme.tenant, actor=acme.actor(), reason="asked", address="stop@globex.example")
    tagged = acme.propose(payload=acme.email(to=["stop+1@globex.example"]))
    assert (tagged.status, tagged.reason) == ("blocked", "suppressed_contact")


def test_one_person_on_record_under_two_accounts_is_one_person(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    twin = customer(acme, "Initech")
    with tenant_scope(acme.tenant):
        twin.contacts.update(email=acme.contact.email)
    assert acme.propose().status == "approved"
    assert "touch_limit" in acme.propose(account=str(twin.pk)).rules
    rule(acme, "send_limit", limit=1)
    assert "send_limit" not in acme.propose(account=str(twin.pk)).rules


def test_a_chat_with_one_person_reaches_that_person(acme: Company) -> None:
    rule(acme, "touch_limit", limit=1)
    assert acme.propose("send_chat_message", {**chat(), "channel": acme.contact.email}).status == "approved"
    assert acme.propose().reason == "touch_limit"
    stranger = acme.propose("send_chat_message", {**chat(), "channel": "eve@elsewhere.example"})
    assert stranger.reason == "unknown_recipient"
