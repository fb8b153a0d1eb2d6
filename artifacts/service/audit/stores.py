"""Stores, as an audit asks them: one that fails is told of, and keeps nobody else waiting."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from artifacts import errors
from artifacts.service.audit.findings import STORE, Finding
from artifacts.service.audit.watch import Stopped
from artifacts.stores.base import BlobStore, Stored
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)


class StoreFailed(Exception):
    """A store did not do what it was asked for; the text says why."""


class StoreDown(StoreFailed):
    """... and does nothing else: it is not asked again."""


class Stores:
    def __init__(self, pools: Pools) -> None:
        self._stores = dict(pools)
        self._down: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._stores)

    def __contains__(self, name: str) -> bool:
        return name in self._stores

    def ask_again(self) -> None:
        """Ask those, too, that did not answer before."""
        self._down.clear()

    @contextmanager
    def asking(self, name: str) -> Iterator[BlobStore]:
        """Hand out a store; raise StoreFailed for all that it raises, but for BlobNotFound."""
        if name not in self._stores or name in self._down:
            raise StoreDown(self._down.get(name, "it is not configured"))
        store = self._stores[name]
        try:
            yield store
        except (errors.BlobNotFound, Stopped):
            raise
        except Exception as error:
            why = _why(name, error)
            if not _answers(store):
                self._down[name] = why
                raise StoreDown(why) from error
            raise StoreFailed(why) from error

    def listed(
        self, name: str, listing: Callable[[BlobStore], Iterator[Stored]]
    ) -> Iterator[Stored]:
        with self.asking(name) as store:
            yield from listing(store)

    def size(self, name: str, key: str) -> int | None:
        """Return how many bytes there are, None if none or nobody knows."""
        try:
            with self.asking(name) as store:
                return store.size(key)
        except (errors.BlobNotFound, StoreFailed):
            return None

    def down(self) -> Iterator[Finding]:
        """Yield the stores that did not answer."""
        for name, why in self._down.items():
            text = f"it does not answer ({why}): what it keeps was not, or not all, compared"
            yield Finding(STORE, text, repairable=False, store=name)


def _why(name: str, error: Exception) -> str:
    if isinstance(error, errors.ArtifactsError):
        return str(error)
    logger.error("audit: store %s failed", name, exc_info=error)
    return f"{type(error).__name__}, see the log"


def _answers(store: BlobStore) -> bool:
    try:
        store.check()
    except Exception:  # of a store that is a plugin, too
        logger.info("audit: a store does not answer", exc_info=True)
        return False
    return True
