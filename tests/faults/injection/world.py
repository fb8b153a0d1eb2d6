"""World: the rows and bytes that are there, what was answered of them, and time that passes."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, text, update

from artifacts.db import tables
from artifacts.db.clock import utc_now
from artifacts.service.audit import Audit
from artifacts.stores.base import BlobStore, Stored, blocks_of
from injection import rows
from injection.service import Refused, Service

NEVER_CHANGED = ("types", "fields")  # which are written once, when the service starts
LATER = timedelta(hours=2)  # when even bytes that no row ever knew are old enough to go
PATIENCE = 60.0  # seconds until a server has noticed who is dead
OTHERS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) FROM information_schema.processlist "
    "WHERE db = database() AND id <> connection_id()",
}


@dataclass
class Snapshot:
    """All that is there at one moment."""

    rows: Mapping[str, list[dict[str, Any]]]
    file: bytes | None  # of SQLite, which is sooner copied than written again
    stored: Mapping[tuple[str, str], bytes]
    held: Mapping[str, str | None]


class World:
    """A service with its database and stores, which can be made as it was before."""

    def __init__(self, file: str, calls: Any = None) -> None:
        """Take the configuration file of the service, and who is told of its calls."""
        self.file = file
        self.possible: dict[str, set[str | None]] = {}
        self.service = Service(file, self.hear, calls)
        self._engine = self.service.parts.database.engine
        self.is_file = self._engine.dialect.name == "sqlite"

    def clear(self) -> None:
        """Make it empty."""
        self.restore(Snapshot({each.name: [] for each in _tables()}, None, {}, {}))

    def hear(self, path: str, possible: list[str | None]) -> None:
        """Note which bytes a blob may have, by what was asked and answered."""
        self.possible[path] = set(possible)

    def snapshot(self) -> Snapshot:
        found = {name: [dict(row._mapping) for row in each] for name, each in self._rows().items()}
        stored = {}
        for name, store in self.service.parts.pools:
            for kept in _kept(store):
                with store.open(kept.key, 0, kept.size) as opened:
                    stored[name, kept.key] = b"".join(blocks_of(opened))
        return Snapshot(found, self._file(), stored, dict(self.service.held))

    def _file(self) -> bytes | None:
        if not self.is_file:
            return None
        with closing(sqlite3.connect(str(self._engine.url.database))) as connection:
            return connection.serialize()

    def restore(self, snapshot: Snapshot) -> None:
        """Make all as it was, for a process that has just been started."""
        self.service.rest()
        if snapshot.file is None:
            self._restore_rows(snapshot)
        else:
            self._restore_file(snapshot.file)
        self._restore_bytes(snapshot)
        self.possible = {path: {digest} for path, digest in snapshot.held.items()}
        self.service.held.clear()
        self.service.held.update(snapshot.held)
        self.service.rest()

    def _restore_rows(self, snapshot: Snapshot) -> None:
        with self._engine.connect().execution_options(writing=True) as connection:
            for table in reversed(_tables()):
                connection.execute(table.delete())
            for table in _tables():
                if found := snapshot.rows[table.name]:
                    connection.execute(table.insert(), found)
            connection.commit()

    def _restore_file(self, content: bytes) -> None:
        path = Path(str(self._engine.url.database))
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        # Another file: nobody who still has the old one open gets in the way.
        new = path.with_name("new.db")
        new.write_bytes(content)
        new.rename(path)

    def _restore_bytes(self, snapshot: Snapshot) -> None:
        for name, store in self.service.parts.pools:
            there = {kept.key for kept in _kept(store)}
            wanted = {key: data for (of, key), data in snapshot.stored.items() if of == name}
            for key in there - wanted.keys():
                store.delete(key)
            for key in wanted.keys() - there:
                store.save(key, BytesIO(wanted[key]))
            for each in list(store.unfinished()):
                store.sweep(each.key)

    def _rows(self) -> rows.Rows:
        with self._engine.connect() as connection:
            return {each.name: connection.execute(select(each)).all() for each in _tables()}

    def wait_for_the_dead(self) -> None:
        """Wait until a server has noticed who is dead, and has rolled back for them."""
        self.service.rest()
        others = OTHERS.get(self._engine.dialect.name)
        deadline = time.monotonic() + PATIENCE
        while others and self._number(others):
            assert time.monotonic() < deadline, "the server does not notice who is dead"
            time.sleep(0.005)

    def _number(self, statement: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.scalar(text(statement)) or 0)

    def pass_time(self) -> None:
        """Let every lease be over, of slots and of copies."""
        copies = tables.placements.c
        with self._engine.connect().execution_options(writing=True) as connection:
            connection.execute(update(tables.uploads).values(lease_until=0))
            waiting = update(tables.placements).where(copies.waits_until.is_not(None))
            connection.execute(waiting.values(waits_until=0))
            connection.commit()

    def audit(self, *, repair: bool = False) -> list[str]:
        """Return what is found two hours from now."""
        parts = self.service.parts
        auditor = Audit(parts.database, parts.pools, parts.scrub, now=lambda: utc_now() + LATER)
        return [f"{each.kind}: {each.text}" for each in auditor.run(repair=repair)]

    def look(self) -> rows.View:
        """Return what there is, under names that each run gives alike."""
        return rows.view(self._rows())

    def at_odds(self) -> list[str]:
        """Tell where rows and bytes do not agree, or a blob is not what was answered."""
        return self.examine()[0]

    def examine(self) -> tuple[list[str], rows.View]:
        """Do both at once."""
        found = self._rows()
        odds = [*rows.at_odds(found), *self._stores_at_odds(found), *self._blobs_at_odds()]
        return odds, rows.view(found)

    def _stores_at_odds(self, found: rows.Rows) -> Iterator[str]:
        placed = {(row.store, row.key) for row in found["placements"]}
        for name, store in self.service.parts.pools:
            kept = {(name, each.key) for each in _kept(store)}
            placed_here = {each for each in placed if each[0] == name}
            if kept != placed_here:
                yield f"store {name}: missing {placed_here - kept}, nobody's {kept - placed_here}"
            yield from (f"store {name}: never ended {each}" for each in store.unfinished())

    def _blobs_at_odds(self) -> Iterator[str]:
        """Read every blob that was ever spoken of."""
        for path, possible in self.possible.items():
            found = self._found(path)
            if found not in possible:
                yield f"{path}: is {found}, and not one of {possible}"
            self.service.held[path] = found

    def _found(self, path: str) -> str | None:
        try:
            return hashlib.sha256(self.service.admin.ask("GET", path).content).hexdigest()
        except Refused as refused:
            # 403: of an artifact that is deleted in name, and waits for the scrub
            return None if refused.status in (403, 404) else str(refused)


def _tables() -> list[Table]:
    return [each for each in tables.metadata.sorted_tables if each.name not in NEVER_CHANGED]


def _kept(store: BlobStore) -> list[Stored]:
    return list(store.keys())
