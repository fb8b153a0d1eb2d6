"""Sources: the tables that a branch of a list can read its rows from, artifact by artifact."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, literal_column, select

from artifacts.db import members, tables
from artifacts.db.segments import NOTHING, Segment, Shared
from artifacts.db.values import column_of
from artifacts.model.fields import Field

ONE = literal_column("1", Integer)


@dataclass(frozen=True)
class Source:
    """Rows of `artifacts`, or of a table that repeats their order keys.

    `ordered` says that an index gives them newest first; `distinct`, that an artifact may come
    twice; `absent`, when they are walked by a field, that these are the rows without it.
    """

    table: Any
    key: ColumnElement[int]
    where: tuple[ColumnElement[bool], ...]
    ordered: bool = True
    distinct: bool = False
    walked: str | None = None
    absent: bool | None = None

    @property
    def whole(self) -> bool:
        """Whether these are the rows of `artifacts` themselves."""
        return "document" in self.table.c

    @property
    def age(self) -> ColumnElement[int]:
        # What is not in this order must not look as if it were: no database shall walk the
        # primary key in search of a few rows that another index has together.
        return self.key if self.ordered else self.key + NOTHING

    def column(self, name: str) -> ColumnElement[Any]:
        """Return a column of the artifact."""
        if self.whole:
            found: ColumnElement[Any] = self.table.c[name]
            return found
        row = tables.artifacts.alias()
        return _one(select(row.c[name]).where(row.c.order_key == self.key), row)

    def owner(self) -> ColumnElement[Any]:
        """Return the name of the artifact's project."""
        row = tables.projects.alias()
        return _one(select(row.c.name).where(row.c.number == self.column("owner")), row)

    def value(self, field: Field, number: Any) -> ColumnElement[Any]:
        """Return the one value of a scalar field of the type, which has that number."""
        column = column_of(field)
        if self.walked == field.name:
            found: ColumnElement[Any] = self.table.c[column]
            return found
        row = tables.field_values.alias()
        mine = (row.c.artifact == self.key, row.c.field == number, row.c.key == "")
        return _one(select(row.c[column]).where(*mine), row)


def probe(row: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row.

    Not an EXISTS, which databases turn into a join, and joins into the order that they like.
    """
    return _one(select(ONE).where(*where).limit(1), row).is_not(None)


def artifacts_of(segment: Segment) -> Source:
    row = tables.artifacts.alias()
    return Source(row, row.c.order_key, tuple(segment.on(row.c)))


def newest_of(segment: Segment) -> Source:
    """Return the rows of `artifacts` to be walked by age."""
    row = tables.artifacts.alias()
    return Source(row, row.c.order_key, tuple(segment.merged(row.c)))


def foreign(segment: Segment) -> list[Source]:
    """Return the rows of others that a project sees: by its memberships, or by visibility."""
    return [
        _shared(each) if isinstance(each, Shared) else artifacts_of(each)
        for each in segment.each_type()
    ]


def _shared(segment: Shared) -> Source:
    row, artifact = tables.members.alias(), tables.artifacts.alias()
    mine = (row.c.member == segment.own, segment.typed(row.c))
    shown = probe(artifact, artifact.c.order_key == row.c.artifact, *segment.shown(artifact.c))
    where = (*mine, *members.counting(row.c, segment.statuses), shown)
    return Source(row, row.c.artifact, where)


def values_of(segment: Segment, field: Any, *where: Any, **more: Any) -> Source:
    """Return rows of `field_values` with a field of the segment's one type; *where* takes a row."""
    row = tables.field_values.alias()
    mine = [row.c.field == field]
    if not segment.wide:
        mine.append(row.c.audience == segment.audience)
    conditions = [condition for each in where for condition in each(row.c)]
    return Source(row, row.c.artifact, (*mine, *conditions), **more)


def _one(statement: Select[Any], row: Any) -> ColumnElement[Any]:
    found: ColumnElement[Any] = statement.correlate_except(row).scalar_subquery()
    return found
