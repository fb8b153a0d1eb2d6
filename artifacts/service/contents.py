"""Contents: bytes on their way into a store, and into the slot that is reserved for them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db import numbers
from artifacts.db.contents import Placement
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Artifact, Blob, Expected, Readable, Slot
from artifacts.service.erasure import give_up, take_blobs
from artifacts.service.intake import Intake
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.service.space import Space, check_fits
from artifacts.service.uploads import Claim, Reservation, Uploads
from artifacts.stores.pools import EVERYBODY, Pools
from artifacts.stores.stream import MeasuredStream


@dataclass(frozen=True)
class Incoming:
    """Bytes that a hook brings: for which slot, how many if that is known, and how to read them."""

    slot: Slot
    content_type: str
    open: Callable[[], AbstractContextManager[Readable]]
    size: int | None = None


class Contents:
    def __init__(
        self,
        pools: Pools,
        uploads: Uploads,
        quotas: Quotas,
        scrub: Scrub,
        *,
        algorithms: Iterable[str],
        now: Callable[[], datetime],
    ) -> None:
        self._pools = pools
        self._uploads = uploads
        self._quotas = quotas
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

    def store(
        self, held: Reservation, intake: Intake, see: Callable[[Readable], Readable]
    ) -> MeasuredStream:
        """Let the type *see* the bytes and the store keep them; return what was kept, measured."""
        seen = see(intake)
        if seen is intake:
            self._pools.store(held.upload.store).save(held.upload.store_key, intake)
            return intake.measured
        # The type stores something else: it is measured by itself, and may not be all that came.
        kept = self._keep(held, seen)
        intake.read_all()
        return kept

    def put_beside(self, held: Reservation, incoming: Sequence[Incoming]) -> None:
        """Keep what a hook brings, to be filled into its slots with the upload that is held."""
        beside = self._uploads.hold_beside(held, [(each.slot, each.size) for each in incoming])
        for place, each in zip(beside, incoming, strict=True):
            place.blob = self._bring(place.held, each)

    def put_alone(self, claim: Claim, incoming: Incoming) -> Artifact:
        """Upload what a hook brings, as its caller may; the type is not asked again."""
        with self._uploads.reserved(claim) as held:
            held.lease.keep()
            return self.fill(held, claim.caller, self._bring(held, incoming), "upload")

    def _bring(self, held: Reservation, incoming: Incoming) -> Blob:
        with incoming.open() as stream:
            kept = self._keep(held, stream)
        return Blob(size=kept.size, digests=kept.digests, content_type=incoming.content_type)

    def _keep(self, held: Reservation, stream: Readable) -> MeasuredStream:
        name, cover = str(held.slot), held.growth.cover
        kept = MeasuredStream(stream, self._algorithms, held.limit, cover, name)
        self._pools.store(held.upload.store).save(held.upload.store_key, kept)
        held.lease.touch()
        return kept

    def fill(self, held: Reservation, caller: Caller, blob: Blob, action: str) -> Artifact:
        """Let the slot hold *blob*, and those beside it theirs, if the artifact may still change.

        All of them are filled, or none.
        """
        held.lease.touch()
        blobs = {held.upload: blob}
        blobs |= {each.held.upload: each.blob for each in held.beside if each.blob is not None}
        artifact, doomed = self._quotas.write(
            lambda tx: self._fill(tx, held, caller, blobs, action)
        )
        self._scrub.discard(doomed)
        return artifact

    def _fill(
        self,
        tx: Transaction,
        held: Reservation,
        caller: Caller,
        blobs: Mapping[Upload, Blob],
        action: str,
    ) -> tuple[Artifact, list[Placement]]:
        record = tx.artifacts.lock(held.artifact.id)
        artifact, taken = record.artifact, _take(tx, list(blobs))
        unused = [each.held.upload for each in held.beside if each.held.upload not in blobs]
        doomed = give_up(tx, _take(tx, unused))
        for upload in unused:
            if artifact.blobs[upload.slot].status == "saving":
                artifact.empty(upload.slot)
        kept, space = 0, Space(tx, record)
        for upload, blob in zip(taken, blobs.values(), strict=True):
            more, bytes_more = self._replace(tx, record, space, upload, blob)
            doomed += more
            kept += bytes_more
        artifact.mark_changed(self._now())
        tx.artifacts.touch(record)
        changes = {str(upload.slot): blob.summary for upload, blob in blobs.items()}
        tx.revisions.add(record, caller, action, at=artifact.updated_at, changes=changes)
        reserved = sum(upload.reserved for upload in taken)
        self._quotas.settle(tx, replace(taken[0], reserved=reserved), kept=kept)
        return artifact, doomed

    def _replace(
        self, tx: Transaction, record: Record, space: Space, upload: Upload, blob: Blob
    ) -> tuple[list[Placement], int]:
        """Fill one slot; return what that doomed, and how many bytes more its project keeps."""
        slot = upload.slot
        record.artifact.check_may_fill(slot)
        check_fits(slot, blob.size, space.of(slot))
        held = record.artifact.blobs.get(slot)
        empty = held is None or held.status == "saving"
        doomed, freed = ([], 0) if empty else take_blobs(tx, record, slot)
        doomed += self._put(tx, record, upload, blob)
        record.artifact.fill(slot, blob)
        more = (0 if blob.external else blob.size) - freed
        space.grow(slot, more)
        return doomed, more

    def _put(self, tx: Transaction, record: Record, upload: Upload, blob: Blob) -> list[Placement]:
        """Write the blob; return our own placement if that content is there already."""
        if blob.external:
            tx.blobs.put(record.order_key, upload.slot, blob, None)
            return []
        content = tx.contents.refer(self._sharing(tx, record), blob.digests["sha256"], blob.size)
        tx.blobs.put(record.order_key, upload.slot, blob, content)
        placed = tx.contents.place(content, upload.store, upload.store_key)
        return [] if placed else [(upload.store, upload.store_key)]

    def _sharing(self, tx: Transaction, record: Record) -> int:
        """Return the project among whose contents an artifact's are."""
        pool = self._pools.known(record.pool)
        if pool is not None and pool.share_contents == EVERYBODY:
            return tx.numbers.project(numbers.EVERYBODY)
        return record.owner


def _take(tx: Transaction, uploads: Sequence[Upload]) -> list[Upload]:
    """End reservations; they may have grown since they were made."""
    taken = tx.uploads.take_several([upload.token for upload in uploads])
    for upload in uploads:
        if upload.token not in taken:
            raise errors.UploadLost(f"{upload.slot}: the upload was given up, its lease was over")
    return [taken[upload.token] for upload in uploads]
