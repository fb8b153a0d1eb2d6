"""Uploads: a slot and its bytes of a quota are reserved, until `Contents` has filled the slot.

No transaction is open while bytes flow. What is reserved is held under a lease, so that when
this process dies, the slot and its quota are free again without anybody's help.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Artifact, MiB, Slot
from artifacts.service.access import Access
from artifacts.service.erasure import give_up
from artifacts.service.intake import Growth
from artifacts.service.leases import Lease, Leases
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.stores.pools import Pools

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
        new_key: Callable[[], str],
    ) -> None:
        self._database = database
        self._access = access
        self._pools = pools
        self._quotas = quotas
        self._leases = leases
        self._scrub = scrub
        self._new_key = new_key

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
        slot = self._access.slot(claim.type_name, claim.path)
        freed = give_up(tx, tx.uploads.take_expired(seen.owner))
        if freed:
            logger.info("uploads: freed %d reservations whose lease was over", len(freed))
        record = tx.artifacts.lock(claim.id)
        _check_free(record.artifact, slot, replacing=claim.replacing)
        record.artifact.check_may_fill(slot)
        size, limit = claim.size or 0, room(tx, record, slot)
        check_fits(slot, size, limit)
        upload = self._upload(record, slot, size)
        tx.uploads.add(upload, lease=self._leases.seconds)
        self._charge(tx, record.artifact.type_name, upload, upload.reserved)
        return record, upload, limit

    def _upload(self, record: Record, slot: Slot, size: int) -> Upload:
        return Upload(
            token=self._new_key(),
            artifact=record.order_key,
            slot=slot,
            project=record.owner,
            type=record.type,
            reserved=size,
            store=self._pools.store_of(record.pool),
            store_key=self._new_key(),
        )

    def _charge(self, tx: Transaction, type_name: str, upload: Upload, size: int) -> None:
        tx.usage.reserve(upload.project, upload.type, size, self._quotas.limits(type_name))

    def _growth(self, type_name: str, upload: Upload) -> Growth:
        def grow(by: int) -> None:
            def work(tx: Transaction) -> None:
                tx.uploads.grow(upload.token, by)
                self._charge(tx, type_name, upload, by)

            self._database.write(work)

        return Growth(upload.reserved, STEP, grow)

    def _abandon(self, upload: Upload) -> None:
        """Free the slot and delete what was stored. If that fails, the lease's end does it."""
        try:
            self._scrub.discard(self._database.write(lambda tx: _end(tx, upload)))
        except errors.ArtifactsError:
            logger.warning("uploads: a failed upload is freed only when its lease is over")


def room(tx: Transaction, record: Record, slot: Slot) -> int:
    """Return how many bytes the slot may hold, beside the others of its folder."""
    size, total = record.artifact.size_limits(slot)
    if total is None:
        return size
    return max(0, min(size, total - tx.blobs.folder_size(record.order_key, slot)))


def check_fits(slot: Slot, size: int, limit: int) -> None:
    if size > limit:
        raise errors.TooLarge(f"{slot}: at most {limit} bytes are allowed here")


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
