"""The database's clock, which all processes share: milliseconds since 1970, or a time; UTC.

Leases and memberships end by it; when something was done is told by the clock of who did it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from artifacts.db.columns import Timestamp


def utc_now() -> datetime:
    return datetime.now(UTC)


class now_ms(FunctionElement[int]):  # noqa: N801 - reads as a function in a statement
    """Now, and not when the transaction began."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _sqlite(element: now_ms, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(now_ms, "postgresql")
def _postgresql(element: now_ms, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(now_ms, "mysql")
@compiles(now_ms, "mariadb")
def _mariadb(element: now_ms, compiler: SQLCompiler, **kw: Any) -> str:
    # UTC_TIMESTAMP and no UNIX_TIMESTAMP: the session's zone must not matter.
    return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)"


class now_time(FunctionElement[datetime]):  # noqa: N801 - reads as a function in a statement
    """The same moment, as columns of times have it."""

    type = Timestamp()
    inherit_cache = True


@compiles(now_time, "sqlite")
def _sqlite_time(element: now_time, compiler: SQLCompiler, **kw: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(now_time, "postgresql")
def _postgresql_time(element: now_time, compiler: SQLCompiler, **kw: Any) -> str:
    return "(clock_timestamp() AT TIME ZONE 'UTC')"


@compiles(now_time, "mysql")
@compiles(now_time, "mariadb")
def _mariadb_time(element: now_time, compiler: SQLCompiler, **kw: Any) -> str:
    return "UTC_TIMESTAMP(6)"
