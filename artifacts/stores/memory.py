"""MemoryStore: keeps bytes until the process ends; for tests and for trying things out."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import BlobStore, Stored, blocks_of, check_key


class MemoryStore(BlobStore):
    """A store for one process: no other sees what it keeps."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def save(self, key: str, stream: Readable) -> None:
        check_key(key)
        content = b"".join(blocks_of(stream))
        # setdefault is one step, so that of two saves of a key one is refused.
        mine = (content, datetime.now(UTC))
        if self._kept.setdefault(key, mine) is not mine:
            raise errors.Conflict("key: bytes are already kept under it")

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        return io.BytesIO(self._find(key)[start:end])

    def size(self, key: str) -> int:
        return len(self._find(key))

    def delete(self, key: str) -> None:
        check_key(key)
        self._kept.pop(key, None)

    def keys(self) -> Iterator[Stored]:
        for key, (content, modified) in sorted(self._kept.items()):
            yield Stored(key, len(content), modified)

    def unfinished(self) -> Iterator[Stored]:
        yield from ()

    def sweep(self, key: str) -> None:
        check_key(key)

    def check(self) -> None:
        """Memory always answers."""

    def _find(self, key: str) -> bytes:
        check_key(key)
        try:
            return self._kept[key][0]
        except KeyError:
            raise errors.BlobNotFound("no bytes are kept under this key") from None
