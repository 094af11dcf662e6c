"""The pages of why something was sent: the story of each action, and the search that leads to it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require
from engine.console.finding import LONGEST, MOST_FOUND, found, sought
from engine.console.review import find
from engine.console.rows import rows_of
from engine.console.story import story_page


class StoryPages(TenantAdmin):
    """What the pages of actions gain: a story each, and a search by what somebody holds in their hand."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        stories = [
            path("story/", view(self.search_view), name=self._page_name("search")),
            path("<uuid:object_id>/story/", view(self.story_view), name=self._page_name("story")),
        ]
        return [*stories, *super().get_urls()]

    def story_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The story of one action. Reading it changes nothing."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        require(request, Power.SEE_THE_TENANT)
        action = find(request, object_id)
        if action is None:
            raise Http404("No action has this id.")
        return self.page(request, "engine/story.html", **story_page(request, action))

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """One field; what it finds alone is shown at once."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        who = require(request, Power.SEE_THE_TENANT)
        asked = request.GET.get("q", "").strip()
        wanted = sought(asked)
        actions = found(wanted) if asked else []
        if len(actions) == 1:
            return HttpResponseRedirect(self._story_url(actions[0].pk))
        told: dict[str, Any] = {"asked": asked[:LONGEST], "wanted": wanted, "most": MOST_FOUND}
        rows = rows_of(actions, who.tenant)
        return self.page(request, "engine/story_search.html", title="Why was this sent?", rows=rows, **told)

    def _story_url(self, action_id: UUID) -> str:
        return reverse(f"admin:{self._page_name('story')}", args=[action_id], current_app=self.admin_site.name)
