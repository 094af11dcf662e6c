"""How a value that is no sum (a quality score) goes on: as its own readings went. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST_READINGS = 8  # days, below which nothing is said about how it moves
FURTHEST = 28  # days that a trend is carried on
# The deciles of the standard normal distribution, from 5 % to 95 %: how a random walk spreads.
_NORMAL = np.array([-1.6449, -1.0364, -0.6745, -0.3853, -0.1257, 0.1257, 0.3853, 0.6745, 1.0364, 1.6449])


@dataclass(frozen=True, slots=True)
class Drift:
    """`slope` a day, `deviation` of a day's change, out of `readings` days."""

    slope: float
    deviation: float
    readings: int

    def methods(self, value: float, days: int) -> dict[str, float]:
        """It stays as it is, or goes on as it went."""
        return {"stays": value, "trend": value + self.slope * min(days, FURTHEST)}

    def after(self, value: float, days: int) -> tuple[float, np.ndarray]:
        """The middle of both, and by how much a random walk of these steps may miss it."""
        middle = sum(self.methods(value, days).values()) / 2
        return middle, _NORMAL * self.deviation * float(np.sqrt(max(days, 0)))

    @property
    def facts(self) -> dict[str, Any]:
        """What it was made of."""
        drift = {"slope": round(self.slope, 6), "deviation": round(self.deviation, 6), "readings": self.readings}
        return {"weights": {"stays": 0.5, "trend": 0.5}, "drift": drift}


def drift_of(*, slope: float | None, deviation: float | None, readings: int) -> Drift | None:
    """None where the readings are too few to tell."""
    if slope is None or deviation is None or readings < FEWEST_READINGS:
        return None
    return Drift(slope, deviation, readings)
