"""daily_digest_generation: makes every reader's digest for the next 07:00 of their company, and has it sent then.

The content is made anew at the moment of sending (engine.digests.sending), so that the night is in it.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.alerts import Reader, readers
from engine.digests.contents import Edition, compose, has_something_to_say
from engine.digests.rendering import message_of
from engine.jobs import Page, Part, Tally
from engine.models import Digest, NoticeKind
from engine.notices import notify

SENT_AT = time(7)
PAGE = 20  # people


def size(tenant: Tenant, now: datetime) -> int:
    """How many people are told."""
    return len(readers(tenant))


def plan_digests(part: Part) -> Page | None:
    """The next people in the order of their ids."""
    with tenant_scope(part.tenant):
        people = readers(part.tenant)[part.pages * PAGE : (part.pages + 1) * PAGE]
    if not people:
        return None
    return Page(None, lambda: _plan(part, people), is_last=len(people) < PAGE)


def next_edition(tenant: Tenant, now: datetime) -> tuple[date, datetime]:
    """The day of the next digest, and the moment it is sent: the next 07:00 of the tenant's own clock.

    Where the clocks jump over 07:00 or come to it twice, the first moment counts (PEP 495, fold 0).
    """
    zone = ZoneInfo(tenant.time_zone)
    here = now.astimezone(zone)
    day = here.date() if here.time() < SENT_AT else here.date() + timedelta(days=1)
    return day, datetime.combine(day, SENT_AT, zone)


def _plan(part: Part, people: list[Reader]) -> Tally:
    day, sent_at = next_edition(part.tenant, part.now)
    told = sum(_plan_one(Edition(part.tenant, reader, day, part.now), sent_at) for reader in people)
    return Tally(done=len(people), count=told)


def _plan_one(edition: Edition, sent_at: datetime) -> bool:
    content = compose(edition)
    if not has_something_to_say(content):
        return False
    person = edition.reader.person
    digest, _ = Digest.objects.update_or_create(
        tenant=edition.tenant, person=person, day=edition.day, defaults={"content": content, "made_at": edition.now}
    )
    if person.email and digest.notice_id is None:
        digest.notice = notify(
            tenant=edition.tenant,
            kind=NoticeKind.DIGEST,
            key=key_of(edition),
            channel="email",
            recipient=person.email,
            message=message_of(content),
            due_at=sent_at,
        )
        digest.save(update_fields=["notice"])
    return True


def key_of(edition: Edition) -> str:
    """What makes a digest's mail one of a kind."""
    return f"digest:{edition.day.isoformat()}:{edition.reader.person.pk}"
