"""Quiet hours at the claim: what is approved waits for the morning of whom it reaches, and then goes."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.models import Contact, Tenant
from crm.tenancy import tenant_scope
from engine.execution import drain, due_tenants
from engine.models import Action
from engine.queue import what_each_waits_for
from engine.rejudging import rejudge
from engine.sweep import expire_overdue
from guardrails.models import TenantRule
from record.models import Entry
from tests.cast import Company
from tests.engine.ruled import chat, clone, contact, kinds, lift, meeting, propose_as, rule
from tests.engine.test_executing import set_columns, use
from tests.sinks import MailSink, mail_sink

# Zones a half day apart: a rule that is quiet now in one of them is not in the other.
UTC_ZONE, FAR_AWAY = "UTC", "Pacific/Kiritimati"  # 14 hours ahead


@pytest.fixture
def sink(settings: Any) -> Iterator[MailSink]:
    with mail_sink() as running:
        use(settings, running.port)
        yield running


def clock_face(zone: str, hours: float) -> time:
    """What a clock of the zone reads so many hours from now, to the minute."""
    return (datetime.now(ZoneInfo(zone)) + timedelta(hours=hours)).time().replace(second=0, microsecond=0)


def quiet_now(company: Company, zone: str = UTC_ZONE, **given: Any) -> TenantRule:
    """A rule by which it is quiet in the zone since two hours ago and for two more."""
    return rule(company, "quiet_hours", quiet_from=clock_face(zone, -2), quiet_until=clock_face(zone, 2), **given)


def live_in(company: Company, zone: str) -> None:
    with tenant_scope(company.tenant):
        Contact.objects.filter(pk=company.contact.pk).update(time_zone=zone)


def the_night_ends(standing: TenantRule, action: Action) -> None:
    """As if time had passed: the hours moved ahead of us, and the wait is over."""
    with tenant_scope(standing.tenant_id):
        TenantRule.objects.filter(pk=standing.pk).update(
            quiet_from=clock_face("UTC", 3), quiet_until=clock_face("UTC", 4)
        )
    set_columns(action, "quiet_until = clock_timestamp()")


def waits_for(company: Company, action: Action) -> str | None:
    now = company.read(action)
    with tenant_scope(company.tenant):
        return what_each_waits_for([now])[now.pk]


def test_in_quiet_hours_an_approved_mail_stays_approved_and_says_so(acme: Company, sink: MailSink) -> None:
    quiet_now(acme)
    action = acme.propose()
    assert drain("email") == 0
    held = acme.read(action)
    assert (held.status, sink.taken, waits_for(acme, action)) == ("approved", [], "quiet_hours")
    assert held.quiet_until is not None
    assert timedelta(hours=1, minutes=58) < held.quiet_until - datetime.now(UTC) <= timedelta(hours=2)


def test_the_record_tells_it_once_however_often_the_sweep_comes(acme: Company, sink: MailSink) -> None:
    quiet_now(acme)
    action = acme.propose()
    for _ in range(5):
        drain("email")
        rejudge()
    assert kinds(acme, action) == ["action.proposed", "action.held_for_quiet_hours"]
    assert due_tenants("email") == []


def test_once_it_is_over_it_goes(acme: Company, sink: MailSink) -> None:
    standing = quiet_now(acme)
    action = acme.propose()
    drain("email")
    the_night_ends(standing, action)
    assert drain("email") == 1
    assert acme.read(action).status == "executed"
    assert len(sink.taken) == 1


def test_where_it_is_still_quiet_then_it_waits_on(acme: Company, sink: MailSink) -> None:
    quiet_now(acme)
    action = acme.propose()
    drain("email")
    set_columns(action, "quiet_until = clock_timestamp()")
    assert drain("email") == 0
    assert waits_for(acme, action) == "quiet_hours"


def test_a_lifted_rule_lets_it_go_with_the_next_sweep(acme: Company, sink: MailSink) -> None:
    standing = quiet_now(acme)
    action = acme.propose()
    drain("email")
    lift(acme, standing)
    assert rejudge() == 1
    assert (drain("email"), acme.read(action).status) == (1, "executed")


def test_a_rule_set_over_what_waits_for_the_morning_reviews_it_once(acme: Company, sink: MailSink) -> None:
    quiet_now(acme)
    action = acme.propose()
    drain("email")
    rule(acme, "never", stage="negotiation")
    for _ in range(3):
        rejudge()
        drain("email")
    assert kinds(acme, action)[2:] == ["action.quiet_hours_reviewed", "action.held_for_quiet_hours"]


def test_by_the_contacts_clock_and_else_by_the_companys(acme: Company, sink: MailSink) -> None:
    live_in(acme, FAR_AWAY)
    quiet_now(acme, UTC_ZONE)
    acme.propose()
    assert drain("email") == 1
    contact(acme, "Kim")
    action = acme.propose(payload=acme.email(to=["kim@globex.example"]))
    assert drain("email") == 0
    assert waits_for(acme, action) == "quiet_hours"


def test_in_the_contacts_night_it_waits_whatever_the_companys_clock_says(acme: Company, sink: MailSink) -> None:
    live_in(acme, FAR_AWAY)
    quiet_now(acme, FAR_AWAY)
    acme.propose()
    assert drain("email") == 0


@pytest.mark.parametrize("field", ["to", "cc"])
def test_one_whose_clock_nobody_knows_goes_by_the_companys(acme: Company, sink: MailSink, field: str) -> None:
    live_in(acme, FAR_AWAY)
    quiet_now(acme, UTC_ZONE)
    stranger = ["somebody@globex.example"]
    mail = {"to": [acme.contact.email, *stranger]} if field == "to" else {"cc": stranger}
    acme.propose(payload=acme.email(**mail))
    assert drain("email") == 0


def test_of_several_people_all_must_be_awake(acme: Company, sink: MailSink) -> None:
    live_in(acme, FAR_AWAY)
    contact(acme, "Kim", time_zone=UTC_ZONE)
    quiet_now(acme, UTC_ZONE)
    acme.propose(payload=acme.email(cc=["KIM@globex.example"]))
    assert drain("email") == 0


def test_a_chat_and_an_invitation_wait_as_well(acme: Company, settings: Any) -> None:
    quiet_now(acme)
    talk = acme.propose("send_chat_message", chat(), contact="C-1")
    invitation = acme.propose("schedule_meeting", meeting(acme))
    assert (drain("chat"), drain("calendar")) == (0, 0)
    assert {waits_for(acme, one) for one in (talk, invitation)} == {"quiet_hours"}


def test_what_writes_to_nobody_does_not_wait(acme: Company) -> None:
    quiet_now(acme)
    action = acme.propose("create_briefing", {"title": "Globex", "body": "Read me."})
    assert drain("crm") == 1
    assert acme.read(action).status == "executed"


def test_a_scope_leaves_the_others_alone(acme: Company, sink: MailSink) -> None:
    quiet_now(acme, clone=clone(acme, "Bob"))
    acme.propose()
    assert drain("email") == 1


def test_what_a_person_approved_waits_too_and_goes_with_their_approval(acme: Company, sink: MailSink) -> None:
    standing = quiet_now(acme)
    action = acme.approve(acme.propose_proposal())
    assert drain("email") == 0
    assert acme.read(action).decided_by == acme.manager
    the_night_ends(standing, action)
    assert drain("email") == 1


def test_many_that_wait_hold_up_nothing_behind_them(acme: Company, sink: MailSink) -> None:
    bob = clone(acme, "Bob")
    quiet_now(acme, clone=acme.clone)
    for _ in range(12):
        acme.propose()
    urgent = propose_as(acme, bob)
    assert drain("email") == 1
    assert acme.read(urgent).status == "executed"


def test_the_deadline_passes_at_night_as_well_and_means_no(acme: Company, sink: MailSink) -> None:
    quiet_now(acme)
    action = acme.propose()
    drain("email")
    set_columns(action, "expires_at = clock_timestamp()")
    assert expire_overdue() == 1
    assert acme.read(action).status == "expired"


def test_a_weekend_is_quiet_by_the_same_clock(acme: Company, sink: MailSink) -> None:
    rule(
        acme,
        "quiet_hours",
        quiet_from=clock_face("UTC", 3),
        quiet_until=clock_face("UTC", 4),
        quiet_weekends=True,
    )
    weekend = datetime.now(UTC).weekday() >= 5
    acme.propose()
    assert drain("email") == (0 if weekend else 1)


def test_another_companys_night_is_its_own(acme: Company, rival: Company, sink: MailSink) -> None:
    quiet_now(rival)
    acme.propose()
    rival.propose()
    assert drain("email") == 1
    with tenant_scope(rival.tenant):
        assert Entry.objects.filter(kind="action.held_for_quiet_hours").count() == 1


def test_the_companys_own_zone_is_read_from_its_row(acme: Company, sink: MailSink) -> None:
    Tenant.objects.filter(pk=acme.tenant.pk).update(time_zone=FAR_AWAY)
    quiet_now(acme, FAR_AWAY)
    acme.propose()
    assert drain("email") == 0
