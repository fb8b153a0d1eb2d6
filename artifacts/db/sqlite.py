"""SQLite: made to behave as the servers do, under several processes at once.

A transaction that writes takes the one lock there is when it begins, since one that reads first
and then finds the lock taken could only fail.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from artifacts.db.failures import code_of

PATIENCE = 15.0  # seconds that a writer waits for the lock


def connect(url: str, pool_size: int) -> Engine:
    """Return an engine with write-ahead log, foreign keys, and writers that take turns."""
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"timeout": 0}, hide_parameters=True
    )

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
            _take_turn(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _take_turn(connection: Connection) -> None:
    """Begin to write, waiting in short random steps: fairer than SQLite's own waiting."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")


def _patiently(work: Callable[[], object]) -> None:
    """Do what SQLite refuses while another holds its lock, without waiting for that itself."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            work()
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.0005, 0.0025))  # noqa: S311 - no secret
