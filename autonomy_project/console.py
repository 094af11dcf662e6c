"""The console's frame: what stands in its menu, and what it opens with."""

from typing import Any, NamedTuple, NoReturn

from django.contrib import admin
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views import defaults

from crm.console.roles import Power, Visitor
from engine.console.queue import queue_page, waiting_count

MOST_COUNTED = 99
OF_OUR_OWN = frozenset({"dashboard"})  # pages that belong to no kind of row; their names stand in the URL conf itself


class Entry(NamedTuple):
    """A line of the menu: where it leads by name, its icon of Material Symbols, and who sees it."""

    title: str
    icon: str
    page: str
    power: Power = Power.SEE_THE_TENANT
    beneath: str = ""  # the page whose address those of all its pages begin with, where that is another one


_MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Decide",
        (
            Entry("Approval queue", "inbox", "index"),
            Entry("Dashboard", "monitoring", "dashboard"),
            Entry("All actions", "bolt", "engine_action_changelist"),
            Entry("Why was this sent?", "manage_search", "engine_action_search"),
        ),
    ),
    (
        "Customers",
        (
            Entry("Accounts", "domain", "crm_account_changelist"),
            Entry("Contacts", "contacts", "crm_contact_changelist"),
            Entry("Deals", "handshake", "crm_opportunity_changelist"),
            Entry("Interactions", "forum", "crm_interaction_changelist"),
            Entry("Briefings", "description", "crm_briefing_changelist"),
            Entry("Suppressions", "unsubscribe", "crm_suppression_changelist"),
            Entry("Imports", "upload_file", "crm_importrun_changelist"),
        ),
    ),
    (
        "Notice",
        (
            Entry("Goals", "flag", "goals_goal_overview", beneath="goals_goal_changelist"),
            Entry("Insights", "lightbulb", "insights_insight_changelist"),
            Entry("Digests", "newspaper", "engine_digest_changelist"),
            Entry("Sensitivity", "tune", "insights_threshold_changelist"),
            Entry("Messages to us", "outgoing_mail", "engine_notice_changelist", Power.SEE_NOTICES),
            Entry("How you are told", "notifications", "engine_reach_changelist", beneath="engine_reach_changelist"),
        ),
    ),
    (
        "Control",
        (
            Entry("Rules", "gavel", "guardrails_tenantrule_changelist"),
            Entry("Pauses", "pause_circle", "guardrails_pause_changelist"),
            Entry("Hold and deadlines", "timer", "guardrails_policy_changelist"),
            Entry("Company", "apartment", "crm_tenant_changelist"),
            Entry("Schedule", "schedule", "django_celery_beat_periodictask_changelist"),
            Entry("Record", "history", "record_entry_changelist"),
        ),
    ),
    (
        "Agents and people",
        (
            Entry("Clones", "smart_toy", "crm_clone_changelist"),
            Entry("Agent keys", "key", "crm_agentkey_changelist", Power.SEE_KEYS),
            Entry("API tokens", "token", "crm_persontoken_changelist"),
            Entry("People", "group", "crm_membership_changelist"),
            Entry("Log-ins", "badge", "auth_user_changelist", Power.SEE_LOG_INS),
            Entry("Failed log-ins", "lock", "axes_accessattempt_changelist", Power.SEE_LOG_INS),
        ),
    ),
)


def landing(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK: the console opens with the approval queue."""
    return {**context, **queue_page(request)}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu as unfold draws it, without what the person may not see."""
    who: Visitor | None = getattr(request, "visitor", None)
    if who is None:
        return []
    return [
        {"title": title, "items": [_item(request, entry) for entry in entries if who.may(entry.power)]}
        for title, entries in _MENU
    ]


def own_pages(request: HttpRequest) -> list[dict[str, str]]:
    """What stands at the foot of the menu: a person's own settings and log-in."""
    pages = (
        ("Your settings", "own_settings"),
        ("Two-factor log-in", "two_factor"),
        ("Change password", "admin:password_change"),
    )
    return [{"title": title, "link": reverse(page)} for title, page in pages]


def company(request: HttpRequest) -> str | None:
    """The current tenant's name, under the product's."""
    who: Visitor | None = getattr(request, "visitor", None)
    return who.tenant.name if who else None


def search(request: HttpRequest) -> HttpResponse:
    """unfold's search for a page by its name, which breaks where it is asked for a page of results that is none."""
    try:
        return admin.site.search(request)  # type: ignore[attr-defined]
    except (InvalidPage, ValueError):
        return defaults.bad_request(request, SuspiciousOperation())


def no_page_elsewhere(request: HttpRequest) -> NoReturn:
    """In the place of Django's jump to an object's page on the site: ours have none, and an odd id would break it."""
    raise Http404("No page of ours stands anywhere but in the console.")


def icon(request: HttpRequest) -> str:
    """The product's mark."""
    return static("engine/mark.svg")


def _is_of_actions(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:engine_action_changelist"))


def _is_a_story(request: HttpRequest) -> bool:
    return request.path.endswith("/story/")


def _address(page: str) -> str:
    return reverse(page if page in OF_OUR_OWN else f"admin:{page}")


def _item(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": _address(entry.page)}
    if entry.page in ("engine_action_changelist", "engine_action_search"):  # of two addresses that begin alike
        item["active"] = _is_of_actions(request) and _is_a_story(request) == (entry.page == "engine_action_search")
    if entry.beneath:
        item["active"] = request.path.startswith(reverse(f"admin:{entry.beneath}"))
    if entry.page == "index" and (waiting := waiting_count(request)):
        item["badge"] = str(waiting) if waiting <= MOST_COUNTED else f"{MOST_COUNTED}+"
        item["badge_variant"] = "primary"
    return item
