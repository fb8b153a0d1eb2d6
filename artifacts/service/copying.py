"""Copying: puts the bytes of a content into another store as well, verified as they go.

A row knows of the copy before its first byte, and holds it under a lease; so what a process that
dies leaves is nobody's when the lease is over, and goes as all that is nobody's does.
"""

from collections.abc import Callable, Iterable
from contextlib import closing

from artifacts import errors
from artifacts.db.contents import Placement
from artifacts.db.copies import Kept
from artifacts.db.database import Database
from artifacts.service.leases import Lease, Leases, of_copies
from artifacts.service.scrub import Scrub
from artifacts.stores.base import BlobStore
from artifacts.stores.pools import Pools
from artifacts.stores.stream import MeasuredStream

LEASE = 60.0  # seconds


class Unreadable(Exception):
    """No copy of a content can be read, or none is what it should be; the text says why."""


class Stopped(Exception):
    """Whoever began it wants it to end."""


class Copying:
    def __init__(
        self,
        database: Database,
        pools: Pools,
        scrub: Scrub,
        *,
        new_key: Callable[[], str],
        stopped: Callable[[], bool] = lambda: False,
        tell: Callable[[int], object] = lambda number: None,
        lease: float = LEASE,
    ) -> None:
        """Take who to ask whether to stop, and who is told of the bytes as they are copied."""
        self._database = database
        self._pools = pools
        self._scrub = scrub
        self._new_key = new_key
        self._stopped = stopped
        self._tell = tell
        self._leases = Leases(database, lease, of_copies)

    def copy(self, kept: Kept, store: str) -> Placement:
        """Return a copy that waits in *store*; raise Unreadable if there is nothing to copy."""
        reasons = []
        for placement in kept.placements:
            try:
                return self._copy(kept, placement, store)
            except Unreadable as error:
                reasons.append(str(error))
        raise Unreadable("; ".join(reasons) or "there is no copy of its bytes")

    def _copy(self, kept: Kept, placement: Placement, store: str) -> Placement:
        key = self._new_key()
        target = self._pools.store(store)
        self._database.write(lambda tx: tx.copies.begin(store, key, lease=self._leases.seconds))
        try:
            with self._leases.hold(key) as lease:
                lease.keep()  # both stores have limits of their own
                self._flow(kept, placement, target, key, lease)
                lease.touch()
        except BaseException:
            self.give_up([(store, key)])
            raise
        return store, key

    def _flow(
        self, kept: Kept, placement: Placement, target: BlobStore, key: str, lease: Lease
    ) -> None:
        source = Source(self._pools, placement, lambda: self._check_goes_on(lease), self._tell)
        with closing(source):
            stream = MeasuredStream(source, {"sha256"})
            target.save(key, stream)
        measured = (stream.size, stream.digests.get("sha256"))
        if measured != (kept.size, kept.sha256):
            raise Unreadable(f"{source}: the bytes are not those that were kept")

    def _check_goes_on(self, lease: Lease) -> None:
        if self._stopped():
            raise Stopped
        lease.touch()

    def give_up(self, copies: Iterable[Placement]) -> None:
        """Delete copies that nobody wants; if that fails, the end of their lease does it."""
        several = list(copies)
        if several:
            self._scrub.discard(self._database.write(lambda tx: tx.copies.give_up(several)))


class Source:
    """The bytes of a placement; what goes wrong with them is told apart from the other store's."""

    def __init__(
        self,
        pools: Pools,
        placement: Placement,
        check: Callable[[], None],
        tell: Callable[[int], object],
    ) -> None:
        self._placement = placement
        self._check = check
        self._tell = tell
        try:
            self._handle = pools.store(placement[0]).open(placement[1])
        except errors.ArtifactsError as error:
            raise Unreadable(f"{self}: {error}") from error

    def __str__(self) -> str:
        return "store {}, {}".format(*self._placement)

    def read(self, size: int = -1) -> bytes:
        self._check()
        try:
            block = self._handle.read(size)
        except (errors.ArtifactsError, OSError) as error:
            raise Unreadable(f"{self}: {error}") from error
        self._tell(len(block))
        return block

    def close(self) -> None:
        self._handle.close()
