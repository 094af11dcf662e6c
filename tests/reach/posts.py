"""What arrives at people: the mails and chat posts of a test, and the clock turned back for what waits."""

import json
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.mail.backends import filebased
from django.db.models import F
from django.db.models.functions import Coalesce

from crm.tenancy import tenant_scope
from engine.models import Action, Notice, Reach
from engine.notices import send_due
from engine.sweep import as_it_is_now, expire_overdue, reach_people
from tests.cast import Company

_NUMBERS = count()


class NumberedFiles(filebased.EmailBackend):
    """Mails as files, which bear the order of sending; Django's own names meet within a second."""

    def _get_filename(self) -> str:
        if self._fname is None:
            self._fname = str(Path(self.file_path) / f"{next(_NUMBERS):06}.log")
        return self._fname


@dataclass
class Mailbox:
    """The folder that the mails and posts are written to."""

    folder: Path

    def mails(self, person: User | None = None) -> list[EmailMessage]:
        """Every mail in the order of sending, or those to one person."""
        files = sorted((self.folder / "mail").glob("*"))
        read = [mail for file in files for mail in _mails_in(file)]
        return [mail for mail in read if person is None or mail["To"] == person.email]

    def posts(self) -> list[dict[str, Any]]:
        """Every chat post."""
        files = (self.folder / "chat").glob("*.jsonl")
        return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def _mails_in(file: Path) -> list[EmailMessage]:
    return [
        message_from_bytes(part, policy=policy.default)
        for part in file.read_bytes().split(b"-" * 79 + b"\n")
        if part.strip()
    ]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content()


def sweep() -> int:
    """The parts of a sweep that this is about, in their order; returns how many messages were sent."""
    expire_overdue()
    reach_people()
    return send_due(latest=as_it_is_now)


def set_reach(acme: Company, person: User, **how: Any) -> None:
    with tenant_scope(acme.tenant):
        Reach.objects.update_or_create(tenant=acme.tenant, person=person, defaults=how)


def age(acme: Company, *actions: Action, hours: float) -> None:
    """Have actions wait since so many hours; their deadline stays where it is."""
    with tenant_scope(acme.tenant):
        began = Coalesce(F("waiting_since"), F("proposed_at")) - timedelta(hours=hours)
        Action.objects.filter(pk__in=[action.pk for action in actions]).update(waiting_since=began)


def turn_back(acme: Company, minutes: float) -> None:
    """Have so much time pass since everybody was told."""
    by = timedelta(minutes=minutes)
    with tenant_scope(acme.tenant):
        Reach.objects.update(urgent_told_at=F("urgent_told_at") - by, others_told_at=F("others_told_at") - by)
        Notice.objects.update(created_at=F("created_at") - by)
        Action.objects.update(
            proposed_at=F("proposed_at") - by,
            waiting_since=F("waiting_since") - by,
            snoozed_until=F("snoozed_until") - by,
        )


def change(acme: Company, *actions: Action, **columns: Any) -> None:
    with tenant_scope(acme.tenant):
        Action.objects.filter(pk__in=[action.pk for action in actions]).update(**columns)


def notices(acme: Company, **which: Any) -> list[Notice]:
    with tenant_scope(acme.tenant):
        return list(Notice.objects.filter(**which).order_by("id"))
