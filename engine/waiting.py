"""Waiting for an action to change: without a transaction, and without taking all the threads that serve the others."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.conf import settings

LOOK_EVERY_S = 0.25
SEATS_PER_CREDENTIAL = 4


class Seats:
    """How many requests may wait at once in this process: `total` together, `each` of one credential."""

    def __init__(self, *, total: int, each: int) -> None:
        self._total, self._each = total, each
        self._taken: Counter[UUID] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def seat(self, credential_id: UUID) -> Iterator[bool]:
        """Whether there is a seat; where there is, it is taken until the block ends."""
        seated = self._sit_down(credential_id)
        try:
            yield seated
        finally:
            if seated:
                self._stand_up(credential_id)

    def _sit_down(self, credential_id: UUID) -> bool:
        with self._lock:
            seated = self._taken.total() < self._total and self._taken[credential_id] < self._each
            self._taken[credential_id] += seated
            return seated

    def _stand_up(self, credential_id: UUID) -> None:
        with self._lock:
            self._taken[credential_id] -= 1
            self._taken += Counter()  # forgets whoever has none left


SEATS = Seats(total=max(1, settings.WEB_THREADS // 2), each=SEATS_PER_CREDENTIAL)

Seen = TypeVar("Seen")


def until_news(
    first: Seen, *, look: Callable[[], Seen], is_news: Callable[[Seen], bool], seconds: float, credential_id: UUID
) -> Seen:
    """What `look` saw last: when it `is_news`, when `seconds` are over, or at once where nobody may wait any more."""
    deadline = time.monotonic() + seconds
    seen = first
    with SEATS.seat(credential_id) as seated:
        while seated and not is_news(seen) and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(LOOK_EVERY_S, left))
            seen = look()
    return seen
