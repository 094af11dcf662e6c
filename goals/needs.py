"""What is still needed to reach a goal. Pure: numbers and dates in, numbers out; exact, rounded only where shown."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from goals.pace import STEP

DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Need:
    """`left` to the target, over `days_left` (today counted, from the first day on) or `weeks_left`; `per_week` what that
    makes a week, all of it where less than a week is left, None where no day is left.

    For revenue also: `coverage`, the open pipeline over what is left (None where nothing is left); `pipeline_needed`, what
    would have to be open for the usual share of it to be won, and `pipeline_missing` of it (None where nobody knows the
    usual share).
    """

    left: Decimal
    days_left: int
    weeks_left: float
    per_week: Decimal | None
    coverage: float | None = None
    pipeline_needed: Decimal | None = None
    pipeline_missing: Decimal | None = None


def need_of(
    *,
    current: Decimal | None,
    target: Decimal,
    start: date,
    end: date,
    today: date,
    open_pipeline: Decimal | None = None,
    win_rate: float | None = None,
) -> Need:
    """What a goal needs on `today`. A value that was not measured counts as 0; `win_rate` is a share above 0 up to 1.

    Needed pipeline = left / win rate. Source: docs/goals.md.
    """
    left = max(target - (current or Decimal(0)), Decimal(0))
    days = max((end - max(today, start)).days + 1, 0)
    weeks = Fraction(days, DAYS_OF_A_WEEK)
    per_week = _shown(Fraction(left) / max(weeks, Fraction(1))) if days else None
    if open_pipeline is None:
        return Need(left, days, float(weeks), per_week)
    needed = _shown(Fraction(left) / Fraction(win_rate)) if win_rate else None
    missing = None if needed is None else max(needed - open_pipeline, Decimal(0))
    coverage = float(Fraction(open_pipeline) / Fraction(left)) if left else None
    return Need(left, days, float(weeks), per_week, coverage, needed, missing)


def _shown(value: Fraction) -> Decimal:
    """Rounded up to four decimals: what is needed is not rounded away."""
    return Decimal(-((-value * 10_000) // 1)).scaleb(-4).quantize(STEP)
