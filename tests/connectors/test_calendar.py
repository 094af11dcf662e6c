"""An invitation that calendars understand: one event for one action, whatever its words are."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar, Event

from crm.tenancy import tenant_scope
from engine.claims import claim
from engine.connectors.calendar import compose
from engine.connectors.contract import Delivery
from engine.models import Action
from tests.cast import Company

MEETING = {
    "attendees": ["hank@globex.example", "jane@globex.example"],
    "starts_at": "2027-03-01T09:30:00+01:00",
    "duration_minutes": 45,
    "title": "Next steps",
}


def invitation(acme: Company, **changes: Any) -> tuple[Delivery, Event]:
    action = acme.propose("schedule_meeting", {**MEETING, **changes})
    with tenant_scope(acme.tenant):
        loaded = Action.objects.select_related("clone", "account", "tenant").get(pk=action.pk)
    delivery = Delivery(loaded, "f" * 64)
    return delivery, event_of(delivery)


def event_of(delivery: Delivery) -> Event:
    (calendar,) = [content for content, kind in compose(delivery).alternatives if kind.startswith("text/calendar")]
    (event,) = Calendar.from_ical(calendar).walk("VEVENT")
    return event


def test_an_invitation_says_who_when_and_what(acme: Company) -> None:
    _, event = invitation(acme, description="Bring the list.", location="By phone")
    assert (event["summary"], event["description"], event["location"]) == ("Next steps", "Bring the list.", "By phone")
    assert event["organizer"] == "mailto:ada@acme.example"
    assert event["attendee"] == ["mailto:hank@globex.example", "mailto:jane@globex.example"]


@pytest.mark.parametrize(
    "starts_at", ["2027-03-01T09:30:00+01:00", "2027-03-01T08:30:00Z", "2027-02-28T21:30:00-11:00"]
)
def test_its_times_are_in_utc_so_that_no_zone_must_be_known(acme: Company, starts_at: str) -> None:
    delivery, event = invitation(acme, starts_at=starts_at)
    assert event.decoded("dtstart") == datetime(2027, 3, 1, 8, 30, tzinfo=UTC)
    assert event.decoded("dtend") == datetime(2027, 3, 1, 9, 15, tzinfo=UTC)
    assert "TZID" not in str(compose(delivery).alternatives)


def test_a_repeat_updates_the_same_event(acme: Company) -> None:
    acme.propose("schedule_meeting", MEETING)
    (first,) = claim(acme.tenant.pk, "calendar")
    before = event_of(Delivery(first.action, first.key))
    first.action.fence += 1
    after = event_of(Delivery(first.action, first.key))
    assert before["uid"] == after["uid"] == first.key
    assert (before["sequence"], after["sequence"]) == (0, 1)


def test_another_action_is_another_event(acme: Company) -> None:
    delivery, event = invitation(acme)
    assert event_of(replace(delivery, key="e" * 64))["uid"] != event["uid"]


HOSTILE = [
    "Talk\\nEND:VEVENT",
    "a;b,c:d\\",
    '"quoted"; ATTENDEE=mailto:eve@evil.example',
    "\u202etxt.exe",
    "x" * 300,
    "\U0001f4c5 Gr\u00fc\u00dfe",
    "BEGIN:VALARM",
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:20])
def test_words_stay_words(acme: Company, words: str) -> None:
    _, event = invitation(
        acme, title=words, location=words, description=f"{words}\nEND:VEVENT\r\nATTENDEE:mailto:eve@x"
    )
    assert (event["summary"], event["location"]) == (words, words)
    assert len(event["attendee"]) == 2
    assert not event.subcomponents


@pytest.mark.parametrize(
    "name", ['Ada "the" Clone', "Ada; RSVP=TRUE", "Ad\u00e4", "Ada\nATTENDEE:mailto:eve@x", "Ada^n"]
)
def test_a_clones_name_stays_a_name(acme: Company, name: str) -> None:
    delivery, _ = invitation(acme)
    delivery.action.clone.name = name
    event = event_of(delivery)
    assert event["organizer"] == "mailto:ada@acme.example"
    assert len(event["attendee"]) == 2
