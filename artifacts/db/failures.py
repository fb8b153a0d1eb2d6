"""Failures: what a database says, in our words, and never in its own.

lost race      this transaction gave way to another: it is run again
cut off        the connection ended under it: before COMMIT, nothing of it took effect
unavailable    the database cannot be reached, ends, or is too busy
full           it has no space left
the rest       a fault of the service: it is raised as it came, and logged
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from artifacts import errors

Code = str | int | None  # an SQLSTATE of PostgreSQL; a number of MariaDB or SQLite

DEADLOCK, LOCK_WAIT, CHANGED = 1213, 1205, 1020
LOST_RACE: frozenset[Code] = frozenset(
    {"40001", "40P01", "55P03", DEADLOCK, LOCK_WAIT, CHANGED}  # 55P03: a lock was not free in time
)
NO_SUCH_SAVEPOINT = 1305
UNAVAILABLE: frozenset[Code] = frozenset(
    {
        # PostgreSQL: too many connections, a statement took too long, this one only reads
        *("53300", "57014", "25P03", "25006"),
        # MariaDB: too many connections, shutting down, unreachable, gone, killed, out of its
        # cluster, only reads; a statement took too long, as MariaDB and as MySQL say it
        *(1040, 1203, 1053, 1077, 1079, 1927, 2002, 2003, 2005, 2006, 2013, 2055, 4031),
        *(1047, 1290, 1836, 1969, 3024),
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR),
    }
)
# The SQLSTATEs of PostgreSQL that begin so: the connection, or who ended it.
CONNECTION = ("08", "57P")
FULL: frozenset[Code] = frozenset({"53100", 1021, 1114, sqlite3.SQLITE_FULL})


class LostRace(errors.DatabaseUnavailable):
    """The database chose this transaction as the one to give way."""


class CutOff(errors.DatabaseUnavailable):
    """The connection ended under a statement."""


@contextmanager
def translated() -> Iterator[None]:
    """Name what the database says in our words, and never show its own."""
    try:
        yield
    except PoolTimeout as error:
        raise errors.DatabaseUnavailable("the database is too busy; try again") from error
    except DBAPIError as error:
        if lost_race(error):
            raise LostRace("the database is too busy; try again") from error
        if code_of(error) in FULL:
            raise errors.StoreFull("no space is left for the database") from error
        if error.connection_invalidated:
            raise CutOff("the database does not answer") from error
        if _unavailable(error):
            raise errors.DatabaseUnavailable("the database does not answer") from error
        raise


def lost_race(error: DBAPIError) -> bool:
    """Whether the database chose this transaction as the one to give way.

    With it MariaDB forgets its savepoints, so that leaving one is the error that is seen.
    """
    code = code_of(error)
    if code != NO_SUCH_SAVEPOINT:
        return code in LOST_RACE
    before = error.__context__
    while before and not (isinstance(before, DBAPIError) and code_of(before) in LOST_RACE):
        before = before.__context__
    return before is not None


def _unavailable(error: DBAPIError) -> bool:
    code = code_of(error)
    # Without a statement it was connecting, or committing, that failed.
    unreached = error.statement is None and isinstance(error, OperationalError | InterfaceError)
    return unreached or str(code).startswith(CONNECTION) or code in UNAVAILABLE


def code_of(error: DBAPIError | sqlite3.Error) -> Code:
    """Return the database's own code, the primary one of SQLite; None if it gave none."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        extended: int | None = getattr(original, "sqlite_errorcode", None)
        return None if extended is None else extended & 0xFF
    number = next(iter(getattr(original, "args", ())), None)
    if isinstance(number, int):  # MariaDB's own: its SQLSTATE is often that of any error
        return number
    state: str | None = getattr(original, "sqlstate", None)
    return state
