"""django-celery-beat's scheduler, except that it does not wait for the broker."""

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler


class Scheduler(DatabaseScheduler):
    """A turn whose message cannot be sent is written down all the same, and the sweep begins it (engine.turns).

    Celery's own waits until the broker is back, and no turn comes meanwhile.
    """

    def _ensure_connected(self) -> Any:
        """The connection as it is; it connects when something is sent."""
        return self.connection
