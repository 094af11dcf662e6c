"""The addresses beside the queue: a draft, what changed, many at once, and the views that a person saves."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require
from crm.console.visible import spelled_out
from engine.console import bulk, undoing
from engine.console.filters import read_filters
from engine.console.live import changes
from engine.console.preview import preview_of
from engine.console.review import find
from engine.saved_views import delete_view, save_view


class QueuePages(TenantAdmin):
    """What the approval queue links to."""

    def get_urls(self) -> list[URLPattern]:
        around = [
            ("<uuid:object_id>/preview/", self.preview_view, "preview"),
            ("queue/live/", self.live_view, "live"),
            ("bulk/", self.bulk_view, "bulk"),
            ("bulk/undo/", self.bulk_undo_view, "bulk_undo"),
            ("views/save/", self.save_view_view, "save_view"),
            ("views/<uuid:view_id>/delete/", self.delete_view_view, "delete_view"),
        ]
        urls = [
            path(route, self.admin_site.admin_view(view), name=self._page_name(name)) for route, view, name in around
        ]
        return [*urls, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """A draft, as a part of a page."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        require(request, Power.SEE_THE_TENANT)
        action = find(request, object_id)
        if action is None:
            raise Http404("No action has this id.")
        return TemplateResponse(request, "engine/queue_preview.html", preview_of(request, action))

    def live_view(self, request: HttpRequest) -> HttpResponse:
        """What changed since the queue was shown, as JSON."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        require(request, Power.SEE_THE_TENANT)
        return JsonResponse(changes(request))

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for confirmation, or (`confirmed`) do it; by POST only, for what is chosen does not fit an address."""
        if request.method != "POST":
            return self._to_the_queue(request)
        require(request, Power.SEE_THE_TENANT)
        try:
            return self._bulk(request)
        except bulk.NothingToDo as refusal:
            messages.warning(request, str(refusal))
            return self._to_the_queue(request)

    def _bulk(self, request: HttpRequest) -> HttpResponse:
        if "confirmed" not in request.POST:
            return self.page(request, "engine/queue_bulk.html", **bulk.chosen_page(request))
        told = bulk.decide_all(request)
        if told.get("is_refused"):
            return self.page(request, "engine/queue_bulk.html", status=400, **told)
        return self.page(
            request, "engine/queue_bulk_done.html", bulk_undo=undoing.noted_batch(request, timezone.now()), **told
        )

    def bulk_undo_view(self, request: HttpRequest) -> HttpResponse:
        """Take back what was decided together last."""
        if request.method != "POST":
            return self._to_the_queue(request)
        require(request, Power.SEE_THE_TENANT)
        try:
            return self.page(request, "engine/queue_bulk_done.html", **bulk.undo_all(request))
        except bulk.NothingToDo as refusal:
            messages.warning(request, str(refusal))
            return self._to_the_queue(request)

    def save_view_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters that were sent, under a name of the person's own."""
        if request.method != "POST":
            return self._to_the_queue(request)
        who = require(request, Power.SEE_THE_TENANT)
        filters = dict(read_filters(request.POST.dict(), who).given)
        try:
            view = save_view(
                tenant=who.tenant,
                person=who.person,
                name=request.POST.get("name", ""),
                filters=filters,
                actor=who.actor,
            )
            messages.success(request, f"Saved as “{spelled_out(view.name)}”; it stands above the queue.")
        except ValueError as refusal:
            messages.warning(request, str(refusal).partition(": ")[2])
        return self._to_the_queue(request, filters)

    def delete_view_view(self, request: HttpRequest, view_id: UUID) -> HttpResponse:
        """Forget one of the person's own views."""
        if request.method != "POST":
            return self._to_the_queue(request)
        who = require(request, Power.SEE_THE_TENANT)
        view = delete_view(tenant=who.tenant, person=who.person, view_id=view_id, actor=who.actor)
        if view is None:
            raise Http404("You have saved no such view.")
        messages.success(request, f"“{spelled_out(view.name)}” is deleted; the actions it showed are untouched.")
        return self._to_the_queue(request)

    def _to_the_queue(self, request: HttpRequest, filters: dict[str, Any] | None = None) -> HttpResponse:
        queue = reverse("admin:index", current_app=self.admin_site.name)
        return HttpResponseRedirect(f"{queue}?{urlencode(filters)}" if filters else queue)
