"""Drivers: the conditions that an index answers, of which one leads through a branch.

Which one, is chosen here and not by the database, by how many rows each finds, counted up to a
bound. A few rows are cheapest to find and to sort; of many, those that come in the page's order.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select

from artifacts.db import tables
from artifacts.db.comparisons import begins, compare, head
from artifacts.db.conditions import Conditions
from artifacts.db.segments import NOTHING, Segment
from artifacts.db.sources import ONE, Source, artifacts_of, values_of
from artifacts.db.values import column_of
from artifacts.model import version
from artifacts.model.containers import ListOf
from artifacts.model.query import Condition

FEW = 5000  # rows that are sorted rather than walked past
MOST = 8  # drivers that are counted for a choice
RANGES = frozenset({"in", "gt", "gte", "lt", "lte"})


@dataclass(frozen=True)
class Driver:
    """A source in each segment, of rows that fulfil `condition`; a part of it, unless `whole`."""

    condition: Condition
    make: Callable[[Segment], Source]
    ordered: bool
    whole: bool = True

    def count(self, segment: Segment) -> ColumnElement[int]:
        """Return how many rows there are, counted until they are too many."""
        source = self.make(segment)
        some = select(ONE).select_from(source.table).where(*source.where).limit(FEW + 1)
        found = some.correlate(None).subquery()
        return select(func.count()).select_from(found).correlate(None).scalar_subquery()


def drivers_of(
    required: Sequence[Condition], conditions: Conditions, *, wide: bool
) -> list[Driver]:
    """Return what can drive, the likeliest first; *wide* is a list for every audience."""
    found = [driver for each in required for driver in _drivers(each, conditions, wide)]
    return sorted(found, key=lambda driver: not driver.ordered)[:MOST]


def choose(drivers: Sequence[Driver], counts: Sequence[int], *, by_age: bool) -> Driver | None:
    """Return the driver to take for a page, or none to walk in the page's order."""
    if not drivers:
        return None
    counted = sorted(zip(counts, range(len(drivers)), strict=True))
    if counted[0][0] <= FEW:
        return drivers[counted[0][1]]
    if by_age:
        return next((drivers[place] for _, place in counted if drivers[place].ordered), None)
    return None


def settled(drivers: Sequence[Driver], *, by_age: bool) -> bool:
    """Whether there is nothing to count, since nothing is left to choose."""
    return not drivers or (by_age and len(drivers) == 1 and drivers[0].ordered)


def _drivers(condition: Condition, conditions: Conditions, wide: bool) -> Iterator[Driver]:
    if condition.field == "tags":
        yield from _of_tags(condition, wide)
    elif condition.field in ("id", "name", "version", "status", "owner"):
        yield from _of_column(condition, conditions, wide)
    elif not conditions.is_column(condition.field):
        yield from _of_values(condition, conditions, wide)


def _of_tags(condition: Condition, wide: bool) -> Iterator[Driver]:
    wanted = sorted(set(condition.values))
    if condition.operator == "any" and len(wanted) != 1:
        yield Driver(
            condition, lambda segment: _tagged(segment, wanted, distinct=True), ordered=False
        )
        return
    for tag in wanted[:MOST]:
        yield Driver(
            condition,
            partial(_tagged, wanted=[tag], ordered=not wide),
            not wide,
            whole=len(wanted) == 1,
        )


def _tagged(
    segment: Segment, wanted: Sequence[str], *, ordered: bool = False, distinct: bool = False
) -> Source:
    row = tables.tags.alias()
    one_of = row.c.tag == wanted[0] if len(wanted) == 1 else compare(row.c.tag, "in", wanted)
    where = (*segment.on(row.c), one_of)
    return Source(row, row.c.artifact, where, ordered=ordered, distinct=distinct)


def _of_column(condition: Condition, conditions: Conditions, wide: bool) -> Iterator[Driver]:
    name, operator = condition.field, condition.operator
    equal = operator == "eq"
    ordered = equal and (name == "name" or (name in ("version", "status") and not wide))
    indexed = name in ("id", "name", "owner") or not wide
    # Of several statuses there are too many rows to sort; those of one come in order.
    able = equal or (name != "status" and operator in RANGES)
    if operator == "like" and name == "name":
        able = bool(head(condition.values[0]))
    if indexed and able:
        yield Driver(
            condition, lambda segment: _columns(segment, condition, conditions, ordered), ordered
        )


def _columns(
    segment: Segment, condition: Condition, conditions: Conditions, ordered: bool
) -> Source:
    source = artifacts_of(segment)
    row = source.table.c
    where = [conditions.on_columns(condition, row)]
    if condition.field == "owner":  # its index knows no audience, and every other one is worse
        return Source(source.table, source.key, (*_hidden(segment, row), *where), ordered=False)
    if condition.operator == "like":
        where += begins(row.name, head(condition.values[0]))
    if condition.field == "version" and condition.operator in ("eq", "in"):
        keys = [version.key(each) for each in condition.values]
        where.append(compare(row.version_key, condition.operator, keys))
    return Source(source.table, source.key, (*source.where, *where), ordered=ordered)


def _hidden(segment: Segment, row: Any) -> list[ColumnElement[bool]]:
    """Return what the segment demands in a form that no index answers."""
    audience = row.audience + NOTHING
    seen = audience.is_not(None) if segment.wide else audience == segment.audience
    return [row.type + NOTHING == segment.types[0], seen]


def _of_values(condition: Condition, conditions: Conditions, wide: bool) -> Iterator[Driver]:
    field = conditions.field(condition.field)
    operator = condition.operator
    keyed = field.is_dict and condition.key is None
    if wide and (column_of(field) != "string" or field.is_dict):
        return
    able = operator in RANGES or operator == "eq"
    if operator == "like":
        able = bool(head(condition.values[0]))
    if able:
        yield Driver(
            condition,
            lambda segment: _valued(segment, condition, conditions),
            operator == "eq" and not keyed,
        )


def _valued(segment: Segment, condition: Condition, conditions: Conditions) -> Source:
    field = conditions.field(condition.field)
    keyed = field.is_dict and condition.key is None
    several = isinstance(field.kind, ListOf) or (keyed and condition.operator == "in")

    def where(row: Any) -> list[ColumnElement[bool]]:
        found = conditions.on_values(condition, row)
        if condition.operator == "like":
            found += begins(row.string, head(condition.values[0]))
        return found

    return values_of(
        segment,
        conditions.number(segment.types[0], condition.field),
        where,
        ordered=condition.operator == "eq" and not keyed,
        distinct=several,
    )
