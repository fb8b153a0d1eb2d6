"""Downloads: open what the slots of artifacts hold, for who may read it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, Blob, Slot
from artifacts.model.sight import Seen
from artifacts.service.access import Access
from artifacts.service.hooks import Hooks
from artifacts.stores.pools import ACCEL, PROXY, REDIRECT, Pools


@dataclass(frozen=True)
class Copies:
    """Where the bytes of a blob are, and who else than the service may send them from there.

    That is for the pool to say of the copy in its own store. Others are nobody's to give away.
    """

    pools: Pools
    pool: str
    placed: Sequence[Placement]
    download: str

    def open(self, start: int, end: int) -> BinaryIO:
        return self.pools.open(self.pool, self.placed, start, end)

    def link(self, seconds: int, headers: Mapping[str, str]) -> str | None:
        if self.download == REDIRECT:
            for store, key in self._own():
                with suppress(errors.BlobNotFound):
                    return self.pools.store(store).link(key, seconds, headers)
        return None

    def file(self) -> tuple[str, str] | None:
        """Return the name of a store, and where in its folder the bytes are."""
        if self.download == ACCEL:
            for store, key in self._own():
                with suppress(errors.BlobNotFound):
                    path = self.pools.store(store).file(key)
                    return None if path is None else (store, path)
        return None

    def _own(self) -> Iterator[Placement]:
        pool = self.pools.known(self.pool)
        return (each for each in self.placed if pool is not None and each[0] == pool.store)


@dataclass
class Opened:
    """A blob that may be read: what is known of it, and the ways to its bytes."""

    artifact: Seen
    slot: Slot
    blob: Blob
    copies: Copies
    link_seconds: int
    heard: Callable[[], None]
    begun: bool = False

    def open(self, start: int, end: int) -> BinaryIO:
        """Open the bytes from *start* up to, and without, *end*; the type hears of the first."""
        handle = self.copies.open(start, end)
        self._begin()
        return handle

    def link(self, headers: Mapping[str, str]) -> str | None:
        """Sign a link to the whole, if the caller is to be sent to the store."""
        link = self.copies.link(self.link_seconds, headers)
        if link is not None:
            self._begin()
        return link

    def file(self) -> tuple[str, str] | None:
        """Name the store and the file of the whole, if a server in front is to send it."""
        file = self.copies.file()
        if file is not None:
            self._begin()
        return file

    def _begin(self) -> None:
        if not self.begun:
            self.begun = True
            self.heard()


class Downloads:
    def __init__(
        self,
        database: Database,
        access: Access,
        pools: Pools,
        hooks: Hooks,
        *,
        link_seconds: int,
    ) -> None:
        self._database = database
        self._access = access
        self._pools = pools
        self._hooks = hooks
        self._link_seconds = link_seconds

    def read(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        path: str,
        *,
        answer: Callable[[Opened], None],
    ) -> None:
        """Let *answer* read a blob; once more, if it was replaced before its bytes were open."""
        try:
            answer(self.open(caller, type_name, id, path))
        except errors.BlobNotFound:
            answer(self.open(caller, type_name, id, path))

    def open(self, caller: Caller, type_name: str, id: str, path: str) -> Opened:
        """Return a blob that the caller may read."""
        anybody = "artifact:download_from_any_artifact"
        with self._database.reading() as tx:
            record = self._access.visible(tx, caller, type_name, id, anybody)
            artifact = record.artifact
            if not self._access.policy.allows(anybody, caller):
                self._access.policy.check("artifact:download", caller, artifact)
            if artifact.status == "deleted":
                raise errors.Forbidden("the artifact was deleted")
            sight = self._access.sight(caller, artifact)
            seen, slot = sight.of(artifact), self._access.slot(type_name, path, sight)
            blob = _readable(seen, slot)
            content = tx.blobs.content(record.order_key, slot)
            placed = list(tx.contents.placements(content)) if content is not None else []
            download = self._download(tx, caller, record, content)
        self._hooks.before(caller, artifact, "download", slot)
        return Opened(
            seen,
            slot,
            blob,
            Copies(self._pools, record.pool, placed, download),
            self._link_seconds,
            lambda: self._hooks.after(caller, artifact, "download", slot),
        )

    def _download(
        self, tx: Transaction, caller: Caller, record: Record, content: int | None
    ) -> str:
        """Say who sends what the caller reads.

        What all projects share the service does: a link or a file is older than the blob may be.
        """
        pool = self._pools.known(record.pool)
        if pool is None or pool.download == PROXY or content is None:
            return PROXY
        if tx.contents.is_everybodys(content):
            return PROXY
        if pool.download == REDIRECT and not self._access.policy.allows(
            "artifact:download_by_link", caller, record.artifact
        ):
            return PROXY
        return pool.download


def _readable(artifact: Artifact, slot: Slot) -> Blob:
    blob = artifact.blobs.get(slot)
    if blob is None:
        raise errors.BlobNotFound(f"{slot}: there is no blob")
    if blob.status == "saving":
        raise errors.SlotTaken(f"{slot}: it is still being uploaded")
    return blob
