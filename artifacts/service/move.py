"""Move: puts artifacts into another pool, and copies of their contents into its store.

Each artifact is put there in a transaction of its own, when all its bytes are there already;
whatever stops it, each is wholly in the one pool or the other, and it can be run again. What was
read before may be read for a while yet: old copies wait for a grace before they are deleted.
"""

from collections.abc import Callable, Iterator
from typing import Any

from artifacts import errors
from artifacts.db.contents import Placement
from artifacts.db.copies import Identity, Kept
from artifacts.db.database import Database
from artifacts.db.transaction import Transaction
from artifacts.model.every_type import EveryType
from artifacts.service.batches import batches
from artifacts.service.copying import Copying, Stopped, Unreadable
from artifacts.service.erasure import give_up
from artifacts.service.projects import Handled, known
from artifacts.service.scrub import Scrub
from artifacts.stores.pools import Pools

UPLOADING = "a blob of it is being uploaded"
CHANGING = "it kept changing"
TURNS = 5  # of an artifact that is changed while its bytes are copied


class _Left(Exception):
    """An artifact stays in its pool; the text says why."""


class _Changed(Exception):
    """What was copied is no longer all that the artifact has."""


class Move:
    def __init__(
        self,
        database: Database,
        pools: Pools,
        scrub: Scrub,
        copying: Copying,
        *,
        grace: float,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take for how many seconds old copies wait, and whom to ask whether to stop."""
        self._database = database
        self._pools = pools
        self._scrub = scrub
        self._copying = copying
        self._grace = grace
        self._stopped = stopped

    def size(self, source: str, type_name: str | None = None, project: str | None = None) -> int:
        """Return how many bytes the artifacts have that `run` would move."""
        with self._database.reading() as tx:
            return tx.pools.size(source, *_chosen(tx, type_name, project))

    def run(
        self, source: str, target: str, type_name: str | None = None, project: str | None = None
    ) -> Iterator[tuple[Handled, int]]:
        """Yield each artifact, when it was moved or left, with the bytes that it has.

        A pool may be moved to itself, when its store is another than it was. Raise Stopped once
        somebody wants it to end.
        """
        self._check(source, target)
        with self._database.reading() as tx:
            chosen, names = _chosen(tx, type_name, project), tx.types.names()
        for rows in batches(
            self._database, lambda tx, last: tx.pools.batch(source, *chosen, after=last)
        ):
            for row in rows:
                if self._stopped():
                    raise Stopped
                left = self._move(row.number, source, target)
                name = names[row.type]
                yield Handled(name, row.id, row.name, row.version, left), int(row.bytes)

    def _check(self, source: str, target: str) -> None:
        configured = {pool.name for pool in self._pools.every}
        if target not in configured:
            raise errors.Invalid(f"pool {target}: is not configured")
        if source not in configured:
            with self._database.reading() as tx:
                if source not in {share.pool for share in tx.pools.shares()}:
                    raise errors.Invalid(f"pool {source}: is not configured, and nothing is in it")

    def _move(self, number: int, source: str, target: str) -> str | None:
        """Move one artifact; return why it is left, if it is."""
        copies: dict[Identity, Placement] = {}
        try:
            for _ in range(TURNS):
                self._copy(number, source, target, copies)
                try:
                    settled, doomed = self._database.write(
                        lambda tx: self._enter(tx, number, source, target, copies)
                    )
                except _Changed:
                    continue
                for each in settled:
                    del copies[each]
                self._scrub.discard(doomed)
                return None
            return CHANGING
        except (_Left, Unreadable) as left:
            return str(left)
        finally:
            self._copying.give_up(copies.values())

    def _copy(
        self, number: int, source: str, target: str, copies: dict[Identity, Placement]
    ) -> None:
        """Copy what an artifact has, and the pool's store has not."""
        pool = self._pools.pool(target)
        for kept in self._contents(number):
            if source != target and kept.size > pool.limited(kept.size):
                raise _Left(f"pool {target} keeps at most {pool.max_blob_size} bytes of a blob")
            if kept.identity in copies or kept.lies_in(pool.store):
                continue
            try:
                copies[kept.identity] = self._copying.copy(kept, pool.store)
            except Unreadable:
                if kept in self._contents(number):
                    raise

    def _contents(self, number: int) -> list[Kept]:
        with self._database.reading() as tx:
            return tx.copies.of(number)

    def _enter(
        self,
        tx: Transaction,
        number: int,
        source: str,
        target: str,
        copies: dict[Identity, Placement],
    ) -> tuple[list[Identity], list[Placement]]:
        """Put an artifact into a pool whose store has its bytes; raise _Changed if it has not.

        Return the contents whose copies were settled, and what was doomed.
        """
        if tx.pools.lock(number) != source:
            return [], []  # deleted, or moved, in this very moment
        if tx.uploads.under_way(number):
            raise _Left(UPLOADING)
        doomed = give_up(tx, tx.uploads.take_all(number))
        store = self._pools.store_of(target)
        tx.copies.lock(kept.number for kept in tx.copies.of(number))
        settled = []
        for kept in tx.copies.of(number):
            if kept.lies_in(store):
                continue
            copy = copies.get(kept.identity)
            if copy is None or not tx.copies.settle(kept.number, *copy):
                copies.pop(kept.identity, None)
                raise _Changed
            settled.append(kept.identity)
        tx.pools.put(number, target)
        for kept in tx.copies.of(number):
            self._retire(tx, kept)
        return settled, doomed

    def _retire(self, tx: Transaction, kept: Kept) -> None:
        """Take from a content the copies that lie where no pool of its artifacts wants them."""
        try:
            wanted = {self._pools.store_of(pool) for pool in tx.copies.pools_of(kept.number)}
        except errors.StoreUnavailable:
            return  # a pool that is not configured: nobody knows where it wants them
        for store, key in kept.placements:
            if store not in wanted:
                tx.copies.retire(store, key, grace=self._grace)


def _chosen(tx: Transaction, type_name: str | None, project: str | None) -> tuple[Any, Any]:
    """Return the numbers of a type and a project; None for every one."""
    of_type = None if type_name in (None, EveryType.type_name) else type_name
    type_number = None if of_type is None else tx.numbers.type(of_type)
    return type_number, None if project is None else known(tx, project)
