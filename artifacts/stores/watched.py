"""Watched: a store, with the time that each verb of it takes."""

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from artifacts.model import Readable
from artifacts.stores.base import NO_HEADERS, BlobStore, Stored
from artifacts.watching.catalogue import STORE_SECONDS
from artifacts.watching.watch import Watch


class Watched(BlobStore):
    """What it opens is read unwatched: the kernel may send a file by itself."""

    def __init__(self, store: BlobStore, name: str, watch: Watch) -> None:
        self._store = store
        self._name = name
        self._watch = watch

    def save(self, key: str, stream: Readable) -> None:
        with self._watch.step(STORE_SECONDS, self._name, "save"):
            self._store.save(key, stream)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        with self._watch.step(STORE_SECONDS, self._name, "open"):
            return self._store.open(key, start, end)

    def size(self, key: str) -> int:
        with self._watch.step(STORE_SECONDS, self._name, "size"):
            return self._store.size(key)

    def delete(self, key: str) -> None:
        with self._watch.step(STORE_SECONDS, self._name, "delete"):
            self._store.delete(key)

    def keys(self) -> Iterator[Stored]:
        return self._store.keys()

    def unfinished(self) -> Iterator[Stored]:
        return self._store.unfinished()

    def sweep(self, key: str) -> None:
        with self._watch.step(STORE_SECONDS, self._name, "sweep"):
            self._store.sweep(key)

    def link(self, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        with self._watch.step(STORE_SECONDS, self._name, "link"):
            return self._store.link(key, seconds, headers)

    def file(self, key: str) -> str | None:
        with self._watch.step(STORE_SECONDS, self._name, "file"):
            return self._store.file(key)

    def check(self) -> None:
        with self._watch.step(STORE_SECONDS, self._name, "check"):
            self._store.check()


class WatchedFromAfar(Watched):
    """A store that is asked over a network: of what it opens, each block is."""

    distant = True

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        opened = super().open(key, start, end)
        return cast(BinaryIO, _Reading(opened, self._name, self._watch))


class _Reading(io.RawIOBase):
    """What was opened, with the time that each block takes."""

    def __init__(self, opened: BinaryIO, name: str, watch: Watch) -> None:
        self._opened = opened
        self._name = name
        self._watch = watch

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        with self._watch.step(STORE_SECONDS, self._name, "read"):
            return self._opened.read(size)

    def close(self) -> None:
        if not self.closed:
            self._opened.close()
        super().close()


def watched(store: BlobStore, name: str, watch: Watch) -> BlobStore:
    return (WatchedFromAfar if store.distant else Watched)(store, name, watch)
