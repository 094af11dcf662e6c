"""The five tasks that watch and propose by themselves, and when. Beat only names a turn; what is done is in engine.runs."""

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from crm.models import Tenant
from crm.tenancy import tenant_scope
from engine import goal_progress, hints, outreach, scanning, summarizing
from engine.digests import planning as digests
from engine.models import Run
from engine.runs import Task, begin, work
from record.actors import SYSTEM, Actor

PREFIX = "engine."  # of the Celery tasks that beat sends
INLINE_SECONDS = 3_600.0
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
            for task in TASKS:
                _install(task)

    def run(self, name: str, *, tenant: Tenant | None = None) -> dict[str, Any]:
        """Run a task now, for one tenant or for all, every slice of it in this process; what it proposes waits for workers.

        Returns {task, count, errors}, summed over the tenants. Raises ValueError for a name that is none of the five.
        """
        runs = [_finished(run) for run in start(name, tenant=tenant, actor=SYSTEM)]
        return {"task": name, "count": sum(run.count for run in runs), "errors": sum(run.errors for run in runs)}

    def runs(self, *, tenant: Tenant, task: str | None = None) -> QuerySet[Run]:
        """The runs of the tenant, the latest first; to be read in its scope."""
        runs = Run.objects.filter(tenant=tenant).order_by("-id")
        return runs if task is None else runs.filter(task=task)


def start(name: str, *, tenant: Tenant | None, actor: Actor) -> list[Run]:
    """Begin a run by hand, for one tenant or for all, and leave it to whoever works it. Raises ValueError."""
    task = _task(name)
    tenants = [tenant] if tenant else list(Tenant.objects.order_by("pk"))
    begun = [begin(task, tenant=one, interval=task.interval, by_hand=actor) for one in tenants]
    return [run for run in begun if run is not None]


def begin_turn(name: str) -> int:
    """What beat asks for: begin this turn's run of every tenant that is due. Returns how many were begun.

    One tenant's trouble does not stop the others; the exception of the first is raised when all had their turn.
    """
    task = _task(name)
    interval = interval_of(task)
    begun, troubles = 0, []
    for tenant in Tenant.objects.order_by("pk").iterator():
        try:
            begun += begin(task, tenant=tenant, interval=interval) is not None
        except Exception as trouble:
            troubles.append(trouble)
    if begun:
        hints.runs_may_be_due()
    if troubles:
        raise troubles[0]
    return begun


def work_runs(*, seconds: float) -> None:
    """Work what there is for a while, and say so where more is left."""
    if work(BY_NAME, seconds=seconds, wake=hints.runs_may_be_due):
        hints.runs_may_be_due()


def interval_of(task: Task) -> timedelta:
    """How often the task runs now, as the operator has set it."""
    row = PeriodicTask.objects.filter(name=task.name).select_related("interval").first()
    return row.interval.schedule.run_every if row and row.interval else task.interval


def _task(name: str) -> Task:
    if name not in BY_NAME:
        raise ValueError(f"task: one of {', '.join(BY_NAME)}.")
    return BY_NAME[name]


def _install(task: Task) -> None:
    hours = int(task.interval.total_seconds()) // 3600
    interval = IntervalSchedule.objects.filter(every=hours, period=IntervalSchedule.HOURS).order_by("pk").first()
    if interval is None:
        interval = IntervalSchedule.objects.create(every=hours, period=IntervalSchedule.HOURS)
    fixed = {"task": f"{PREFIX}{task.name}", "description": task.does}
    row, _ = PeriodicTask.objects.get_or_create(name=task.name, defaults={**fixed, "interval": interval})
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
