"""Sort keys -> ORDER BY, and the keyset condition that a marker stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, case, false, literal, or_

from artifacts.db import tables
from artifacts.model import Artifact
from artifacts.model.query import Sort

table = tables.artifacts.c
UNIQUE = frozenset({"id", "created_at"})  # no further key can matter behind these


@dataclass(frozen=True)
class Key:
    column: ColumnElement[Any]
    ascending: bool
    needs_projects: bool = False


Order = Sequence[Key]


def order_of(sorts: Sequence[Sort], types: Mapping[int, type[Artifact]]) -> Order:
    """Return the keys of *sorts*, ended by newest first, which is unique."""
    keys: list[Key] = []
    for sort in sorts:
        keys += _keys(sort, types)
        if sort.field in UNIQUE:
            return keys
    return [*keys, Key(table.order_key, ascending=False)]


def _keys(sort: Sort, types: Mapping[int, type[Artifact]]) -> list[Key]:
    match sort.field:
        case "created_at":
            return [Key(table.order_key, sort.ascending)]
        case "version":
            return [Key(table.version_key, sort.ascending)]
        case "owner":
            return [Key(tables.projects.c.name, sort.ascending, needs_projects=True)]
        case "type_name":
            names = {number: each.type_name for number, each in types.items()}
            return [Key(case(names, value=table.type, else_=""), sort.ascending)]
        case "display_type_name":
            names = {number: each.type_display_name for number, each in types.items()}
            return [Key(case(names, value=table.type, else_=""), sort.ascending)]
        case "activated_at":  # what was never activated comes last in both directions
            absent = case((table.activated_at.is_(None), 1), else_=0)
            return [Key(absent, ascending=True), Key(table.activated_at, sort.ascending)]
        case name:
            return [Key(table[name], sort.ascending)]


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
