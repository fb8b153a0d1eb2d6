"""What a page costs: how many SELECTs it takes, and what SQLite walks for it."""

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import event

from artifacts.caller import Viewer
from artifacts.db import drivers
from artifacts.model.query import Condition, Query, Sort


def having(*conditions, **more):
    return Query(tuple(Condition(*each) for each in conditions), **more)


# What an index gives in the page's order, or few enough to sort.
SHAPES = {
    "newest": Query(),
    "oldest": Query(sorts=(Sort("created_at", True),)),
    "name": having(("name", "eq", ("n1",))),
    "names": having(("name", "in", ("n1", "n2"))),
    "beginning of a name": having(("name", "like", ("n%",))),
    "version": having(("version", "gte", ("1.0.0",))),
    "status": having(("status", "eq", ("drafted",))),
    "tag": having(("tags", "all", ("red",))),
    "tags": having(("tags", "all", ("red", "green"))),
    "any tag": having(("tags", "any", ("red", "green"))),
    "text": having(("string", "eq", ("a",))),
    "number": having(("number", "gt", (1,))),
    "boolean": having(("flag", "eq", (True,))),
    "version of its own": having(("level", "eq", ("1.0.0",))),
    "item": having(("words", "eq", ("a",))),
    "key": having(("labels", "eq", ("k",))),
    "value of a key": having(("labels", "eq", ("v",), "k")),
    "metadata": having(("metadata", "eq", ("v",), "k")),
    "two": having(("string", "eq", ("a",)), ("number", "lt", (5,))),
    "owner": having(("owner", "eq", ("nobody-yet",))),
    "since": having(("created_at", "gt", (None,))),
    "by name": Query(sorts=(Sort("name", True),)),
    "by version": Query(sorts=(Sort("version"),)),
    "by text": Query(sorts=(Sort("string", True),)),
    "by numbers": Query(sorts=(Sort("number"), Sort("ratio", True))),
    "latest": Query(latest=True),
    "latest of a name": having(("name", "eq", ("n1",)), latest=True),
    "community": having(("visibility", "eq", ("community",)), community=True),
    "text of the community": having(
        ("visibility", "eq", ("community",)), ("string", "eq", ("a",)), community=True
    ),
    "shares": Query(members_only=True, member_statuses=("pending",)),
    "latest of shares": Query(members_only=True, member_statuses=("pending",), latest=True),
    "alternatives": Query((Condition("name", "eq", ("n1",), alternative=True),) * 2),
}
VIEWERS = [Viewer("project"), Viewer("stranger"), Viewer(None), Viewer("project", everything=True)]


@pytest.fixture
def several(life):
    return [
        life.create(
            f"n{number}",
            string="a",
            number=number,
            flag=True,
            words=["a", "a"],
            labels={"k": "v"},
            metadata={"k": "v"},
            tags=["red", "green"],
        )
        for number in range(3)
    ]


@pytest.fixture
def statements(database):
    """What is asked of the database, with its parameters."""
    asked = []

    def record(connection, cursor, statement, parameters, context, executemany):
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", record)
    yield asked
    event.remove(database.engine, "before_cursor_execute", record)


def shape(name, several):
    query = SHAPES[name]
    if name == "since":
        query = having(("created_at", "gt", (several[0].created_at,)))
    return query


@pytest.mark.parametrize("name", SHAPES)
def test_no_page_takes_more_than_three_selects(several, read, statements, monkeypatch, name):
    """Also of a stranger, whose project has no number and never gets one by reading."""
    query = shape(name, several)
    ways = product((drivers.FEW, 0), VIEWERS, (False, True), (0, 2, 60))
    read(lambda tx: tx.numbers.type("samples"))  # which each process learns once
    for few, viewer, marked, limit in ways:
        monkeypatch.setattr(drivers, "FEW", few)
        marker = several[1].id if marked and viewer.project == "project" else None
        asked = replace(query, limit=limit, marker=marker, counted=True)
        statements.clear()
        read(lambda tx, asked=asked, viewer=viewer: tx.lists.page("samples", asked, viewer))

        assert len([each for each, _ in statements if each.startswith("SELECT")]) <= 3


@pytest.mark.parametrize("name", SHAPES)
def test_no_page_scans_a_table(several, read, database, statements, name):
    if database.engine.dialect.name != "sqlite":
        pytest.skip("plans are SQLite's")
    query = shape(name, several)
    asked = replace(query, limit=2, marker=several[1].id, counted=False)
    read(lambda tx: tx.lists.page("samples", asked, VIEWERS[0]))
    pages = [each for each in statements if "document" in each[0] and "k0" in each[0]]
    with database.engine.connect() as connection:
        for statement, parameters in pages:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            details = [row.detail for row in rows]
            # Rows of a table are found by an index; what is scanned are the merged branches.
            derived = ("SCAN anon", "SCAN CONSTANT ROW", "SCAN (subquery")
            scanned = [each for each in details if each.startswith("SCAN ")]

            assert pages
            assert not [each for each in scanned if not each.startswith(derived)], details


@pytest.mark.parametrize(
    "name",
    [
        *("newest", "oldest", "name", "status", "tag", "text", "boolean", "version of its own"),
        *("community", "shares"),
    ],
)
def test_what_comes_in_order_is_not_sorted(several, read, database, statements, name):
    """D39: a page of 25 out of a million reads 25 rows of each branch."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("plans are SQLite's")
    query = shape(name, several)
    asked = replace(query, limit=2, marker=several[1].id, counted=False)
    read(lambda tx: tx.lists.page("samples", asked, VIEWERS[0]))
    statement, parameters = next(each for each in statements if "k0" in each[0])
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    led = ("audience=", "(member=", "visibility=")
    found = [row for row in rows if "SEARCH" in row.detail]
    branches = {row.parent for row in found if any(each in row.detail for each in led)}
    sorts = {row.parent for row in rows if row.detail.startswith("USE TEMP B-TREE")}

    assert branches
    assert not branches & sorts


@pytest.mark.parametrize("viewer", [VIEWERS[0], VIEWERS[-1]])
def test_what_is_newest_of_every_type_is_not_sorted(several, read, database, statements, viewer):
    if database.engine.dialect.name != "sqlite":
        pytest.skip("plans are SQLite's")
    read(lambda tx: tx.lists.page(None, Query(limit=2, counted=False), viewer))
    statement, parameters = next(each for each in statements if "k0" in each[0])
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    branches = {row.parent for row in rows if " artifacts_" in row.detail}
    sorts = {row.parent for row in rows if row.detail.startswith("USE TEMP B-TREE")}

    assert branches
    assert not branches & sorts


def test_the_most_sort_keys_and_conditions_are_not_too_much(several, read):
    """D39: SQLite's parser is the first to find a query too deep."""
    names = ["string", "number", "ratio", "flag", "moment", "level", "name", "version", "status"]
    names += ["owner", "updated_at", "activated_at", "visibility", "display_type_name", "id"]
    sorts = tuple(Sort(name, bool(place % 2)) for place, name in enumerate(names))
    many = [Condition("labels", "neq", ("x",), f"k{place}") for place in range(60)]
    some = [Condition("name", "neq", (f"x{place}",), alternative=True) for place in range(4)]
    for each in (sorts, tuple(reversed(sorts)), ()):
        for conditions in ((), tuple(many + some)):
            query = Query(conditions, each, 2, several[1].id, latest=True)
            read(lambda tx, query=query: tx.lists.page("samples", query, VIEWERS[0]))

    assert read(lambda tx: tx.lists.page("samples", Query(sorts=sorts), VIEWERS[0])).total == 3
