"""The timer inside every worker: a thread of its main process that sweeps, whether or not the broker lives."""

import logging
import threading
from typing import Any

from celery import bootsteps
from django.db import close_old_connections, connection

from engine.sweep import sweep

log = logging.getLogger(__name__)

EVERY_S = 5.0


class Sweeper(bootsteps.StartStopStep):
    """A worker's boot step: sweeps every EVERY_S seconds from its start to its stop."""

    def __init__(self, worker: Any, **_: Any) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self, worker: Any) -> None:
        self._thread.start()

    def stop(self, worker: Any) -> None:
        """Finish the sweep that runs, then end."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def terminate(self, worker: Any) -> None:
        """The same, when the worker is told to end at once."""
        self.stop(worker)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            close_old_connections()
            try:
                sweep()
            except Exception:
                # The edge of this thread, which must outlive a database that is away.
                log.exception("a sweep failed; the next one comes in %s s", EVERY_S)
        connection.close()
