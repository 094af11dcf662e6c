"""Where a goal's value will end: several methods, each by all scopes at once. Pure; numpy arrays.

A flow (revenue, activity) grows through its period:
- pace: what there is, carried on in a straight line.
- rate: the period's own rate of winnings, held against that of the 90 days before it. How much the past counts is a gamma
  prior of three winnings on the rate of a Poisson process; its posterior mean is (3 + seen) / (3 / past rate + days).
- pipeline: the open deals, each won by the odds of its age (goals.odds) and stage, and the new ones that will come, both
  held against what these odds would have won in the last 28 days.

A stock (the open pipeline) is what is there on a day:
- stays: as it is today.
- trend: as it moved in the last 28 days.
- turnover: what of it will still be open, and the new deals that will come.

Which method counts how much, and how wide the band is, says the back-test (goals.backtest).
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from goals.odds import LOST, OPEN, WON, Days, Odds, odds_of
from goals.scopes import Numbers, Scopes

LOOKED_BACK = 90  # days before the period whose rate is the past's
A_YEAR = 365
SHORTEST_PAST = 28  # days, below which nothing is foretold from the past
PRIOR_WINNINGS = 3.0
PRIOR_VALUES = 20.0  # winnings of the company that count towards what one of a scope is worth
CALIBRATED_BY = 28  # days
CALIBRATION = 5.0  # winnings by which the odds are believed as they are
FAR = 10_000_000  # the day on which an open deal has ended


@dataclass(frozen=True)
class Window:
    """A period and the day one stands at, as ordinals; both ends belong to it, and so does today, of which `share` is
    over."""

    start: int
    end: int
    today: int
    share: float = 1.0

    @property
    def total(self) -> int:
        return self.end - self.start + 1

    @property
    def elapsed(self) -> int:
        return min(max(self.today - self.start + 1, 0), self.total)

    @property
    def remaining(self) -> int:
        return self.total - self.elapsed

    @property
    def lived(self) -> float:
        """Days that are over: today is not, in the morning."""
        return (
            max(self.elapsed - (1 - self.share), 0.0) if self.start <= self.today <= self.end else float(self.elapsed)
        )

    @property
    def ahead(self) -> int:
        """Days from today to the end, also before the start."""
        return max(self.end - self.today, 0)


@dataclass(frozen=True)
class Deals:
    """A tenant's deals, one place each in every array. Days are ordinals; `closed` is FAR for what is open; `value` is nan
    where it is not known; `factor` is what the stage adds to the odds."""

    clones: NDArray[np.int64]
    opened: Days
    closed: Days
    won: NDArray[np.bool_]
    value: Numbers
    factor: Numbers


class Series:
    """Winnings (or whatever is counted) and their values, by scope and day, ready to be summed over any days."""

    def __init__(self, scopes: Scopes, clones: NDArray[np.int64], days: Days, counts: Numbers, values: Numbers) -> None:
        self.scopes = scopes
        self.first = int(days.min()) if len(days) else FAR
        width = int(days.max()) - self.first + 1 if len(days) else 0
        cells = clones * width + (days - self.first)
        self._counts, self._values = (self._running(cells, weights, width) for weights in (counts, values))

    def counted(self, first: int, last: int) -> Numbers:
        """How many there were from one day to another, both included."""
        return self._between(self._counts, first, last)

    def value(self, first: int, last: int) -> Numbers:
        """What they were worth."""
        return self._between(self._values, first, last)

    def _running(self, cells: NDArray[np.int64], weights: Numbers, width: int) -> Numbers:
        clones = self.scopes.clones
        by_day: Numbers = np.bincount(cells, weights, minlength=clones * width).reshape(clones, width).astype(float)
        return np.pad(np.cumsum(self.scopes.spread(by_day), axis=1), ((0, 0), (1, 0)))

    def _between(self, running: Numbers, first: int, last: int) -> Numbers:
        edge = running.shape[1] - 1
        low, high = (min(max(day - self.first, 0), edge) for day in (first, last + 1))
        found: Numbers = running[:, max(high, low)] - running[:, low]
        return found


@dataclass(frozen=True)
class Rate:
    """What the rate method reckons with, by scope."""

    past: Numbers  # winnings a day before the period
    now: Numbers  # winnings a day, both taken together
    worth: Numbers  # of one


def rate_of(series: Series, window: Window) -> Rate | None:
    """The rate of winnings in the period and what each is worth; None where fewer than 28 days are known before it."""
    edge = min(window.start, window.today + 1)
    span = min(LOOKED_BACK, edge - series.first)
    if span < SHORTEST_PAST:
        return None
    before = series.counted(edge - span, edge - 1)
    levels = series.scopes.levels
    share = np.bincount(levels, before) / np.maximum(np.bincount(levels), 1) / span
    past = (before + 1) / (span + 1 / np.maximum(share, 1e-6)[levels])
    seen = series.counted(window.start, window.today)
    now = (PRIOR_WINNINGS + seen) / (PRIOR_WINNINGS / past + window.lived)
    return Rate(past, now, worth_of(series, window.today))


def worth_of(series: Series, today: int) -> Numbers:
    """What one is worth, by the last year: the scope's own mean, and the company's as if it had twenty of those."""
    count, value = (ask(today - A_YEAR, today) for ask in (series.counted, series.value))
    usual = value[0] / count[0] if count[0] else 0.0
    worth: Numbers = (value + PRIOR_VALUES * usual) / (count + PRIOR_VALUES)
    return worth


@dataclass(frozen=True)
class Expected:
    """What the pipeline brings within so many days, by scope: `won` of the deals that are open and what they are `worth`,
    and `new` winnings of deals that will come, worth `each`."""

    won: Numbers
    worth: Numbers
    new: Numbers
    each: Numbers


class Pipeline:
    """The open deals of one day, with the odds that were known by then. `odds` is None where too few have ended."""

    def __init__(self, deals: Deals, series: Series, today: int) -> None:
        known = deals.opened <= today
        over = known & (deals.closed <= today)
        ages = np.where(over, deals.closed, today) - deals.opened
        ends = np.where(over, np.where(deals.won, WON, LOST), OPEN).astype(np.int8)
        lately = known & (deals.closed >= today - A_YEAR)
        self.odds = odds_of(ages[lately], ends[lately])
        self.today, self._series, self._scopes = today, series, series.scopes
        is_open = known & ~over
        self._clones, self._ages = deals.clones[is_open], ages[is_open]
        self._value, self._factor = deals.value[is_open], deals.factor[is_open]
        self._entered = known & (deals.opened > today - LOOKED_BACK)
        self.worth = worth_of(series, today)
        since = min(LOOKED_BACK, max(today - int(deals.opened.min(initial=today)) + 1, 1))
        self.new_a_day = self._scopes.sums(deals.clones, self._entered.astype(float)) / since
        self.calibration = self._calibration(deals, ages, known & (~over | (deals.closed > today - CALIBRATED_BY)))

    def expected(self, odds: Odds, days: int) -> Expected:
        """What is won within the next so many days."""
        chance = np.minimum(odds.within(self._ages, days) * self._factor, 1.0)
        priced = ~np.isnan(self._value)
        worth = self._scopes.sums(self._clones, np.where(priced, chance * np.nan_to_num(self._value), 0.0))
        worth += self._scopes.sums(self._clones, np.where(priced, 0.0, chance)) * self.worth
        won, new = self._scopes.sums(self._clones, chance), self.new_a_day * odds.of_new(days)
        return Expected(won * self.calibration, worth * self.calibration, new * self.calibration, self.worth)

    def still_open(self, odds: Odds, days: int) -> Numbers:
        """What of today's pipeline, and of the new deals that will come, is open after so many days."""
        value = np.where(np.isnan(self._value), self.worth[0], self._value)
        left = self._scopes.sums(self._clones, value * odds.stays_open(self._ages, days))
        held = self._scopes.sums(self._clones, np.ones(len(self._clones)))
        mean = self._scopes.sums(self._clones, value) / np.maximum(held, 1)
        return left + self.new_a_day * odds.open_of_new(days) * np.where(held > 0, mean, self.worth)

    def _calibration(self, deals: Deals, ages: Days, alive: NDArray[np.bool_]) -> Numbers:
        """What was won in the last 28 days against what these odds ask for: the sum of the hazards that deals lived
        through is what is expected of them (a martingale's compensator)."""
        since = self.today - CALIBRATED_BY
        asked = np.zeros(len(self._scopes))
        if self.odds is not None:
            lived = self.odds.lived_through(np.maximum(since - deals.opened[alive], -1), ages[alive])
            asked = self._scopes.sums(deals.clones[alive], lived)
        return (CALIBRATION + self._series.counted(since + 1, self.today)) / (CALIBRATION + asked)


def _on_day(today: int, latest: Pipeline | None, deals: Deals, series: Series) -> Pipeline:
    """The pipeline of a day, which may be the latest one that was made: one at a time, for they are large."""
    return latest if latest and latest.today == today else Pipeline(deals, series, today)


class Model(Protocol):
    """What can be foretold, and back-tested: everything by scope."""

    methods: ClassVar[tuple[str, ...]]
    scopes: Scopes
    known_since: int

    def estimates(self, window: Window) -> Numbers:
        """What each method foretells, the methods on the last axis; nan where one has nothing to go by."""
        ...

    def value(self, window: Window) -> Numbers:
        """What the goal's value is at the window's end."""
        ...

    def usual(self, window: Window) -> Numbers:
        """What the scope has in such a period, to measure misses by; nan where it never had anything."""
        ...


class Flow:
    """Revenue with its `deals`, or activity without."""

    methods: ClassVar[tuple[str, ...]] = ("pace", "rate", "pipeline")

    def __init__(
        self, series: Series, deals: Deals | None, *, today: int = FAR, deals_today: Deals | None = None
    ) -> None:
        """`deals` as any day knew them; what is known of them only `today` stands in `deals_today`, and what is dated
        later (a winning, a talk that is already noted) counts today as well."""
        self.series, self.scopes, self.known_since = series, series.scopes, series.first
        self._deals, self._today, self._deals_today = deals, today, deals_today
        self._latest: Pipeline | None = None
        self._expected: dict[tuple[int, int], Expected] = {}
        self._rates: dict[Window, Rate | None] = {}

    def pipeline(self, today: int) -> Pipeline | None:
        """The open deals of a day; None where no deals are told of."""
        deals = self._deals_today if today == self._today else self._deals
        if deals is None:
            return None
        self._latest = _on_day(today, self._latest, deals, self.series)
        return self._latest

    def rate(self, window: Window) -> Rate | None:
        """The rate of winnings in a period; goals that share it reckon once."""
        if window not in self._rates:
            self._rates[window] = rate_of(self.series, window)
        return self._rates[window]

    def estimates(self, window: Window) -> Numbers:
        """By pace, rate and pipeline."""
        so_far, rate = self.so_far(window), self.rate(window)
        nothing = np.full(len(so_far), np.nan)
        line = so_far * window.total / window.elapsed if window.elapsed else nothing
        steady = so_far + rate.now * (window.total - window.lived) * rate.worth if rate else nothing
        expected = self.brought(window)
        deals = so_far + expected.worth + expected.new * expected.each if expected else nothing
        return np.stack([line, steady, deals], axis=-1)

    def so_far(self, window: Window) -> Numbers:
        """What there is on the window's day."""
        return self.series.value(window.start, window.end if window.today == self._today else window.today)

    def value(self, window: Window) -> Numbers:
        """What came in the whole period."""
        return self.series.value(window.start, window.end)

    def usual(self, window: Window) -> Numbers:
        """By the rate before the period, at least one winning."""
        rate = self.rate(window)
        if rate is None:
            return np.full(len(self.scopes), np.nan)
        usual = np.maximum(rate.past * window.total, 1) * rate.worth
        seen = self.series.counted(window.today - A_YEAR, window.end)
        return np.where((seen > 0) & (usual > 0), usual, np.nan)

    def brought(self, window: Window) -> Expected | None:
        """What the deals of a day bring within the window; None without odds. Goals that share it reckon once."""
        pipeline = self.pipeline(window.today)
        if pipeline is None or pipeline.odds is None:
            return None
        until = self._until(pipeline, pipeline.odds, window.ahead)
        if window.start <= window.today + 1:
            return until
        before = self._until(pipeline, pipeline.odds, window.start - 1 - window.today)
        return Expected(until.won - before.won, until.worth - before.worth, until.new - before.new, until.each)

    def _until(self, pipeline: Pipeline, odds: Odds, days: int) -> Expected:
        key = pipeline.today, days
        if key not in self._expected:
            self._expected = {known: one for known, one in self._expected.items() if known[0] == pipeline.today}
            self._expected[key] = pipeline.expected(odds, days)
        return self._expected[key]


class Stock:
    """The open pipeline, as it can be told for any day from when deals were opened and closed."""

    methods: ClassVar[tuple[str, ...]] = ("stays", "trend", "turnover")

    def __init__(self, series: Series, deals: Deals) -> None:
        self._series, self._deals, self.scopes = series, deals, series.scopes
        self.known_since = int(deals.opened.min(initial=FAR))
        self._latest: Pipeline | None = None
        self._on: dict[int, Numbers] = {}

    def on(self, day: int) -> Numbers:
        """What was open at the end of a day; a deal without a value counts as much as the company's usual one."""
        if day not in self._on:
            self._on[day] = self._counted_on(day)
        return self._on[day]

    def _counted_on(self, day: int) -> Numbers:
        is_open = (self._deals.opened <= day) & (self._deals.closed > day)
        usual = worth_of(self._series, day)[0]
        value = np.where(np.isnan(self._deals.value), usual, self._deals.value)
        return self.scopes.sums(self._deals.clones, np.where(is_open, value, 0.0))

    def estimates(self, window: Window) -> Numbers:
        """By what is there, its trend (where it is known for so long) and its turnover."""
        today = self.on(window.today)
        self._latest = pipeline = _on_day(window.today, self._latest, self._deals, self._series)
        before, nothing = window.today - CALIBRATED_BY, np.full(len(today), np.nan)
        moved = (today - self.on(before)) / CALIBRATED_BY if before >= self.known_since else nothing
        trend = np.maximum(today + moved * min(window.ahead, CALIBRATED_BY), 0)
        turned = pipeline.still_open(pipeline.odds, window.ahead) if pipeline.odds else nothing
        return np.stack([today, trend, turned], axis=-1)

    def value(self, window: Window) -> Numbers:
        """What was open on the last day."""
        return self.on(window.end)

    def usual(self, window: Window) -> Numbers:
        """What is open today."""
        today = self.on(window.today)
        return np.where(today > 0, today, np.nan)


def combined(estimates: Numbers, weights: Numbers) -> Numbers:
    """The weighted mean over the last axis; an estimate that is nan has no weight. Where nothing has any, the plain one."""
    told = ~np.isnan(estimates)
    given = np.where(told, weights, 0.0)
    given = np.where(given.sum(axis=-1, keepdims=True) > 0, given, told.astype(float))
    with np.errstate(invalid="ignore"):
        mean: Numbers = (np.nan_to_num(estimates) * given).sum(axis=-1) / given.sum(axis=-1)
    return mean
