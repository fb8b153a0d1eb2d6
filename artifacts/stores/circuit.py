"""Circuit: whether a store is asked at all, after it failed several times in a row.

The libraries that there are for it hold a lock while they ask, so that uploads would come one
after the other.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from artifacts.errors import StoreUnavailable


class Circuit:
    """Opens after *most* failures in a row; after a *pause*, one request tries the store again."""

    def __init__(
        self, most: int, pause: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= self._most

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Watch what is asked of the store; raise StoreUnavailable while it is not to be asked."""
        self._check()
        try:
            yield
        except StoreUnavailable:
            self._note(failed=True)
            raise
        self._note(failed=False)

    def _check(self) -> None:
        with self._lock:
            if not self.open:
                return
            now = self._clock()
            if now < self._next_try:
                raise StoreUnavailable("the store does not answer; try again later")
            self._next_try = now + self._pause  # this one tries it, and others wait for that

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if failed and self.open:
                self._next_try = self._clock() + self._pause
