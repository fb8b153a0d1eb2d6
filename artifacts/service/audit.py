"""Audit: rows and bytes, compared both ways, and repaired where nobody's bytes are at stake.

rows -> bytes   uploads whose lease is over, doomed placements, copies that are missing
bytes -> rows   what lies in a store and no row knows, once it is old enough
rows -> rows    references of contents, and the usage of projects
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from artifacts import errors
from artifacts.db.census import BATCH
from artifacts.db.clock import utc_now
from artifacts.db.database import Database
from artifacts.service.batches import batches
from artifacts.service.scrub import Scrub
from artifacts.stores.base import BlobStore, Stored
from artifacts.stores.pools import Pools

GRACE = timedelta(hours=1)  # for bytes that no row ever knew: a row may yet come to speak of them


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be; `repairable` if nothing is lost by mending it."""

    kind: str
    text: str
    repairable: bool = True


class Audit:
    def __init__(
        self,
        database: Database,
        pools: Pools,
        scrub: Scrub,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._pools = pools
        self._scrub = scrub
        self._now = now

    def run(self, *, repair: bool = False) -> Iterator[Finding]:
        """Yield each finding; with *repair*, after all that can be mended of it was."""
        yield from self._overdue(repair)
        yield from self._doomed(repair)
        yield from self._expired_uploads(repair)
        yield from self._missing()
        yield from self._unknown(repair)
        yield from self._references(repair)
        yield from self._usage(repair)

    def _overdue(self, repair: bool) -> Iterator[Finding]:
        """Tell of copies that waited long enough; doomed, they are told as such."""
        if repair:
            self._scrub.doom_overdue()
        for rows in batches(self._database, lambda tx, last: tx.copies.overdue(last)):
            for row in rows:
                yield Finding("bytes to delete", f"store {row.store}, {row.key}: a copy for nobody")

    def _doomed(self, repair: bool) -> Iterator[Finding]:
        for rows in batches(self._database, lambda tx, last: tx.contents.doomed(after=last)):
            for row in rows:
                kept = repair and not self._scrub.discard([(row.store, row.key)])
                text = f"store {row.store}, {row.key}: nobody's since {row.changed_at:%F %T}"
                yield Finding("bytes to delete", text, repairable=not kept)

    def _expired_uploads(self, repair: bool) -> Iterator[Finding]:
        with self._database.reading() as tx:
            rows = tx.census.expired_uploads()
        if repair:
            self._scrub.free_expired()
        for row in rows:
            slot = f"{row.field}/{row.key}" if row.key else row.field
            yield Finding(
                "expired upload",
                f"{row.id} {slot}: begun {row.started_at:%F %T}, the lease is over, "
                f"{row.reserved} bytes are reserved in store {row.store} under {row.store_key}",
            )

    def _missing(self) -> Iterator[Finding]:
        for rows in batches(self._database, lambda tx, last: tx.census.live_placements(last)):
            for row in rows:
                problem = self._problem(row.store, row.key, row.size)
                if problem and self._still_known(row.store, row.key):
                    text = f"store {row.store}, {row.key}: {problem}"
                    yield Finding("missing bytes", text, repairable=False)

    def _problem(self, store: str, key: str, size: int) -> str | None:
        try:
            kept = self._pools.store(store).size(key)
        except errors.BlobNotFound:
            return f"{size} bytes are gone"
        except errors.StoreUnavailable as error:
            return str(error)
        return None if kept == size else f"there are {kept} bytes instead of {size}"

    def _still_known(self, store: str, key: str) -> bool:
        """Whether the row was not deleted, with its bytes, since it was read."""
        with self._database.reading() as tx:
            return tx.contents.is_live(store, key)

    def _unknown(self, repair: bool) -> Iterator[Finding]:
        before = self._now() - GRACE
        for name, store in self._pools:
            keys = store.keys()
            while batch := list(islice(keys, BATCH)):
                for stored in self._unknown_in(name, batch, before):
                    if repair:
                        store.delete(stored.key)
                    text = f"store {name}, {stored.key}: {stored.size} bytes that no row knows"
                    yield Finding("unknown bytes", text)
            yield from self._unfinished(name, store, before, repair)

    def _unknown_in(self, store: str, batch: list[Stored], before: datetime) -> list[Stored]:
        old = [stored for stored in batch if stored.modified < before]
        with self._database.reading() as tx:
            known = tx.census.known_keys(store, [stored.key for stored in old])
        return [stored for stored in old if stored.key not in known]

    def _unfinished(
        self, name: str, store: BlobStore, before: datetime, repair: bool
    ) -> Iterator[Finding]:
        saves = store.unfinished()
        while batch := list(islice(saves, BATCH)):
            old = [each for each in batch if each.modified < before]
            with self._database.reading() as tx:
                kept = tx.census.not_left(name, [each.key for each in old], since=before)
            for left in old:
                if left.key in kept:
                    continue
                if repair:
                    store.sweep(left.key)
                text = f"store {name}, {left.key}: {left.size} bytes of a save that never ended"
                yield Finding("unfinished bytes", text)

    def _references(self, repair: bool) -> Iterator[Finding]:
        with self._database.reading() as tx:
            rows = tx.census.miscounted_contents()
        for row in rows:
            if repair:
                self._recount(row.number)
            yield Finding(
                "references",
                f"content {row.number}: {row.reference_count} are counted, there are "
                f"{row.referring}",
            )

    def _recount(self, number: int) -> None:
        self._scrub.discard(self._database.write(lambda tx: tx.contents.recount(number)))

    def _usage(self, repair: bool) -> Iterator[Finding]:
        with self._database.reading() as tx:
            projects = {n: tx.numbers.project_name(n) for n in tx.census.miscounted_projects()}
        for number, name in projects.items():
            if self._recount_project(number, repair):
                yield Finding("usage", f"project {name}: is not what its rows add up to")

    def _recount_project(self, project: int, repair: bool) -> bool:
        """Whether the usage is wrong also while nobody can change it; mend it if asked to."""
        return self._database.write(lambda tx: tx.census.recount_project(project, repair))
