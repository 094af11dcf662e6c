"""Where a goal stands against the calendar, and what becomes of it. Pure: numbers and dates in, numbers and words out.

The rule is linear: a goal is on track when the share of the target that is reached is at least the share of the period's
days that have passed, today counted. All comparisons are exact (fractions); only what is shown is rounded.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

BEHIND_BELOW = Fraction(8, 10)  # of the expected: from here on something should be suggested
LATE_ENTRIES = timedelta(days=31)  # after its end a period's own records are still looked at: books are closed late

ACTIVE, COMPLETED, MISSED, CANCELLED = "active", "completed", "missed", "cancelled"

MILESTONES = (50, 90, 100)  # percent of the target

STEP = Decimal("0.0001")  # how exactly values are kept and shown


class Band(StrEnum):
    """How far a goal is from its pace: at or above it, below it, below 80 % of it."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Pace:
    """Days are whole; `elapsed_days` counts today and is 0 before the start, `days_remaining` come after today.

    `progress_pct` is current / target x 100, not capped; `expected_value` is what the linear pace asks for today.
    `is_behind`: progress is below 80 % of the expected; never before the start.
    """

    progress_pct: float
    expected_value: Decimal
    on_track: bool
    is_behind: bool
    elapsed_days: int
    total_days: int
    days_remaining: int

    @property
    def reached_of_pace(self) -> float:
        """What is reached as a share of what the pace asks for: below 1 it is behind its pace. 1 before the start."""
        asked = self.elapsed_days / self.total_days * 100
        return self.progress_pct / asked if asked else 1.0

    @property
    def band(self) -> Band:
        """On track, at risk (below the pace) or behind (below 80 % of it)."""
        if self.on_track:
            return Band.ON_TRACK
        return Band.BEHIND if self.is_behind else Band.AT_RISK


def pace_of(*, current: Decimal | None, target: Decimal, start: date, end: date, today: date) -> Pace:
    """The pace of a goal on `today`; a value that was not measured (None) counts as 0. Both days belong to the period.

    Raises ValueError, beginning with the argument's name, for a target not above 0 and an end not after the start.
    """
    if target <= 0:
        raise ValueError("target: must be above 0.")
    if end <= start:
        raise ValueError("end: must lie after the start.")
    total = (end - start).days + 1
    elapsed = min(max((today - start).days + 1, 0), total)
    reached = Fraction(current or 0) / Fraction(target)
    passed = Fraction(elapsed, total)
    return Pace(
        progress_pct=float(reached * 100),
        expected_value=_shown(Fraction(target) * passed),
        on_track=elapsed == 0 or reached >= passed,
        is_behind=elapsed > 0 and reached < BEHIND_BELOW * passed,
        elapsed_days=elapsed,
        total_days=total,
        days_remaining=max((end - today).days, 0),
    )


def is_measured(*, status: str, end: date, today: date, is_dated: bool) -> bool:
    """Whether a goal is still measured. An active one always is; a cancelled one never.

    One that was reached is measured to its end, for it may fall back. `is_dated`: the metric is made of records dated in
    the period (revenue, activity); those are corrected late, so it is measured for 31 days more. The others say how things
    are today, and today is no longer in the period.
    """
    if status in (ACTIVE, CANCELLED):
        return status == ACTIVE
    return today <= end + (LATE_ENTRIES if is_dated else timedelta(0))


def status_after(*, status: str, current: Decimal | None, target: Decimal, end: date, today: date) -> str:
    """What a goal is after it was measured.

    Completed at the target, also late. Below it: missed after the end, active before; what was completed by the end stays
    so whatever is corrected later. Cancelled stays cancelled.
    """
    if status == CANCELLED:
        return CANCELLED
    if current is not None and current >= target:
        return COMPLETED
    if today <= end:
        return ACTIVE
    return COMPLETED if status == COMPLETED else MISSED


def milestone_of(*, current: Decimal | None, target: Decimal) -> int:
    """The highest of MILESTONES that a value has reached, in percent of the target; 0 where it is below all of them."""
    reached = Fraction(current or 0) / Fraction(target) * 100
    return max((percent for percent in MILESTONES if reached >= percent), default=0)


def _shown(value: Fraction) -> Decimal:
    """Four decimals, half up: a value between two steps is asked for in full rather than in part."""
    steps = (value * 10_000 * 2 + 1) // 2
    return (Decimal(steps) * STEP).quantize(STEP)
