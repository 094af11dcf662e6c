"""Leaves an endpoint alone for a while that failed several times in a row. One of them in a process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

MOST_FAILURES = 3  # in a row
REST_S = 300.0


@dataclass
class Circuit:
    """Counts failures in a row; after MOST_FAILURES it is open for REST_S seconds of `clock`, then one call may try."""

    clock: Callable[[], float] = monotonic
    _failures: int = 0
    _closed_from: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @property
    def is_open(self) -> bool:
        """Whether no call is to be made now."""
        with self._lock:
            return self._failures >= MOST_FAILURES and self.clock() < self._closed_from

    def failed(self) -> None:
        """The endpoint failed once more."""
        with self._lock:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._closed_from = self.clock() + REST_S

    def answered(self) -> None:
        """The endpoint answered, whatever it said."""
        with self._lock:
            self._failures = 0
