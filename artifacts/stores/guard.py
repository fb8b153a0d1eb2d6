"""Guard: a distant store, that nobody waits for in vain, and nobody presses when it is down.

It tries again what can be tried again; it gives up at once for a while what failed several times;
and it lets in as many as leave room for those who want something of another store.
"""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from tenacity import (
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import BLOCK, NO_HEADERS, BlobStore, Setting, Stored
from artifacts.stores.circuit import Circuit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # seconds

T = TypeVar("T")

SETTINGS = (
    Setting(
        "max_requests",
        "Uploads, downloads and other requests to the store that each process runs at once; "
        "others are refused with 503, so that a slow store leaves threads for another.",
        type=int,
        default=32,
    ),
    Setting("max_failures", "Failures in a row that open the circuit.", type=int, default=5),
    Setting(
        "pause",
        "Seconds for which requests then fail at once, until one tries the store again.",
        type=float,
        default=5.0,
    ),
)


class Guard(BlobStore):
    """What a save was given cannot be read again, so that is tried once."""

    def __init__(
        self, store: BlobStore, *, max_requests: int, max_failures: int, pause: float
    ) -> None:
        self._store = store
        self._places = threading.BoundedSemaphore(max_requests)
        self._circuit = Circuit(max_failures, pause)

    def save(self, key: str, stream: Readable) -> None:
        with self._place():
            self._once(lambda: self._store.save(key, stream))

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        self._enter()
        try:
            opened = self._again(lambda: self._store.open(key, start, end))
        except BaseException:
            self._places.release()
            raise
        watched = _Watched(opened, self._once, self._places.release)
        return cast(BinaryIO, io.BufferedReader(watched, BLOCK))

    def size(self, key: str) -> int:
        with self._place():
            return self._again(lambda: self._store.size(key))

    def delete(self, key: str) -> None:
        with self._place():
            self._again(lambda: self._store.delete(key))

    def keys(self) -> Iterator[Stored]:
        return self._store.keys()

    def unfinished(self) -> Iterator[Stored]:
        return self._store.unfinished()

    def sweep(self, key: str) -> None:
        with self._place():
            self._again(lambda: self._store.sweep(key))

    def link(self, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        with self._place():
            return self._again(lambda: self._store.link(key, seconds, headers))

    def check(self) -> None:
        """Ask the store itself, whatever the circuit says: an answer does not close it."""
        self._store.check()

    def _enter(self) -> None:
        if not self._places.acquire(blocking=False):
            raise errors.Crowded("too much is under way at the store; try again later")

    @contextmanager
    def _place(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        finally:
            self._places.release()

    def _once(self, ask: Callable[[], T]) -> T:
        with self._circuit.asking():
            return ask()

    def _again(self, ask: Callable[[], T]) -> T:
        """Ask up to three times, but not when the circuit has opened."""
        attempts = Retrying(
            stop=lambda state: state.attempt_number >= ATTEMPTS or self._circuit.open,
            wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            retry=retry_if_exception_type(errors.StoreUnavailable),
            reraise=True,
        )
        return cast(T, attempts(self._once, ask))


class _Watched(io.RawIOBase):
    """What was opened: each read counts, and its place is free when it is closed."""

    def __init__(
        self,
        opened: BinaryIO,
        ask: Callable[[Callable[[], bytes]], bytes],
        leave: Callable[[], None],
    ) -> None:
        self._opened = opened
        self._ask = ask
        self._leave = leave

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        found = self._ask(lambda: self._opened.read(len(target)))
        target[: len(found)] = found
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._leave()
            self._opened.close()
        super().close()
