"""The five tasks that watch and propose by themselves, and how often. What they do is in their jobs (engine.jobs)."""

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine import goal_progress, hints, outreach, scanning, summarizing
from engine.digests import planning as digests
from engine.models import Run
from engine.runs import Task, begin_by_hand
from engine.slices import work
from record.actors import SYSTEM, Actor

PREFIX = "engine."  # of the Celery tasks that beat sends
INLINE_SECONDS = 3_600.0
FIRST_TURN_IN = timedelta(minutes=10)  # of a new installation: nobody waits a day for the first digest
_LOOK_EVERY_S = 0.2

TASKS: tuple[Task, ...] = (
    Task(
        "pattern_scan",
        timedelta(hours=6),
        scanning.scan,
        size=scanning.size,
        does="Reads what customers wrote and how often they are in touch, and notes what matters.",
        counts="active accounts scanned",
        by_account=True,
        finale=scanning.conclude,
    ),
    Task(
        "proactive_outreach_check",
        timedelta(hours=1),
        outreach.propose_best,
        size=outreach.size,
        does="Proposes the best few next steps from insights and goals, through the same guardrails as everybody.",
        counts="actions proposed",
    ),
    Task(
        "goal_progress_update",
        timedelta(hours=24),
        goal_progress.measure_goals,
        size=goal_progress.size,
        does="Measures every goal against the records.",
        counts="goals updated",
    ),
    Task(
        "daily_digest_generation",
        timedelta(hours=24),
        digests.plan_digests,
        size=digests.size,
        does="Writes the morning's digest for managers and clone owners; it is sent at 07:00.",
        counts="digests with something to say",
    ),
    Task(
        "context_summarization",
        timedelta(hours=24),
        summarizing.summarize,
        size=summarizing.size,
        does="Sums up what happened with each account, by week and by month.",
        counts="accounts summarized",
        by_account=True,
    ),
)
BY_NAME: Mapping[str, Task] = MappingProxyType({task.name: task for task in TASKS})


class ProactiveScheduler:
    """The schedule as other code uses it."""

    TASKS = TASKS

    def install(self) -> None:
        """Give beat its five rows. A row that is there keeps its interval, its switch and when it last ran."""
        with transaction.atomic():
            _one_at_a_time()
            for task in TASKS:
                _install(task)

    def run(self, name: str, *, tenant: Tenant | None = None) -> dict[str, Any]:
        """Run a task now, for one tenant or for all, every slice of it in this process; what it proposes waits for workers.

        Runs of it that were left lying are brought to their end first. Returns {task, count, errors} of this one, summed
        over the tenants. Raises ValueError for a name that is none of the five.
        """
        for left_lying in self.runs(tenant=tenant, task=name, unfinished=True):
            _finished(left_lying)
        runs = [_finished(run) for run in start(name, tenant=tenant, actor=SYSTEM)]
        return {"task": name, "count": sum(run.count for run in runs), "errors": sum(run.errors for run in runs)}

    def runs(
        self, *, tenant: Tenant | None = None, task: str | None = None, unfinished: bool = False, most: int = 50
    ) -> list[Run]:
        """The latest runs, of one tenant or of all, of one task or of all, the newest first. Raises ValueError."""
        only: dict[str, Any] = {"task": task_named(task).name} if task else {}
        if unfinished:
            only["ended_at"] = None
        found: list[Run] = []
        for one in _tenants(tenant):
            with tenant_scope(one):
                found += Run.objects.filter(**only).select_related("tenant").order_by("-id")[:most]
        return sorted(found, key=lambda run: run.pk, reverse=True)[:most]


def start(name: str, *, tenant: Tenant | None, actor: Actor) -> list[Run]:
    """Begin a run by hand, for one tenant or for all, and leave it to whoever works it. Raises ValueError."""
    task = task_named(name)
    return [begin_by_hand(task, tenant=one, actor=actor) for one in _tenants(tenant)]


def work_runs(*, seconds: float, wakes_only_alone: bool = False) -> None:
    """Work what there is for a while, and wake another worker where that helps."""
    work(BY_NAME, seconds=seconds, wake=hints.runs_may_be_due, wakes_only_alone=wakes_only_alone)


def interval_of(task: Task) -> timedelta:
    """How often the task runs now, as the operator has set it."""
    row = PeriodicTask.objects.filter(name=task.name).select_related("interval").first()
    return row.interval.schedule.run_every if row and row.interval else task.interval


def task_named(name: str) -> Task:
    """One of the five. Raises ValueError, naming them."""
    if name not in BY_NAME:
        raise ValueError(f"task: one of {', '.join(BY_NAME)}.")
    return BY_NAME[name]


def _tenants(tenant: Tenant | None) -> list[Tenant]:
    return [tenant] if tenant else list(Tenant.objects.order_by("pk"))


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('install the schedule', 0))")


def _install(task: Task) -> None:
    hours = int(task.interval.total_seconds()) // 3600
    interval = IntervalSchedule.objects.filter(every=hours, period=IntervalSchedule.HOURS).order_by("pk").first()
    if interval is None:
        interval = IntervalSchedule.objects.create(every=hours, period=IntervalSchedule.HOURS)
    fixed = {"task": f"{PREFIX}{task.name}", "description": task.does}
    soon = timezone.now() + FIRST_TURN_IN - task.interval  # beat reckons from the last time
    new = {**fixed, "interval": interval, "last_run_at": soon}
    row, _ = PeriodicTask.objects.get_or_create(name=task.name, defaults=new)
    changed = [field for field, value in fixed.items() if getattr(row, field) != value]
    if changed:
        for field in changed:
            setattr(row, field, fixed[field])
        row.save(update_fields=[*changed, "date_changed"])


def _finished(run: Run) -> Run:
    """The run when it has ended: worked here, and waited for where a worker holds one of its slices."""
    until = monotonic() + INLINE_SECONDS
    while monotonic() < until:
        work(BY_NAME, seconds=until - monotonic(), run=run)
        with tenant_scope(run.tenant_id):
            run.refresh_from_db()
        if run.ended_at is not None:
            break
        sleep(_LOOK_EVERY_S)
    return run
