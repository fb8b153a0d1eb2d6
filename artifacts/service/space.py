"""Space: how many bytes of an artifact's slots are kept, and how many more they may hold."""

from artifacts import errors
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, Slot


class Space:
    """How many bytes slots may hold, beside the others of their folder, which is added up once."""

    def __init__(self, tx: Transaction, record: Record) -> None:
        self._tx = tx
        self._record = record
        self._sums: dict[str, int] = {}

    def of(self, slot: Slot) -> int:
        size, total = self._record.artifact.size_limits(slot)
        if total is None:
            return size
        if slot.field not in self._sums:
            whole = Slot(slot.field)  # a key is never empty: all of them are others
            self._sums[slot.field] = self._tx.blobs.folder_size(self._record.order_key, whole)
        others = self._sums[slot.field] - charged(self._record.artifact, slot)
        return max(0, min(size, total - others))

    def grow(self, slot: Slot, by: int) -> None:
        """Count what has been reserved or kept in the slot since."""
        if slot.field in self._sums:
            self._sums[slot.field] += by


def check_fits(slot: Slot, size: int, limit: int) -> None:
    if size > limit:
        raise errors.TooLarge(f"{slot}: at most {limit} bytes are allowed here")


def charged(artifact: Artifact, slot: Slot) -> int:
    """Return the bytes of the blob that is replaced, which the project has quota for already."""
    held = artifact.blobs.get(slot)
    return 0 if held is None or held.external or held.status == "saving" else held.size
