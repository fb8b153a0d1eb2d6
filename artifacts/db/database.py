"""Transactions: reading ones, and writing ones that are run again when they lose a race."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError

from artifacts import errors
from artifacts.db import sqlite
from artifacts.db.clock import utc_now
from artifacts.db.failures import LostRace, translated
from artifacts.db.numbers import Memory, Numbers
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact

Result = TypeVar("Result")

ATTEMPTS = 10
PATIENCE = 30.0  # seconds after which a transaction that lost a race is not run again


class Database:
    """The metadata of one service, behind one SQLAlchemy URL."""

    def __init__(
        self,
        url: str,
        types: Mapping[str, type[Artifact]],
        *,
        pool_size: int = 20,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.engine = connect(url, pool_size=pool_size)
        self._types = types
        self._now = now
        self._memory = Memory()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads."""
        with translated(), self.engine.connect() as connection:
            numbers = Numbers(connection, self._memory)
            yield self._transaction(connection, numbers)
        self._memory.learn(numbers.learnt)

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run *work* in a writing transaction and commit; again, a few times, if it deadlocks.

        *work* may run several times, so it must change nothing but the database.
        """
        deadline = time.monotonic() + PATIENCE
        for attempt in range(ATTEMPTS):
            try:
                with translated(), self._writing() as connection:
                    numbers = Numbers(connection, self._memory)
                    result = work(self._transaction(connection, numbers))
                    connection.commit()
                self._memory.learn(numbers.learnt)
                return result
            except LostRace:
                if time.monotonic() > deadline:
                    break
                time.sleep(random.uniform(0.001, 0.01) * 2**attempt)  # noqa: S311 - no secret
        raise errors.DatabaseUnavailable("the database is too busy; try again")

    def _transaction(self, connection: Connection, numbers: Numbers) -> Transaction:
        return Transaction(connection, self._types, numbers, self._now)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection.execution_options(writing=True)

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers now."""
        with translated(), self.engine.connect() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        self.engine.dispose()


def check_exists(url: str) -> None:
    """Raise Misconfigured if the database is a file that is not there: likely a wrong folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        raise errors.Misconfigured(
            f"there is no database at {parsed.database}; `artifacts serve` makes one"
        )


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
    # A plan that PostgreSQL makes for a prepared statement knows no values: it is worth nothing
    # where one project has nearly everything, and the next has three artifacts.
    driver = make_url(url).drivername
    unprepared = {"prepare_threshold": None} if driver == "postgresql+psycopg" else {}
    return create_engine(
        url,
        connect_args=unprepared,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_recycle=3600,
        hide_parameters=True,
    )
