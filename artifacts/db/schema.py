"""The schema of the database: made, brought up to date, and checked at the start.

Its revisions only add, so that processes of the version before go on beside those of the next.
One that takes something away says in its name, behind a dash, which revision a process must know
at least to go on: `0012-0009`; so do all that come after it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from artifacts import errors
from artifacts.db.failures import translated

LOCK = "artifacts-schema"
LOCK_NUMBER = 7_094_140_023  # the same name for PostgreSQL, which locks numbers
LOCK_OF_DATABASE = "CONCAT(:name, '-', MD5(DATABASE()))"  # MariaDB's names are of the whole server
LOCK_PATIENCE = 60  # seconds
LOCK_PAUSE = 0.05
UPGRADE = "run `artifacts-manage db upgrade`"


@translated()
def prepare(engine: Engine) -> None:
    """Give an empty database its schema; raise Misconfigured if it has one that does not serve."""
    if current(engine) is None:
        upgrade(engine)
    check(engine)


@translated()
def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. Processes that do so at once take turns.

    On a server each step takes effect by itself, and one that was stopped can be run again.
    """
    with engine.connect() as plain, _locked(plain) as connection:
        plain.detach()  # for what is set for the steps is not for others
        found = MigrationContext.configure(connection).get_current_revision()
        if found is None or not serves(found, str(head())):
            config = migrations()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()


@translated()
def check(engine: Engine) -> None:
    """Raise Misconfigured unless the schema is one that this version can work with."""
    found, needed = current(engine), str(head())
    if found is None or not serves(found, needed):
        mend = "install a newer version" if _is_newer(found, needed) else UPGRADE
        raise errors.Misconfigured(
            f"the database has schema {found or 'none'}, this version needs {needed}: {mend}"
        )


def serves(found: str, needed: str) -> bool:
    """Whether a process that knows the revision *needed* can work with the schema *found*."""
    number, floor = _parts(found)
    known, _ = _parts(needed)
    return floor <= known <= number


def _is_newer(found: str | None, needed: str) -> bool:
    return found is not None and _parts(found)[0] > _parts(needed)[0]


def _parts(revision: str) -> tuple[int, int]:
    """Return the number of a revision, and the least that processes must know; 0 is any."""
    number, _, floor = revision.partition("-")
    return _number(number), _number(floor)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


@cache
def head() -> str | None:
    """Return the newest revision that this version has."""
    return ScriptDirectory.from_config(migrations()).get_current_head()


def current(engine: Engine) -> str | None:
    """Return the revision of the schema, or None for a database without one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return MigrationContext.configure(connection).get_current_revision()


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("artifacts.migrations")))
    return config


@contextmanager
def _locked(plain: Connection) -> Iterator[Connection]:
    """Let nobody else change the schema meanwhile; the lock ends with the process, too."""
    match plain.dialect.name:
        case "sqlite":
            # One writing transaction from here to the end: Alembic would end it at each migration.
            connection = plain.execution_options(writing=True)
            connection.begin()
            yield connection
        case "postgresql":
            mine: dict[str, object] = {"n": LOCK_NUMBER}
            yield from _holding(plain, "pg_try_advisory_lock(:n)", "pg_advisory_unlock(:n)", mine)
        case _:
            taken, freed = (f"{verb}_LOCK({LOCK_OF_DATABASE}" for verb in ("GET", "RELEASE"))
            yield from _holding(plain, f"{taken}, 0)", f"{freed})", {"name": LOCK})


def _holding(
    plain: Connection, take: str, free: str, name: dict[str, object]
) -> Iterator[Connection]:
    """Ask for a lock now and again: who waits inside of a statement, an index would wait for."""
    connection = plain.execution_options(isolation_level="AUTOCOMMIT")
    deadline = time.monotonic() + LOCK_PATIENCE
    while not connection.scalar(text(f"SELECT {take}"), name):
        if time.monotonic() > deadline:
            raise errors.DatabaseUnavailable("another process is changing the schema")
        time.sleep(LOCK_PAUSE)
    try:
        yield connection
    finally:
        connection.rollback()
        connection.execute(text(f"SELECT {free}"), name)
