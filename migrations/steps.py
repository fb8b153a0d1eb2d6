"""How the steps of migrations are made: beside a service that runs, and again after a kill.

A server has no transaction around them: each takes effect by itself. So one that was done before
is passed over, an index is built while others write, and what needs a table for itself waits for
that only for a moment at a time, since all who come later wait behind it.
"""

import random
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations, ops, toimpl
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from artifacts.db.failures import lost_race

MOMENT = 2  # seconds that a step waits for a table, and everybody else behind it
TURNS = 60  # that it takes, with pauses in which the others go on
PAUSE = 1.0  # seconds

WAITS = {
    "postgresql": "SET lock_timeout = '{}s'",
    "mysql": "SET SESSION lock_wait_timeout = {}",
}
BUILT = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"


@Operations.implementation_for(ops.CreateTableOp, replace=True)
def create_table(operations: Operations, operation: ops.CreateTableOp) -> Any:
    if sa.inspect(_connection(operations)).has_table(operation.table_name):
        return operation.to_table(operations.migration_context)
    return _by_moments(operations, lambda: toimpl.create_table(operations, operation))


@Operations.implementation_for(ops.AddColumnOp, replace=True)
def add_column(operations: Operations, operation: ops.AddColumnOp) -> None:
    known = sa.inspect(_connection(operations)).get_columns(operation.table_name)
    if operation.column.name not in {column["name"] for column in known}:
        _by_moments(operations, lambda: toimpl.add_column(operations, operation))


@Operations.implementation_for(ops.CreateIndexOp, replace=True)
def create_index(operations: Operations, operation: ops.CreateIndexOp) -> None:
    connection, table = _connection(operations), operation.table_name
    if _has_index(connection, table, operation.index_name):
        if not _is_torso(connection, operation.index_name):
            return
        drop_index(operations, ops.DropIndexOp(operation.index_name, table))
    match connection.dialect.name:
        case "postgresql" if _has_rows(connection, table):
            _wait(connection, 0)  # for the transactions that began before; nobody waits for it
            operation.kw["postgresql_concurrently"] = True
            toimpl.create_index(operations, operation)
        case "mysql" | "mariadb":
            index = operation.to_index(operations.migration_context)
            made = str(CreateIndex(index).compile(dialect=connection.dialect))
            online = sa.text(f"{made} ALGORITHM=INPLACE LOCK=NONE")
            _by_moments(operations, lambda: connection.execute(online))
        case _:
            _by_moments(operations, lambda: toimpl.create_index(operations, operation))


@Operations.implementation_for(ops.DropIndexOp, replace=True)
def drop_index(operations: Operations, operation: ops.DropIndexOp) -> None:
    if _has_index(_connection(operations), operation.table_name, operation.index_name):
        _by_moments(operations, lambda: toimpl.drop_index(operations, operation))


def _connection(operations: Operations) -> sa.Connection:
    return operations.get_bind()


def _has_index(connection: sa.Connection, table: str | None, name: str | None) -> bool:
    return name in {index["name"] for index in sa.inspect(connection).get_indexes(table or "")}


def _is_torso(connection: sa.Connection, name: str | None) -> bool:
    """Whether PostgreSQL was stopped while it built an index, which it then never uses."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.scalar(sa.text(BUILT), {"name": name}) is False


def _has_rows(connection: sa.Connection, table: str | None) -> bool:
    rows = sa.select(sa.literal(1)).select_from(sa.table(table or "")).limit(1)
    return connection.scalar(rows) is not None


def _by_moments(operations: Operations, step: Callable[[], Any]) -> Any:
    """Make a step that needs its table for itself; try again where others do not let go of it."""
    connection = _connection(operations)
    _wait(connection, MOMENT)
    for turn in range(1, TURNS + 1):
        try:
            return step()
        except DBAPIError as error:
            if turn == TURNS or not lost_race(error):
                raise
            time.sleep(random.uniform(0.5, 1.5) * PAUSE)  # noqa: S311 - no secret
    return None


def _wait(connection: sa.Connection, seconds: int) -> None:
    name = connection.dialect.name
    setting = WAITS.get("mysql" if name == "mariadb" else name)
    if setting:
        connection.execute(sa.text(setting.format(seconds)))
