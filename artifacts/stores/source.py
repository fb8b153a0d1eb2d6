"""Source: a stream that is read as one volume after the other."""

from collections.abc import Iterator

from artifacts.model import Readable
from artifacts.stores.base import BLOCK


class Source:
    """Reads *stream* once. What it raises is remembered, to tell it from what a store raises."""

    def __init__(self, stream: Readable) -> None:
        self.given = 0
        self.error: BaseException | None = None
        self._stream = stream
        self._ahead: list[bytes] = []

    @property
    def ended(self) -> bool:
        """Whether there are no more bytes."""
        if not self._ahead:
            self._ahead.append(self._read(BLOCK))
        return not self._ahead[0]

    def begin(self, size: int) -> bytes | None:
        """Return all of it, if that is less than *size* bytes, and else None."""
        begun = 0
        while begun < size:
            block = self._read(min(BLOCK, size - begun))
            self._ahead.append(block)
            begun += len(block)
            if not block:
                self.given = begun
                return b"".join(self._ahead)
        return None

    def volumes(self, size: int) -> Iterator[Iterator[bytes]]:
        """Give it all, *size* bytes at a time; each time is to be read to its end."""
        yield self._volume(size)
        while not self.ended:
            yield self._volume(size)

    def _volume(self, size: int) -> Iterator[bytes]:
        end = self.given + size
        while self.given < end:
            block = self._ahead.pop(0) if self._ahead else self._read(min(BLOCK, end - self.given))
            if not block:
                self._ahead.append(block)
                return
            self.given += len(block)
            yield block

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except BaseException as error:
            self.error = error
            raise
