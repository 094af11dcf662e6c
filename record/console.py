"""What every page of the console starts from: rows are read there; what changes them is a verb with its own button."""

from typing import Any, NoReturn

from django.contrib.admin import ShowFacets
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from unfold import paginator
from unfold.admin import ModelAdmin


class InfinitePaginator(paginator.InfinitePaginator):
    """Pages without a count over the table; the last one that can be asked for is the 200th.

    It keeps its parent's name, by which unfold's templates know that there is no count to show.
    """

    template_name = "console/pages.html"

    @property
    def count(self) -> int:
        """As many rows as can be paged through, not as many as there are."""
        return 200 * self.per_page


class ReadOnlyAdmin(ModelAdmin):
    """Lists and shows rows to whoever sits in a tenant; adds, changes and deletes nothing.

    `request.visitor` is put there by the middleware of the console. A row that is not there is a 404, and nothing is
    written to Django's own log: the record is the log.
    """

    heading = ""  # what the list is called; empty: the rows' own name
    when_empty = "As soon as something is there, it stands here."
    change_list_template = "console/list.html"
    actions = None
    paginator = InfinitePaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_fullwidth = True
    compressed_fields = False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        request.heading = self.heading  # type: ignore[attr-defined]
        title = self.heading or capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return getattr(request, "visitor", None) is not None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseRedirect:
        """Lead to the entries of the record about this row."""
        if self.get_object(request, object_id) is None:
            raise Http404
        entries = reverse("admin:record_entry_changelist", current_app=self.admin_site.name)
        return HttpResponseRedirect(f"{entries}?subject_id__exact={object_id}")

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        raise Http404(f"No {opts.verbose_name} has this id.")
