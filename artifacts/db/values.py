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
from artifacts.model.containers import Container
from artifacts.model.fields import Field

ELSEWHERE = tables.COLUMNS | tables.DERIVED | {"tags"}  # found without a row here
LONGEST = 255  # characters of the column
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The column that the values of a kind compare in.
COLUMN = {
    "String": "string",
    "Link": "string",
    "Version": "string",
    "Integer": "integer",
    "DateTime": "integer",
    "Float": "float",
    "Boolean": "boolean",
    "Folder": "string",  # nothing is kept of them here, so nothing is found
}

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
            for name, row in rows_of(of)
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
    """Return the fields that have rows: filterable or sortable, and no column of their own.

    Dicts always have them: each can be asked for its keys.
    """
    return {
        name: field
        for name, field in artifact_type.fields.items()
        if name not in ELSEWHERE
        and not field.holds_blobs
        and (field.filters or field.sortable or field.is_dict)
    }


def rows_of(artifact: Artifact) -> Iterator[tuple[str, Row]]:
    """Yield each row of an artifact's values, with the name of its field."""
    held = artifact.values
    for name, field in indexed(type(artifact)).items():
        for row in rows(field, held[name]):
            yield name, row


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
    return row if value is None else row | typed(field, value)


def column_of(field: Field) -> str:
    """Return the column of `field_values` that the field's values compare in."""
    kind = field.kind.element if isinstance(field.kind, Container) else field.kind
    return COLUMN[kind.name]


def typed(field: Field, value: Any) -> Row:
    """Return the columns of `field_values` that *value* is, as it is kept there."""
    match value:
        case datetime():
            stored: Any = (value - EPOCH) // value.resolution
        case str() if field.kind.name == "Version":
            return {"string": versions.key(value), "integer": _build(value)}
        case str() if len(value) > LONGEST:  # which is only ever asked for as a whole
            stored = hashlib.sha256(value.encode()).hexdigest()
        case _:
            stored = value
    return {column_of(field): stored}


def _build(version: str) -> int:
    """Return a number for build metadata, in which versions differ that are one in order."""
    _, _, build = version.partition("+")
    return int.from_bytes(hashlib.sha256(build.encode()).digest()[:7]) if build else 0
