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
from artifacts.stores.circuit import Circuit, Tell, nobody

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ATTEMPTS = 3
QUICK = 2.0  # seconds within which something has to fail, to be asked once more
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # seconds

T = TypeVar("T")

SETTINGS = (
    Setting(
        "max_requests",
        "Uploads, downloads and other requests to the store that each process runs at once; "
        "others are refused with 503, so that a slow store leaves threads for another. Unset: an "
        "equal share of [api] threads for each distant store, and one for all that needs none.",
        type=int,
    ),
    Setting("max_failures", "Failures in a row that open the circuit.", type=int, default=5),
    Setting(
        "pause",
        "Seconds for which requests then fail at once, until one tries the store again.",
        type=float,
        default=5.0,
    ),
)


def shares(threads: int, chosen: Mapping[str, int | None]) -> dict[str, int]:
    """Return how many requests each distant store may run, as *chosen* or in equal shares.

    All of them together leave a thread for what needs none of them, or Misconfigured is raised.
    """
    taken = sum(number for number in chosen.values() if number is not None)
    equal = max(1, (threads - taken) // (list(chosen.values()).count(None) + 1))
    found = {name: equal if number is None else number for name, number in chosen.items()}
    for name, number in found.items():
        if number < 1:
            raise errors.Misconfigured(f"[store:{name}] max_requests: must be at least 1")
    if sum(found.values()) >= threads:
        raise errors.Misconfigured(
            f"max_requests: the stores {', '.join(found)} may take {sum(found.values())} threads, "
            f"which must be fewer than the {threads} of [api] threads"
        )
    return found


class Guard(BlobStore):
    """What a save was given cannot be read again, so that is tried once."""

    def __init__(
        self,
        store: BlobStore,
        *,
        max_requests: int,
        max_failures: int,
        pause: float,
        quick: float = QUICK,
        tell: Tell = nobody,
    ) -> None:
        self._store = store
        self._quick = quick
        self._places = threading.BoundedSemaphore(max_requests)
        self._circuit = Circuit(max_failures, pause, tell=tell)

    def save(self, key: str, stream: Readable) -> None:
        source = _Source(stream)
        with self._place(), self._circuit.asking(lambda error: error is source.error):
            self._store.save(key, source)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the bytes, and read the first of them: a store that fails has no answer begun."""
        self._enter()
        try:
            opened, first = self._again(lambda: self._begin(key, start, end))
        except BaseException:
            self._places.release()
            raise
        watched = _Watched(opened, first, self._once, self._places.release)
        return cast(BinaryIO, io.BufferedReader(watched, BLOCK))

    def _begin(self, key: str, start: int, end: int | None) -> tuple[BinaryIO, bytes]:
        opened = self._store.open(key, start, end)
        try:
            return opened, opened.read(BLOCK)
        except BaseException:
            opened.close()
            raise

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

    def file(self, key: str) -> str | None:
        return self._store.file(key)

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
        """Ask up to three times, but not when the circuit has opened, or the store keeps silent."""
        attempts = Retrying(
            stop=lambda state: (
                state.attempt_number >= ATTEMPTS
                or (state.seconds_since_start or 0.0) > self._quick
                or self._circuit.open
            ),
            wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            retry=retry_if_exception_type(errors.StoreUnavailable),
            reraise=True,
        )
        return cast(T, attempts(self._once, ask))


class _Source:
    """What is to be saved. What it raises is remembered, to tell it from what the store raises."""

    def __init__(self, stream: Readable) -> None:
        self.error: BaseException | None = None
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except BaseException as error:
            self.error = error
            raise


class _Watched(io.RawIOBase):
    """What was opened: each read counts, and its place is free when it is closed."""

    def __init__(
        self,
        opened: BinaryIO,
        first: bytes,
        ask: Callable[[Callable[[], bytes]], bytes],
        leave: Callable[[], None],
    ) -> None:
        self._opened = opened
        self._held = memoryview(first)
        self._ask = ask
        self._leave = leave

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        if not self._held:
            self._held = memoryview(self._ask(lambda: self._opened.read(BLOCK)))
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._leave()
            self._opened.close()
        super().close()
