"""Circuit: whether a store is asked at all, after it failed several times in a row.

The libraries that there are for it hold a lock while they ask, so that uploads would come one
after the other.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from artifacts.errors import ArtifactsError, StoreUnavailable

Tell = Callable[[bool], object]


def nobody(is_open: bool) -> None:
    """Tell nobody."""


class Circuit:
    """Opens after *most* failures in a row; after a *pause*, one request tries the store again.

    *tell* hears whether it is open whenever that changes.
    """

    def __init__(
        self,
        most: int,
        pause: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        tell: Tell = nobody,
    ) -> None:
        self._tell = tell
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
    def asking(
        self, elsewhere: Callable[[BaseException], bool] = lambda error: False
    ) -> Iterator[None]:
        """Watch what is asked of the store; raise StoreUnavailable while it is not to be asked.

        Whatever else of ours the store raises is an answer, too. What comes from *elsewhere*,
        or is none of ours, tells nothing of the store.
        """
        tries = self._enter()
        try:
            yield
        except BaseException as error:
            if elsewhere(error) or not isinstance(error, ArtifactsError):
                self._learn_nothing(tries)
            else:
                self._note(failed=isinstance(error, StoreUnavailable))
            raise
        self._note(failed=False)

    def _enter(self) -> bool:
        """Say whether this is the one that tries a store that was given up."""
        with self._lock:
            if not self.open:
                return False
            now = self._clock()
            if now < self._next_try:
                raise StoreUnavailable("the store does not answer; try again later")
            self._next_try = now + self._pause  # this one tries it, and others wait for that
            return True

    def _learn_nothing(self, tries: bool) -> None:
        """Let another try the store in the place of the one that did not."""
        with self._lock:
            if tries:
                self._next_try = self._clock()

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            was_open = self.open
            self._failures = self._failures + 1 if failed else 0
            if was_open != self.open:
                self._tell(self.open)
            if failed and self.open:
                self._next_try = self._clock() + self._pause
