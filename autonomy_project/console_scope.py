"""Around every page of the console: who sits there, in which tenant, and that tenant's transaction.

The session remembers the tenant; what counts are the memberships, read afresh for every request. A page that fails
undoes what it did; a refusal that is answered with a page or a redirect keeps what its verb meant to keep.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults
from django.views.decorators.http import require_POST

from autonomy_project.log_in import is_verified
from autonomy_project.own_settings import browsers_locale
from crm.console.formats import spoken
from crm.console.roles import Visitor, visitor
from crm.models import Tenant
from crm.posts import posts_of
from crm.tenancy import tenant_scope

CONSOLE = "/admin/"
TENANT = "tenant"  # the session's key
COMPANY = "company"  # in a mail's link to somebody who belongs to several: the slug of the one it leads into
LOG_IN = frozenset({"login", "log_in", "log_in_code", "logout", "jsi18n"})
OPEN_TO_ALL = LOG_IN | {"password_change", "password_change_done"}
ENROLLING = LOG_IN | {"two_factor", "two_factor_on"}


class ConsoleScope:
    """The middleware. Puts `visitor` (crm.console.roles.Visitor) on the request, or answers with a page that says no."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(CONSOLE) or not request.user.is_authenticated:
            return self.get_response(request)
        who = visitor(request.user, request.session.get(TENANT))
        request.visitor = who  # type: ignore[attr-defined]
        return self.get_response(request) if who is None else self._in_scope(request, who)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer in the view's place: NUL in the query, which no column can hold, with a 400; who belongs to no tenant
        with a page instead of an empty console; who owes a second factor with the way to it."""
        if not request.path.startswith(CONSOLE) or not request.user.is_authenticated:
            return None
        if any("\0" in text for name, values in request.GET.lists() for text in (name, *values)):
            return defaults.bad_request(request, SuspiciousOperation())
        page = request.resolver_match.url_name if request.resolver_match else None
        who: Visitor | None = getattr(request, "visitor", None)
        if who is None:
            return None if page in OPEN_TO_ALL else _outside(request)
        turned_back = _turned_back(request, who, page)
        return turned_back or (None if page in OPEN_TO_ALL else _elsewhere(request, who))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember that the page failed, whatever answer is made of it."""
        request.console_failed = True  # type: ignore[attr-defined]

    def _in_scope(self, request: HttpRequest, who: Visitor) -> HttpResponse:
        with timezone.override(who.tenant.time_zone), spoken(_locale_of(request, who)), tenant_scope(who.tenant):
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "console_failed", False):
                transaction.set_rollback(True)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _piece_by_piece(iter(response), who)
        return response


@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Sit down in another tenant of one's own; the others are not there (404)."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("admin:login"))
    wanted = request.POST.get("tenant", "")
    post = next((post for post in posts_of(request.user.pk) if str(post.tenant.pk) == wanted), None)
    if post is None:
        raise Http404("You belong to no such company.")
    request.session[TENANT] = str(post.tenant.pk)
    messages.success(request, f"You are now in {post.tenant}, as {post.role_in_words.lower()}.")
    return HttpResponseRedirect(_back(request) or reverse("admin:index"))


def _back(request: HttpRequest) -> str:
    """The page of the console that was wanted when the switch was asked for; "" for anything else."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(CONSOLE)
    return wanted if is_ours else ""


def _elsewhere(request: HttpRequest, who: Visitor) -> HttpResponse | None:
    """The page for who follows a link into another company of theirs: a button leads there, for a GET changes nothing."""
    slug = request.GET.get(COMPANY)
    wanted = next((post for post in who.posts if post.tenant.slug == slug), None)
    if wanted is None or wanted.tenant.pk == who.tenant.pk or request.method not in ("GET", "HEAD"):
        return None
    context = {**admin.site.each_context(request), "title": "In another company", "wanted": wanted, "who": who}
    return TemplateResponse(request, "console/elsewhere.html", context).render()


def _locale_of(request: HttpRequest, who: Visitor) -> str | None:
    """The locale the person chose, or what their browser asks for."""
    return who.desk.locale or browsers_locale(request)


def _piece_by_piece(content: Iterator[bytes], who: Visitor) -> Iterator[bytes]:
    """What is written while it is read enters the scope again for each piece, and holds no transaction between."""
    while True:
        with timezone.override(who.tenant.time_zone), tenant_scope(who.tenant):
            piece = next(content, None)
        if piece is None:
            return
        yield piece


def _turned_back(request: HttpRequest, who: Visitor, page: str | None) -> HttpResponse | None:
    """None for who may go on. Who has to enrol meets that page alone, whatever they ask for; a session that gave no code
    although its person has a device is over."""
    device_id = who.desk.device_id
    if device_id is not None and page not in LOG_IN and not is_verified(request, device_id):
        request.session.flush()
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    request.must_enrol = who.desk.needs_a_device  # type: ignore[attr-defined]
    is_stopped = who.desk.needs_a_device and page not in ENROLLING
    return HttpResponseRedirect(reverse("two_factor")) if is_stopped else None


def _outside(request: HttpRequest) -> HttpResponse:
    """The page for who belongs to no tenant: the first steps where there is no tenant at all, else whom to ask."""
    context = {**admin.site.each_context(request), "title": "Welcome", "is_new": not Tenant.objects.exists()}
    return TemplateResponse(request, "console/outside.html", context, status=403).render()
