"""The bytes of one upload on their way out, counted and hashed as they are sent."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeAlias

from artifacts.client.digests import Expected
from artifacts.client.errors import Unreadable

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes done so far and, when it is known, how many there will be."""

BLOCK = 1024 * 1024


class Outgoing:
    """An iterable of blocks that knows afterwards what went out, the last time it did."""

    def __init__(self, source: BinaryIO, size: int | None, progress: Progress | None) -> None:
        self._source = source
        self._progress = progress
        self._start = _place_in(source)
        self._sha256 = hashlib.sha256()
        self.size = _rest_of(source) if size is None else size
        self.sent = 0

    @property
    def repeatable(self) -> bool:
        """Tell whether the same bytes can be read again."""
        return self._start is not None

    def __iter__(self) -> Iterator[bytes]:
        if self.sent and self._start is not None:
            self._source.seek(self._start)
            self._sha256 = hashlib.sha256()
            self.sent = 0
        while block := self._next_block():
            self._sha256.update(block)
            self.sent += len(block)
            yield block
            if self._progress:
                self._progress(self.sent, self.size)
        if self.size is not None and self.sent < self.size:
            raise Unreadable(f"{self._name} ended after {self.sent} of {self.size} bytes")

    def check(self, received: Expected) -> None:
        """Raise WrongBytes unless the server tells the same of what it received."""
        received.check("upload", self.sent, {"sha256": self._sha256.hexdigest()})

    def _next_block(self) -> bytes:
        try:
            if self.size is not None:
                return self._source.read(min(BLOCK, self.size - self.sent))
            # A pipe's bytes go on as they come: the server ends an upload that stays silent.
            read_some = getattr(self._source, "read1", self._source.read)
            return bytes(read_some(BLOCK))
        except OSError as error:
            raise Unreadable(f"{self._name} cannot be read: {error.strerror}") from error

    @property
    def _name(self) -> str:
        return str(getattr(self._source, "name", "the source"))


def opened(source: BinaryIO | str | os.PathLike[str]) -> AbstractContextManager[BinaryIO]:
    """Open a path; a file that the caller opened stays the caller's to close."""
    if not isinstance(source, str | os.PathLike):
        return nullcontext(source)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise Unreadable(f"{os.fspath(source)} cannot be read: {error.strerror}") from error


def _place_in(source: BinaryIO) -> int | None:
    """Where reading begins; None where nobody can go back to."""
    try:
        return source.tell() if source.seekable() else None
    except (OSError, ValueError, AttributeError):
        return None


def _rest_of(source: BinaryIO) -> int | None:
    """How many bytes are left to read; None where only reading them can tell."""
    try:
        here = source.tell()
        end = source.seek(0, os.SEEK_END)
        source.seek(here)
    except (OSError, ValueError, AttributeError):
        return None
    # Files that the system makes up while they are read claim to be empty.
    return end - here if end > here else None
