"""All actions in the console: a list, and a page for each where it is reviewed and decided."""

from textwrap import shorten
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import display

from crm.console.formats import money, span, words
from crm.console.visible import spelled_out
from crm.keyset import is_uuid
from crm.models import Account
from engine.console.at_review import ANSWERS
from engine.console.decisions import DECISIONS, decide
from engine.console.queue_pages import QueuePages
from engine.console.review import Refused, find, review_page
from engine.console.story_pages import StoryPages
from engine.console.words import line_of, title_of
from engine.lifecycle import Status
from engine.models import Action
from guardrails.policy import TIERS

# How a status is coloured, by unfold's names.
COLOURS: dict[str, str] = {
    "Pending": "warning",
    "Approved": "info",
    "Executing": "info",
    "Executed": "success",
    "Blocked": "danger",
    "Failed": "danger",
    "Unknown": "danger",
}
UNKNOWN_TYPES = "others"


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, words(status.value)) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> QuerySet[Action]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class TypeFilter(admin.SimpleListFilter):
    title = "kind of action"
    parameter_name = "action_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((name, title_of(name)) for name in TIERS), (UNKNOWN_TYPES, "Not in the catalogue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> QuerySet[Action]:
        if self.value() == UNKNOWN_TYPES:
            return queryset.exclude(action_type__in=list(TIERS))
        return queryset.filter(action_type=self.value()) if self.value() else queryset


class ActionAdmin(QueuePages, StoryPages):
    """Reads like a log, decides like an inbox: the list is read-only, the page of an action has its forms."""

    heading = "All actions"
    when_empty = (
        "Agents propose actions over the API; each of them stands here, whatever became of it."
        " Issue a key under Agent keys to let one in."
    )
    list_display = (
        "title",
        "account_name",
        "status_label",
        "stage_in_words",
        "value",
        "clone_name",
        "age",
        "expires_at",
    )
    list_display_links = ("title",)
    list_filter = (StatusFilter, TypeFilter, ("clone", admin.RelatedFieldListFilter))
    list_select_related = ("account", "opportunity", "clone")
    in_csv: ClassVar = {"value": ("opportunity__amount", "opportunity__currency"), "age": ("proposed_at",)}
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("account__name",)
    search_help_text = "The name of an account"

    def get_urls(self) -> list[URLPattern]:
        deciding = [
            path(
                f"<uuid:object_id>/{name}/",
                self.admin_site.admin_view(self.decision_view),
                {"name": name},
                name=self._page_name(name),
            )
            for name in DECISIONS
        ]
        beside = [
            path(
                f"<uuid:object_id>/{name}/",
                self.admin_site.admin_view(answer),
                name=self._page_name(name),
            )
            for name, answer in ANSWERS.items()
        ]
        return [*deciding, *beside, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Action], search_term: str
    ) -> tuple[QuerySet[Action], bool]:
        """By account: its few matching rows first, so that the actions are found by their index."""
        if not search_term:
            return queryset, False
        named = Account.objects.filter(name__icontains=search_term).values_list("pk", flat=True)[:200]
        return queryset.filter(account_id__in=list(named)), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The review page."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        action = find(request, object_id) if is_uuid(object_id) else None
        if action is None:
            raise Http404("No action has this id.")
        return self.review(request, action)

    def decision_view(self, request: HttpRequest, object_id: UUID, name: str) -> HttpResponse:
        """One of the decisions, by POST; a GET leads to the review page and changes nothing."""
        if request.method == "POST":
            return decide(request, object_id, name, self.review)
        action = find(request, object_id)
        if action is None:
            raise Http404("No action has this id.")
        return HttpResponseRedirect(self._row_url(action))

    def review(
        self, request: HttpRequest, action: Action, refused: Refused | None = None, *, status: int = 200
    ) -> HttpResponse:
        """The review page of `action`, with what was refused."""
        return self.page(request, "engine/review.html", status=status, **review_page(request, action, refused))

    @display(description="action")
    def title(self, action: Action) -> str:
        line = line_of(action.action_type, action.payload, ZoneInfo(timezone.get_current_timezone_name()))
        return spelled_out(f"{title_of(action.action_type)}: {shorten(line, 90, placeholder='…')}")

    @display(description="account")
    def account_name(self, action: Action) -> str:
        return spelled_out(action.account.name)

    @display(description="clone")
    def clone_name(self, action: Action) -> str:
        return spelled_out(action.clone.name)

    @display(description="status", label=COLOURS)
    def status_label(self, action: Action) -> str:
        return words(action.status)

    @display(description="stage")
    def stage_in_words(self, action: Action) -> str:
        return words(action.stage) if action.stage else ""

    @display(description="value")
    def value(self, action: Action) -> str:
        return money(action.opportunity.amount, action.opportunity.currency) if action.opportunity else ""

    @display(description="age", ordering="id")
    def age(self, action: Action) -> str:
        return span(timezone.now() - action.proposed_at)
