"""Contents: bytes on their way into a store, and into the slot that is reserved for them."""

from collections.abc import Callable, Iterable
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Artifact, Blob, Expected, Readable
from artifacts.service.erasure import take_blobs
from artifacts.service.intake import Intake
from artifacts.service.scrub import Scrub
from artifacts.service.uploads import Reservation, check_fits, room
from artifacts.stores.pools import Pools
from artifacts.stores.stream import MeasuredStream


class Contents:
    def __init__(
        self,
        database: Database,
        pools: Pools,
        scrub: Scrub,
        *,
        algorithms: Iterable[str],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._pools = pools
        self._scrub = scrub
        self._algorithms = frozenset(algorithms)
        self._now = now

    def intake(
        self, held: Reservation, source: Readable, expected: Expected, *, charged: bool = True
    ) -> Intake:
        """Return *source* as it is to be read: measured, limited, and charged as it comes."""
        return Intake(
            source,
            held.lease,
            algorithms=self._algorithms,
            limit=held.limit,
            expected=expected,
            reserve=held.growth.cover if charged else None,
            name=str(held.slot),
        )

    def store(self, held: Reservation, intake: Intake) -> MeasuredStream:
        """Let the type see the bytes and the store keep them; return what was kept, measured."""
        store, key = self._pools.store(held.upload.store), held.upload.store_key
        seen = held.artifact.before_upload(held.slot, intake)
        if seen is intake:
            store.save(key, intake)
            return intake.measured
        # The type stores something else: it is measured by itself, and may not be all that came.
        kept = MeasuredStream(seen, self._algorithms, held.limit, held.growth.cover, str(held.slot))
        store.save(key, kept)
        intake.read_all()
        return kept

    def fill(self, held: Reservation, caller: Caller, blob: Blob, action: str) -> Artifact:
        """Let the slot hold *blob*, unless the artifact has become one that may not change."""
        artifact, doomed = self._database.write(
            lambda tx: self._fill(tx, held, caller, blob, action)
        )
        self._scrub.discard(doomed)
        return artifact

    def _fill(
        self, tx: Transaction, held: Reservation, caller: Caller, blob: Blob, action: str
    ) -> tuple[Artifact, list[Placement]]:
        record = tx.artifacts.lock(held.artifact.id)
        upload = tx.uploads.take(held.upload.token)
        if upload is None:
            raise errors.UploadLost(f"{held.slot}: the upload was given up, its lease was over")
        artifact = record.artifact
        artifact.check_may_fill(held.slot)
        check_fits(held.slot, blob.size, room(tx, record, held.slot))
        doomed, freed = take_blobs(tx, record, held.slot)
        doomed += self._put(tx, record, upload, blob)
        artifact.fill(held.slot, blob)
        artifact.mark_changed(self._now())
        tx.artifacts.touch(record)
        changes = {str(held.slot): blob.summary}
        tx.revisions.add(record, caller, action, at=artifact.updated_at, changes=changes)
        kept = 0 if blob.external else blob.size
        tx.usage.settle(upload.project, upload.type, reserved=upload.reserved, kept=kept - freed)
        return artifact, doomed

    def _put(self, tx: Transaction, record: Record, upload: Upload, blob: Blob) -> list[Placement]:
        """Write the blob; return our own placement if the project has that content already."""
        if blob.external:
            tx.blobs.put(record.order_key, upload.slot, blob, None)
            return []
        content = tx.contents.refer(record.owner, blob.digests["sha256"], blob.size)
        tx.blobs.put(record.order_key, upload.slot, blob, content)
        placed = tx.contents.place(content, upload.store, upload.store_key)
        return [] if placed else [(upload.store, upload.store_key)]
