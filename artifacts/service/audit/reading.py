"""Reading: every copy is read again and its digests compared, a bit at a time over weeks.

Where each store's pass is, is kept in the database: any machine goes on with it, after whatever
stopped it. A copy that was half read is read again.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from artifacts import errors
from artifacts.db.contents import LIVE
from artifacts.db.database import Database
from artifacts.db.passes import Pass, Passes
from artifacts.service.audit.findings import DAMAGED, MISSING, UNREADABLE, Finding, whose
from artifacts.service.audit.pace import Pace
from artifacts.service.audit.stores import StoreDown, StoreFailed, Stores
from artifacts.service.audit.watch import Watch
from artifacts.stores.digests import ALGORITHMS
from artifacts.stores.stream import MeasuredStream

KEPT = 100  # blobs whose digests are compared: all were measured from these same bytes
SAVE_EVERY = 2.0  # seconds, after which a crash makes nobody read again


class Reading:
    def __init__(
        self, database: Database, stores: Stores, watch: Watch, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._stores = stores
        self._watch = watch
        self._pace = Pace()
        self._now = now

    def run(self, pace: Pace, *, restart: bool = False) -> Iterator[Finding]:
        self._pace = pace
        for store in self._stores:
            yield from self._read_store(store, restart)

    def passes(self) -> list[Pass]:
        """Return how far each store's pass is."""
        with self._database.reading() as tx:
            found = [tx.passes.of(store) for store in self._stores]
        return [each for each in found if each is not None]

    def _read_store(self, store: str, restart: bool) -> Iterator[Finding]:
        at = saved = self._database.write(lambda tx: _goes_on(tx.passes, store, restart))
        due = time.monotonic() + SAVE_EVERY
        try:
            for row in self._copies(store, at.position):
                self._watch.at(_where(at), at.bytes)
                if (finding := self._read(at, store, row)) is not None:
                    yield finding
                at = at._replace(position=row.key, copies=at.copies + 1, bytes=at.bytes + row.size)
                if time.monotonic() > due:
                    saved, due = self._save(at), time.monotonic() + SAVE_EVERY
            at = at._replace(ended_at=self._now())
        except StoreDown:
            return  # told once, and gone on with where it is
        finally:
            if at != saved:
                self._save(at)

    def _copies(self, store: str, last: str) -> Iterator[Any]:
        while True:
            with self._database.reading() as tx:
                rows = tx.inventory.placed(store, last)
            if not rows:
                return
            yield from (row for row in rows if row.state == LIVE)
            last = rows[-1].key

    def _save(self, at: Pass) -> Pass:
        self._database.write(lambda tx: tx.passes.save(at))
        return at

    def _read(self, at: Pass, store: str, row: Any) -> Finding | None:
        problem = self._problem(at, store, row)
        if problem is None:
            return None
        with self._database.reading() as tx:
            live = tx.contents.is_live(store, row.key)
            others = tx.inventory.other_copies(row.content, store)
        if not live:
            return None  # deleted, with its bytes, while it was read
        kind, text = problem
        return Finding(
            kind,
            text + "".join(f"; store {other} has another copy" for other in others),
            repairable=False,
            store=store,
            key=row.key,
            size=row.size,
            since=row.changed_at,
            **whose(self._database, row.content),
        )

    def _problem(self, at: Pass, store: str, row: Any) -> tuple[str, str] | None:
        with self._database.reading() as tx:
            said = tx.inventory.digests(row.content, KEPT)
        try:
            measured = self._measure(at, store, row.key, {name for each in said for name in each})
        except errors.BlobNotFound:
            return MISSING, f"{row.size} bytes are gone"
        except StoreDown:
            raise
        except StoreFailed as failed:
            return UNREADABLE, str(failed)
        if measured.size != row.size:
            return DAMAGED, f"there are {measured.size} bytes instead of {row.size}"
        for name, digest in chain({"sha256": row.sha256}.items(), *(each.items() for each in said)):
            if measured.digests.get(name, digest) != digest:
                return DAMAGED, f"{name} is {measured.digests[name]} instead of {digest}"
        return None

    def _measure(self, at: Pass, store: str, key: str, algorithms: set[str]) -> MeasuredStream:
        with self._stores.asking(store) as asked, asked.open(key) as opened:
            wanted = {"sha256", *algorithms.intersection(ALGORITHMS)}
            measured = MeasuredStream(opened, wanted)
            while block := measured.read(self._pace.block):
                self._pace.spend(len(block))
                self._watch.at(_where(at), at.bytes + measured.size)
        return measured


def _goes_on(passes: Passes, store: str, restart: bool) -> Pass:
    known = passes.of(store)
    if restart or known is None or known.ended_at is not None:
        return passes.begin(store)
    return known


def _where(at: Pass) -> str:
    return f"reading store {at.store}, behind key {at.position or '(none)'}"
