"""Transactions: reading ones, and writing ones that are run again when they lose a race."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from artifacts import errors
from artifacts.db import sqlite
from artifacts.db.numbers import Memory, Numbers
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact

Result = TypeVar("Result")

ATTEMPTS = 10
LOST_RACE = ("40001", "40P01", "1213", "1205", "1020")  # deadlock, serialisation, lock wait


class Database:
    """The metadata of one service, behind one SQLAlchemy URL."""

    def __init__(self, url: str, types: Mapping[str, type[Artifact]], *, pool_size: int = 20):
        self.engine = connect(url, pool_size=pool_size)
        self._types = types
        self._memory = Memory()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads."""
        with translated(), self.engine.connect() as connection:
            numbers = Numbers(connection, self._memory)
            yield Transaction(connection, self._types, numbers)
        self._memory.learn(numbers.learnt)

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run *work* in a writing transaction and commit; again, a few times, if it deadlocks.

        *work* may run several times, so it must change nothing but the database.
        """
        for attempt in range(ATTEMPTS):
            try:
                with translated(), self._writing() as connection:
                    numbers = Numbers(connection, self._memory)
                    result = work(Transaction(connection, self._types, numbers))
                    connection.commit()
                self._memory.learn(numbers.learnt)
                return result
            except _LostRace:
                time.sleep(random.uniform(0.001, 0.01) * 2**attempt)  # noqa: S311 - no secret
        raise errors.DatabaseUnavailable("the database is too busy; try again")

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection.execution_options(writing=True)

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
        with translated(), self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def close(self) -> None:
        self.engine.dispose()


class _LostRace(errors.DatabaseUnavailable):
    """The database chose this transaction as the one to give way."""


@contextmanager
def translated() -> Iterator[None]:
    """Name what the database says in our words, and never show its own."""
    try:
        yield
    except PoolTimeout as error:
        raise errors.DatabaseUnavailable("the database is too busy; try again") from error
    except DBAPIError as error:
        if lost_race(error):
            raise _LostRace("the database is too busy; try again") from error
        if sqlite.is_full(error):
            raise errors.StoreFull("no space is left for the database") from error
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
            raise errors.DatabaseUnavailable("the database does not answer") from error
        raise


def lost_race(error: BaseException | None) -> bool:
    """Whether the database chose this transaction as the one to give way.

    With it MariaDB forgets its savepoints, so that leaving one is the error that is seen.
    """
    while error is not None:
        if isinstance(error, DBAPIError) and any(code in _code(error) for code in LOST_RACE):
            return True
        error = error.__context__
    return False


def _code(error: DBAPIError) -> str:
    original = error.orig
    return getattr(original, "sqlstate", None) or str(getattr(original, "args", [""])[0:1])


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine whose transactions behave alike on every database."""
    try:
        return _engine(url, pool_size)
    except (ArgumentError, ImportError) as error:  # whose texts may hold the URL, and a password
        raise errors.Misconfigured(
            "[database] connection: must be an SQLAlchemy URL whose driver is installed"
        ) from error


def _engine(url: str, pool_size: int) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite.connect(url, pool_size)
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_recycle=3600,
        hide_parameters=True,
    )
