"""MeasuredStream: counts, digests and limits the bytes on their way to any store."""

from collections.abc import Callable, Iterable, Mapping

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores import digests
from artifacts.stores.base import blocks_of


class MeasuredStream:
    """The bytes of *source*, measured as they are read.

    `size` counts them. `digests` is empty until the end was read; then `complete` is true.
    One byte over *limit* raises TooLarge, which says that it is too many for what *name* names;
    *source* is never asked for a second one.
    *on_read* is told the size so far before the bytes are handed on, and may refuse by raising.
    """

    def __init__(
        self,
        source: Readable,
        algorithms: Iterable[str],
        limit: int | None = None,
        on_read: Callable[[int], object] | None = None,
        name: str = "size",
    ) -> None:
        self.size = 0
        self.complete = False
        self.digests: Mapping[str, str] = {}
        self._source = source
        self._hashers = digests.start(frozenset(algorithms))
        self._limit = limit
        self._on_read = on_read
        self._name = name

    def read(self, size: int = -1) -> bytes:
        """Read at most *size* bytes, fewer if fewer are at hand; below 0, all up to the end."""
        if size < 0:
            return b"".join(blocks_of(self))
        block = self._source.read(self._at_most(size))
        if block:
            self._count(len(block))
            self._hash(block)
        elif size:
            self._check_limit()
            self._finish()
        return block

    def _at_most(self, size: int) -> int:
        return size if self._limit is None else min(size, self._limit + 1 - self.size)

    def _count(self, number: int) -> None:
        self.size += number
        self._check_limit()
        if self._on_read is not None:
            self._on_read(self.size)

    def _check_limit(self) -> None:
        if self._limit is not None and self.size > self._limit:
            raise errors.TooLarge(f"{self._name}: at most {self._limit} bytes are allowed here")

    def _hash(self, block: bytes) -> None:
        for hasher in self._hashers.values():
            hasher.update(block)

    def _finish(self) -> None:
        self.digests = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        self.complete = True
