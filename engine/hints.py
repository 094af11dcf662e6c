"""Telling the workers that there is work, without ever waiting for the broker.

A hint only saves the time until the next sweep: losing every one loses nothing. So it is handed to a thread of this
process, which talks to the broker however slow or dead that is; a hint that waits to be said is said once.
"""

import logging
import queue
import threading
from typing import NamedTuple

from celery import current_app
from django.db import transaction

from engine.lifecycle import Status
from engine.models import Action

log = logging.getLogger(__name__)

DRAIN_TASK = "engine.drain"
WORK_TASK = "engine.work_runs"
EXPIRES_S = 30  # a hint that nobody took by then has been overtaken by the sweeps


class Hint(NamedTuple):
    """A task to look, and where."""

    task: str
    queue: str | None = None


class Announcer:
    """Says hints to the broker from a daemon thread of its own, started at the first one."""

    def __init__(self) -> None:
        self._hints: queue.SimpleQueue[Hint] = queue.SimpleQueue()
        self._waiting: set[Hint] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def say(self, hint: Hint) -> None:
        """Have `hint` said soon; returns at once."""
        with self._lock:
            if hint in self._waiting:
                return
            self._waiting.add(hint)
            self._hints.put(hint)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            hint = self._hints.get()
            with self._lock:
                self._waiting.discard(hint)
            self._send(hint)

    def _send(self, hint: Hint) -> None:
        try:
            args = [hint.queue] if hint.queue else []
            current_app.send_task(hint.task, args=args, expires=EXPIRES_S, retry=False)
        except Exception as error:
            # The edge of this thread: whatever the broker's client raises, the sweeps do the work.
            log.warning(
                "The broker did not take a hint for %s (%s); the next sweep will see to it.",
                hint.queue or hint.task,
                error,
            )


ANNOUNCER = Announcer()


def work_may_be_due(action: Action) -> None:
    """On commit, wake the workers of an approved action that nothing holds back."""
    if action.status == Status.APPROVED and action.queue and action.not_before is None:
        transaction.on_commit(lambda: ANNOUNCER.say(Hint(DRAIN_TASK, action.queue)))


def runs_may_be_due() -> None:
    """On commit, wake a worker to work the runs of scheduled tasks."""
    say(WORK_TASK)


def say(task: str) -> None:
    """On commit, have a worker do `task`, which takes no arguments."""
    transaction.on_commit(lambda: ANNOUNCER.say(Hint(task)))
