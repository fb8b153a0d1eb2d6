"""Transfer: gives the artifacts of one project to another, each in a transaction of its own.

No bytes move: a content goes along with the first artifact that refers to it. Whatever stops it,
each artifact is wholly the one project's or the other's, and it can be run again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.clock import utc_now
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record, scope_of
from artifacts.db.tables import EVERYBODY
from artifacts.db.transaction import Transaction
from artifacts.service.erasure import give_up
from artifacts.service.projects import Handled, known, walk
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.service.space import charged

DELETED = "it is deleted in name, and waits for the scrub"
UPLOADING = "a blob of it is being uploaded"
TAKEN = "the other project has one of this name and version"
DISABLED = "its type is not enabled"


class Left(Exception):
    """An artifact stays where it is; the text says why."""


class Transfer:
    def __init__(
        self,
        database: Database,
        quotas: Quotas,
        scrub: Scrub,
        caller: Caller,
        *,
        limited: bool = True,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take who is to be told of in revisions, and whether the receiver's quotas hold."""
        self._database = database
        self._quotas = quotas
        self._scrub = scrub
        self._caller = caller
        self._limited = limited
        self._now = now

    def run(self, giver: str, receiver: str, type_name: str | None = None) -> Iterator[Handled]:
        """Yield each artifact, when it was given or left; raise where a quota allows no more."""
        source = self._source(giver, receiver)
        with self._database.reading() as tx:
            enabled = tx.types.enabled
        for name, rows in walk(self._database, source, type_name):
            for row in rows:
                left = self._give(row.id, source, receiver) if name in enabled else DISABLED
                yield Handled(name, row.id, row.name, row.version, left)

    def preview(self, giver: str, receiver: str, type_name: str | None = None) -> Iterator[Handled]:
        """Yield what would become of each artifact, and change nothing."""
        source = self._source(giver, receiver)
        for name, rows in walk(self._database, source, type_name):
            scopes = {
                row.id: scope_of(name, receiver, row.name, row.version)
                for row in rows
                if row.audience not in (None, EVERYBODY)
            }
            with self._database.reading() as tx:
                enabled = name in tx.types.enabled
                taken = tx.holdings.taken(scopes.values())
                uploading = tx.holdings.uploading(row.number for row in rows)
            for row in rows:
                left = _left(
                    enabled=enabled,
                    deleted=row.audience is None,
                    uploading=row.number in uploading,
                    taken=scopes.get(row.id) in taken,
                )
                yield Handled(name, row.id, row.name, row.version, left)

    def _source(self, giver: str, receiver: str) -> int:
        if giver == receiver:
            raise errors.Invalid("project: must be another than the one that gives")
        with self._database.reading() as tx:
            return known(tx, giver)

    def _give(self, id: str, source: int, receiver: str) -> str | None:
        """Give one artifact; return why it is left, if it is."""
        try:
            doomed = self._quotas.write(lambda tx: self._move(tx, id, source, receiver))
        except errors.ArtifactNotFound:
            return None  # deleted, or given away, in this very moment
        except errors.NameTaken:
            return TAKEN
        except Left as left:
            return str(left)
        self._scrub.discard(doomed)
        return None

    def _move(self, tx: Transaction, id: str, source: int, receiver: str) -> list[Placement]:
        record = tx.artifacts.lock(id)
        if record.owner != source:
            return []
        artifact, was = record.artifact, record.artifact.revision
        uploading = tx.uploads.under_way(record.order_key)
        if left := _left(deleted=artifact.status == "deleted", uploading=uploading):
            raise Left(left)
        doomed = give_up(tx, tx.uploads.take_all(record.order_key))
        tx.members.delete(record, receiver)  # whose own it is now
        artifact.belong_to(receiver)
        record.owner = tx.numbers.project(receiver)
        artifact.mark_changed(self._now())
        tx.artifacts.save(record, was=was)
        at, changes = artifact.updated_at, {"owner": receiver}
        tx.revisions.add(record, self._caller, "transfer", at=at, changes=changes)
        doomed += tx.contents.hand_over(record.order_key, record.owner)
        self._charge(tx, record, source)
        return doomed

    def _charge(self, tx: Transaction, record: Record, source: int) -> None:
        """Count it for the other project; always in one order, or two transfers would deadlock."""
        # An upload whose lease ran when the artifact was read, and runs no more, keeps nothing.
        size = sum(charged(record.artifact, slot) for slot in record.artifact.blobs)
        for project in sorted((source, record.owner)):
            if project == record.owner:
                self._quotas.take_over(tx, record, size, limited=self._limited)
            else:
                tx.usage.settle(source, record.type, reserved=0, kept=-size)
                tx.usage.uncount(source, record.type)


def _left(
    *, enabled: bool = True, deleted: bool, uploading: bool, taken: bool = False
) -> str | None:
    reasons = {DISABLED: not enabled, DELETED: deleted, UPLOADING: uploading, TAKEN: taken}
    return next((reason for reason, holds in reasons.items() if holds), None)
