"""The page where everything about one account stands together, its last 90 days drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count as Number
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from crm.console.customers import AccountAdmin
from crm.console.formats import as_text, at, pairs_of, words
from crm.console.roles import visitor_of
from crm.keyset import page_behind
from crm.models import Account, Channel, Interaction
from crm.timeline import timeline
from engine.account_facts import Fact, Telling
from engine.account_view import account_view
from engine.console.drawing import DAYS, Count, Drawing, Mark, draw
from engine.console.rows import Row, rows_of
from engine.models import Action
from insights.models import Insight, Summary, SummaryKind

PAGE = 50
LONGEST_GLANCE = 110  # characters of a text that stand beside it while it is folded

_CHANNELS: Mapping[str, str] = MappingProxyType({channel.value: str(channel.label) for channel in Channel})


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a line: its name, what holds, who says so since when, and who says otherwise."""

    name: str
    value: str
    source: str
    at: datetime | None
    others: list["Told"]


@dataclass(frozen=True, slots=True)
class Done:
    """An action with what became of it."""

    row: Row
    outcome: str


class AccountViewAdmin(AccountAdmin):
    """Accounts, each with a page that shows all that is known of it."""

    def get_urls(self) -> list[URLPattern]:
        view = path("<uuid:object_id>/view/", self.admin_site.admin_view(self.whole_view), name=self._page_name("view"))
        return [view, *super().get_urls()]

    def beside(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        """What the record's own page shows, and the way to the whole view."""
        whole = reverse(f"admin:{self._page_name('view')}", args=[row.pk], current_app=self.admin_site.name)
        return {**super().beside(request, row), "whole_view": whole}

    def whole_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The unified view, and the page of its timeline that was asked for."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        account = self.row_of(request, str(object_id))
        return self.page(request, "engine/account_view.html", **view_page(request, account))


def view_page(request: HttpRequest, account: Account) -> dict[str, Any]:
    """What the page's template shows of `account`. Takes the same few statements however much there is."""
    tenant = visitor_of(request).tenant
    zone = ZoneInfo(tenant.time_zone)
    before = request.GET.get("before")
    happened = page_behind(timeline(account), before, field="occurred_at", newest_first=True, size=PAGE)
    view = account_view(account)
    return {
        "title": str(account),
        "view": view,
        "drawing": drawing_of(account, view.signals, zone),
        "happened": [(one, glance(one), one.text.strip() != glance(one)) for one in happened[:PAGE]],
        "earlier": happened[PAGE - 1].pk if len(happened) > PAGE else None,
        "from_the_start": before is None,
        "contacts": [(contact, contact.pk in view.suppressed) for contact in view.contacts],
        "actions": [Done(row, outcome_of(row.action)) for row in rows_of(view.actions, tenant)],
        "summaries": [(summary, title_of(summary)) for summary in view.summaries],
        "facts": facts_in_words(view.facts),
    }


def drawing_of(account: Account, signals: Iterable[Insight], zone: ZoneInfo) -> Drawing:
    """The last 90 days of the account, as days go in `zone`; counted by one statement."""
    now = timezone.now()
    days = (
        Interaction.objects.filter(
            account=account, occurred_at__lte=now, occurred_at__gt=now - timedelta(days=DAYS + 1)
        )
        .order_by()
        .annotate(day=TruncDate("occurred_at", tzinfo=zone))
        .values_list("day", "channel", "direction")
        .annotate(number=Number("pk"))
    )
    counts = [Count(*row) for row in days.order_by("day", "channel", "direction")]
    marks = [Mark(_day_of(signal, zone), signal.severity, words(signal.signal)) for signal in signals]
    return draw(counts, marks, channels=_CHANNELS, today=now.astimezone(zone).date())


def glance(one: Interaction) -> str:
    """An interaction in one line: its subject, else how its text begins."""
    line = " ".join((one.subject or one.text[: LONGEST_GLANCE * 4]).split())
    return line if len(line) <= LONGEST_GLANCE else f"{line[: LONGEST_GLANCE - 1]}…"


def outcome_of(action: Action) -> str:
    """What became of an action, as whoever carried it out or decided it put it."""
    told = (action.result or {}).get("detail") if isinstance(action.result, dict) else None
    return str(told or action.decision_comment or "")


def title_of(summary: Summary) -> str:
    """Which days a summary is about, in words."""
    if summary.kind == SummaryKind.FULL:
        return "The last 30 days"
    if summary.kind == SummaryKind.WEEK:
        first, last = at(summary.starts_on, "short_day"), at(summary.ends_on, "day")
        return f"Week {summary.starts_on.isocalendar().week}, {first} to {last}"
    return at(summary.starts_on, "month")


def facts_in_words(facts: Iterable[Fact]) -> list[Told]:
    """Facts as lines, those first on which sources disagree."""
    told = [_told(fact.told, [_told(other, []) for other in fact.others]) for fact in facts]
    return sorted(told, key=lambda one: not one.others)


def _told(telling: Telling, others: list[Told]) -> Told:
    return Told(words(telling.name), _in_words(telling.value), telling.source, telling.at, others)


def _in_words(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if isinstance(value, dict | list):
        return "; ".join(f"{name}: {text}" if name else text for name, text in pairs_of(value))
    return as_text(value)


def _day_of(signal: Insight, zone: ZoneInfo) -> date:
    """The day of the latest word it rests on, else the day it was noticed."""
    said = [datetime.fromisoformat(piece["at"]) for piece in signal.evidence if piece.get("at")]
    return max(said, default=signal.created_at).astimezone(zone).date()
