"""What a digest says when it is sent: made anew, for the night has passed since it was planned."""

from django.utils import timezone

from crm.tenancy import tenant_scope
from engine.alerts import readers
from engine.digests.contents import Edition, compose, has_something_to_say
from engine.digests.rendering import message_of
from engine.models import Digest, Notice, NoticeKind
from engine.notices import Message, as_written


def latest(notice: Notice) -> Message | None:
    """The message to send: of a digest its latest, None where there is nothing to say any more or nobody to tell."""
    if notice.kind != NoticeKind.DIGEST:
        return as_written(notice)
    with tenant_scope(notice.tenant):
        digest = Digest.objects.filter(notice=notice).first()
        reader = next((r for r in readers(notice.tenant) if digest and r.person.pk == digest.person_id), None)
        if digest is None or reader is None:
            return None
        now = timezone.now()
        content = compose(Edition(notice.tenant, reader, digest.day, now))
        if not has_something_to_say(content):
            return None
        Digest.objects.filter(pk=digest.pk).update(content=content, made_at=now)
        return message_of(content)
