"""Messages of ours to our own people: alerts, digests and what waits, kept as rows and sent once by the sweep of any worker.

A notice is taken under a lease in one transaction, sent with none open, and settled by its fence. It may be tried again
where nothing went out for certain; one whose answer was lost, or whose worker was, is not: whether it arrived is unknown.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models import F

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine.clock import ClockTimestamp, from_now
from engine.connectors import chat
from engine.connectors.contract import NotDelivered, Receipt, Uncertain
from engine.connectors.mailing import message_id, send
from engine.models import Notice, NoticeKind, NoticeStatus
from engine.quoting import for_chat
from record import journal
from record.actors import WORKER
from record.canonical import digest

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
BATCH = 20  # of one tenant in one sweep
MOST_ATTEMPTS = 6
FIRST_RETRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Message:
    """What a notice says: one subject, the text everybody can read, and for mail the same in HTML."""

    subject: str
    text: str
    html: str = ""


def notify(
    *,
    tenant: Tenant,
    kind: NoticeKind,
    key: str,
    channel: str,
    recipient: str,
    message: Message,
    due_at: datetime,
    person: User | None = None,
    about: Sequence[UUID] = (),
) -> Notice | None:
    """Have `message` sent at `due_at`, once for this `key`; None where there is one already. In the tenant's scope.

    `about` are the waiting actions that it tells `person` of.
    """
    made = Notice(
        tenant=tenant,
        kind=kind,
        key=key,
        channel=channel,
        recipient=recipient,
        subject=message.subject[:300],
        text=message.text,
        html=message.html,
        due_at=due_at,
        person=person,
        about=list(about),
        created_at=ClockTimestamp(),  # later than everything it tells of, however long ago the transaction began
    )
    Notice.objects.bulk_create([made], ignore_conflicts=True)
    return Notice.objects.filter(pk=made.pk).first()


# What to send of a notice now; None: nothing any more.
Latest = Callable[[Notice], Message | None]


def as_written(notice: Notice) -> Message:
    """The message as it was written when the notice was made."""
    return Message(notice.subject, notice.text, notice.html)


def send_due(*, latest: Latest = as_written) -> int:
    """Send what is due of every tenant, as `latest` says it now; returns how many were sent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_notice_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    return sum(_send_of(tenant_id, latest) for tenant_id in tenants)


def _send_of(tenant_id: UUID, latest: Latest) -> int:
    """One at a time: whatever takes a worker along takes one notice along, and leaves the others to the next."""
    with tenant_scope(tenant_id):
        _settle_lost()
    sent = 0
    for _ in range(BATCH):
        with tenant_scope(tenant_id):
            claimed = _claim()
        if claimed is None:
            break
        sent += _deliver(claimed, latest)
    return sent


def _settle_lost() -> None:
    lost = Notice.objects.filter(status=NoticeStatus.SENDING, lease_until__lte=ClockTimestamp())
    detail = "The worker that sent it was lost."
    for notice in lost.select_for_update(skip_locked=True).order_by("pk"):
        Notice.objects.filter(pk=notice.pk).update(status=NoticeStatus.UNKNOWN, lease_until=None, detail=detail)
        _record(notice, NoticeStatus.UNKNOWN, detail)


def _claim() -> Notice | None:
    due = Notice.objects.filter(status=NoticeStatus.WAITING, due_at__lte=ClockTimestamp()).order_by("due_at", "pk")
    pk = due.select_for_update(skip_locked=True).values_list("pk", flat=True).first()
    if pk is None:
        return None
    Notice.objects.filter(pk=pk).update(
        status=NoticeStatus.SENDING, fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=from_now(LEASE)
    )
    return Notice.objects.select_related("tenant").filter(pk=pk).first()


def _deliver(notice: Notice, latest: Latest) -> bool:
    try:
        message = latest(notice)
        if message is None:
            _settle(notice, NoticeStatus.DROPPED, "There was nothing to say any more.")
            return False
        receipt = _SENDERS[notice.channel](notice, message)
    except NotDelivered as failure:
        _try_again(notice, str(failure), final=failure.final)
    except Uncertain as doubt:
        _settle(notice, NoticeStatus.UNKNOWN, str(doubt))
    except Exception as surprise:
        # The edge of one notice: what nobody foresaw proves nothing, and must not stop the others.
        log.exception("notice %s failed", notice.pk)
        _settle(notice, NoticeStatus.UNKNOWN, f"{type(surprise).__name__}: {surprise}")
    else:
        return _settle(notice, NoticeStatus.SENT, receipt.detail, sent_at=ClockTimestamp())
    return False


def _mail(notice: Notice, message: Message) -> Receipt:
    key = digest({"tenant": str(notice.tenant_id), "notice": str(notice.pk)})
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[notice.recipient],
        headers={"Message-ID": message_id(key, ""), "Auto-Submitted": "auto-generated"},  # RFC 3834: no answer, please
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return send(mail)


def _chat(notice: Notice, message: Message) -> Receipt:
    text = for_chat(message.text)
    posted = {"id": str(notice.pk), "channel": notice.recipient, "text": text, "from": "Autonomy"}
    return chat.post(posted, tenant_url=notice.tenant.chat_webhook_url)


_SENDERS = {"email": _mail, "chat": _chat}


def _try_again(notice: Notice, detail: str, *, final: bool) -> None:
    if final or notice.attempts >= MOST_ATTEMPTS:
        _settle(notice, NoticeStatus.FAILED, detail)
    else:
        later = from_now(FIRST_RETRY * 2 ** (notice.attempts - 1))
        _settle(notice, NoticeStatus.WAITING, detail, due_at=later)


def _settle(notice: Notice, status: NoticeStatus, detail: str, **changes: Any) -> bool:
    with tenant_scope(notice.tenant_id):
        ours = Notice.objects.filter(pk=notice.pk, status=NoticeStatus.SENDING, fence=notice.fence)
        settled = ours.update(status=status, detail=detail[:10_000], lease_until=None, **changes)
        if settled and status != NoticeStatus.WAITING:
            _record(notice, status, detail)
    return bool(settled)


def _record(notice: Notice, status: NoticeStatus, detail: str) -> None:
    journal.write(
        tenant_id=notice.tenant_id,
        kind=f"notice.{status}",
        subject=("notice", notice.pk),
        actor=WORKER,
        facts={"kind": notice.kind, "channel": notice.channel, "attempts": notice.attempts, "detail": detail[:500]},
    )
