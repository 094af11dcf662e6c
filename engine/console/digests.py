"""Digests in the console: the same content as the mail, and what became of the mail."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from engine.digests.reach import visible_digests
from engine.models import Digest


class DigestAdmin(TenantAdmin):
    """What people are told each morning."""

    when_empty = "Every morning at 07:00 there is a digest here for whoever manages or owns a clone, if there is news."
    list_display = ("day", "whose", "mail")
    list_display_links = ("day",)
    list_select_related = ("person", "notice")
    ordering = ("-day", "-id")
    fields = ("day", "whose", "made_at", "mail")
    readonly_fields = ("whose", "mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        who = visitor_of(request)
        return visible_digests(super().get_queryset(request), role=who.role, person_id=who.person.pk)

    def beside(self, request: HttpRequest, row: Digest) -> dict[str, Any]:
        """Its parts, as in the mail."""
        return {"beside": "engine/digest_page.html", "digest": row.content, "base": ""}

    def whose(self, row: Digest) -> str:
        return row.person.get_full_name() or row.person.get_username()

    def mail(self, row: Digest) -> str:
        if row.notice is None:
            return "no mail: no address" if not row.person.email else "no mail"
        return f"{row.notice.get_status_display().lower()}, to {row.notice.recipient}"


class NoticeAdmin(TenantAdmin):
    """Alerts, digests and what waits, as they were sent."""

    heading = "Messages to us"
    when_empty = (
        "Alerts, digests and messages about what waits stand here as they are sent to the addresses of your people."
    )
    reading = Power.SEE_NOTICES
    list_display = ("subject", "kind", "channel", "recipient", "status", "due_at", "sent_at")
    list_filter = ("kind", "status", "channel")
    ordering = ("-id",)
    fields = ("subject", "kind", "channel", "recipient", "status", "attempts", "due_at", "sent_at", "detail", "text")
