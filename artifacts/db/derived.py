"""Derived: what rows repeat of the documents of artifacts, so that lists can search by it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, select

from artifacts.db import tables
from artifacts.db.artifacts import Artifacts
from artifacts.db.numbers import Numbers
from artifacts.db.records import Record, derived
from artifacts.db.values import rows_of
from artifacts.model import Artifact

BATCH = 200
VALUE = ("field", "key", "audience", "string", "integer", "float", "boolean")
TAG = ("tag", "type", "audience")

Rows = set[tuple[Any, ...]]


class Differing(NamedTuple):
    """An artifact of which rows say something else than its document."""

    id: str
    project: str
    type: str
    what: str  # tables and columns
    readable: bool = True  # without its document nothing can be derived


class Batch(NamedTuple):
    last: int
    compared: int
    differing: list[Differing]


class Derived:
    def __init__(self, connection: Connection, numbers: Numbers, artifacts: Artifacts) -> None:
        self._connection = connection
        self._numbers = numbers
        self._artifacts = artifacts

    def batch(self, after: int, types: Collection[str]) -> Batch | None:
        """Compare the next artifacts, by order key, if their type is among *types*.

        Right in a snapshot alone: each table is read after the other.
        """
        key = tables.artifacts.c.order_key
        rows = self._connection.execute(
            select(tables.artifacts).where(key > after).order_by(key).limit(BATCH)
        ).all()
        if not rows:
            return None
        self._numbers.meet_projects(row.owner for row in rows)
        known = [row for row in rows if self._numbers.type_name(row.type) in types]
        return Batch(rows[-1].order_key, len(rows), list(self._differing(known)))

    def _differing(self, rows: Sequence[Row[Any]]) -> Iterator[Differing]:
        keys = [row.order_key for row in rows]
        values = self._kept(tables.field_values, VALUE, keys)
        tags = self._kept(tables.tags, TAG, keys)
        for row in rows:
            owner, name = self._numbers.project_name(row.owner), self._numbers.type_name(row.type)
            try:
                artifact = self._artifacts.restore(row, owner)
                assert artifact is not None  # noqa: S101 - its type is enabled
                wrong = self._wrong(row, artifact, values[row.order_key], tags[row.order_key])
            except (ValueError, TypeError, KeyError, AttributeError):
                yield Differing(row.id, owner, name, "document", readable=False)
            else:
                if wrong:
                    yield Differing(row.id, owner, name, ", ".join(wrong))

    def _wrong(self, row: Row[Any], artifact: Artifact, values: Rows, tags: Rows) -> list[str]:
        record = Record(artifact, row.order_key, row.type, row.owner, row.pool)
        wrong = [name for name, value in derived(record).items() if getattr(row, name) != value]
        audience = record.audience
        wanted: Rows = set()
        wanted_tags: Rows = set()
        if audience is not None:
            wanted = {
                tuple(self._value(row.type, name, audience, value).values())
                for name, value in rows_of(artifact)
            }
            wanted_tags = {(tag, row.type, audience) for tag in artifact.tags or ()}
        if values != wanted:
            wrong.append("field_values")
        if tags != wanted_tags:
            wrong.append("tags")
        return wrong

    def _value(
        self, type_number: int, name: str, audience: int, value: dict[str, Any]
    ) -> dict[str, Any]:
        field = self._numbers.known_field(type_number, name)
        whole = {**value, "field": field, "audience": audience}
        return {column: whole[column] for column in VALUE}

    def _kept(
        self, table: Table, columns: tuple[str, ...], order_keys: list[int]
    ) -> defaultdict[int, Rows]:
        found: defaultdict[int, Rows] = defaultdict(set)
        if order_keys:
            names = [table.c[name] for name in columns]
            rows = select(table.c.artifact, *names).where(table.c.artifact.in_(order_keys))
            for row in self._connection.execute(rows):
                found[row.artifact].add(tuple(row[1:]))
        return found
