"""What must hold before anything starts; `manage.py check` says what to mend."""

from itertools import pairwise
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error

from engine import tasks
from engine.claims import LEASE
from engine.connectors.registry import CONNECTORS
from engine.execution import DRAIN_SECONDS
from engine.payloads import CONNECTOR_OF, PROMISE
from engine.schedule import PREFIX, TASKS


def check_time_limits(**_: Any) -> list[CheckMessage]:
    """A connector's call ends before the task is told to stop, which comes before it is killed, before its lease ends.

    Otherwise a second worker could claim what a first one is still doing.
    """
    limits = [
        ("a drain and one connector call", DRAIN_SECONDS + settings.CONNECTOR_TIMEOUT_S),
        ("CELERY_TASK_SOFT_TIME_LIMIT", settings.CELERY_TASK_SOFT_TIME_LIMIT),
        ("CELERY_TASK_TIME_LIMIT", settings.CELERY_TASK_TIME_LIMIT),
        ("the lease", LEASE.total_seconds()),
    ]
    return [
        Error(
            f"{shorter} ({a} s) must be shorter than {longer} ({b} s).",
            hint="See engine.claims.LEASE.",
            id="engine.E001",
        )
        for (shorter, a), (longer, b) in pairwise(limits)
        if a >= b
    ]


def check_connectors(**_: Any) -> list[CheckMessage]:
    """Every action type that a connector carries out has that connector, and both say the same of what it can promise."""
    return [
        Error(
            f"{action_type} goes to the connector {queue}, which is missing or promises something else.",
            id="engine.E002",
        )
        for action_type, queue in CONNECTOR_OF.items()
        if queue not in CONNECTORS or CONNECTORS[queue].promise != PROMISE[action_type]
    ]


def check_scheduled_tasks(**_: Any) -> list[CheckMessage]:
    """Whatever beat sends a message for is there to take it."""
    return [
        Error(
            f"The scheduled task {task.name} has no Celery task {PREFIX}{task.name}.",
            hint=f"Write it in {tasks.__name__}.",
            id="engine.E003",
        )
        for task in TASKS
        if f"{PREFIX}{task.name}" not in current_app.tasks
    ]
