"""Reader: the bytes of a key, asked for piece by piece as they are read."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from artifacts.stores.base import BLOCK
from artifacts.stores.objects.volumes import Piece, pieces

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

AHEAD = 4 * BLOCK  # bytes that one request asks for, and that are held meanwhile


class Reader(io.RawIOBase):
    """Reads from *start* up to *end*.

    Each request ends before its bytes are handed on, so that a slow reader keeps no connection
    of the store, and none that takes hours is cut by a timeout.
    """

    def __init__(
        self, fetch: Callable[[Piece], bytes], start: int, end: int, volume_size: int
    ) -> None:
        self._fetch = fetch
        self._position, self._end = start, end
        self._volume_size = volume_size
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if not self._held and self._position < self._end:
            self._held = memoryview(self._next())
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._held))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _next(self) -> bytes:
        end = min(self._end, self._position + AHEAD)
        piece = next(pieces(self._position, end, self._volume_size))
        found = self._fetch(piece)
        self._position += len(found)
        return found
