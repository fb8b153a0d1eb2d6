"""WatchedFetcher: fetches, with the time that each takes, and the bytes that come."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from artifacts.remote.body import Remote
from artifacts.remote.fetch import Fetcher
from artifacts.watching.catalogue import FETCH_SECONDS, FETCHED
from artifacts.watching.watch import Watch


class WatchedFetcher(Fetcher):
    """Nothing of where it leads is told: neither a metric nor a span has a URL."""

    def __init__(self, *, watch: Watch, **options: Any) -> None:
        super().__init__(**options)
        self._watch = watch

    @contextmanager
    def fetch(self, url: str) -> Iterator[Remote]:
        with self._watch.step(FETCH_SECONDS), super().fetch(url) as remote:
            try:
                yield remote
            finally:
                self._watch.meters.count(FETCHED, by=remote.received)
