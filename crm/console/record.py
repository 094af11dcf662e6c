"""The record in the console: read by everybody of the tenant, changed by nobody."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crm.console.exporting import Column
from crm.console.formats import at
from crm.console.pages import TenantAdmin
from record.actors import ActorKind
from record.models import Entry

# What entries are written about; `journal.write` takes any subject, so a new kind works before it is listed here.
SUBJECTS = (
    "action",
    "person",
    "key",
    "clone",
    "pause",
    "policy",
    "suppression",
    "schedule",
    "import",
    "tenant",
    "list",
)


_COLUMNS = tuple(field.attname for field in Entry._meta.concrete_fields)


class SubjectFilter(admin.SimpleListFilter):
    title = "what it is about"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(subject, subject) for subject in SUBJECTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class ActorFilter(admin.SimpleListFilter):
    title = "who did it"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.value, kind.value) for kind in ActorKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


class EntryAdmin(TenantAdmin):
    """Newest first, never counted. An export carries all that an entry's hash covers, and the hash: anybody can verify
    it without us."""

    when_empty = "Every change leaves an entry here, in the same transaction as the change."
    change_form_template = "console/entry.html"
    list_display = ("when", "kind", "who", "subject_type", "about")
    list_display_links = ("when", "kind")
    sortable_by = ()
    list_filter: ClassVar = [SubjectFilter, ActorFilter]
    ordering = ("-id",)
    search_fields = ("subject_id__exact",)
    search_help_text = "The id of an action, a person, a key …"
    fields = (
        "id",
        "when",
        "kind",
        "subject_type",
        "subject_id",
        "actor_kind",
        "actor_id",
        "actor_label",
        "facts_in_words",
        "hash",
    )
    readonly_fields = ("when", "facts_in_words")

    @admin.display(description="when")
    def when(self, entry: Entry) -> str:
        return at(timezone.localtime(entry.created_at), "precise")

    @admin.display(description="who")
    def who(self, entry: Entry) -> str:
        return f"{entry.actor_label} ({entry.actor_kind})"

    @admin.display(description="id")
    def about(self, entry: Entry) -> str:
        return entry.subject_id

    @admin.display(description="facts")
    def facts_in_words(self, entry: Entry) -> str:
        return json.dumps(entry.facts, indent=2, ensure_ascii=False)

    def csv_columns(self) -> list[Column]:
        """Everything the hash covers, as JSON lines have it."""
        return [Column(name, partial(_one, self.json_row, name)) for name in _COLUMNS]

    def json_row(self, row: Entry) -> dict[str, Any]:
        """The object that was hashed, and the hash."""
        return {**row.covered(), "hash": row.hash}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Beside the filters: the entries about one subject, which every page links to."""
        return lookup == "subject_id__exact" or super().lookup_allowed(lookup, value, request)


def _one(of: Callable[[Entry], dict[str, Any]], name: str, entry: Entry) -> Any:
    return of(entry)[name]
