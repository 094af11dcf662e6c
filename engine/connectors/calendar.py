"""Meetings: an iCalendar invitation by e-mail (RFC 5545, RFC 6047), whose UID makes a repeat an update of the same event."""

from datetime import UTC, datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from icalendar import Calendar, Event, vCalAddress, vText

from engine.connectors.contract import Delivery, Receipt
from engine.connectors.email import sender, signed
from engine.connectors.mailing import message_id, send


def deliver(delivery: Delivery) -> Receipt:
    """Invite the attendees. Raises NotDelivered or Uncertain."""
    return send(compose(delivery))


def compose(delivery: Delivery) -> EmailMultiAlternatives:
    """The invitation as it will be sent."""
    action, payload = delivery.action, delivery.action.payload
    from_email = sender(action.clone.name, action.clone.address)
    mail = EmailMultiAlternatives(
        subject=payload["title"],
        body=signed(payload.get("description", payload["title"]), action.clone.signature),
        from_email=from_email,
        to=payload["attendees"],
        reply_to=[action.clone.reply_to] if action.clone.reply_to else None,
        headers={"Message-ID": message_id(delivery.key, action.clone.address)},
    )
    mail.attach_alternative(_calendar(delivery).decode(), "text/calendar; method=REQUEST")
    return mail


def _calendar(delivery: Delivery) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Autonomy//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(_event(delivery))
    return calendar.to_ical()


def _event(delivery: Delivery) -> Event:
    action, payload = delivery.action, delivery.action.payload
    starts_at = datetime.fromisoformat(payload["starts_at"]).astimezone(UTC)  # another zone would have to be defined
    event = Event()
    event.add("uid", delivery.key)
    event.add("sequence", max(0, action.fence - 1))  # RFC 5546, 2.1.5: a later try takes the place of an earlier one
    event.add("dtstamp", action.proposed_at)
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=payload["duration_minutes"]))
    event.add("summary", payload["title"])
    for field in ("description", "location"):
        if field in payload:
            event.add(field, payload[field])
    event.add("organizer", _person(action.clone.address, action.clone.name))
    for address in payload["attendees"]:
        event.add("attendee", _person(address), encode=False)
    return event


def _person(address: str, name: str = "") -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["cn"] = vText(name)
    return person
