"""The schedule in the console: what each task does, when it ran and will run, how far it is, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from crm.console.formats import at, number, span, words
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require
from engine.models import Run, RunError
from engine.runs import Task
from engine.schedule import TASKS

PAST = 20  # runs that are listed
ERRORS = 200
LATE_BY = 0.1  # of the interval, and LEAST_LATE at least, before a turn that did not come is called late
LEAST_LATE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Line:
    """One task as the page shows it. `next_at` is when beat is next to begin it, None where it is switched off; `is_due`:
    that is now, `is_late`: that was long ago."""

    task: Task
    row: PeriodicTask | None
    running: Run | None
    last: Run | None
    next_at: datetime | None
    is_late: bool
    is_due: bool

    @property
    def title(self) -> str:
        return words(self.task.name)

    @property
    def every(self) -> str:
        return str(self.row.interval) if self.row and self.row.interval else "not scheduled"

    @property
    def percent(self) -> int | None:
        """How far the running run is; None where it does not know how much there is."""
        return percent_of(self.running) if self.running and self.running.total else None


def lines(now: datetime) -> list[Line]:
    """The five tasks for the tenant in scope, by three statements."""
    rows = {row.name: row for row in PeriodicTask.objects.select_related("interval")}
    running = {run.task: run for run in Run.objects.filter(ended_at=None).order_by("pk")}
    newest = Window(RowNumber(), partition_by=F("task"), order_by=F("pk").desc())
    ended = Run.objects.exclude(ended_at=None).annotate(place=newest).filter(place=1)
    last = {run.task: run for run in ended}
    return [_line(task, rows.get(task.name), running.get(task.name), last.get(task.name), now) for task in TASKS]


def _line(task: Task, row: PeriodicTask | None, running: Run | None, last: Run | None, now: datetime) -> Line:
    next_at = next_turn(row, now)
    late = next_at is not None and is_late(row, next_at, now)
    return Line(task, row, running, last, next_at, late, is_due=next_at is not None and next_at <= now)


def next_turn(row: PeriodicTask | None, now: datetime) -> datetime | None:
    """When beat begins the task next: an interval after the last time; None where it is off or not there."""
    if row is None or not row.enabled or row.interval is None:
        return None
    return (row.last_run_at or row.date_changed or now) + row.interval.schedule.run_every


def is_late(row: PeriodicTask | None, next_at: datetime, now: datetime) -> bool:
    """Whether a turn should have come long ago: beat is down, or does nothing."""
    assert row is not None, "only a task that is scheduled can be late"
    grace = max(row.interval.schedule.run_every * LATE_BY, LEAST_LATE)
    return now > next_at + grace


def percent_of(run: Run) -> int:
    """How far a run is, 0 to 100."""
    return min(100, round(100 * run.done / run.total)) if run.total else 0


def took(run: Run) -> str:
    """How long a run took, or has been running."""
    length = (run.ended_at or timezone.now()) - run.as_of
    return span(length) if length >= timedelta(seconds=1) else "less than 1 s"


def counts_of(run: Run) -> str:
    """What a run counted, in words: the task's own count, then the further ones."""
    task = next((task for task in TASKS if task.name == run.task), None)
    told = [f"{number(run.count)} {task.counts if task else 'counted'}"]
    told += [f"{number(count)} {words(name).lower()}" for name, count in sorted(run.more.items()) if count]
    return ", ".join(told)


class RunAdmin(TenantAdmin):
    """What the scheduled tasks did."""

    heading = "Runs"
    when_empty = "The runs of the scheduled tasks stand here. Start one under Schedule, or wait for its turn."
    list_display = ("what", "began", "took", "counted", "errors", "state")
    list_display_links = ("what",)
    list_filter = ("task", "by_hand")
    in_csv: ClassVar = {"began": ("as_of",), "took": ("ended_at",)}
    ordering = ("-id",)
    fields = (
        "what",
        "slot",
        "began",
        "started_by",
        "state",
        "took",
        "counted",
        "errors",
        "missed",
        "passed_over",
        "tokens",
    )
    readonly_fields = ("what", "began", "took", "counted", "state")

    def get_urls(self) -> list[URLPattern]:
        live = path("live/", self.admin_site.admin_view(self.live_view), name="engine_run_live")
        return [live, *super().get_urls()]

    def live_view(self, request: HttpRequest) -> HttpResponse:
        """The schedule's part that changes while one looks at it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        who = require(request, Power.SEE_THE_TENANT)
        return TemplateResponse(request, "engine/schedule_live.html", live_context(who.may(Power.SET_SCHEDULE)))

    def beside(self, request: HttpRequest, row: Run) -> dict[str, Any]:
        """What went wrong, account by account."""
        failures = RunError.objects.filter(run=row).select_related("account").order_by("pk")[:ERRORS]
        return {"beside": "engine/run_errors.html", "run": row, "failures": failures, "percent": percent_of(row)}

    def what(self, row: Run) -> str:
        return words(row.task)

    what.short_description = "task"  # type: ignore[attr-defined]

    def began(self, row: Run) -> str:
        return at(timezone.localtime(row.as_of))

    def took(self, row: Run) -> str:
        return took(row)

    def counted(self, row: Run) -> str:
        return counts_of(row)

    def state(self, row: Run) -> str:
        return "ended" if row.ended_at else f"running, {percent_of(row)} %"


def live_context(may_set: bool) -> dict[str, Any]:
    """What the live part of the page shows, by four statements."""
    return {
        "lines": [
            (line, counts_of(line.last) if line.last else "", took(line.last) if line.last else "")
            for line in lines(timezone.now())
        ],
        "may_set": may_set,
        "past": [(run, counts_of(run), took(run)) for run in Run.objects.order_by("-pk")[:PAST]],
    }
