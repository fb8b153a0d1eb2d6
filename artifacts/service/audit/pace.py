"""Pace: holds a reader to so many bytes a second."""

import time
from collections.abc import Callable

from artifacts.stores.base import BLOCK

SMALLEST = 4096  # bytes of a block


class Pace:
    """Without a *rate*, nobody waits. A `block` is not more than comes in about a second."""

    def __init__(
        self,
        rate: int | None = None,
        *,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.block = BLOCK if rate is None else max(SMALLEST, min(BLOCK, rate))
        self._rate = rate
        self._wait = wait
        self._clock = clock
        self._due = 0.0

    def spend(self, size: int) -> None:
        """Wait until *size* bytes more may have been read. What was not used before is gone."""
        if self._rate is None:
            return
        now = self._clock()
        self._due = max(self._due, now) + size / self._rate
        if self._due > now:
            self._wait(self._due - now)
