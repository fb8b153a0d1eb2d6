"""The schema: migrations and tables are one, and a database is made, checked and refused."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from artifacts.db import schema, sqlite, tables
from artifacts.db.database import connect
from artifacts.errors import DatabaseUnavailable, Misconfigured

PREPARE = """
import sys
from artifacts.db import schema
from artifacts.db.database import connect
engine = connect(sys.argv[1], pool_size=1)
print("ready", flush=True)
sys.stdin.readline()
schema.prepare(engine)
"""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def empty_databases(request, tmp_path, empty_database):
    """What makes empty databases, of every sort that answers on this machine."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}"
    return lambda: empty_database(request.param)


@pytest.fixture
def each_database(empty_databases):
    return empty_databases()


@pytest.fixture
def empty(database_url):
    engine = connect(database_url, pool_size=5)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables(each_database):
    engine = connect(each_database, pool_size=1)
    schema.prepare(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, tables.metadata)
    engine.dispose()

    assert differences == []


def test_what_was_migrated_once_does_not_change_with_the_tables():
    steps = list((Path(schema.migrations().get_main_option("script_location"))).rglob("0*.py"))

    assert steps
    assert not [step for step in steps if "artifacts.db" in step.read_text()]


def test_a_schema_that_another_process_keeps_is_not_waited_for_without_end(
    each_database, monkeypatch
):
    monkeypatch.setattr(schema, "LOCK_PATIENCE", 1)
    monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
    holder, engine = (connect(each_database, pool_size=1) for _ in range(2))
    with (
        holder.connect() as connection,
        schema._locked(connection),
        pytest.raises(DatabaseUnavailable),
    ):
        schema.upgrade(engine)

    schema.upgrade(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # what was set for the steps is forgotten
            assert connection.scalar(text("SHOW lock_timeout")) == "10s"
    for each in (holder, engine):
        each.dispose()


def test_a_schema_is_not_kept_by_who_keeps_that_of_another_database(empty_databases):
    holder, engine = (connect(empty_databases(), pool_size=1) for _ in range(2))
    with holder.connect() as connection, schema._locked(connection):
        schema.prepare(engine)
    for each in (holder, engine):
        each.dispose()


def test_text_compares_byte_by_byte_on_every_database(each_database):
    engine = connect(each_database, pool_size=1)
    schema.prepare(engine)
    names = ["x", "x ", "X", "é", "e", "\U0001f600", "\U0001f601", "~", "-"]
    with engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        for name in names:
            connection.execute(tables.projects.insert().values(name=name))
        found = list(
            connection.scalars(
                tables.projects.select().order_by("name").with_only_columns(tables.projects.c.name)
            )
        )
        connection.rollback()
    engine.dispose()

    assert found == sorted(names)


def test_an_empty_database_is_made_once_by_processes_that_start_together(database_url, empty):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [
        subprocess.Popen([sys.executable, "-c", PREPARE, database_url], **pipes) for _ in range(4)
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 4
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    schema.check(empty)


def test_preparing_twice_changes_nothing(empty):
    schema.prepare(empty)
    schema.prepare(empty)

    assert schema.current(empty) == schema.head()


@pytest.fixture
def with_schema(empty):
    """Say of a database that it has another schema than it has."""

    def pretend(revision):
        schema.prepare(empty)
        with empty.begin() as connection:
            row = {"revision": revision}
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), row)
        return empty

    return pretend


def test_an_older_schema_is_refused_with_the_command_that_upgrades_it(with_schema):
    engine = with_schema("0000")

    with pytest.raises(Misconfigured) as refused:
        schema.prepare(engine)

    assert str(refused.value) == (
        f"the database has schema 0000, this version needs {schema.head()}: "
        "run `artifacts-manage db upgrade`"
    )


@pytest.mark.parametrize("newer", ["9999", "9999-0001", f"9999-{schema.head()}"])
def test_a_newer_schema_serves_an_older_process_and_is_left_as_it_is(with_schema, newer):
    """In a rolling upgrade, processes of this version go on, and start, beside the next one's."""
    engine = with_schema(newer)
    schema.prepare(engine)
    schema.upgrade(engine)

    assert schema.current(engine) == newer


def test_a_newer_schema_without_what_this_version_needs_is_refused(with_schema):
    engine = with_schema("9999-9998")

    with pytest.raises(Misconfigured, match="install a newer version"):
        schema.prepare(engine)


def test_a_database_without_schema_does_not_pass_the_check(empty):
    with pytest.raises(Misconfigured, match="has schema none"):
        schema.check(empty)
