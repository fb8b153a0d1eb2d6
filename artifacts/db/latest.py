"""version=latest: of each name, what nothing else that is found has a higher version than."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, func, select

from artifacts.db import tables
from artifacts.db.segments import Segment
from artifacts.db.sources import Source, artifacts_of

Filters = Callable[[Source], list[ColumnElement[bool]]]


def highest(
    source: Source, segments: Sequence[Segment], filters: Filters, name: str | None
) -> list[ColumnElement[bool]]:
    """Return the condition that no segment has a higher version of a row's name.

    The one version on top of a name is the end of a range of an index, however many there are;
    if *name* is the one that is asked for, it is looked for once, and not for each row.
    """
    same = source.column("name") if name is None else name
    return [source.column("version_key") >= _top(each, filters, same) for each in segments]


def _top(segment: Segment, filters: Filters, name: Any) -> ColumnElement[str]:
    if len(segment.types) == 1:
        return func.coalesce(_top_of_type(segment, filters, name), "")
    # Type by type, since several have no index in common; but the filters are written once.
    kind = tables.types.alias()
    top = _top_of_type(replace(segment, types=(kind.c.number,)), filters, name)
    tops = select(func.max(top)).where(kind.c.number.in_(segment.types)).correlate_except(kind)
    return func.coalesce(tops.scalar_subquery(), "")


def _top_of_type(segment: Segment, filters: Filters, name: Any) -> ColumnElement[str]:
    other = artifacts_of(segment)
    row = other.table.c
    # ORDER BY .. DESC LIMIT 1 is the same, but MariaDB finds a lower one among all audiences.
    top = (
        select(func.max(row.version_key))
        .where(*other.where, row.name == name, *filters(other))
        .correlate_except(other.table)
    )
    return top.scalar_subquery()


def count_highest(found: Any) -> ColumnElement[int]:
    """Count the highest of each name among *found*, which has names and version keys."""
    top = func.max(found.c.version_key).over(partition_by=found.c.name).label("top")
    ranked = select(found.c.version_key, top).subquery()
    count = select(func.count()).select_from(ranked).where(ranked.c.version_key == ranked.c.top)
    return count.correlate(None).scalar_subquery()
