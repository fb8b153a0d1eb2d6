"""How long lists take, as multiples of reading one artifact by its id.

    python bench/lists.py [--rows 100000] [--url sqlite:////tmp/lists.db] [--runs 15] [--best]

Fills an empty database with artifacts of 200 projects, the largest with 40 % of them, the middle
one with 1 %, the smallest with 24 of each 5000; 5 % are public. A database that is filled already
is used as it is. Each line is a page of 25, the median of the runs, beside the median read of one
artifact; with --best the fastest runs of both, for a machine that does other things too.
"""

import argparse
import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import func, insert, select, text

from artifacts.caller import Viewer
from artifacts.db import schema, tables
from artifacts.db.database import Database
from artifacts.db.records import RANDOM_BITS, Record, columns_of, new_order_key
from artifacts.db.values import indexed
from artifacts.db.values import rows as value_rows
from artifacts.model import Artifact, Version, field
from artifacts.model.query import Condition, Query, Sort

BATCH = 2000
TEMPLATE = 5000  # artifacts that are made one by one; all others are copies of them
PROJECTS = 200
SLOW = 1.0  # seconds, from which on two runs are enough
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


class Benched(Artifact):
    """Fields of each kind, common and rare values."""

    type_name = "benched"

    kind: str | None = field("60 % have one value.", sortable=True)
    serial: str | None = field("About 20 have the same.", sortable=True)
    size: int | None = field("Any number; a fifth has none.", sortable=True)
    ratio: float | None = field("Any number.", sortable=True)
    flag: bool | None = field("One in a thousand is true.", sortable=True)
    level: Version | None = field("A few versions.", sortable=True)
    words: list[str] | None = field("Two of fifty.", default=[])
    labels: dict[str, str] | None = field("One common key, one rare.", default={})


class Private(Artifact):
    """A type of which nothing is public."""

    type_name = "private_benched"


TYPES = {each.type_name: each for each in (Benched, Private)}
LARGEST, MIDDLE, SMALLEST = "p0", "p1", "p2"


def owner(chance, number):
    if number < 24:
        return SMALLEST
    drawn = chance.random()
    if drawn < 0.4:
        return LARGEST
    return MIDDLE if drawn < 0.41 else f"p{chance.randrange(3, PROJECTS)}"


def made(chance, number):
    private = chance.random() < 0.1
    artifact_type = Private if private else Benched
    moment = BEGAN + timedelta(milliseconds=number)
    values = {
        "id": str(uuid.UUID(int=chance.getrandbits(128))),
        "owner": owner(chance, number),
        "name": f"name-{chance.randrange(TEMPLATE // 4)}",
        "version": f"{chance.randrange(20)}.{chance.randrange(50)}.{number % 60000}",
        "status": "active" if chance.random() < 0.97 else "deactivated",
        "visibility": "public" if not private and chance.random() < 0.05 else "private",
        "created_at": moment,
        "updated_at": moment + timedelta(days=chance.random()),
        "tags": [f"t{chance.randrange(10)}", f"rare{chance.randrange(TEMPLATE // 20)}"],
        "metadata": {"team": f"team{chance.randrange(20)}"},
    }
    if not private:
        values |= {
            "kind": "common" if chance.random() < 0.6 else f"k{chance.randrange(50)}",
            "serial": f"s{chance.randrange(TEMPLATE // 20)}",
            "size": chance.randrange(1_000_000) if chance.random() < 0.8 else None,
            "ratio": chance.random(),
            "flag": chance.random() < 0.001,
            "level": f"{chance.randrange(10)}.{chance.randrange(10)}.0",
            "words": [f"w{chance.randrange(50)}" for _ in range(2)],
            "labels": {"common": "true"} | ({"rare": "x"} if chance.random() < 0.0001 else {}),
        }
    return artifact_type(values, {}, revision=1)


def fill(database, rows):
    """Write the rows of many artifacts, as the service would have written them one by one."""
    chance = random.Random(1)
    database.write(lambda tx: tx.types.register())
    numbers = database.write(numbered)
    artifacts, values, tags = [], [], []
    for number in range(min(rows, TEMPLATE)):
        add(made(chance, number), numbers, artifacts, values, tags)
    for copy in range(-(-rows // TEMPLATE)):
        batch = again(copy, numbers, artifacts, values, tags)
        database.write(lambda tx, batch=batch: write(tx, batch))
        print(f"\r{(copy + 1) * TEMPLATE} rows", end="", flush=True)
    print()
    analyze(database)


def numbered(tx):
    """Give numbers to all projects, types and fields."""
    numbers = {name: tx.numbers.type(name) for name in TYPES}
    for name, artifact_type in TYPES.items():
        for each in indexed(artifact_type):
            numbers[name, each] = tx.numbers.field(numbers[name], each)
    return numbers | {f"p{each}": tx.numbers.project(f"p{each}") for each in range(PROJECTS)}


def write(tx, batch):
    for table, rows in zip(
        (tables.artifacts, tables.field_values, tables.tags), batch, strict=True
    ):
        for start in range(0, len(rows), BATCH):
            tx.lists._connection.execute(insert(table), rows[start : start + BATCH])


def analyze(database):
    with database.engine.connect() as connection:
        match connection.dialect.name:
            case "postgresql":
                connection.execute(text("ANALYZE"))
                connection.commit()
            case "mysql" | "mariadb":
                connection.execute(text("ANALYZE TABLE artifacts, field_values, tags"))


def again(copy, numbers, artifacts, values, tags):
    """Return the rows once more, later, under names, serials and rare tags of their own."""
    later = timedelta(milliseconds=copy * TEMPLATE)
    shift = copy * TEMPLATE * 1000 << RANDOM_BITS
    serial = numbers["benched", "serial"]

    def moved(row):
        return {
            **row,
            "order_key": row["order_key"] + shift,
            "id": f"{copy:08x}{row['id'][8:]}",
            "name": f"{row['name']}-{copy}",
            "created_at": row["created_at"] + later,
            "updated_at": row["updated_at"] + later,
            "scope": None,
        }

    def valued(row):
        mine = {**row, "artifact": row["artifact"] + shift}
        return mine | {"string": f"{row['string']}-{copy}"} if row["field"] == serial else mine

    def tagged(row):
        rare = row["tag"].startswith("rare")
        tag = f"{row['tag']}-{copy}" if rare else row["tag"]
        return {**row, "artifact": row["artifact"] + shift, "tag": tag}

    return [moved(row) for row in artifacts], [*map(valued, values)], [*map(tagged, tags)]


def add(artifact, numbers, artifacts, values, tags):
    type_number, project = numbers[artifact.type_name], numbers[artifact.owner]
    record = Record(artifact, new_order_key(artifact.created_at), type_number, project, "default")
    own = {"type": type_number, "owner": project, "pool": "default", "revision": 1}
    artifacts.append({"order_key": record.order_key, **own, **columns_of(record)})
    mine = {"artifact": record.order_key, "audience": record.audience}
    held = artifact.values
    for name, known in indexed(type(artifact)).items():
        number = numbers[artifact.type_name, name]
        values += [{**mine, "field": number, **row} for row in value_rows(known, held[name])]
    tags += [{**mine, "type": type_number, "tag": tag} for tag in artifact.tags]


def eq(name, value, key=None):
    return Condition(name, "eq", (value,), key)


def shapes():
    """Return what is asked for, by a name; every page is the first of 25 unless it says deep."""
    return {
        "newest": Query(),
        "newest, nothing public": ("private_benched", Query()),
        "newest, of every type": (None, Query()),
        "name =": Query((eq("name", "name-7-0"),)),
        "name in 5": Query((Condition("name", "in", tuple(f"name-{n}-0" for n in range(5))),)),
        "name like prefix, few": Query((Condition("name", "like", ("name-77-%",)),)),
        "name like prefix, most": Query((Condition("name", "like", ("name-%",)),)),
        "name like %x%, none": Query((Condition("name", "like", ("%nothing%",)),)),
        "status =, common": Query((eq("status", "active"),)),
        "status =, rare": Query((eq("status", "drafted"),)),
        "text =, 60 %": Query((eq("kind", "common"),)),
        "text =, about 20": Query((eq("serial", "s7-0"),)),
        "text !=": Query((Condition("kind", "neq", ("common",)),)),
        "boolean =, 0.1 %": Query((eq("flag", True),)),
        "number >, 0.1 %": Query((Condition("size", "gt", (999_000,)),)),
        "number >, 1 %": Query((Condition("size", "gt", (990_000,)),)),
        "number >, 50 %": Query((Condition("size", "gt", (500_000,)),)),
        "list item =, 4 %": Query((eq("words", "w7"),)),
        "dict has key, 0.01 %": Query((eq("labels", "rare"),)),
        "dict key =, all": Query((eq("labels", "true", "common"),)),
        "dict key =, 0.01 %": Query((eq("labels", "x", "rare"),)),
        "metadata key =, of every type": (None, Query((eq("metadata", "team7", "team"),))),
        "two fields, 60 % and 1 %": Query(
            (eq("kind", "common"), Condition("size", "gt", (990_000,)))
        ),
        "two fields, 60 % and about 20": Query((eq("kind", "common"), eq("serial", "s7-0"))),
        "two fields that never meet": Query(
            (eq("kind", "common"), Condition("kind", "neq", ("common",)))
        ),
        "tags, common and common": Query((Condition("tags", "all", ("t1", "t2")),)),
        "tags, common and rare": Query((Condition("tags", "all", ("t1", "rare7-0")),)),
        "tags-any, 2 common": Query((Condition("tags", "any", ("t1", "t2")),)),
        "or: name or tag or number": Query(
            (
                Condition("name", "eq", ("name-7-0",), alternative=True),
                Condition("tags", "all", ("rare7-0",), alternative=True),
                Condition("size", "gt", (999_000,), alternative=True),
            )
        ),
        "sort name asc": Query(sorts=(Sort("name", True),)),
        "sort name desc": Query(sorts=(Sort("name"),)),
        "sort version desc": Query(sorts=(Sort("version"),)),
        "sort number asc": Query(sorts=(Sort("size", True),)),
        "sort number desc": Query(sorts=(Sort("size"),)),
        "sort text asc, number desc": Query(sorts=(Sort("serial", True), Sort("size"))),
        "sort number asc, text = 60 %": Query((eq("kind", "common"),), (Sort("size", True),)),
        "sort number asc, text = about 20": Query((eq("serial", "s7-0"),), (Sort("size", True),)),
        "sort updated_at desc": Query(sorts=(Sort("updated_at"),)),
        "sort status, owner": Query(sorts=(Sort("status", True), Sort("owner", True))),
        "latest": Query(latest=True),
        "latest of a name": Query((eq("name", "name-7-0"),), latest=True),
        "latest, text = 60 %": Query((eq("kind", "common"),), latest=True),
        "count": Query(counted=True, limit=0),
        "count, text = 60 %": Query((eq("kind", "common"),), counted=True, limit=0),
        "count, number > 1 %": Query((Condition("size", "gt", (990_000,)),), counted=True, limit=0),
        "count of latest": Query(latest=True, counted=True, limit=0),
    }


def marked(database, query, viewer, deep):
    """Return the page behind an artifact at *deep* of a project's own, by age."""
    row = tables.artifacts.c
    with database.reading() as tx:
        own = tx.numbers.known_project(viewer.project)
        mine = (row.audience == own) & (row.type == tx.numbers.type("benched"))
        many = tx.lists._connection.scalar(select(func.count()).where(mine))
        ids = select(row.id).where(mine).order_by(row.order_key.desc())
        marker = tx.lists._connection.scalar(ids.offset(int(many * deep)).limit(1))
    return Query(query.conditions, query.sorts, query.limit, marker, query.latest, query.counted)


def seconds(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(database, rows, runs, of):
    everything = Viewer(LARGEST, everything=True)
    viewers = {"largest": Viewer(LARGEST), "smallest": Viewer(SMALLEST), "admin": everything}
    with database.reading() as tx:
        page = tx.lists.page("benched", Query(), viewers["largest"])
    one = page.records[-1].artifact.id
    print(f"{rows} artifacts, {database.engine.dialect.name}; a page of 25 / one artifact by id")
    print(f"| {'list':34} | " + " | ".join(f"{name:>8}" for name in [*viewers, "deep"]) + " |")
    print("|---|" + "---:|" * (len(viewers) + 1))
    for name, asked in shapes().items():
        type_name, query = asked if isinstance(asked, tuple) else ("benched", asked)
        if query.limit:
            query = Query(query.conditions, query.sorts, 25, None, query.latest, counted=False)
        deep = marked(database, query, viewers["largest"], 0.98) if query.limit else None
        asks = [(viewer, query) for viewer in viewers.values()]
        asks += [(viewers["largest"], deep)] if deep else []
        found = [ratio(database, type_name, one, *ask, runs, of) for ask in asks]
        print(f"| {name:34} | " + " | ".join(f"{each:>8}" for each in found) + " |", flush=True)


def ratio(database, type_name, one, viewer, query, runs, of):
    def read():
        with database.reading() as tx:
            tx.artifacts.find(None, one, Viewer(LARGEST))

    def list_page():
        with database.reading() as tx:
            tx.lists.page(type_name, query, viewer)

    first = seconds(list_page)
    taken = [(seconds(list_page), seconds(read)) for _ in range(runs if first < SLOW else 2)]
    pages, reads = zip(*taken, strict=True)
    return f"{of(pages) / of(reads):.1f}"


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--url", default="sqlite:////tmp/lists.db")
    asked.add_argument("--runs", type=int, default=15)
    asked.add_argument("--best", action="store_true")
    options = asked.parse_args()
    database = Database(options.url, TYPES)
    schema.prepare(database.engine)
    with database.engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(tables.artifacts))
    if not found:
        took = seconds(lambda: fill(database, options.rows))
        print(f"filled in {took:.0f} s")
    measure(database, found or options.rows, options.runs, min if options.best else median)


if __name__ == "__main__":
    main()
