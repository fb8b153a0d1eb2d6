"""Fetches: how many run at once in this process, so that slow origins leave room for others."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from artifacts import errors


class Fetches:
    """Lets in *most* fetches at once, and of one project no more than half of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: Counter[str | None] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self, project: str | None) -> Iterator[None]:
        """Hold a place; raise Crowded if there is none for the project."""
        with self._lock:
            if self._running.total() >= self._most or self._running[project] >= self._share:
                raise errors.Crowded("too many external blobs are being fetched; try again")
            self._running[project] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[project] -= 1

    @property
    def _share(self) -> int:
        return max(1, self._most // 2)
