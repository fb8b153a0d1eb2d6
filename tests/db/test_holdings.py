"""What a project keeps is walked through by an index, a batch at a time."""

import pytest
from sqlalchemy import event

from artifacts.db import holdings


@pytest.fixture
def plans(database):
    """What SQLite does for each SELECT."""
    found = []

    def explain(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("SELECT"):
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            found.append([row[3] for row in rows])

    if database.engine.dialect.name != "sqlite":
        pytest.skip("plans are SQLite's")
    event.listen(database.engine, "before_cursor_execute", explain)
    yield found
    event.remove(database.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize(
    "walk",
    [
        lambda held: held.batch(1, 1, after=5),
        lambda held: held.memberships(1, after=5),
    ],
)
def test_batches_come_in_the_order_of_an_index(read, plans, walk):
    read(lambda tx: walk(tx.holdings))
    details = [detail for plan in plans for detail in plan]

    assert any("INDEX" in detail for detail in details)
    assert not [detail for detail in details if detail.startswith(("SCAN", "USE TEMP"))]


@pytest.mark.parametrize(
    "name", ["kinds", "artifacts", "external_blobs", "shares", "count_memberships", "uploads"]
)
def test_nothing_is_counted_by_scanning_a_table(read, plans, name):
    read(lambda tx: getattr(tx.holdings, name)(1))

    assert plans
    assert not [detail for plan in plans for detail in plan if detail.startswith("SCAN")]


def test_batches_follow_each_other(life, read, monkeypatch):
    monkeypatch.setattr(holdings, "BATCH", 2)
    made = [life.create(f"n{number}").id for number in range(3)]

    def walk(tx):
        owner, kind = tx.numbers.known_project("project"), tx.numbers.type("samples")
        first = tx.holdings.batch(owner, kind, after=0)
        return [*first, *tx.holdings.batch(owner, kind, after=first[-1].number)]

    assert [row.id for row in read(walk)] == made
