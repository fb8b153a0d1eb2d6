"""Body: what a driver is given to read, and what it gave back."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from artifacts.errors import StoreUnavailable
from artifacts.stores.glance.failures import plain_errors

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Body:
    """Blocks on their way into a driver, which asks for as few bytes at a time as it likes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        if not self._held:
            self._held = memoryview(next(self._blocks, b""))
        size = len(self._held) if size < 0 else size
        found, self._held = self._held[:size], self._held[size:]
        return found.tobytes()


class Chunks(io.RawIOBase):
    """Chunks that a driver gives: *size* bytes of them, behind the first *skipped*.

    Some drivers end silently where their connection did; what is too short is an error here.
    """

    def __init__(self, chunks: Any, skipped: int, size: int) -> None:
        self._chunks = chunks
        self._iterator = iter(chunks)
        self._skipped, self._left = skipped, size
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._held and self._left:
            self._hold(self._next())
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _hold(self, chunk: bytes) -> None:
        passed = min(self._skipped, len(chunk))
        self._skipped -= passed
        self._held = memoryview(chunk)[passed : passed + self._left]
        self._left -= len(self._held)

    def _next(self) -> bytes:
        with plain_errors():
            found: bytes | None = next(self._iterator, None)
        if found is None:
            raise StoreUnavailable("the store keeps fewer bytes than it was given")
        return found

    def close(self) -> None:
        for each in (self._iterator, self._chunks):
            if hasattr(each, "close"):
                each.close()
        super().close()
