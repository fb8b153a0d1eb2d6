"""Transactions: reading ones, and writing ones that are run again when they took no effect."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url, select
from sqlalchemy.exc import ArgumentError

from artifacts import errors
from artifacts.db import mariadb, sqlite
from artifacts.db.clock import utc_now
from artifacts.db.commits import Writer, Writers
from artifacts.db.failures import CutOff, LostRace, translated
from artifacts.db.numbers import Memory, Numbers
from artifacts.db.patience import Patience
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact

Result = TypeVar("Result")

ATTEMPTS = 10
PATIENCE = 30.0  # seconds after which a transaction that took no effect is not run again
DOUBT = 10.0  # seconds for which is asked whether a commit took effect

logger = logging.getLogger(__name__)


class NoEffect(Exception):
    """A transaction took no effect, and may be run again."""


class Database:
    """The metadata of one service, behind one SQLAlchemy URL."""

    def __init__(
        self,
        url: str,
        types: Mapping[str, type[Artifact]],
        *,
        pool_size: int = 20,
        patience: Patience = Patience(),  # noqa: B008 - immutable
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.engine = connect(url, pool_size=pool_size, patience=patience)
        self._types = types
        self._now = now
        self._memory = Memory()
        self._writers = Writers()

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Transaction]:
        """Open a transaction that only reads; with *snapshot*, all that it reads is of one moment.

        SQLite knows no other.
        """
        level = {"isolation_level": "REPEATABLE READ"} if snapshot and not self._is_sqlite else {}
        with translated(), self.engine.connect() as plain:
            connection = plain.execution_options(**level)
            numbers = Numbers(connection, self._memory)
            yield self._transaction(connection, numbers)
        self._memory.learn(numbers.learnt)

    @property
    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def write(self, work: Callable[[Transaction], Result], *, repeatable: bool = False) -> Result:
        """Run *work* in a writing transaction and commit; again, a few times, if it had no effect.

        *work* may run several times, so it must change nothing but the database. If the answer to
        a commit is lost, whether it took effect is looked up. What is *repeatable*, because doing
        it twice is as good as once, is simply done again.
        """
        deadline = time.monotonic() + PATIENCE
        with self._writers.lend() as writer:
            for attempt in count(1):
                try:
                    return self._write(work, None if repeatable else writer)
                except NoEffect as error:
                    if attempt == ATTEMPTS or time.monotonic() > deadline:
                        raise errors.DatabaseUnavailable(str(error)) from error.__cause__
                    _pause(attempt)
        raise AssertionError("unreachable")

    def _write(self, work: Callable[[Transaction], Result], writer: Writer | None) -> Result:
        """Run *work* once; raise NoEffect if it is sure that nothing came of it."""
        with self._writing() as connection:
            numbers = Numbers(connection, self._memory)
            try:
                with translated():
                    if writer is not None:
                        writer.mark(connection)
                    result = work(self._transaction(connection, numbers))
            except (LostRace, CutOff) as error:
                raise NoEffect(str(error)) from error
            lost = self._commit(connection)
        if lost is not None and not (writer and self._has_committed(writer)):
            raise NoEffect(str(lost)) from lost
        self._memory.learn(numbers.learnt)
        return result

    def _commit(self, connection: Connection) -> errors.DatabaseUnavailable | None:
        """Commit; return what went wrong if the answer was lost."""
        try:
            with translated():
                connection.commit()
        except LostRace as error:
            raise NoEffect(str(error)) from error
        except errors.DatabaseUnavailable as error:
            return error
        return None

    def _has_committed(self, writer: Writer) -> bool:
        """Find out whether the writer's latest transaction took effect; raise CommitUnknown."""
        deadline = time.monotonic() + DOUBT
        for attempt in count(1):
            try:
                with self._writing() as connection, translated():
                    committed = writer.has_committed(connection)
                    connection.commit()
            except errors.DatabaseUnavailable as error:
                if time.monotonic() > deadline:
                    raise errors.CommitUnknown(
                        "the database does not answer: it may have been done, or not"
                    ) from error
                _pause(attempt)
            else:
                done = "been done" if committed else "not been done, and is tried again"
                logger.warning("database: the answer to a commit was lost; it had %s", done)
                return committed
        raise AssertionError("unreachable")

    def _transaction(self, connection: Connection, numbers: Numbers) -> Transaction:
        return Transaction(connection, self._types, numbers, self._now)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(), self.engine.connect() as connection:
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


def connect(url: str, *, pool_size: int, patience: Patience = Patience()) -> Engine:  # noqa: B008
    """Return an engine whose transactions behave alike on every database."""
    try:
        return _engine(url, pool_size, patience)
    except (ArgumentError, ImportError) as error:  # whose texts may hold the URL, and a password
        raise errors.Misconfigured(
            "[database] connection: must be an SQLAlchemy URL whose driver is installed"
        ) from error


def _engine(url: str, pool_size: int, patience: Patience) -> Engine:
    parsed = make_url(url)
    match parsed.get_backend_name(), parsed.get_driver_name():
        case "sqlite", _:
            return sqlite.connect(url, pool_size)
        case "postgresql", "psycopg":
            # Not at the head: the driver is there only where it is wanted.
            from artifacts.db import postgresql

            return postgresql.connect(url, pool_size, patience)
        case "mysql" | "mariadb", "pymysql" | "mysqldb":
            return mariadb.connect(url, pool_size, patience)
    raise ArgumentError("no database, or no driver, that this service knows")


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.001, 0.01) * 2 ** min(attempt, 9))  # noqa: S311 - no secret
