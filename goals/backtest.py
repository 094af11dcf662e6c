"""How far the methods would have missed: each ended month is foretold from four of its days by what was known on that day,
and held against what it brought. Pure; numpy arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray

from goals.forecast import SHORTEST_PAST, Model, Window, combined
from goals.scopes import CLONE, COMPANY, TEAM, Numbers

MONTHS = 12
CHECKED_AT = (1 / 8, 3 / 8, 5 / 8, 7 / 8)  # of a month's days
LEARNT_FROM = 2  # months, before which the second method counts alone: the rate, the trend
SHARPNESS = 4  # a method that misses twice as much counts a sixteenth
FEWEST_MISSES = 20  # below which there is no band
PERCENTILES = np.arange(0.5, 100)
LEVELS = (COMPANY, CLONE, TEAM)


@dataclass(frozen=True)
class Backtest:
    """By month and check: what each method `missed` by (also by scope and method, without sign), what the combination
    missed by (`ours`, by scope: what came less what was foretold), and the same as shares (`shares`) of what is usual and
    of the root of what remained of the period. In the goal's unit; nan where nothing was foretold."""

    levels: NDArray[np.int64]
    missed: Numbers
    ours: Numbers
    shares: Numbers

    @property
    def months(self) -> int:
        """How many months were foretold."""
        return int((~np.isnan(self.ours)).any(axis=(1, 2)).sum())

    def weights(self, level: int, elapsed: float) -> Numbers:
        """How much each method counts for scopes of a level, `elapsed` (0 to 1) of the period being over."""
        return self._by_check[min(int(elapsed * len(CHECKED_AT)), len(CHECKED_AT) - 1)][level]

    def misses(self, place: int) -> tuple[float, float] | None:
        """How far ours and the first method missed on average for one scope; None where nothing was foretold."""
        ours, line = self.ours[:, :, place], self.missed[:, :, place, 0]
        both = ~np.isnan(ours) & ~np.isnan(line)
        return (float(np.abs(ours[both]).mean()), float(line[both].mean())) if both.any() else None

    def spread(self, level: int) -> Numbers:
        """By how much scopes of a level were missed, as shares: all of them, or where they are many their percentiles, for
        more is not told by them; none where they are too few to say anything."""
        return self._spreads[level]

    @cached_property
    def _by_check(self) -> Sequence[Sequence[Numbers]]:
        checks = range(len(CHECKED_AT))
        return [[_weights(self.missed[:, check], self.levels == level) for level in LEVELS] for check in checks]

    @cached_property
    def _spreads(self) -> Sequence[Numbers]:
        return [self._spread(self.shares[:, :, self.levels == level]) for level in LEVELS]

    def _spread(self, shares: Numbers) -> Numbers:
        told = shares[~np.isnan(shares)]
        if len(told) < FEWEST_MISSES:
            return told[:0]
        return told if len(told) <= len(PERCENTILES) else np.percentile(told, PERCENTILES)


def backtest(model: Model, today: date) -> Backtest:
    """Foretell the twelve ended months before `today`, each by what the ones before it have taught."""
    levels = model.scopes.levels
    shape = (MONTHS, len(CHECKED_AT), len(levels))
    missed = np.full((*shape, len(model.methods)), np.nan)
    ours, shares = np.full(shape, np.nan), np.full(shape, np.nan)
    for month, (start, end) in enumerate(ended_months(today)):
        if start - model.known_since < SHORTEST_PAST:
            continue
        came = model.value(Window(start, end, end))
        for check, part in enumerate(CHECKED_AT):
            window = Window(start, end, start + ceil((end - start + 1) * part) - 1)
            told = model.estimates(window)
            learnt = [_weights(missed[:month, check], levels == level) for level in LEVELS]
            off = came - combined(told, np.stack(learnt)[levels])
            missed[month, check] = np.abs(came[:, None] - told)
            ours[month, check], shares[month, check] = off, off / (model.usual(window) * root_of_rest(window))
    return Backtest(levels, missed, ours, shares)


def root_of_rest(window: Window) -> float:
    """By which misses shrink as a period goes on: what is still to come adds up by chance."""
    return float(np.sqrt(window.remaining / window.total))


def ended_months(today: date) -> Sequence[tuple[int, int]]:
    """The first and last days of the twelve months before today's, as ordinals, oldest first."""
    found, after = [], today.replace(day=1)
    for _ in range(MONTHS):
        last = after - timedelta(days=1)
        after = last.replace(day=1)
        found.append((after.toordinal(), last.toordinal()))
    return found[::-1]


def _weights(missed: Numbers, of_level: NDArray[np.bool_]) -> Numbers:
    """By method, from (month, scope, method), of those months in which all that ever tell anything did."""
    methods = missed.shape[-1]
    rows = missed[:, of_level]
    tells = ~np.isnan(rows).all(axis=(0, 1)) if rows.size else np.zeros(methods, bool)
    full = ~np.isnan(rows[..., tells]).any(axis=-1)
    if not tells.any() or int(np.any(full, axis=1).sum()) < LEARNT_FROM:
        alone: Numbers = np.eye(methods)[1]
        return alone
    mean = rows[full][:, tells].mean(axis=0)
    found = np.zeros(methods)
    found[tells] = ((mean.min() + 1e-9) / (mean + 1e-9)) ** SHARPNESS
    return found
