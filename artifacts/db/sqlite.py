"""SQLite: made to behave as the servers do, under several processes at once.

A transaction that writes takes the one lock there is when it begins, since one that reads first
and then finds the lock taken could only fail.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import OperationalError

from artifacts.db.failures import Code, code_of

PATIENCE = 15.0  # seconds that a writer waits for the lock
# What the disk refused: whether a transaction is still open then depends on where it did.
DENIED: frozenset[Code] = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)


def connect(url: str, pool_size: int) -> Engine:
    """Return an engine with write-ahead log, foreign keys, and writers that take turns."""
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"timeout": 0}, hide_parameters=True
    )
    waiting: list[object] = []  # writers of this process that have no turn yet

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA case_sensitive_like = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writing"):
            _take_turn(connection, waiting)
        else:
            connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "handle_error")
    def give_up(context: ExceptionContext) -> None:
        # What a COMMIT that failed leaves open nobody ends: who is given the connection next would
        # be in the middle of it, while all others wait for its lock.
        error = context.original_exception
        denied = isinstance(error, sqlite3.Error) and code_of(error) in DENIED
        if denied or context.statement is None:
            _end(context.connection)
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False

    return engine


def _end(connection: Connection | None) -> None:
    """End a transaction at once: a statement that is still open would keep it beyond a close."""
    if connection is not None and not connection.invalidated:
        with suppress(sqlite3.Error):
            connection.connection.rollback()


def _take_turn(connection: Connection, waiting: list[object]) -> None:
    """Begin to write, waiting in short random steps: fairer than SQLite's own waiting."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    waiting.append(connection)
    try:
        _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"), lambda: len(waiting))
    finally:
        waiting.remove(connection)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")


def _patiently(work: Callable[[], object], crowd: Callable[[], int] = lambda: 1) -> None:
    """Do what SQLite refuses while another holds its lock, without waiting for that itself.

    The larger the crowd, the longer each step: many that ask keep from work whoever has the lock.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            work()
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            step = random.uniform(0.0005, 0.0025)  # noqa: S311 - no secret
            time.sleep(step * max(1, crowd() // 4))
