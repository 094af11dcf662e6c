"""The customer records in the console: the CRM owns them, so they are read here; only a suppression is set by hand."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from crm.addresses import address_key
from crm.console.formats import money, number
from crm.console.forms import ReasonForm
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, visitor_of
from crm.console.verbs import Done, Verb
from crm.keyset import page_behind
from crm.models import Account, Contact, Interaction, Opportunity, Suppression
from crm.suppressions import lift, suppress
from crm.timeline import timeline

TIMELINE_PAGE = 20
MOST_CONTACTS = 200
MOST_DEALS = 100


class AccountAdmin(TenantAdmin):
    """Customer companies, each with its contacts, deals and timeline."""

    when_empty = "Accounts come from your CRM: by import_crm, or over the API with an ingest key."
    list_display = ("name", "industry", "owner", "domains_in_words", "external_id")
    search_fields = ("name", "external_id", "industry")
    ordering = ("name", "id")
    fields = (
        "name",
        "industry",
        "owner",
        "domains_in_words",
        "plan",
        "context",
        "attributes",
        "external_id",
        "source_updated_at",
    )
    readonly_fields = ("domains_in_words",)

    def beside(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        """The account's people, deals and the page of its timeline that was asked for."""
        before = request.GET.get("before")
        happened = page_behind(timeline(row), before, field="occurred_at", newest_first=True, size=TIMELINE_PAGE)
        return {
            "beside": "console/account.html",
            "currency": visitor_of(request).tenant.currency,
            "contacts": row.contacts.order_by("name", "id")[:MOST_CONTACTS],
            "deals": row.opportunities.order_by("-opened_on", "id")[:MOST_DEALS],
            "happened": happened[:TIMELINE_PAGE],
            "earlier": happened[TIMELINE_PAGE - 1].pk if len(happened) > TIMELINE_PAGE else None,
            "from_the_start": before is None,
        }

    def domains_in_words(self, row: Account) -> str:
        return ", ".join(row.domains)

    domains_in_words.short_description = "domains"  # type: ignore[attr-defined]


def _suppress_contact(request: HttpRequest, row: Contact, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    suppress(tenant=who.tenant, actor=who.actor, reason=given["reason"], contact=row)
    return Done(f"Nobody writes to {row} from now on, approved or not.")


def _lift_of_contact(request: HttpRequest, row: Contact, given: dict[str, Any]) -> Done:
    for standing in standing_suppressions(row):
        lift(standing, actor=visitor_of(request).actor)
    return Done(f"{row} may be written to again.")


def standing_suppressions(contact: Contact) -> QuerySet[Suppression]:
    """What stands against writing to a contact, by its row or by its address."""
    concerning = Q(contact=contact) | Q(address=address_key(contact.email)) if contact.email else Q(contact=contact)
    return Suppression.objects.filter(concerning, lifted_at=None)


class ContactAdmin(TenantAdmin):
    """People at customers."""

    when_empty = (
        "Contacts come from your CRM: by import_crm, or over the API with an ingest key."
        " Until then mails to them need a person."
    )
    list_display = ("name", "account", "title", "email", "role")
    list_select_related = ("account",)
    search_fields = ("name", "email", "account__name", "external_id")
    ordering = ("name", "id")
    fields = ("name", "account", "title", "role", "email", "time_zone", "external_id", "source_updated_at")
    verbs = (
        Verb(
            "suppress",
            "Stop all messages",
            Power.SUPPRESS,
            _suppress_contact,
            ReasonForm,
            note="No action that writes to them runs from then on, also where it is approved.",
            danger=True,
            applies=lambda row: not standing_suppressions(row).exists(),
        ),
        Verb(
            "lift",
            "Let messages go to them again",
            Power.SUPPRESS,
            _lift_of_contact,
            applies=lambda row: standing_suppressions(row).exists(),
        ),
    )

    def beside(self, request: HttpRequest, row: Contact) -> dict[str, Any]:
        """What stands against writing to them."""
        return {"beside": "console/contact.html", "suppressions": standing_suppressions(row)}


class AddressForm(ReasonForm):
    """Who must not be written to, and why."""

    address = forms.EmailField(
        label="E-mail address", help_text="Nobody is written to there from then on, approved or not, whoever they are."
    )
    field_order = ("address", "reason")


def _suppress_address(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    suppress(tenant=who.tenant, actor=who.actor, reason=given["reason"], address=given["address"])
    return Done(f"Nobody writes to {given['address']} from now on, approved or not.")


def _lift(request: HttpRequest, row: Suppression, given: dict[str, Any]) -> Done:
    lift(row, actor=visitor_of(request).actor)
    return Done(f"{row} may be written to again.")


class SuppressionAdmin(TenantAdmin):
    """Who must not be written to."""

    when_empty = (
        "Whoever is suppressed here is never written to, approved or not."
        " Suppress an address when somebody asks for it."
    )
    list_display = ("who", "reason", "set_by", "created_at", "lifted_at")
    list_select_related = ("contact",)
    search_fields = ("address", "contact__name")
    ordering = ("-created_at",)
    fields = ("address", "contact", "reason", "set_by", "created_at", "lifted_by", "lifted_at")
    readonly_fields = ("created_at", "set_by", "lifted_by", "lifted_at")
    verbs = (Verb("lift", "Lift", Power.SUPPRESS, _lift, applies=lambda row: row.lifted_at is None),)
    adding: ClassVar = Verb("add", "Suppress an address", Power.SUPPRESS, _suppress_address, AddressForm, danger=True)

    def who(self, row: Suppression) -> str:
        return str(row)


class OpportunityAdmin(TenantAdmin):
    """Deals."""

    heading = "Deals"
    when_empty = "Deals come from your CRM: by import_crm, or over the API with an ingest key."
    list_display = ("name", "account", "stage", "value", "clone", "opened_on", "closed_on")
    list_select_related = ("account", "clone")
    in_csv: ClassVar = {"value": ("amount", "currency")}
    list_filter = ("stage",)
    search_fields = ("name", "account__name", "external_id")
    ordering = ("name", "id")
    fields = (
        "name",
        "account",
        "stage",
        "value",
        "clone",
        "opened_on",
        "closed_on",
        "qualification",
        "attributes",
        "external_id",
        "source_updated_at",
    )
    readonly_fields = ("value",)

    def beside(self, request: HttpRequest, row: Opportunity) -> dict[str, Any]:
        """How its stage came about."""
        return {"beside": "console/opportunity.html", "changes": row.stage_changes.order_by("-created_at", "-id")[:50]}

    def value(self, row: Opportunity) -> str:
        return money(row.amount, row.currency)


class LinkedFilter(admin.SimpleListFilter):
    """Those that belong to no account, because their people lead to none or to two (crm.linking)."""

    title = "account"
    parameter_name = "linked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("false", "Unlinked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Interaction]) -> QuerySet[Interaction]:
        return queryset.filter(account=None) if self.value() == "false" else queryset


class InteractionAdmin(TenantAdmin):
    """Mails, chats, meetings, calls and notes."""

    when_empty = (
        "Mails, chats, meetings and calls come from your CRM (import_crm, or the API with an ingest key)"
        " and from what agents carry out."
    )
    list_display = ("occurred_at", "channel", "direction", "subject", "account", "contact", "clone", "status")
    list_select_related = ("account", "contact", "clone")
    list_filter = ("channel", "direction", "status", LinkedFilter)
    search_fields = ("account__name", "subject")
    sortable_by = ()
    ordering = ("-occurred_at", "-id")
    fields = (
        "occurred_at",
        "channel",
        "direction",
        "status",
        "account",
        "contact",
        "opportunity",
        "clone",
        "people",
        "subject",
        "text",
        "attributes",
        "external_id",
    )
    readonly_fields = ("people",)

    def people(self, row: Interaction) -> str:
        return ", ".join(row.participants)


class BriefingAdmin(TenantAdmin):
    """Notes prepared for people."""

    when_empty = "Agents file briefings here for people to read before a talk: have yours propose create_briefing."
    list_display = ("title", "account", "created_at")
    list_select_related = ("account",)
    search_fields = ("title", "account__name")
    ordering = ("-created_at",)
    fields = ("title", "account", "created_at", "body")
    readonly_fields = ("created_at",)


class ImportRunAdmin(TenantAdmin):
    """What imports did."""

    heading = "Imports"
    when_empty = "python3 manage.py import_crm brings an export in; what it did stands here."
    list_display = ("created_at", "profile", "summary", "errors_in_words", "run_by", "duration_in_words")
    list_display_links = ("created_at", "profile")
    in_csv: ClassVar = {"duration_in_words": ("duration",)}
    ordering = ("-created_at",)
    fields = ("created_at", "profile", "shifted_by", "run_by", "duration_in_words")
    readonly_fields = ("created_at", "duration_in_words")

    def beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Its counts and what could not be read."""
        return {"beside": "console/import.html", "run": row, "errors": row.errors[:500]}

    def summary(self, row: Any) -> str:
        created = sum(counts.get("created", 0) for counts in row.counts.values())
        updated = sum(counts.get("updated", 0) for counts in row.counts.values())
        return f"{number(created)} created, {number(updated)} updated"

    def errors_in_words(self, row: Any) -> str:
        return number(len(row.errors)) if row.errors else "none"

    errors_in_words.short_description = "errors"  # type: ignore[attr-defined]

    def duration_in_words(self, row: Any) -> str:
        return f"{number(row.duration.total_seconds(), 1)} s"

    duration_in_words.short_description = "took"  # type: ignore[attr-defined]
