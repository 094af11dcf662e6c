"""What Celery calls. A message names a queue and nothing else; whatever it says, only what the database holds is done."""

from celery import shared_task

from engine import execution, hints


@shared_task(name=hints.DRAIN_TASK)
def drain(queue: str) -> int:
    """Carry out what is due in `queue`; safe to run any number of times at once."""
    return execution.drain(queue)
