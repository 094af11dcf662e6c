"""The pages of a tenant's rows: a list, a row with the verbs that apply to it, and a form where rows can be added."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from crm.console import exporting
from crm.console.roles import Power, may, require, visitor_of
from crm.console.spoken import columns_of
from crm.console.verbs import Done, Verb, perform
from crm.exports import Format
from record.console import ReadOnlyAdmin


class TenantAdmin(ReadOnlyAdmin):
    """Rows of the current tenant, read by who holds `reading`, changed through `verbs`, added through `adding`."""

    reading: ClassVar[Power] = Power.SEE_THE_TENANT
    verbs: ClassVar[tuple[Verb, ...]] = ()
    adding: ClassVar[Verb | None] = None
    in_csv: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {}
    )  # a column of the list -> raw ones in its place
    kept_back: ClassVar[frozenset[str]] = frozenset({"secret_hash", "password"})  # columns that no export carries
    change_form_template = "console/row.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.reading)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.adding is not None and may(request, self.adding.power)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(tenant_id=visitor_of(request).tenant.pk)

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns, dates and numbers in the person's locale."""
        return columns_of(self.model, tuple(super().get_list_display(request)))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """The columns that lead to the row, as `get_list_display` has them."""
        return columns_of(self.model, tuple(super().get_list_display_links(request, list_display) or ()))

    def get_urls(self) -> list[URLPattern]:
        doing = path(
            "<str:object_id>/do/<slug:verb>/", self.admin_site.admin_view(self.do_view), name=self._page_name("do")
        )
        exporting = path("export/", self.admin_site.admin_view(self.export_view), name=self._page_name("export"))
        return [doing, exporting, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a row, what can be done with it and (`beside`) what belongs to it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.row_of(request, object_id)
        request.heading = self.heading  # type: ignore[attr-defined]
        more = {
            "title": str(row),
            "verbs": [
                (verb, verb.empty_form(row), self._verb_url(row, verb)) for verb in self._open_verbs(request, row)
            ],
            **self.beside(request, row),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, more)

    def beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What a page shows beside the row's own columns."""
        return {}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form of `adding`, and what comes of it."""
        if self.adding is None:
            raise PermissionDenied("These rows come from elsewhere; they cannot be added here.")
        require(request, self.adding.power)
        if request.method == "POST":
            return self._perform(request, self.adding, None)
        return self._form_page(request, self.adding, None, self.adding.empty_form(None))

    def do_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Do one of the verbs to one row, by POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.row_of(request, object_id)
        found = next((candidate for candidate in self.verbs if candidate.name == verb), None)
        if found is None:
            raise Http404("No such verb.")
        if not found.allows(require(request, found.power), row):
            raise PermissionDenied("This is not yours to change.")
        if not found.applies(row):
            messages.warning(request, f"{found.label}: this no longer applies; somebody was there before you.")
            return HttpResponseRedirect(self._row_url(row))
        return self._perform(request, found, row)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The list as a file, by POST only; its filters and its search are those of the address."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied(f"To {self.reading} takes another role.")
        try:
            return exporting.export(self, request, Format(request.POST.get("format", "")))
        except ValueError:
            messages.error(request, f"format: choose from {', '.join(Format)}.")
        except IncorrectLookupParameters:
            messages.error(request, "One of the filters does not fit this list; nothing was exported.")
        return HttpResponseRedirect(self._list_url())

    def csv_columns(self) -> list[exporting.Column]:
        """What stands in a CSV file of the list: the row's id, and the list's columns."""
        return exporting.columns(self)

    def json_row(self, row: Any) -> dict[str, Any]:
        """A row as an object of JSON lines: the columns of its table."""
        return exporting.raw(self, row)

    def row_of(self, request: HttpRequest, object_id: str) -> Any:
        """A row of the current tenant that the person may see. Raises Http404, PermissionDenied."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"No {self.opts.verbose_name} has this id.")
        if not self.has_view_permission(request, row):
            raise PermissionDenied(f"To {self.reading} takes another role.")
        return row

    def _perform(self, request: HttpRequest, verb: Verb, row: Any) -> HttpResponse:
        form = verb.filled_form(request, row)
        done = perform(verb, request, row, form)
        if done is None:
            return self._form_page(request, verb, row, form)
        if done.secret is not None:
            return self._secret_page(request, done)
        messages.success(request, done.message)
        still_there = row is not None and self.get_object(request, str(row.pk)) is not None
        return HttpResponseRedirect(self._row_url(row) if still_there else self._list_url())

    def _form_page(self, request: HttpRequest, verb: Verb, row: Any, form: Any) -> HttpResponse:
        back = self._list_url() if row is None else self._row_url(row)
        here = request.path if row is None else self._verb_url(row, verb)
        title = verb.label if row is None else f"{verb.label}: {row}"
        return self.page(request, "console/form.html", title=title, verb=verb, form=form, action=here, back=back)

    def _secret_page(self, request: HttpRequest, done: Done) -> HttpResponse:
        return self.page(request, "console/secret.html", title=done.message, secret=done.secret, back=self._list_url())

    def page(self, request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> TemplateResponse:
        """A page of ours in the console's frame."""
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **context}, status=status)

    def _open_verbs(self, request: HttpRequest, row: Any) -> list[Verb]:
        who = visitor_of(request)
        return [verb for verb in self.verbs if verb.may_be_done_by(who, row) and verb.applies(row)]

    @property
    def list_name(self) -> str:
        """What the page is called in addresses, files and the record."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _page_name(self, page: str) -> str:
        return f"{self.list_name}_{page}"

    def _list_url(self) -> str:
        return reverse(f"admin:{self._page_name('changelist')}", current_app=self.admin_site.name)

    def _row_url(self, row: Model) -> str:
        return reverse(f"admin:{self._page_name('change')}", args=[row.pk], current_app=self.admin_site.name)

    def _verb_url(self, row: Model, verb: Verb) -> str:
        return reverse(f"admin:{self._page_name('do')}", args=[row.pk, verb.name], current_app=self.admin_site.name)
