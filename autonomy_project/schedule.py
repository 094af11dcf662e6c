"""The schedule as an operator may change it: whether a task runs and how often. What runs is not theirs to change."""

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from crm.models import Tenant
from record import journal
from record.actors import Actor

LONGEST = 10_000  # of any unit


def switch(task: PeriodicTask, *, on: bool, tenant: Tenant, actor: Actor) -> None:
    """Have the task run, or not; written into the record of the tenant whose operator it was."""
    task.enabled = on
    task.save(update_fields=["enabled", "date_changed"])
    _record(task, "schedule.switched_on" if on else "schedule.switched_off", tenant, actor)


def set_interval(task: PeriodicTask, *, every: int, period: str, tenant: Tenant, actor: Actor) -> None:
    """Have the task run every so many of a period. Raises ValueError for an interval that is none."""
    if type(every) is not int or not 1 <= every <= LONGEST:
        raise ValueError(f"every: a whole number from 1 to {LONGEST}.")
    if period not in dict(IntervalSchedule.PERIOD_CHOICES):
        raise ValueError(f"period: one of {', '.join(dict(IntervalSchedule.PERIOD_CHOICES))}.")
    interval = IntervalSchedule.objects.filter(every=every, period=period).first()
    task.interval = interval or IntervalSchedule.objects.create(every=every, period=period)
    task.crontab = task.solar = task.clocked = None
    # Nothing else: a full save of a task that is switched off would forget when it last ran.
    task.save(update_fields=["interval", "crontab", "solar", "clocked", "date_changed"])
    _record(task, "schedule.interval_set", tenant, actor, every=every, period=period)


def _record(task: PeriodicTask, kind: str, tenant: Tenant, actor: Actor, **facts: object) -> None:
    journal.write(
        tenant_id=tenant.pk,
        kind=kind,
        subject=("schedule", task.name[:64]),
        actor=actor,
        facts={"task": task.task, **facts},
    )
