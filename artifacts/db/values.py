"""Rows of `field_values` and `tags`: what lists filter and sort by, beside the document."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from artifacts.db import tables
from artifacts.db.numbers import Numbers
from artifacts.model import Artifact
from artifacts.model import version as versions
from artifacts.model.fields import Field

ELSEWHERE = tables.COLUMNS | tables.DERIVED | {"tags"}  # found without a row here
LONGEST = 255  # characters of the column
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


class Values:
    def __init__(self, connection: Connection, numbers: Numbers) -> None:
        self._connection = connection
        self._numbers = numbers

    def write(self, order_key: int, type_number: int, audience: int | None, of: Artifact) -> None:
        """Insert the values and tags of *of*; none for what nobody may see."""
        if audience is None:
            return
        own = {"artifact": order_key, "audience": audience}
        values = [
            {**own, "field": self._numbers.field(type_number, name), **row}
            for name, field in indexed(type(of)).items()
            for row in rows(field, of.values[name])
        ]
        self._insert(tables.field_values, values)
        self._insert(
            tables.tags, [{**own, "type": type_number, "tag": tag} for tag in of.tags or ()]
        )

    def replace(self, order_key: int, type_number: int, audience: int | None, by: Artifact) -> None:
        for table in (tables.field_values, tables.tags):
            self._connection.execute(delete(table).where(table.c.artifact == order_key))
        self.write(order_key, type_number, audience, by)

    def _insert(self, table: Table, rows: list[Row]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)


def indexed(artifact_type: type[Artifact]) -> dict[str, Field]:
    """Return the fields that have rows: filterable or sortable, and no column of their own."""
    return {
        name: field
        for name, field in artifact_type.fields.items()
        if name not in ELSEWHERE and not field.is_blob and (field.filters or field.sortable)
    }


def rows(field: Field, value: Any) -> Iterator[Row]:
    """Yield a row a value: one for a scalar, even an unset one, and one an item otherwise."""
    match value:
        case dict():
            yield from (_row(field, item, key) for key, item in value.items())
        case list():
            yield from (_row(field, item, str(position)) for position, item in enumerate(value))
        case None if not field.sortable:
            return
        case _:
            yield _row(field, value, "")


def _row(field: Field, value: Any, key: str) -> Row:
    row: Row = {"key": key, "string": None, "integer": None, "float": None, "boolean": None}
    if value is not None:
        column, stored = typed(field, value)
        row[column] = stored
    return row


def typed(field: Field, value: Any) -> tuple[str, Any]:
    """Return the column of `field_values` that *value* compares in, and how it is kept there."""
    match value:
        case bool():
            return "boolean", value
        case int():
            return "integer", value
        case float():
            return "float", value
        case datetime():
            return "integer", (value - EPOCH) // (value.resolution)
        case _ if field.kind.name == "Version":
            return "string", versions.key(value)
        case _ if len(value) > LONGEST:  # of a link, which is only ever asked for as a whole
            return "string", hashlib.sha256(value.encode()).hexdigest()
        case _:
            return "string", value
