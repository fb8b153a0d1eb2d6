"""Copies: placements and the bytes in stores, walked through side by side in the order of keys.

Neither side is ever held in memory. Both change meanwhile, and a store may list in any order: so
what only one side has is asked for by its key, before it is a finding.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from artifacts import errors
from artifacts.db.contents import LIVE
from artifacts.db.database import Database
from artifacts.db.inventory import BATCH
from artifacts.service.audit.findings import (
    MISSING,
    STORE,
    UNFINISHED,
    UNKNOWN,
    Finding,
    whose,
)
from artifacts.service.audit.stores import StoreDown, StoreFailed, Stores
from artifacts.service.audit.watch import Watch
from artifacts.stores.base import Stored

GRACE = timedelta(hours=1)  # for bytes that no row ever knew: a row may yet come to speak of them

Pair = tuple[Stored | None, Any | None]


class Copies:
    def __init__(
        self, database: Database, stores: Stores, watch: Watch, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._stores = stores
        self._watch = watch
        self._now = now

    def run(self, repair: bool) -> Iterator[Finding]:
        for store in self._stores:
            yield from self._compare(store, repair)
            yield from self._unfinished(store, repair)
        yield from self._elsewhere()

    def _compare(self, store: str, repair: bool) -> Iterator[Finding]:
        compared, where = 0, f"comparing the bytes in store {store}"
        before = self._now() - GRACE
        pairs = side_by_side(
            self._stores.listed(store, lambda asked: asked.keys()), self._placed(store)
        )
        try:
            while batch := list(islice(pairs, BATCH)):
                self._watch.at(where, compared)
                yield from self._unknown(store, batch, before, repair)
                yield from self._missing(store, batch)
                compared += len(batch)
        except StoreDown:
            return  # which is told once, whatever it was asked for
        except StoreFailed as failed:
            text = f"comparing it ended behind {compared} copies: {failed}"
            yield Finding(STORE, text, repairable=False, store=store)

    def _placed(self, store: str) -> Iterator[Any]:
        last = ""
        while True:
            with self._database.reading() as tx:
                rows = tx.inventory.placed(store, last)
            if not rows:
                return
            yield from rows
            last = rows[-1].key

    def _unknown(
        self, store: str, batch: list[Pair], before: datetime, repair: bool
    ) -> Iterator[Finding]:
        alone = [stored for stored, row in batch if stored is not None and row is None]
        old = {stored.key: stored for stored in alone if stored.modified < before}
        if not old:
            return
        with self._database.reading() as tx:
            known = tx.inventory.known(store, old)
        for key in sorted(old.keys() - known):
            stored = old[key]
            try:
                with self._stores.asking(store) as asked:
                    asked.size(key)  # deleted meanwhile, or long ago and still listed
                    if repair:
                        asked.delete(key)
            except errors.BlobNotFound:
                continue
            yield Finding(
                UNKNOWN,
                "no row knows them",
                repaired=repair,
                store=store,
                key=key,
                size=stored.size,
                since=stored.modified,
            )

    def _missing(self, store: str, batch: list[Pair]) -> Iterator[Finding]:
        for stored, row in batch:
            if row is None or row.state != LIVE:
                continue
            if stored is None or stored.size != row.size:
                problem = self._problem(store, row)
                if problem and self._is_live(store, row.key):
                    yield Finding(
                        MISSING,
                        problem,
                        repairable=False,
                        store=store,
                        key=row.key,
                        size=row.size,
                        since=row.changed_at,
                        **whose(self._database, row.content),
                    )

    def _problem(self, store: str, row: Any) -> str | None:
        try:
            with self._stores.asking(store) as asked:
                kept = asked.size(row.key)
        except errors.BlobNotFound:
            return f"{row.size} bytes are gone"
        return None if kept == row.size else f"there are {kept} bytes instead of {row.size}"

    def _is_live(self, store: str, key: str) -> bool:
        """Whether the row was not deleted, with its bytes, since it was read."""
        with self._database.reading() as tx:
            return tx.contents.is_live(store, key)

    def _unfinished(self, store: str, repair: bool) -> Iterator[Finding]:
        before = self._now() - GRACE
        saves = self._stores.listed(store, lambda asked: asked.unfinished())
        try:
            while batch := list(islice(saves, BATCH)):
                self._watch.at(f"looking for unfinished saves in store {store}")
                for left in self._left(store, batch, before):
                    if repair:
                        with self._stores.asking(store) as asked:
                            asked.sweep(left.key)
                    yield Finding(
                        UNFINISHED,
                        "a save began that never ended",
                        repaired=repair,
                        store=store,
                        key=left.key,
                        size=left.size,
                        since=left.modified,
                    )
        except StoreDown:
            return
        except StoreFailed as failed:
            text = f"looking for unfinished saves ended: {failed}"
            yield Finding(STORE, text, repairable=False, store=store)

    def _left(self, store: str, batch: list[Stored], before: datetime) -> list[Stored]:
        """Return what is old, and no upload's: one that lives may take days."""
        old = [each for each in batch if each.modified < before]
        with self._database.reading() as tx:
            busy = tx.inventory.not_left(store, [each.key for each in old], since=before)
        return [each for each in old if each.key not in busy]

    def _elsewhere(self) -> Iterator[Finding]:
        """Yield the stores that rows name and nobody configured."""
        with self._database.reading() as tx:
            unknown = [name for name in tx.inventory.stores() if name not in self._stores]
            kept = {name: tx.inventory.kept_in(name) for name in unknown}
        for name, (copies, size) in kept.items():
            text = f"it is not configured, and {copies} copies are in it"
            yield Finding(STORE, text, repairable=False, store=name, size=size)


def side_by_side(stored: Iterator[Stored], placed: Iterator[Any]) -> Iterator[Pair]:
    """Pair what has one key; what comes out of the order of the keys is left alone."""
    one, row = next(stored, None), next(placed, None)
    while one is not None or row is not None:
        if row is None or (one is not None and one.key < row.key):
            yield one, None
            one = next(stored, None)
        elif one is None or row.key < one.key:
            yield None, row
            row = next(placed, None)
        else:
            yield one, row
            one, row = next(stored, None), next(placed, None)
