"""Scrub: finishes what deletes, failed uploads and crashes left behind."""

import logging
from collections.abc import Iterable

from artifacts import errors
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.service.batches import batches
from artifacts.service.erasure import erase, give_up
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)


class Scrub:
    def __init__(self, database: Database, pools: Pools) -> None:
        self._database = database
        self._pools = pools

    def run(self) -> int:
        """Free expired uploads, erase what was deleted, discard what is doomed; count it all."""
        return self.free_expired() + self._erase_deleted() + self._discard_doomed()

    def free_expired(self) -> int:
        """Free the slots and quota of uploads that died, and delete what they wrote."""
        given_up = self._database.write(lambda tx: give_up(tx, tx.uploads.take_expired()))
        self.discard(given_up)
        return len(given_up)

    def discard(self, doomed: Iterable[Placement]) -> int:
        """Delete the bytes of doomed placements, forget those that are gone, and count them.

        Meant for after the commit that doomed them: what a store or the database fails to do
        stays doomed, and is tried again by `run`.
        """
        discarded = 0
        for store, key in doomed:
            try:
                self._pools.store(store).delete(key)
                self._forget(store, key)
                discarded += 1
            except errors.ArtifactsError as error:
                logger.warning("scrub: store %s keeps bytes that are nobody's: %s", store, error)
        return discarded

    def _forget(self, store: str, key: str) -> None:
        self._database.write(lambda tx: tx.contents.forget(store, key))

    def _erase_deleted(self) -> int:
        erased = 0
        while deleted := self._deleted():
            for each in deleted:
                self._erase(each)
            erased += len(deleted)
        return erased

    def _deleted(self) -> list[str]:
        with self._database.reading() as tx:
            return tx.artifacts.deleted()

    def _erase(self, id: str) -> None:
        try:
            self._database.write(lambda tx: erase(tx, tx.artifacts.lock(id)))
        except errors.ArtifactNotFound:
            pass  # another scrub erased it in this very moment

    def _discard_doomed(self) -> int:
        doomed = batches(self._database, lambda tx, last: tx.contents.doomed(after=last))
        return sum(self.discard((row.store, row.key) for row in rows) for rows in doomed)
