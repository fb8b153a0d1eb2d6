"""Sort keys -> ORDER BY, and the keyset condition that a marker stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, false, literal, or_

from artifacts.db import tables
from artifacts.model import Artifact
from artifacts.model.query import Sort

columns = tables.artifacts.c
UNIQUE = frozenset({"id", "created_at"})  # no further key can matter behind these


@dataclass(frozen=True)
class SortKey:
    column: ColumnElement[Any]
    ascending: bool
    needs_projects: bool = False


Order = Sequence[SortKey]


def order_of(sorts: Sequence[Sort], types: Mapping[int, type[Artifact]]) -> Order:
    """Return the keys of *sorts*, ended by newest first, which is unique."""
    keys: list[SortKey] = []
    for sort in sorts:
        keys += _keys(sort, types)
        if sort.field in UNIQUE:
            return keys
    return [*keys, SortKey(columns.order_key, ascending=False)]


def _keys(sort: Sort, types: Mapping[int, type[Artifact]]) -> list[SortKey]:
    match sort.field:
        case "created_at":
            return [SortKey(columns.order_key, sort.ascending)]
        case "version":
            return [SortKey(columns.version_key, sort.ascending)]
        case "owner":
            return [SortKey(tables.projects.c.name, sort.ascending, needs_projects=True)]
        case "type_name":
            names = {number: each.type_name for number, each in types.items()}
            return [SortKey(_rank(names), sort.ascending)]
        case "display_type_name":
            names = {number: each.type_display_name for number, each in types.items()}
            return [SortKey(_rank(names), sort.ascending)]
        case "activated_at":  # what was never activated comes last in both directions
            absent = case((columns.activated_at.is_(None), 1), else_=0)
            return [SortKey(absent, ascending=True), SortKey(columns.activated_at, sort.ascending)]
        case name:
            return [SortKey(columns[name], sort.ascending)]


def _rank(names: Mapping[int, str]) -> ColumnElement[int]:
    """Return the place of a row's type among *names*: text would compare as the session likes."""
    places = {name: place for place, name in enumerate(sorted(set(names.values())))}
    return case({number: places[name] for number, name in names.items()}, value=columns.type)


def order_by(order: Order) -> list[UnaryExpression[Any]]:
    return [key.column.asc() if key.ascending else key.column.desc() for key in order]


def after(order: Order, position: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for what comes behind *position*.

    Written as `a >= x AND (a > x OR ...)`, the one form that every database reads as a range.
    """
    condition: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(order, position, strict=True))):
        if value is None:  # all that follow have no value here either: the next key decides
            continue
        bound = literal(value, key.column.type)
        if key.ascending:
            condition = and_(key.column >= bound, or_(key.column > bound, condition))
        else:
            condition = and_(key.column <= bound, or_(key.column < bound, condition))
    return condition
