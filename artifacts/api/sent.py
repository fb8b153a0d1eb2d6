"""Bodies that tell, when the server closes them, how many of their bytes it has sent."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

Ended = Callable[[int], None]


class _Body:
    """Counts a block as sent when the server asks for what comes behind it."""

    def __init__(self, source: Any, ended: Ended) -> None:
        self._source = source
        self._ended: Ended | None = ended
        self._sent = 0
        self._handed = 0

    def _settle(self) -> None:
        self._sent += self._handed
        self._handed = 0

    def _hand(self, block: bytes) -> bytes:
        self._handed = len(block)
        return block

    def close(self) -> None:
        ended, self._ended = self._ended, None
        try:
            self._source.close()
        finally:
            if ended is not None:
                ended(self._sent)


class Blocks(_Body):
    """A body that is made block by block."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._settle()
        return self._hand(next(self._source))


class Stream(_Body):
    """A body that the server reads."""

    def read(self, size: int | None = -1, /) -> bytes:
        self._settle()
        return self._hand(self._source.read(size))


class File(Stream):
    """A body that the kernel may send, past us.

    Python's sockets, and those of our worker, seek to where they got to, also when they fail.
    """

    def __init__(self, source: BinaryIO, ended: Ended) -> None:
        super().__init__(source, ended)
        self._begin = source.tell()

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._source.fileno())

    def tell(self) -> int:
        return int(self._source.tell())

    def seek(self, offset: int, whence: int = 0) -> int:
        at = int(self._source.seek(offset, whence))
        self._sent, self._handed = max(0, at - self._begin), 0
        return at


def counted(source: Any, ended: Ended, *, by_socket: bool) -> Blocks | Stream:
    """Return *source* as a body that is counted.

    Let the kernel send it only where the server does that *by_socket*, and we learn how much went.
    """
    if not hasattr(source, "read"):
        return Blocks(source, ended)
    return File(source, ended) if by_socket and _is_file(source) else Stream(source, ended)


def _is_file(source: Any) -> bool:
    try:
        return bool(source.fileno() >= 0 and source.seekable())
    except (AttributeError, OSError):
        return False
