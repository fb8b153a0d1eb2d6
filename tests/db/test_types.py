"""Types: each has a number, and its rows a reindex when what they are found by has changed."""

import pytest

from artifacts.db import tables
from artifacts.service.reindex import reindex


@pytest.fixture
def change(database):
    """Let the rows of a type be indexed as something else than its class now says."""

    def change(name):
        def work(tx):
            mine = tables.types.c.name == name
            tx.artifacts._connection.execute(
                tables.types.update().where(mine).values(fingerprint="another")
            )

        database.write(work)

    return change


def register(database):
    return database.write(lambda tx: tx.types.register())


def test_every_enabled_type_has_a_number(deployment, database):
    assert {row.name for row in deployment.rows(tables.types)} == set(deployment.parts.types)
    assert register(database) == []


def test_many_that_start_at_once_register_each_type_once(deployment, database, at_once):
    def forget(tx):
        tx.artifacts._connection.execute(tables.types.delete())

    database.write(forget)

    assert at_once([lambda: register(database)] * 6) == [[]] * 6
    assert len(deployment.rows(tables.types)) == len(deployment.parts.types)


def test_a_type_that_changed_is_named_until_it_is_indexed_again(database, change, life):
    life.create()
    change("samples")
    assert register(database) == ["samples"]
    told = []

    assert reindex(database, "samples", told.append) == 1
    assert told == [1]
    assert register(database) == []


def test_a_reindex_that_was_stopped_is_not_settled(database, change, life):
    life.create()
    change("samples")

    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(database, "samples", stop)

    assert register(database) == ["samples"]
