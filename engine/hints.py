"""Telling the workers that there is work, without ever waiting for the broker.

A hint only saves the time until the next sweep: losing every one loses nothing. So it is handed to a thread of this
process, which talks to the broker however slow or dead that is; a queue's name that waits to be said is said once.
"""

import logging
import queue
import threading

from celery import current_app
from django.db import transaction

from engine.lifecycle import Status
from engine.models import Action

log = logging.getLogger(__name__)

DRAIN_TASK = "engine.drain"
EXPIRES_S = 30  # a hint that nobody took by then has been overtaken by the sweeps


class Announcer:
    """Says queue names to the broker from a daemon thread of its own, started at the first name."""

    def __init__(self) -> None:
        self._names: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def say(self, name: str) -> None:
        """Have `name` said soon; returns at once."""
        with self._lock:
            if name in self._waiting:
                return
            self._waiting.add(name)
            self._names.put(name)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            name = self._names.get()
            with self._lock:
                self._waiting.discard(name)
            self._send(name)

    def _send(self, name: str) -> None:
        try:
            current_app.send_task(DRAIN_TASK, args=[name], expires=EXPIRES_S, retry=False)
        except Exception as error:
            # The edge of this thread: whatever the broker's client raises, the sweeps do the work.
            log.warning("The broker did not take a hint for %s (%s); the next sweep will see to it.", name, error)


ANNOUNCER = Announcer()


def work_may_be_due(action: Action) -> None:
    """On commit, wake the workers of an approved action that nothing holds back."""
    if action.status == Status.APPROVED and action.queue and action.not_before is None:
        transaction.on_commit(lambda: ANNOUNCER.say(action.queue))
