"""Pages: a union of ordered branches, each cut at the page's length before they are merged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union_all

from artifacts.db import tables
from artifacts.db.latest import count_highest
from artifacts.db.ordering import Order, Stand, after
from artifacts.db.segments import NOTHING, Segment
from artifacts.db.sources import ONE, Source, artifacts_of, foreign, newest_of, values_of
from artifacts.db.values import column_of


@dataclass(frozen=True)
class Branch:
    """A source, and what its rows must fulfil besides being in it."""

    source: Source
    filters: Sequence[ColumnElement[bool]]

    @property
    def where(self) -> list[ColumnElement[bool]]:
        return [*self.source.where, *self.filters]


def walks(segment: Segment, order: Order) -> list[Source]:
    """Return sources whose rows an index gives in the page's order, where there is one."""
    if not segment.driven:
        return foreign(segment)
    if order.walked is not None:
        field, number = order.walked
        column = column_of(field)

        def present(row: Any) -> list[ColumnElement[bool]]:
            return [row[column].is_not(None)]

        def absent(row: Any) -> list[ColumnElement[bool]]:
            return [row[column].is_(None)]

        return [
            values_of(segment, number, present, walked=field.name, absent=False),
            values_of(segment, number, absent, walked=field.name, absent=True),
        ]
    if order.by_age:
        return [newest_of(segment)]
    return [artifacts_of(each) for each in segment.each_type()]


def page(branches: Iterable[Branch], order: Order, stand: Stand | None, limit: int) -> Select[Any]:
    """SELECT the artifacts of a page, whatever its length: their keys first, then the rows."""
    limited = [
        # SQLite takes no ORDER BY inside a UNION unless it is wrapped once more.
        select(ordered.limit(limit).subquery())
        for branch in branches
        if (ordered := _ordered(branch, order, stand)) is not None
    ]
    row = tables.artifacts.c
    whole = select(tables.artifacts, tables.projects.c.name.label("project_name"))
    owned = tables.projects.c.number == row.owner
    if not limited:
        return whole.join(tables.projects, owned).where(row.order_key.is_(None))
    merged = (limited[0] if len(limited) == 1 else union_all(*limited)).subquery()
    found = select(merged).order_by(*_by(merged, order)).limit(limit).subquery()
    return (
        whole.select_from(found)
        .join(tables.artifacts, row.order_key == found.c.found)
        .join(tables.projects, owned)
        .order_by(*_by(found, order))
    )


def _ordered(branch: Branch, order: Order, stand: Stand | None) -> Select[Any] | None:
    """Return a branch in its order behind the marker; None where nothing of it is."""
    source = branch.source
    labels = [key.on(source).label(f"k{place}") for place, key in enumerate(order.keys)]
    known = 0
    if source.absent is not None:  # the field that is walked, or its absence, is settled
        labels[0] = (ONE if source.absent else NOTHING).label("k0")
        known = 2 if source.absent else 1
    keyset: list[ColumnElement[bool]] = []
    if stand is not None:
        position = [key.at(stand) for key in order.keys]
        if source.absent is False and position[0] == 1:
            return None
        if not (source.absent and position[0] == 0):
            pairs = [(key.on(source), key.ascending) for key in order.keys]
            keyset = [after(pairs[known:], position[known:])]
    statement = select(source.key.label("found"), *labels).where(*branch.where, *keyset)
    if source.distinct:
        statement = statement.distinct()
    by = list(zip(labels, order.keys, strict=True))[known:]
    return statement.order_by(*[each.asc() if key.ascending else each.desc() for each, key in by])


def _by(rows: Any, order: Order) -> list[Any]:
    keys = [rows.c[f"k{place}"] for place in range(len(order.keys))]
    return [
        each.asc() if key.ascending else each.desc()
        for each, key in zip(keys, order.keys, strict=True)
    ]


def count(branches: Iterable[Branch], *, latest: bool) -> ColumnElement[int]:
    """Count what the branches find; of *latest*, the highest of each name in all of them."""
    branches = list(branches)
    if latest and branches:
        names = [_named(branch) for branch in branches]
        return count_highest((names[0] if len(names) == 1 else union_all(*names)).subquery())
    return sum((_count(branch) for branch in branches), NOTHING)


def _count(branch: Branch) -> ColumnElement[int]:
    source = branch.source
    amount = func.count(source.key.distinct()) if source.distinct else func.count()
    found = select(amount).select_from(source.table).where(*branch.where)
    return found.correlate(None).scalar_subquery()


def _named(branch: Branch) -> Select[Any]:
    source = branch.source
    columns = [source.column(name).label(name) for name in ("name", "version_key")]
    found = select(source.key.label("found"), *columns).where(*branch.where)
    return found.distinct() if source.distinct else found
