"""Purge: deletes all that a project keeps, each artifact in a transaction of its own.

What a delete leaves is left: tombstones and revisions. Whatever stops it, it can be run again.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.clock import utc_now
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.transaction import Transaction
from artifacts.service.batches import batches
from artifacts.service.erasure import bury, erase, give_up
from artifacts.service.members import note
from artifacts.service.projects import Handled, known, walk
from artifacts.service.scrub import Scrub

logger = logging.getLogger(__name__)

FAILED = "it cannot be erased, as the log says"
DISABLED = "its type is not enabled"


class Purge:
    def __init__(
        self,
        database: Database,
        scrub: Scrub,
        caller: Caller,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take who is to be told of in tombstones and revisions."""
        self._database = database
        self._scrub = scrub
        self._caller = caller
        self._now = now

    def artifacts(self, project: str) -> Iterator[Handled]:
        """Delete the project's artifacts and their bytes; yield each, when it is gone or left.

        Uploads that are under way are given up. No hook of a type is asked.
        """
        with self._database.reading() as tx:
            number, enabled = known(tx, project), tx.types.enabled
        for name, rows in walk(self._database, number):
            for row in rows:
                left = self._delete(row.id, number) if name in enabled else DISABLED
                yield Handled(name, row.id, row.name, row.version, left)

    def memberships(self, project: str) -> Iterator[Handled]:
        """End the project's memberships in what others own; yield each such artifact."""
        with self._database.reading() as tx:
            number = known(tx, project)
        for rows in batches(
            self._database, lambda tx, last: tx.holdings.memberships(number, after=last)
        ):
            for row in rows:
                left = self._leave(row.id, project)
                yield Handled("", row.id, row.name, row.version, left)

    def quotas(self, project: str) -> None:
        """Forget what was set for the project alone."""
        self._database.write(lambda tx: tx.quotas.replace({project: {}}))

    def left(self, project: str) -> int:
        """Return how many artifacts the project has now; some may be newer than the purge."""
        with self._database.reading() as tx:
            return tx.holdings.artifacts(known(tx, project))

    def _delete(self, id: str, project: int) -> str | None:
        """Delete one artifact; return why it is left, if it is."""
        try:
            doomed = self._database.write(lambda tx: self._erase(tx, id, project))
        except errors.ArtifactNotFound:
            return None
        except errors.Unavailable:
            raise
        except Exception:  # of one artifact, which keeps no other from going
            logger.exception("purge: artifact %s cannot be erased", id)
            return FAILED
        self._scrub.discard(doomed)
        return None

    def _erase(self, tx: Transaction, id: str, project: int) -> list[Placement]:
        record = tx.artifacts.lock(id)
        if record.owner != project:
            return []
        given_up = give_up(tx, tx.uploads.take_all(record.order_key))
        if record.artifact.status != "deleted":
            bury(tx, record, self._caller, at=self._now())
        return given_up + erase(tx, record)

    def _leave(self, id: str, project: str) -> str | None:
        def work(tx: Transaction) -> None:
            record = tx.artifacts.lock(id)
            tx.members.forget_expired(record.order_key)
            if tx.members.delete(record, project):
                note(tx, self._caller, record, "delete_member", project, None, at=self._now())

        try:
            self._database.write(work)
        except errors.ArtifactNotFound:
            return DISABLED
        return None
