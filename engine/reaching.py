"""Telling people that actions wait for them: what presses in the next sweep, the rest in batches, each as they set it.

A person is told of an action once each time it begins to wait. Whether they were is read from the notices themselves, which
name their actions, under a lock on the person's own row: so two workers at once make one message, a worker that dies between
leaves nothing half told, and a proposal whose transaction commits late is seen when it does, whatever the clock said when it
began. The marks on the row pace the batches, and spare looking back further than `audience.OVERLAP` before them.
"""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from crm.models import Tenant
from crm.posts import posts_of
from crm.tenancy import tenant_scope
from engine import audience
from engine.audience import Untold, untold
from engine.clock import ClockTimestamp
from engine.models import Notice, NoticeKind, Reach
from engine.notices import Message, as_written, notify
from engine.waiting_messages import Occasion, message_of
from record.canonical import digest


def tell(tenant_id: UUID) -> int:
    """Make the messages that are due to the people of a tenant; returns how many."""
    with tenant_scope(tenant_id):
        people = sorted({one.person_id for one in untold(tenant_id=tenant_id)})
    return sum(_tell(tenant_id, person_id) for person_id in people)


def latest(notice: Notice) -> Message | None:
    """What a notice of waiting actions says when it is sent: of those that still wait; None where none does."""
    if not notice.about:
        return as_written(notice)
    with tenant_scope(notice.tenant_id):
        person = notice.person
        if person is None:
            return None
        waiting = audience.theirs(person.pk, notice.about, tenant_id=notice.tenant_id)
        if not waiting:
            return None
        return message_of(waiting, _occasion(notice.tenant, person, NoticeKind(notice.kind)))


def send_to(
    *, tenant: Tenant, person: User, kind: NoticeKind, key: str, told: dict[tuple[str, str], list[UUID]]
) -> int:
    """Make a message for each (channel, recipient) of `told`, about its actions; returns how many. In the tenant's scope."""
    made = [
        notify(
            tenant=tenant,
            kind=kind,
            key=f"{key}:{channel}",
            channel=channel,
            recipient=recipient,
            message=message_of(actions, _occasion(tenant, person, kind)),
            due_at=timezone.now(),
            person=person,
            about=actions,
        )
        for (channel, recipient), actions in told.items()
    ]
    return sum(notice is not None for notice in made)


def _tell(tenant_id: UUID, person_id: int) -> int:
    with tenant_scope(tenant_id) as tenant:
        Reach.objects.get_or_create(tenant_id=tenant, person_id=person_id)
        locked = Reach.objects.select_for_update(skip_locked=True, of=("self",)).select_related("person", "tenant")
        reach = locked.filter(person_id=person_id).first()
        if reach is None:
            return 0  # another worker is at it
        news = untold(tenant_id=tenant_id, person_id=person_id)
        return _tell_of(reach, news) if news else 0


def _tell_of(reach: Reach, news: Sequence[Untold]) -> int:
    told: dict[tuple[str, str], list[UUID]] = {}
    for one in news:
        for where in _where(reach, one):
            told.setdefault(where, []).append(one.action_id)
    marks = {"urgent_told_at": any(one.presses for one in news), "others_told_at": any(not one.presses for one in news)}
    key = _key(reach, news)
    made = send_to(tenant=reach.tenant, person=reach.person, kind=NoticeKind.APPROVAL, key=key, told=told)
    moved = dict.fromkeys((mark for mark, moves in marks.items() if moves), ClockTimestamp())
    Reach.objects.filter(pk=reach.pk).update(**moved)
    return made


def _where(reach: Reach, one: Untold) -> list[tuple[str, str]]:
    """What presses is told in its own way; where that leads nowhere, it comes with the rest."""
    pressing = [reach.urgent_way] if one.presses else []
    return audience.channels(reach.person, reach, *pressing, reach.other_way)


def _key(reach: Reach, news: Sequence[Untold]) -> str:
    """Names a message by what is news in it: of the same news a person gets one."""
    return f"approval:{reach.person_id}:{digest([[str(one.action_id), one.since.isoformat()] for one in news])}"


def _occasion(tenant: Tenant, person: User, kind: NoticeKind) -> Occasion:
    several = len(posts_of(person.pk)) > 1
    return Occasion(tenant, person, timezone.now(), is_one_of_several=several, is_reminder=kind is NoticeKind.REMINDER)
