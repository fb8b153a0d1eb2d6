"""Downloads: open what the slots of artifacts hold, for who may read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.model import Artifact, Blob, Slot
from artifacts.model.sight import Seen
from artifacts.service.access import Access
from artifacts.service.hooks import Hooks
from artifacts.stores.pools import Pools


@dataclass
class Opened:
    """A blob that may be read: what is known of it, and how to open a range of its bytes."""

    artifact: Seen
    slot: Slot
    blob: Blob
    read: Callable[[int, int], BinaryIO]
    heard: Callable[[], None]
    begun: bool = False

    def open(self, start: int, end: int) -> BinaryIO:
        """Open the bytes from *start* up to, and without, *end*; the type hears of the first."""
        handle = self.read(start, end)
        if not self.begun:
            self.begun = True
            self.heard()
        return handle


class Downloads:
    def __init__(self, database: Database, access: Access, pools: Pools, hooks: Hooks) -> None:
        self._database = database
        self._access = access
        self._pools = pools
        self._hooks = hooks

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
        self._hooks.before(caller, artifact, "download", slot)
        return Opened(
            seen,
            slot,
            blob,
            lambda start, end: self._pools.open(record.pool, placed, start, end),
            lambda: self._hooks.after(caller, artifact, "download", slot),
        )


def _readable(artifact: Artifact, slot: Slot) -> Blob:
    blob = artifact.blobs.get(slot)
    if blob is None:
        raise errors.BlobNotFound(f"{slot}: there is no blob")
    if blob.status == "saving":
        raise errors.SlotTaken(f"{slot}: it is still being uploaded")
    return blob
