"""How deals end as they grow old: the odds that one which is open today is won within so many days. Pure; numpy arrays.

Winning and losing compete for a deal, and one that is still open has not ended yet (it is censored); the estimate is
Aalen and Johansen's cumulative incidence, with the hazards of each age taken over the week before and the week after it.
Source: Aalen, Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored observations",
Scandinavian Journal of Statistics 5 (1978).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goals.scopes import Numbers

Days = NDArray[np.int64]

OPEN, WON, LOST = 0, 1, 2
OLDEST = 730  # days; older deals are not expected to be won any more
_WEEK = 7
FEWEST = 30  # ended deals, below which there are no odds


@dataclass(frozen=True)
class Odds:
    """By age in whole days from 0: `won` is the share won by then, `open` the share still open, `expected` the winnings
    that one deal exposed all that time would have had (the summed hazard)."""

    won: Numbers
    open: Numbers
    expected: Numbers

    def within(self, ages: Days, days: int) -> Numbers:
        """For open deals of these ages, how likely each is won within the next `days`."""
        now = np.clip(ages, 0, OLDEST)
        then = np.minimum(now + max(days, 0), OLDEST)
        return (self.won[then] - self.won[now]) / np.maximum(self.open[now], 1e-9)

    def stays_open(self, ages: Days, days: int) -> Numbers:
        """For open deals of these ages, how likely each is still open after `days`."""
        now = np.clip(ages, 0, OLDEST)
        return self.open[np.minimum(now + max(days, 0), OLDEST)] / np.maximum(self.open[now], 1e-9)

    def of_new(self, days: int) -> float:
        """Of one new deal every day for `days` days, how many are won by the last of them."""
        return float(self.won[_young(days)].sum())

    def open_of_new(self, days: int) -> float:
        """Of one new deal every day for `days` days, how many are open on the last of them."""
        return float(self.open[_young(days)].sum())

    def lived_through(self, after: Days, until: Days) -> Numbers:
        """The summed hazard of being won at the ages above `after` (-1: none) up to `until`."""
        summed = np.concatenate(([0.0], self.expected))
        last = np.clip(until, 0, OLDEST)
        lived: Numbers = summed[last + 1] - summed[np.minimum(after, last) + 1]
        return lived


def odds_of(ages: Days, ends: NDArray[np.int8]) -> Odds | None:
    """The odds by how old deals were when they ended, or are. `ends` says OPEN, WON or LOST for each. None where fewer
    than thirty have ended."""
    if np.count_nonzero(ends) < FEWEST:
        return None
    age = np.clip(ages, 0, OLDEST)
    at_risk = np.cumsum(np.bincount(age, minlength=OLDEST + 1)[::-1])[::-1].astype(float)
    won, lost = (_hazard(np.bincount(age[ends == end], minlength=OLDEST + 1), at_risk) for end in (WON, LOST))
    still_open = np.cumprod(np.clip(1 - won - lost, 0, 1)).astype(float)
    before = np.concatenate(([1.0], still_open[:-1]))
    return Odds(np.cumsum(before * won).astype(float), still_open, np.cumsum(won).astype(float))


def _young(days: int) -> Days:
    return np.minimum(np.arange(max(days, 0)), OLDEST)


def _hazard(ended: NDArray[np.int64], at_risk: Numbers) -> Numbers:
    """The share of those at risk that end at each age; the first day by itself, for many are entered when they end."""
    week = np.ones(2 * _WEEK + 1)
    around = np.convolve(ended[1:], week, "same") / np.maximum(np.convolve(at_risk[1:], week, "same"), 1)
    return np.concatenate(([ended[0] / max(at_risk[0], 1)], around))
