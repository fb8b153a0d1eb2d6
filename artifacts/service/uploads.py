"""Uploads: a slot and its bytes of a quota are reserved, until `Contents` has filled the slot.

No transaction is open while bytes flow. What is reserved is held under a lease, so that when
this process dies, the slot and its quota are free again without anybody's help.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Artifact, Blob, MiB, Slot
from artifacts.model.sight import EVERYTHING
from artifacts.service.access import Access
from artifacts.service.erasure import give_up
from artifacts.service.intake import Growth
from artifacts.service.leases import Lease, Leases
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.service.space import Space, charged, check_fits
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)

# An upload of unknown length reserves ahead of its bytes, but little where little is left: whoever
# would be refused for what another has reserved and never uses, would be refused for nothing.
STEP = 64 * MiB
SMALLEST_STEP = 1 * MiB  # below it only the bytes that have come are reserved
SHARE = 64  # the part of what is left that a step may take


@dataclass(frozen=True)
class Claim:
    """What a caller wants to put into which slot: under which rule, and of what size if known.

    What a hook puts there for its type is no write of the caller's, whatever is protected. Of
    what is not *kept* no bytes go to the artifact's pool.
    """

    caller: Caller
    type_name: str
    id: str
    path: str
    rule: str
    size: int | None = None
    replacing: bool = False
    of_hook: bool = False
    kept: bool = True


@dataclass
class Beside:
    """A slot that a hook fills with that of the upload; without a blob, it is given up."""

    held: "Reservation"
    blob: Blob | None = None


@dataclass(frozen=True)
class Reservation:
    """A slot that is held, the artifact as it was then, and how many bytes fit."""

    claim: Claim
    artifact: Artifact
    slot: Slot
    upload: Upload
    limit: int
    lease: Lease
    growth: Growth
    beside: list[Beside] = field(default_factory=list)


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
        grace: float,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
    ) -> None:
        """Let what began with a token go on for *grace* seconds after that has expired."""
        self._database = database
        self._access = access
        self._pools = pools
        self._quotas = quotas
        self._leases = leases
        self._scrub = scrub
        self._grace = grace
        self._now = now
        self._new_key = new_key

    @contextmanager
    def reserved(self, claim: Claim) -> Iterator[Reservation]:
        """Hold a slot; if what is done meanwhile fails, free it and leave no bytes."""
        artifact, upload, limit, covered = self._quotas.write(lambda tx: self._reserve(tx, claim))
        beside: list[Beside] = []
        try:
            with self._leases.hold(upload.token, self._longest(claim.caller)) as lease:
                growth = self._growth(upload, covered, limit)
                slot = upload.slot
                yield Reservation(claim, artifact, slot, upload, limit, lease, growth, beside)
        except BaseException:
            self._abandon([upload, *(each.held.upload for each in beside)])
            raise

    def _longest(self, caller: Caller) -> float:
        """Return for how many seconds what the caller begins now may go on."""
        if caller.valid_until is None:
            return inf
        return (caller.valid_until - self._now()).total_seconds() + self._grace

    def hold_beside(
        self, held: Reservation, wanted: Sequence[tuple[Slot, int | None]]
    ) -> list[Beside]:
        """Hold more slots of the artifact, under the same lease, to be filled with the first."""
        taken = self._quotas.write(lambda tx: self._reserve_beside(tx, held, wanted))
        held.lease.tokens.extend(upload.token for upload, _, _ in taken)
        more = [
            Beside(
                Reservation(
                    held.claim,
                    held.artifact,
                    upload.slot,
                    upload,
                    limit,
                    held.lease,
                    self._growth(upload, covered, limit),
                )
            )
            for upload, limit, covered in taken
        ]
        held.beside.extend(more)
        return more

    def _reserve_beside(
        self, tx: Transaction, held: Reservation, wanted: Sequence[tuple[Slot, int | None]]
    ) -> list[tuple[Upload, int, int]]:
        record = tx.artifacts.lock(held.artifact.id, owner=held.artifact.owner)
        space, taken = Space(tx, record), []
        for slot, size in wanted:
            taken.append(self._take(record, space, slot, size or 0, replacing=True, kept=True))
            saving = Blob(size=size or 0, digests={}, content_type=None, status="saving")
            record.artifact.fill(slot, saving)  # so that the next one is counted beside it
        if taken:
            tx.uploads.add([upload for upload, _, _ in taken], lease=self._leases.seconds)
            total = sum(upload.reserved for upload, _, _ in taken)
            self._quotas.reserve(tx, taken[0][0], total)
        return taken

    def _reserve(self, tx: Transaction, claim: Claim) -> tuple[Artifact, Upload, int, int]:
        """Return also how many bytes fit, and how many the project needs no more quota for."""
        seen = self._access.writable(tx, claim.caller, claim.type_name, claim.id)
        self._access.policy.check(claim.rule, claim.caller, seen.artifact)
        sight = EVERYTHING if claim.of_hook else self._access.sight(claim.caller, seen.artifact)
        slot = self._access.slot(claim.type_name, claim.path, sight)
        sight.check_fills(slot)
        freed = give_up(tx, tx.uploads.take_expired(seen.owner))
        if freed:
            logger.info("uploads: freed %d reservations whose lease was over", len(freed))
        record = tx.artifacts.lock(claim.id, owner=seen.artifact.owner)
        space = Space(tx, record)
        how = {"replacing": claim.replacing, "kept": claim.kept}
        taken = self._take(record, space, slot, claim.size or 0, **how)
        tx.uploads.add([taken[0]], lease=self._leases.seconds)
        self._quotas.reserve(tx, taken[0], taken[0].reserved)
        return record.artifact, *taken

    def _take(
        self, record: Record, space: Space, slot: Slot, size: int, *, replacing: bool, kept: bool
    ) -> tuple[Upload, int, int]:
        """Return the reservation of a slot, which is still to be written, and to be charged."""
        _check_free(record.artifact, slot, replacing=replacing)
        record.artifact.check_may_fill(slot)
        pool = self._pools.pool(record.pool)
        limit = pool.limited(space.of(slot)) if kept else space.of(slot)
        check_fits(slot, size, limit)
        replaced = charged(record.artifact, slot)
        upload = self._upload(record, slot, pool.store, max(0, size - replaced))
        space.grow(slot, upload.reserved)
        return upload, limit, replaced + upload.reserved

    def _upload(self, record: Record, slot: Slot, store: str, reserved: int) -> Upload:
        return Upload(
            token=self._new_key(),
            artifact=record.order_key,
            slot=slot,
            project=record.owner,
            type=record.type,
            reserved=reserved,
            store=store,
            store_key=self._new_key(),
        )

    def _growth(self, upload: Upload, covered: int, limit: int) -> Growth:
        def grow(missing: int, wanted: int) -> int:
            left = self._quotas.read(lambda tx: self._quotas.left(tx, upload))
            ahead = min(wanted, left // SHARE)
            if ahead > max(missing, SMALLEST_STEP):
                with suppress(errors.TooLarge):  # others have reserved meanwhile
                    return self._grow(upload, ahead)
            return self._grow(upload, missing)

        return Growth(covered, limit=limit, step=STEP, reserve=grow)

    def _grow(self, upload: Upload, by: int) -> int:
        def work(tx: Transaction) -> int:
            tx.uploads.grow(upload.token, by)
            self._quotas.reserve(tx, upload, by)
            return by

        return self._quotas.write(work)

    def _abandon(self, uploads: list[Upload]) -> None:
        """Free the slots and delete what was stored. If that fails, the lease's end does it."""

        def work(tx: Transaction) -> list[Placement]:
            return [placement for each in uploads for placement in _end(tx, each)]

        try:
            self._scrub.discard(self._database.write(work))
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
