"""Signs that decisions were made without reading: reckoned from what was decided when. Signs, not proof. Knows no Django.

When somebody opened a page is not kept, so the time they had for an action is taken to be the time since their decision
before it. That is the most they can have spent on it while they decided one after the other; who reads several first and
then decides them all looks faster than they were, which is one reason why a sign is no proof. Source: docs/dashboard.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

# Adults read English silently at 238 words a minute on average (Brysbaert 2019, doi 10.1016/j.jml.2019.104047); rounded up,
# in favour of who decides.
WORDS_A_MINUTE = 250
SITTING = timedelta(minutes=30)  # a longer gap says nothing about how long one decision took

# From here on a figure is called a sign.
FAST_AT_LEAST, FAST_SHARE = 5, 0.2
LONG_STREAK = 25
LARGE_RUN = 10


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it stands. `words` is how many the payload has; `edited`: what was approved is an edited version."""

    person: str
    at: datetime
    approved: bool
    edited: bool
    words: int


@dataclass(frozen=True, slots=True)
class BulkRun:
    """Several actions decided at once by one person; `at` is when it was over."""

    person: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Hand:
    """How one person decided. `measured` are the decisions whose time can be told, `fast` those of them that took less than
    reading takes; `pace` is the median time between two decisions of one sitting, None where there were no two."""

    person: str
    decisions: int
    approved: int
    edited: int
    measured: int
    fast: int
    pace: timedelta | None
    longest_streak: int
    streak: int
    runs: int
    in_runs: int
    largest_run: int

    @property
    def fast_share(self) -> float:
        """The share of `measured` that was faster than reading, 0 to 1."""
        return self.fast / self.measured if self.measured else 0.0

    @property
    def signs(self) -> list[str]:
        """The signs there are, as sentences with their numbers."""
        told = (
            (
                self.fast >= FAST_AT_LEAST and self.fast_share >= FAST_SHARE,
                f"{self.fast} of {self.measured} decisions took less time than reading the text takes.",
            ),
            (
                self.longest_streak >= LONG_STREAK,
                f"{self.longest_streak} approvals in a row without a rejection or an edit.",
            ),
            (self.largest_run >= LARGE_RUN, f"{self.largest_run} decided at once, in one run."),
        )
        return [sentence for holds, sentence in told if holds]


def hands(decisions: Iterable[Decision], runs: Iterable[BulkRun]) -> list[Hand]:
    """How each person decided, those with the most signs first. What is handed in may come in any order."""
    decided: dict[str, list[Decision]] = {}
    for decision in sorted(decisions, key=lambda one: one.at):
        decided.setdefault(decision.person, []).append(decision)
    at_once: dict[str, list[BulkRun]] = {}
    for run in runs:
        at_once.setdefault(run.person, []).append(run)
    found = [_hand(person, decided.get(person, []), at_once.get(person, [])) for person in {**decided, **at_once}]
    return sorted(found, key=lambda hand: (-len(hand.signs), -hand.decisions, hand.person))


def reading_time(words: int) -> timedelta:
    """How long it takes to read so many words."""
    return timedelta(minutes=words / WORDS_A_MINUTE)


def _hand(person: str, decisions: Sequence[Decision], runs: Sequence[BulkRun]) -> Hand:
    bulked = _in_a_run(decisions, runs)
    gaps = [
        (after.at - before.at, after)
        for place, (before, after) in enumerate(pairwise(decisions), 1)
        if place not in bulked and after.at - before.at <= SITTING
    ]
    streaks = _streaks(decisions)
    return Hand(
        person=person,
        decisions=len(decisions),
        approved=sum(one.approved for one in decisions),
        edited=sum(one.edited for one in decisions),
        measured=len(gaps),
        fast=sum(gap < reading_time(one.words) for gap, one in gaps),
        pace=_median([gap for gap, _ in gaps]),
        longest_streak=max(streaks, default=0),
        streak=streaks[-1] if streaks else 0,
        runs=len(runs),
        in_runs=sum(run.count for run in runs),
        largest_run=max((run.count for run in runs), default=0),
    )


def _in_a_run(decisions: Sequence[Decision], runs: Iterable[BulkRun]) -> set[int]:
    """The places of the decisions that were made in bulk: the last so many before each run was over. Each run is told as
    such, and its decisions are not held against the time of reading as well."""
    places: set[int] = set()
    for run in runs:
        before = [place for place, decision in enumerate(decisions) if decision.at <= run.at]
        places.update(before[-run.count :] if run.count else ())
    return places


def _streaks(decisions: Iterable[Decision]) -> list[int]:
    """The lengths of the runs of plain approvals, the last one up to the last decision (0 where that was none)."""
    lengths = [0]
    for decision in decisions:
        if decision.approved and not decision.edited:
            lengths[-1] += 1
        else:
            lengths.append(0)
    return lengths


def _median(gaps: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if gaps else None
