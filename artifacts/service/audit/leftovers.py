"""Leftovers: uploads that died, and bytes that are nobody's and were not deleted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from artifacts.db.database import Database
from artifacts.db.tables import Rows
from artifacts.service.audit.findings import EXPIRED_UPLOAD, TO_DELETE, Finding, Referrer
from artifacts.service.audit.stores import StoreDown, StoreFailed, Stores
from artifacts.service.audit.watch import Watch
from artifacts.service.batches import batches
from artifacts.service.scrub import Scrub

UNDER_WAY = timedelta(minutes=5)  # that whoever doomed bytes has to delete them


class Leftovers:
    def __init__(
        self,
        database: Database,
        stores: Stores,
        scrub: Scrub,
        watch: Watch,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._stores = stores
        self._scrub = scrub
        self._watch = watch
        self._now = now

    def run(self, repair: bool) -> Iterator[Finding]:
        yield from self._uploads(repair)
        yield from self._overdue(repair)
        yield from self._doomed(repair)

    def _uploads(self, repair: bool) -> Iterator[Finding]:
        for rows in self._expired():
            self._watch.at("looking for expired uploads")
            freed = self._scrub.free([row.token for row in rows]) if repair else set()
            for row in rows:
                if repair and row.token not in freed:
                    continue  # renewed, or freed by somebody else, in this very moment
                yield Finding(
                    EXPIRED_UPLOAD,
                    f"begun {row.started_at:%F %T}, and its lease is over",
                    repaired=repair,
                    store=row.store,
                    key=row.store_key,
                    size=row.reserved,
                    since=row.started_at,
                    project=row.owner,
                    artifacts=(Referrer(row.id, row.field, row.key, row.owner),),
                    referring=1,
                )

    def _expired(self) -> Iterator[Rows]:
        last = ""
        while True:
            with self._database.reading() as tx:
                rows = tx.inventory.expired_uploads(last)
            if not rows:
                return
            yield rows
            last = rows[-1].token

    def _overdue(self, repair: bool) -> Iterator[Finding]:
        """Tell of copies that nobody makes or reads any more; doomed, they are told as such."""
        if repair:
            self._scrub.doom_overdue()
            return
        for rows in batches(self._database, lambda tx, last: tx.copies.overdue(last)):
            for row in rows:
                since = datetime.fromtimestamp(row.waits_until / 1000, UTC)
                if since < self._now() - UNDER_WAY:
                    yield Finding(
                        TO_DELETE,
                        f"a copy that nobody waits for since {since:%F %T}",
                        store=row.store,
                        key=row.key,
                        size=self._stores.size(row.store, row.key),
                        since=since,
                    )

    def _doomed(self, repair: bool) -> Iterator[Finding]:
        done = 0
        for rows in batches(self._database, lambda tx, last: tx.contents.doomed(after=last)):
            self._watch.at("looking for bytes to delete", done)
            done += len(rows)
            for row in rows:
                try:
                    yield from self._one(row, repair)
                except StoreDown:
                    continue  # told once for its store

    def _one(self, row: Any, repair: bool) -> Iterator[Finding]:
        young = row.changed_at > self._now() - UNDER_WAY
        if young and not repair:
            return
        size, kept = self._stores.size(row.store, row.key), None
        if repair:
            try:
                if not self._finish(row.store, row.key):
                    return  # somebody else did, in this very moment
            except StoreDown:
                raise
            except StoreFailed as failed:
                kept = str(failed)
        yield Finding(
            TO_DELETE,
            f"nobody's since {row.changed_at:%F %T}" + (f", but kept: {kept}" if kept else ""),
            repairable=kept is None,
            repaired=repair and kept is None,
            store=row.store,
            key=row.key,
            size=size,
            since=row.changed_at,
        )

    def _finish(self, store: str, key: str) -> bool:
        with self._stores.asking(store) as asked:
            asked.delete(key)
        return self._database.write(lambda tx: tx.contents.forget(store, key))
