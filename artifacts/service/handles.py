"""Handles: what hooks are lent to read and fill the slots of their artifact, and who asks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from tempfile import TemporaryFile
from typing import BinaryIO

from artifacts import errors
from artifacts.caller import Caller, Viewer
from artifacts.db.database import Database
from artifacts.model import Artifact, MiB, Readable, Slot
from artifacts.model.blob import OCTETS
from artifacts.service import archives
from artifacts.service.contents import Incoming
from artifacts.stores.base import blocks_of
from artifacts.stores.pools import Pools

Put = Callable[[Sequence[Incoming]], None]


class Lent:
    """One handle, for one call of a hook; `close` closes and deletes what it opened."""

    def __init__(
        self, database: Database, pools: Pools, caller: Caller, artifact: Artifact, put: Put
    ) -> None:
        self.caller = caller
        self._database = database
        self._pools = pools
        self._artifact = artifact
        self._put = put
        self._opened = ExitStack()
        self._closed = False

    def close(self) -> None:
        self._closed = True
        self._opened.close()

    def _check_lent(self) -> None:
        """Refuse a type that has kept the handle: nobody would free what it takes."""
        if self._closed:
            raise LookupError("this handle was lent for one call of a hook, which is over")

    def read_blob(self, slot: Slot, limit: int = 16 * MiB) -> bytes:
        with self._open(slot, limit) as stream:
            return b"".join(blocks_of(stream))

    def open_blob(self, slot: Slot) -> BinaryIO:
        return self._opened.enter_context(self._open(slot, None))

    def _open(self, slot: Slot, limit: int | None) -> BinaryIO:
        self._check_lent()
        with self._database.reading() as tx:
            everything = Viewer(None, everything=True)
            record = tx.artifacts.find(self._artifact.type_name, self._artifact.id, everything)
            blob = record.artifact.blobs.get(slot)
            content = tx.blobs.content(record.order_key, slot)
            placed = list(tx.contents.placements(content)) if content is not None else []
        if blob is None or not placed:
            raise errors.BlobNotFound(f"{slot}: there are no bytes of ours")
        if limit is not None and blob.size > limit:
            raise errors.TooLarge(f"{slot}: its type reads at most {limit} bytes")
        return self._pools.open(record.pool, placed)

    def spool(self, stream: Readable) -> BinaryIO:
        self._check_lent()
        with _temporary():
            file = TemporaryFile(prefix="artifacts-")  # noqa: SIM115 - until the handle is closed
        self._opened.callback(_drop, file)
        for block in blocks_of(stream):
            with _temporary():
                file.write(block)
        with _temporary():
            file.seek(0)  # which writes what is still in memory
        return file

    def put(self, slot: Slot, stream: Readable, content_type: str = OCTETS) -> None:
        self._check_lent()
        known = self._artifact.slot(str(slot))
        self._put([Incoming(known, content_type, lambda: nullcontext(stream))])

    def unpack(self, archive: BinaryIO, folder: str) -> None:
        self._check_lent()
        self._put(archives.files(archive, self._artifact, folder))
        archive.seek(0)


def _drop(file: BinaryIO) -> None:
    with suppress(OSError):  # of bytes that found no place on the disk before
        file.close()


@contextmanager
def _temporary() -> Iterator[None]:
    """Tell a disk that is full from a stream that fails, which is at fault itself."""
    try:
        yield
    except OSError as error:
        raise errors.StoreFull("no place is left for temporary files") from error
