"""Uploads: a slot is reserved, bytes are stored, and the slot is filled.

No transaction is open while bytes flow. What is reserved is held under a lease, so that when
this process dies, the slot and its quota are free again without anybody's help.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.artifacts import Record
from artifacts.db.database import Database
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Artifact, Blob, Expected, MiB, Slot
from artifacts.service.access import Access
from artifacts.service.erasure import Placement, give_up, take_blobs
from artifacts.service.intake import Growth, Intake
from artifacts.service.leases import Lease, Leases
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.stores.base import Readable
from artifacts.stores.pools import Pools
from artifacts.stores.stream import MeasuredStream

logger = logging.getLogger(__name__)

STEP = 64 * MiB  # by which the reservation of an upload of unknown length grows


@dataclass(frozen=True)
class Claim:
    """What a caller wants to put into which slot: under which rule, and of what size if known."""

    caller: Caller
    type_name: str
    id: str
    path: str
    rule: str
    size: int | None = None
    replacing: bool = False


@dataclass(frozen=True)
class Reservation:
    """A slot that is held, the artifact as it was then, and how many bytes fit."""

    upload: Upload
    artifact: Artifact
    slot: Slot
    limit: int
    lease: Lease
    growth: Growth


class Uploads:
    def __init__(
        self,
        database: Database,
        access: Access,
        pools: Pools,
        quotas: Quotas,
        leases: Leases,
        scrub: Scrub,
        *,
        algorithms: Iterable[str],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._access = access
        self._pools = pools
        self._quotas = quotas
        self._leases = leases
        self._scrub = scrub
        self._algorithms = frozenset(algorithms)
        self._now = now

    @contextmanager
    def reserved(self, claim: Claim) -> Iterator[Reservation]:
        """Hold a slot; if what is done meanwhile fails, free it and leave no bytes."""
        record, upload, limit = self._database.write(lambda tx: self._reserve(tx, claim))
        try:
            with self._leases.hold(upload.token) as lease:
                growth = self._growth(record.artifact.type_name, upload)
                yield Reservation(upload, record.artifact, upload.slot, limit, lease, growth)
        except BaseException:
            self._abandon(upload)
            raise

    def _reserve(self, tx: Transaction, claim: Claim) -> tuple[Record, Upload, int]:
        seen = self._access.writable(tx, claim.caller, claim.type_name, claim.id)
        self._access.policy.check(claim.rule, claim.caller, seen.artifact)
        slot = self._access.slot(claim.type_name, seen.artifact, claim.path)
        freed = give_up(tx, tx.uploads.take_expired(seen.owner))
        if freed:
            logger.info("uploads: freed %d reservations whose lease was over", len(freed))
        record = tx.artifacts.lock(claim.id)
        _check_free(record.artifact, slot, replacing=claim.replacing)
        record.artifact.check_may_fill(slot)
        limit = self._limit(tx, record, slot)
        if claim.size is not None and claim.size > limit:
            raise errors.TooLarge(f"{slot}: at most {limit} bytes are allowed here")
        upload = self._upload(record, slot, claim.size or 0)
        tx.uploads.add(upload, lease=self._leases.seconds)
        self._charge(tx, record.artifact.type_name, upload, upload.reserved)
        return record, upload, limit

    def _upload(self, record: Record, slot: Slot, size: int) -> Upload:
        return Upload(
            token=uuid.uuid4().hex,
            artifact=record.order_key,
            slot=slot,
            project=record.owner,
            type=record.type,
            reserved=size,
            store=self._pools.store_of(record.pool),
            store_key=uuid.uuid4().hex,
        )

    def _limit(self, tx: Transaction, record: Record, slot: Slot) -> int:
        """Return how many bytes the slot may hold, beside the others of its folder."""
        size, total = record.artifact.size_limits(slot)
        if total is None:
            return size
        return max(0, min(size, total - tx.blobs.folder_size(record.order_key, slot)))

    def _charge(self, tx: Transaction, type_name: str, upload: Upload, size: int) -> None:
        tx.usage.reserve(upload.project, upload.type, size, self._quotas.limits(type_name))

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
        )

    def _growth(self, type_name: str, upload: Upload) -> Growth:
        def grow(by: int) -> None:
            def work(tx: Transaction) -> None:
                tx.uploads.grow(upload.token, by)
                self._charge(tx, type_name, upload, by)

            self._database.write(work)

        return Growth(upload.reserved, STEP, grow)

    def store(self, held: Reservation, intake: Intake) -> MeasuredStream:
        """Let the type see the bytes and the store keep them; return what was kept, measured."""
        seen = held.artifact.before_upload(held.slot, intake)
        if seen is intake:
            kept: Intake | MeasuredStream = intake
        else:  # the type stores something else, which is measured by itself
            kept = MeasuredStream(seen, self._algorithms, held.limit, held.growth.cover)
        self._pools.store(held.upload.store).save(held.upload.store_key, kept)
        return kept.measured if isinstance(kept, Intake) else kept

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
        if (blob.size or 0) > (limit := self._limit(tx, record, held.slot)):
            raise errors.TooLarge(f"{held.slot}: at most {limit} bytes are allowed here")
        doomed, freed = take_blobs(tx, record, held.slot)
        doomed += self._put(tx, record, upload, blob)
        artifact.fill(held.slot, blob)
        artifact.mark_changed(self._now())
        tx.artifacts.touch(record)
        changes = {str(held.slot): blob.summary}
        tx.revisions.add(record, caller, action, at=artifact.updated_at, changes=changes)
        kept = 0 if blob.external else blob.size or 0
        tx.usage.settle(upload.project, upload.type, reserved=upload.reserved, kept=kept - freed)
        return artifact, doomed

    def _put(self, tx: Transaction, record: Record, upload: Upload, blob: Blob) -> list[Placement]:
        """Write the blob; return our own placement if the project has that content already."""
        if blob.external:
            tx.blobs.put(record.order_key, upload.slot, blob, None)
            return []
        content = tx.contents.refer(record.owner, blob.digests["sha256"], blob.size or 0)
        tx.blobs.put(record.order_key, upload.slot, blob, content)
        placed = tx.contents.place(content, upload.store, upload.store_key)
        return [] if placed else [(upload.store, upload.store_key)]

    def _abandon(self, upload: Upload) -> None:
        """Free the slot and delete what was stored. If that fails, the lease's end does it."""
        try:
            self._scrub.discard(self._database.write(lambda tx: _end(tx, upload)))
        except errors.ArtifactsError:
            logger.warning("uploads: a failed upload is freed only when its lease is over")


def _end(tx: Transaction, upload: Upload) -> list[Placement]:
    taken = tx.uploads.take(upload.token)
    if taken is not None:
        return give_up(tx, [taken])
    # Somebody else ended it, or our own fill was committed although its answer was lost.
    if tx.contents.is_live(upload.store, upload.store_key):
        return []
    tx.contents.doom(upload.store, upload.store_key)
    return [(upload.store, upload.store_key)]


def _check_free(artifact: Artifact, slot: Slot, *, replacing: bool) -> None:
    held = artifact.blobs.get(slot)
    if held is None:
        return
    if held.status == "saving":
        raise errors.SlotTaken(f"{slot}: another upload is under way")
    if held.external or not replacing:
        raise errors.SlotTaken(f"{slot}: it already holds a blob; delete that first")
