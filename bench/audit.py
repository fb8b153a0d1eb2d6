"""How long an audit takes, and whether its memory grows, with more rows and bytes.

    python bench/audit.py [--rows 10000 100000] [--url sqlite:////tmp/audit.db]

Each number of rows gets a service of its own in a new folder: artifacts with a content, a copy and
a blob each, of 200 projects, in a file store of files with a few bytes. A line has the seconds per
1,000 artifacts, what the audit found (nothing, or something is wrong), and by how much the
memory of Python grew at most, and how many keys the store was asked for, which takes a millisecond
each; the last line how much more memory that is for the most rows than for the fewest.
"""

import argparse
import hashlib
import tempfile
import time
import tracemalloc
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from artifacts.db import schema, tables
from artifacts.db.database import Database
from artifacts.db.records import Record, columns_of, new_order_key
from artifacts.model import Artifact, field
from artifacts.service.audit import Audit
from artifacts.service.scrub import Scrub
from artifacts.stores.filesystem import FilesystemStore
from artifacts.stores.pools import Pool, Pools

BATCH = 2000
PROJECTS = 200
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Benched(Artifact):
    """One field that lists search by."""

    type_name = "benched"

    kind: str | None = field("Any text.", sortable=True)


class Distant(FilesystemStore):
    """Counts what it is asked for by its key, and takes its time."""

    asked = 0

    def size(self, key):
        self.asked += 1
        time.sleep(0.001)
        return super().size(key)


def filled(folder, url, rows):
    """Return a database and a store with so many artifacts, as uploads would leave them."""
    database = Database(url or f"sqlite:///{folder / 'artifacts.db'}", {"benched": Benched})
    schema.prepare(database.engine)
    database.write(lambda tx: tx.types.register())
    store = Distant(folder / "store")
    database.write(lambda tx: [tx.numbers.project(f"p{n}") for n in range(PROJECTS)])
    for first in range(0, rows, BATCH):
        many = range(first, min(rows, first + BATCH))
        database.write(lambda tx, many=many: add(tx, store, many))
    database.write(count)
    return database, store


def add(tx, store, many):
    type_number, field_number = (
        tx.numbers.type("benched"),
        tx.numbers.field(tx.numbers.type("benched"), "kind"),
    )
    rows = {name: [] for name in ("artifacts", "field_values", "contents", "placements", "blobs")}
    for number in many:
        owner = f"p{number % PROJECTS}"
        values = {"id": str(uuid.UUID(int=number)), "owner": owner, "name": f"n{number}"}
        times = {"created_at": NOW, "updated_at": NOW, "kind": f"k{number % 7}"}
        base = {"version": "0.0.0", "status": "drafted", "visibility": "private"}
        artifact = Benched({**base, **values, **times}, {}, revision=1)
        key, data = uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex, str(number).encode()
        place(store, key, data)
        order = new_order_key(NOW) + (number << 10)
        project = tx.numbers.project(owner)
        record = Record(artifact, order, type_number, project, "default")
        own = {"order_key": order, "type": type_number, "owner": project, "pool": "default"}
        rows["artifacts"].append({**own, "revision": 1, **columns_of(record)})
        value = {"artifact": order, "field": field_number, "key": "", "audience": project}
        rows["field_values"].append({**value, "string": f"k{number % 7}"})
        digest = {"sha256": hashlib.sha256(data).hexdigest()}
        whole = {"number": number + 1, "project": project, **digest, "size": len(data)}
        rows["contents"].append({**whole, "reference_count": 1})
        copy = {"content": number + 1, "store": "file", "key": key, "state": "live"}
        rows["placements"].append({**copy, "changed_at": NOW})
        blob = {"artifact": order, "field": "blob", "key": "", "content": number + 1}
        more = {"external": False, "size": len(data), "digests": digest}
        rows["blobs"].append({**blob, **more})
    for name, each in rows.items():
        tx.artifacts._connection.execute(insert(tables.metadata.tables[name]), each)


def place(store, key, data):
    """Put a file where `save` would, without waiting for the disk."""
    path = store._path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def count(tx):
    """Let the audit's own repair count what was added."""
    connection = tx.artifacts._connection
    for number in connection.scalars(select(tables.projects.c.number)).all():
        tx.census.recount_project(number, True)
    return connection.scalar(select(func.count()).select_from(tables.usage))


def measured(rows, url):
    with tempfile.TemporaryDirectory() as folder:
        database, store = filled(Path(folder), url, rows)
        pools = Pools({"file": store}, [Pool("default", "file")])
        audit = Audit(database, pools, Scrub(database, pools))
        began = time.monotonic()
        found = sum(1 for _ in audit.run())
        took = time.monotonic() - began
        tracemalloc.start()
        found += sum(1 for _ in audit.run())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        database.close()
    return took, found, peak, store.asked


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--url", help="an empty database, for one number of rows")
    arguments = parser.parse_args()
    peaks = []
    for rows in arguments.rows:
        took, found, peak, asked = measured(rows, arguments.url)
        peaks.append(peak)
        print(
            f"{rows:>9,} artifacts: {took * 1000 / rows:.3f} s per 1,000, {took:.1f} s in all; "
            f"{found} findings; {peak / 2**20:.1f} MiB more; asked for {asked} keys",
            flush=True,
        )
    print(f"memory: {max(peaks) / min(peaks):.2f} times from the fewest to the most")


if __name__ == "__main__":
    main()
