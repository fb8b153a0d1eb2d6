"""The schema of the database: made, brought up to date, and checked at the start."""

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


@translated()
def prepare(engine: Engine) -> None:
    """Give an empty database its schema; raise Misconfigured if it has an older or newer one."""
    if current(engine) is None:
        upgrade(engine)
    check(engine)


@translated()
def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. Processes that do so at once take turns."""
    with engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        _lock(connection)
        try:
            config = migrations()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            _unlock(connection)


@translated()
def check(engine: Engine) -> None:
    """Raise Misconfigured unless the schema is the one that this version expects."""
    found, needed = current(engine), head()
    if found != needed:
        raise errors.Misconfigured(
            f"the database has schema {found or 'none'}, this version needs {needed}: "
            f"run `artifacts-manage db upgrade`"
        )


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


def _lock(connection: Connection) -> None:
    match connection.dialect.name:
        case "sqlite":
            # One writing transaction from here to the end: Alembic would end it at each migration.
            connection.begin()
        case "postgresql":
            patience = {"patience": f"{LOCK_PATIENCE}s"}  # of this transaction alone
            connection.execute(text("SELECT set_config('lock_timeout', :patience, true)"), patience)
            connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK_NUMBER})
        case "mysql" | "mariadb":
            arguments = {"name": LOCK, "seconds": LOCK_PATIENCE}
            taken = connection.scalar(
                text(f"SELECT GET_LOCK({LOCK_OF_DATABASE}, :seconds)"), arguments
            )
            if taken != 1:
                raise errors.DatabaseUnavailable("another process is changing the schema")


def _unlock(connection: Connection) -> None:
    match connection.dialect.name:
        case "postgresql":
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": LOCK_NUMBER})
        case "mysql" | "mariadb":
            connection.execute(text(f"SELECT RELEASE_LOCK({LOCK_OF_DATABASE})"), {"name": LOCK})
