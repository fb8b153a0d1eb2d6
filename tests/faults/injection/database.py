"""The database's calls: each statement, BEGIN, COMMIT and ROLLBACK, and each new connection."""

import re
import sqlite3
from typing import Any

from sqlalchemy import Engine, event

from injection.calls import Calls

STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params")
ENDS = {"do_commit": "COMMIT", "do_rollback": "ROLLBACK"}
TABLE = re.compile(r"(?:FROM|INTO|UPDATE) (\w+)")


def watch(engine: Engine, calls: Calls) -> None:
    """Let *calls* see all that *engine* asks its driver for."""
    for name in STATEMENTS:
        setattr(engine.dialect, name, _executing(getattr(engine.dialect, name), calls))
    for name, said in ENDS.items():
        setattr(engine.dialect, name, _ending(getattr(engine.dialect, name), said, calls))
    event.listen(engine, "do_connect", _connecting(calls))


def _executing(execute: Any, calls: Calls) -> Any:
    def executing(cursor: Any, statement: str, *more: Any, **named: Any) -> None:
        connection = cursor.connection
        calls.made(
            _name(statement),
            lambda: execute(cursor, statement, *more, **named),
            lambda: _lost(connection),
        )

    return executing


def _ending(end: Any, said: str, calls: Calls) -> Any:
    def ending(connection: Any) -> None:
        driver = getattr(connection, "driver_connection", connection)
        calls.made(said, lambda: end(connection), lambda: _lost(driver))

    return ending


def _connecting(calls: Calls) -> Any:
    def connecting(dialect: Any, record: Any, arguments: Any, named: Any) -> Any:
        made: list[Any] = []

        def connect() -> Any:
            made.append(dialect.connect(*arguments, **named))
            return made[0]

        def lost() -> Exception:
            if made:
                return _lost(made[0], close=True)
            return _lost(connect(), close=True)

        return calls.made("CONNECT", connect, lost)

    return connecting


def _name(statement: str) -> str:
    """Return what a statement does, and to which table."""
    verb, table = statement.split(maxsplit=1)[0], TABLE.search(statement)
    return f"{verb} {table[1]}" if table else " ".join(statement.split()[:2])


def _lost(connection: Any, *, close: bool = False) -> Exception:
    """Lose a connection, and return what its driver says of that.

    What was not committed is rolled back before, as the server does when it notices: only that
    nobody here has to wait for it. A file is not lost, but cannot be read or written.
    """
    if isinstance(connection, sqlite3.Connection):
        if close:
            connection.close()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        return error
    connection.rollback()
    connection.close()
    if any(each.__module__.startswith("psycopg") for each in type(connection).__mro__):
        import psycopg

        return psycopg.OperationalError("server closed the connection unexpectedly")
    import pymysql

    return pymysql.err.OperationalError(2013, "Lost connection to server during query")
