"""Scrub: finishes what deletes, failed uploads and crashes left behind."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from artifacts import errors
from artifacts.db.clock import utc_now
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.tables import Rows
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import BATCH, Upload
from artifacts.service.batches import batches
from artifacts.service.erasure import erase, give_up
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)

Read = Callable[[Transaction, int], Rows]
Finish = Callable[[Any], bool]


class Outcome(NamedTuple):
    """How many things were finished, and how many have to be tried again."""

    finished: int = 0
    failed: int = 0

    def plus(self, finished: int, failed: int) -> "Outcome":
        return Outcome(self.finished + finished, self.failed + failed)


class Scrub:
    def __init__(
        self, database: Database, pools: Pools, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._pools = pools
        self._now = now

    def run(
        self,
        *,
        age: timedelta = timedelta(0),
        stopped: Callable[[], bool] = lambda: False,
        tell: Callable[[Outcome], object] = lambda outcome: None,
    ) -> Outcome:
        """Free expired uploads, erase what was deleted *age* ago, discard what is doomed.

        And delete memberships whose time is over, which count as none since then, and buckets
        that are full, as those are of which nothing is known, and rows of writers that are no more.

        Each thing is tried once: what fails waits for the next run, and keeps nobody waiting.
        *tell* is told how far it is; once *stopped*, it ends behind what is under way.
        """
        outcome = Outcome(self.free_expired())
        self.doom_overdue()
        self._database.write(lambda tx: tx.buckets.forget_full(), repeatable=True)
        self._database.write(lambda tx: tx.commits.forget_old(), repeatable=True)
        before = self._now() - age
        for row, finish in chain(
            self._all(lambda tx, last: tx.artifacts.deleted(before, after=last), self._erase),
            self._all(lambda tx, last: tx.contents.doomed(after=last), self._discard_one),
            self._all(lambda tx, last: tx.members.expired(after=last), self._forget_members),
        ):
            if stopped():
                break
            done = finish(row)
            outcome = outcome.plus(done, not done)
            tell(outcome)
        return outcome

    def _all(self, read: Read, finish: Finish) -> Iterator[tuple[Any, Finish]]:
        for rows in batches(self._database, read):
            yield from ((row, finish) for row in rows)

    def _erase(self, row: Any) -> bool:
        """Erase one artifact; its bytes are doomed with it, and discarded behind all artifacts."""
        try:
            self._database.write(lambda tx: erase(tx, tx.artifacts.lock(row.id)))
        except errors.ArtifactNotFound:
            pass  # another scrub erased it in this very moment
        except Exception:
            logger.exception("scrub: artifact %s cannot be erased", row.id)
            return False
        return True

    def _discard_one(self, row: Any) -> bool:
        return self.discard([(row.store, row.key)]) == 1

    def _forget_members(self, row: Any) -> bool:
        self._database.write(lambda tx: tx.members.forget_expired(row.number))
        return True

    def free_expired(self) -> int:
        """Free the slots and quota of uploads that died, and delete what they wrote."""
        freed = 0
        while some := self._free(lambda tx: tx.uploads.take_expired(most=BATCH)):
            freed += len(some)
        return freed

    def free(self, tokens: Collection[str]) -> set[str]:
        """Free those of these uploads that died; return their tokens."""
        return self._free(lambda tx: tx.uploads.take_expired(tokens=tokens))

    def _free(self, take: Callable[[Transaction], list[Upload]]) -> set[str]:
        def work(tx: Transaction) -> tuple[set[str], list[Placement]]:
            taken = take(tx)
            return {upload.token for upload in taken}, give_up(tx, taken)

        freed, given_up = self._database.write(work)
        self.discard(given_up)
        return freed

    def doom_overdue(self) -> int:
        """Doom the copies that need wait no longer, and say how many they were."""
        return self._database.write(lambda tx: tx.copies.doom_overdue())

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
            except Exception:  # of a store that is a plugin; what was committed stays so
                logger.exception("scrub: store %s keeps bytes that are nobody's", store)
        return discarded

    def _forget(self, store: str, key: str) -> None:
        self._database.write(lambda tx: tx.contents.forget(store, key), repeatable=True)
