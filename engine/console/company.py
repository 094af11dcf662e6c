"""The company's own settings in the console: where its chat messages and alerts are posted, how its people log in."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Tenant
from crm.two_factor import require_of_all
from engine.connectors.webhooks import BadAddress, checked
from record import journal
from record.actors import Actor


class WebhookForm(forms.Form):
    """An address; empty: the installation's own."""

    chat_webhook_url = forms.CharField(
        max_length=500,
        required=False,
        label="Address",
        help_text="An incoming webhook such as Slack's; empty: where the whole installation posts.",
    )


def set_webhook(*, tenant: Tenant, url: str, actor: Actor) -> None:
    """Have chat messages and alerts posted to `url`, or with "" where the installation posts. Raises ValueError.

    The record keeps the host alone: the rest of such an address is a secret.
    """
    if url:
        try:
            checked(url)
        except BadAddress as refusal:
            raise ValueError(f"chat_webhook_url: {refusal}") from refusal
    Tenant.objects.filter(pk=tenant.pk).update(chat_webhook_url=url)
    host = url.partition("://")[2].partition("/")[0]
    journal.write(
        tenant_id=tenant.pk, kind="tenant.webhook_set", subject=("tenant", tenant.pk), actor=actor, facts={"host": host}
    )


class TwoFactorForm(forms.Form):
    """How people log in."""

    required = forms.BooleanField(
        required=False,
        label="Everybody logs in with two factors",
        help_text="Who has not enrolled yet sees nothing but the page where one does, from their next click on; API"
        " tokens go on working.",
    )


def _set_two_factor(request: HttpRequest, row: Tenant, given: dict[str, Any]) -> Done:
    if not require_of_all(row, required=given["required"], actor=visitor_of(request).actor):
        return Done("Nothing was changed.")
    return Done(
        "Everybody needs a second factor now." if given["required"] else "A second factor is up to each person."
    )


def _set(request: HttpRequest, row: Tenant, given: dict[str, Any]) -> Done:
    set_webhook(tenant=row, url=given["chat_webhook_url"].strip(), actor=visitor_of(request).actor)
    return Done("Chat messages and alerts are posted there from now on.")


class CompanyAdmin(TenantAdmin):
    """The company one is in."""

    heading = "Company"
    list_display = ("name", "slug", "time_zone", "currency", "posts_to", "requires_two_factor")
    ordering = ("name",)
    fields = ("name", "slug", "time_zone", "currency", "posts_to", "requires_two_factor")
    readonly_fields = ("posts_to",)
    kept_back = frozenset({"chat_webhook_url"})  # whoever has it can post there
    verbs = (
        Verb("webhook", "Set the chat webhook", Power.SET_WEBHOOK, _set, WebhookForm),
        Verb(
            "two_factor",
            "Set how people log in",
            Power.SET_LOG_IN,
            _set_two_factor,
            TwoFactorForm,
            initial=lambda row: {"required": row.requires_two_factor},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Tenant.objects.filter(pk=visitor_of(request).tenant.pk)

    def posts_to(self, row: Tenant) -> str:
        if not row.chat_webhook_url:
            return "where the whole installation posts"
        return row.chat_webhook_url.partition("://")[2].partition("/")[0]

    posts_to.short_description = "chat goes to"  # type: ignore[attr-defined]
