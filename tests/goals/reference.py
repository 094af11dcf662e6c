"""The rules of docs/goals.md over plain lists of rows, one row after the other: slow, and nothing of the product's code."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

CLOSED = ("closed_won", "closed_lost")
TOO_EARLY = ("prospecting", "discovery")  # nobody must have begun to qualify such a deal
QUESTIONS = {
    "BANT": ["budget", "authority", "need", "timeline"],
    "MEDDIC": [
        *("metrics", "economic_buyer", "decision_criteria", "decision_process"),
        *("identify_pain", "champion"),
    ],
}
DATED = ("revenue", "activity")
PASSED_AT = (50, 90, 100)
LATE_DAYS = 31

Row = dict[str, Any]


@dataclass
class Books:
    """A tenant as lists of rows: deals {clone, stage, amount, currency, closed_on, qualification}, talks {clone, status,
    occurred_at}, and the team of each clone by its name."""

    zone: str
    currency: str
    deals: list[Row] = field(default_factory=list)
    talks: list[Row] = field(default_factory=list)
    teams: dict[str, str] = field(default_factory=dict)

    def day_of(self, moment: datetime) -> date:
        """What a calendar on the tenant's wall shows at a moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass
class Wanted:
    """A goal of the company, of a `clone` or of a `team`, and what has become of it by its latest measuring."""

    goal_type: str
    target: Decimal
    start: date
    end: date
    clone: str = ""
    team: str = ""
    status: str = "active"
    value: Decimal | None = None
    measured_at: datetime | None = None
    noted: set[int] = field(default_factory=set)  # the milestones of this target
    milestones: list[tuple[int, Decimal, Decimal]] = field(default_factory=list)  # of all its targets: percent, of, at
    readings: list[tuple[datetime, Decimal | None, Decimal, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what the record says of it, milestones apart

    @property
    def passed(self) -> int:
        """The highest milestone of the target."""
        return max(self.noted, default=0)


# --- what is measured ----------------------------------------------------------------------------------------------------


def counts_for(row: Row, wanted: Wanted, books: Books) -> bool:
    """Whether a row is one of those that a goal counts."""
    if wanted.clone:
        return bool(row["clone"] == wanted.clone)
    if wanted.team:
        return row["clone"] is not None and books.teams[row["clone"]] == wanted.team
    return True


def metric(wanted: Wanted, books: Books, now: datetime) -> Fraction | None:
    """What a goal is measured by, exactly; None where there is nothing to measure."""
    deals = [row for row in books.deals if counts_for(row, wanted, books)]
    if wanted.goal_type == "pipeline":
        return sum((_worth(row, books) for row in deals if row["stage"] not in CLOSED), Fraction(0))
    if wanted.goal_type == "revenue":
        return sum((_worth(row, books) for row in deals if _is_won_between(row, wanted.start, wanted.end)), Fraction(0))
    if wanted.goal_type == "quality":
        return _mean([best_share(row) for row in deals if row["stage"] not in (*CLOSED, *TOO_EARLY)])
    talks = [row for row in books.talks if counts_for(row, wanted, books) and _has_happened(row, now)]
    return Fraction(sum(wanted.start <= books.day_of(row["occurred_at"]) <= wanted.end for row in talks))


def left_out(wanted: Wanted, books: Books) -> int:
    """How many deals in another currency a clone's, a team's or the company's values for the period do without."""
    deals = [row for row in books.deals if counts_for(row, wanted, books) and row["currency"] != books.currency]
    return sum(row["stage"] not in CLOSED or _is_won_between(row, wanted.start, wanted.end) for row in deals)


def best_share(row: Row) -> Fraction:
    """The share of questions answered, in the framework that is answered best."""
    shares = []
    for framework, questions in QUESTIONS.items():
        answers = row["qualification"].get(framework, {})
        answered = [name for name in questions if (answers.get(name) or "").strip()]
        shares.append(Fraction(len(answered), len(questions)))
    return max(shares)


def kept(value: Fraction | None) -> Decimal | None:
    """A value with the four decimals that a goal keeps."""
    if value is None:
        return None
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def _worth(row: Row, books: Books) -> Fraction:
    return Fraction(row["amount"] or 0) if row["currency"] == books.currency else Fraction(0)


def _is_won_between(row: Row, start: date, end: date) -> bool:
    return row["stage"] == "closed_won" and row["closed_on"] is not None and start <= row["closed_on"] <= end


def _has_happened(row: Row, now: datetime) -> bool:
    return row["status"] == "completed" or (row["status"] == "scheduled" and bool(row["occurred_at"] <= now))


def _mean(shares: list[Fraction]) -> Fraction | None:
    return sum(shares, Fraction(0)) / len(shares) if shares else None


# --- the pace ------------------------------------------------------------------------------------------------------------


def days_of(wanted: Wanted) -> list[date]:
    """Every day of a goal's period."""
    days = [wanted.start]
    while days[-1] < wanted.end:
        days.append(days[-1] + timedelta(days=1))
    return days


def pace(wanted: Wanted, today: date) -> Row:
    """Where a goal stands against the calendar; shares are exact."""
    days = days_of(wanted)
    gone = [day for day in days if day <= today]
    reached = Fraction(wanted.value or 0) / Fraction(wanted.target)
    asked = Fraction(len(gone), len(days))
    band = "on_track"
    if gone and reached < asked:
        band = "behind" if reached * 100 < asked * 80 else "at_risk"
    return {
        "progress_pct": reached * 100,
        "expected_value": Fraction(wanted.target) * asked,
        "on_track": band == "on_track",
        "band": band,
        "elapsed_days": len(gone),
        "total_days": len(days),
        "days_remaining": len([day for day in days if day > today]) if gone else (wanted.end - today).days,
    }


# --- what becomes of a goal ----------------------------------------------------------------------------------------------


def is_looked_at(wanted: Wanted, today: date) -> bool:
    """Whether a goal is still measured on a day."""
    if wanted.status == "cancelled":
        return False
    if wanted.status == "active" or today <= wanted.end:
        return True
    return wanted.goal_type in DATED and (today - wanted.end).days <= LATE_DAYS


def becomes(wanted: Wanted, value: Decimal | None, today: date) -> str:
    """The status of a goal that was measured at `value`."""
    is_over, is_reached = today > wanted.end, value is not None and value >= wanted.target
    if wanted.status == "cancelled":
        return "cancelled"
    if is_reached:
        return "completed"
    if not is_over:
        return "active"
    return "completed" if wanted.status == "completed" else "missed"


def begin(wanted: Wanted, books: Books, now: datetime) -> None:
    """Set a goal: it is measured at once, and begins as active whatever it is measured at."""
    wanted.told.append("goal.set")
    _measure(wanted, books, now)


def judge(wanted: Wanted, books: Books, now: datetime) -> None:
    """Measure a goal and say what becomes of it."""
    status = becomes(wanted, kept(metric(wanted, books, now)), books.day_of(now))
    if status != wanted.status:
        wanted.told.append({"active": "goal.reopened"}.get(status, f"goal.{status}"))
    wanted.status = status
    _measure(wanted, books, now)


def _measure(wanted: Wanted, books: Books, now: datetime) -> None:
    """Take a reading, and note the milestones that are passed."""
    wanted.value, wanted.measured_at = kept(metric(wanted, books, now)), now
    wanted.readings.append((now, wanted.value, wanted.target, wanted.status))
    for percent in PASSED_AT:
        if percent not in wanted.noted and Fraction(wanted.value or 0) * 100 >= Fraction(wanted.target) * percent:
            wanted.noted.add(percent)
            wanted.milestones.append((percent, wanted.target, wanted.value or Decimal(0)))


def daily(goals: list[Wanted], books: Books, now: datetime) -> list[Wanted]:
    """A turn of goal_progress_update; returns the goals that were measured."""
    measured = [wanted for wanted in goals if is_looked_at(wanted, books.day_of(now))]
    for wanted in measured:
        judge(wanted, books, now)
    return measured


def change(wanted: Wanted, books: Books, now: datetime, **terms: Any) -> None:
    """Give a goal another `target`, `start` or `end`: it is active again and judged at once."""
    differing = {name: value for name, value in terms.items() if getattr(wanted, name) != value}
    if not differing:
        return
    for name, value in differing.items():
        setattr(wanted, name, value)
    if "target" in differing:
        wanted.noted.clear()
    wanted.status = "active"
    wanted.told.append("goal.changed")
    judge(wanted, books, now)


def cancel(wanted: Wanted) -> None:
    """Give a goal up, for good; the second time says nothing."""
    if wanted.status != "cancelled":
        wanted.status = "cancelled"
        wanted.told.append("goal.cancelled")
