"""Where a goal stands against the calendar. Pure: numbers and dates in, numbers out.

The rule is linear: a goal is on track when the share of the target that is reached is at least the share of the period's
days that have passed, today counted. Before the start it is on track; progress is not capped.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

BEHIND_BELOW = Decimal("0.8")  # of the expected: from here on something should be suggested


@dataclass(frozen=True, slots=True)
class Pace:
    """`progress_pct` is current / target x 100, not capped, None while nothing was measured. `elapsed_days` counts today,
    0 before the start; `expected_value` is what the linear pace asks for today; `days_remaining` comes after today."""

    progress_pct: Decimal | None
    on_track: bool
    days_remaining: int
    elapsed_days: int
    total_days: int
    expected_value: Decimal
    has_started: bool

    def needs_a_push(self) -> bool:
        """Whether progress is below 80 % of the expected; never before the start."""
        if not self.has_started or self.expected_value == 0:
            return False
        reached = (self.progress_pct or Decimal(0)) / 100
        return reached * self.total_days < BEHIND_BELOW * self.elapsed_days


def pace_of(*, current: Decimal | None, target: Decimal, start: date, end: date, today: date) -> Pace:
    """The pace of a goal on `today`. Raises ValueError for a target that is not above 0, or an end not after the start."""
    if target <= 0:
        raise ValueError("target_value: must be above 0.")
    if end <= start:
        raise ValueError("period_end: must lie after period_start.")
    total = (end - start).days + 1
    elapsed = min(max((today - start).days + 1, 0), total)
    reached = current if current is not None else Decimal(0)
    return Pace(
        progress_pct=None if current is None else current / target * 100,
        on_track=today < start or reached * total >= target * elapsed,
        days_remaining=max((end - max(today, start)).days + (1 if today < start else 0), 0),
        elapsed_days=elapsed,
        total_days=total,
        expected_value=target * elapsed / total,
        has_started=today >= start,
    )


def status_after(*, status: str, current: Decimal | None, target: Decimal, end: date, today: date) -> str:
    """What an active goal is after it was measured: completed at the target, missed after the end; others stay."""
    if status != "active":
        return status
    if current is not None and current >= target:
        return "completed"
    return "missed" if today > end else status
