"""Erasure: what goes with an artifact, a blob or a reservation, in the same transaction.

Most return the placements that they doomed, for `Scrub.discard` after the commit.
"""

from datetime import datetime

from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.model import Slot


def bury(tx: Transaction, record: Record, caller: Caller, *, at: datetime) -> None:
    """Make deletion the artifact's last revision, and leave a tombstone."""
    tx.revisions.bury(record, caller, at=at)
    record.artifact.mark_deleted(at)
    tx.revisions.add(record, caller, "delete", at=at, changes={"status": "deleted"})


def erase(tx: Transaction, record: Record) -> list[Placement]:
    """Delete an artifact's row and all that hangs on it, and stop counting it."""
    doomed, freed = take_blobs(tx, record)
    tx.artifacts.delete(record)
    tx.usage.settle(record.owner, record.type, reserved=0, kept=-freed)
    tx.usage.uncount(record.owner, record.type)
    return doomed


def take_blobs(
    tx: Transaction, record: Record, slot: Slot | None = None
) -> tuple[list[Placement], int]:
    """Empty *slot*, or all of them; return the doomed placements and the bytes that are freed."""
    held = tx.blobs.take(record.order_key, slot)
    contents = sorted(row.content for row in held if row.content is not None)
    doomed = [placement for number in contents for placement in tx.contents.release(number)]
    freed = sum(row.size for row in held if not row.external)
    return doomed, freed


def give_up(tx: Transaction, uploads: list[Upload]) -> list[Placement]:
    """Doom what ended reservations may have written, and free what they had reserved."""
    for upload in uploads:
        tx.contents.doom(upload.store, upload.store_key)
    for upload in uploads:
        tx.usage.release(upload.project, upload.type, upload.reserved)
    return [(upload.store, upload.store_key) for upload in uploads]
