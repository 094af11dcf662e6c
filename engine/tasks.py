"""What Celery calls. A message names a task or a queue and nothing else; only what the database holds is done."""

from celery import shared_task

from engine import execution, hints, schedule, turns

WORK_SECONDS = 5.0  # then the next message has its turn: an approved action does not wait behind a long scan


@shared_task(name=hints.DRAIN_TASK)
def drain(queue: str) -> int:
    """Carry out what is due in `queue`; safe to run any number of times at once."""
    return execution.drain(queue)


@shared_task(name=hints.WORK_TASK)
def work_runs() -> None:
    """Go on with the runs of scheduled tasks; safe to run any number of times at once."""
    schedule.work_runs(seconds=WORK_SECONDS)


@shared_task(name="engine.pattern_scan")
def pattern_scan() -> int:
    """Begin this turn of the scan."""
    return turns.begin_turn("pattern_scan")


@shared_task(name="engine.proactive_outreach_check")
def proactive_outreach_check() -> int:
    """Begin this turn of the outreach."""
    return turns.begin_turn("proactive_outreach_check")


@shared_task(name="engine.goal_progress_update")
def goal_progress_update() -> int:
    """Begin this turn of measuring the goals."""
    return turns.begin_turn("goal_progress_update")


@shared_task(name="engine.daily_digest_generation")
def daily_digest_generation() -> int:
    """Begin this turn of writing the digests."""
    return turns.begin_turn("daily_digest_generation")


@shared_task(name="engine.context_summarization")
def context_summarization() -> int:
    """Begin this turn of summing up."""
    return turns.begin_turn("context_summarization")
