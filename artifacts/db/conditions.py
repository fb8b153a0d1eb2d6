"""Conditions of a query -> SQL."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from artifacts.db import tables
from artifacts.db.numbers import Numbers
from artifacts.model import Artifact, version
from artifacts.model.query import Condition

table = tables.artifacts.c
ESCAPE = "/"
Compare = Callable[[Any, Any], Any]
COMPARE: dict[str, Compare] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Conditions:
    """What conditions mean on rows of `artifacts`."""

    def __init__(self, numbers: Numbers, types: Mapping[int, type[Artifact]]) -> None:
        self._numbers = numbers
        self._types = types

    def of(self, condition: Condition) -> ColumnElement[bool]:
        match condition.field:
            case "tags":
                return _tags(condition)
            case "version":
                return _version(condition)
            case "owner":
                numbers = [self._numbers.known_project(name) for name in condition.values]
                return _compare(table.owner, condition.operator, numbers)
            case "type_name":
                return self._type(condition, lambda each: each.type_name)
            case "display_type_name":
                return self._type(condition, lambda each: each.type_display_name)
            case name:
                return _compare(table[name], condition.operator, condition.values)

    def _type(
        self, condition: Condition, name_of: Callable[[type[Artifact]], str]
    ) -> ColumnElement[bool]:
        """Types are numbers in the rows, so their names are compared here."""
        names = {number: name_of(each) for number, each in self._types.items()}
        return table.type.in_([number for number in names if _holds(condition, names[number])])


def _holds(condition: Condition, name: str) -> bool:
    if condition.operator == "in":
        return name in condition.values
    if condition.operator == "like":
        pattern = re.escape(condition.values[0]).replace("%", ".*").replace("_", ".")
        return re.fullmatch(pattern, name, re.DOTALL) is not None
    return bool(COMPARE[condition.operator](name, condition.values[0]))


def _tags(condition: Condition) -> ColumnElement[bool]:
    tag = tables.tags.c
    mine = exists().where(tag.artifact == table.order_key)
    if condition.operator == "any":
        return mine.where(tag.tag.in_(condition.values))
    return and_(true(), *[mine.where(tag.tag == value) for value in condition.values])


def _version(condition: Condition) -> ColumnElement[bool]:
    """Order ignores build metadata, equality does not."""
    if condition.operator in ("eq", "neq", "in"):
        return _compare(table.version, condition.operator, condition.values)
    keys = [version.key(each) for each in condition.values]
    return _compare(table.version_key, condition.operator, keys)


def _compare(column: Any, name: str, values: Sequence[Any]) -> ColumnElement[bool]:
    if name == "in":
        return or_(false(), column.in_(values))
    if name == "like":
        # A backslash means itself, which it does not where no other escape is named.
        pattern = values[0].replace(ESCAPE, ESCAPE * 2)
        like: ColumnElement[bool] = column.like(pattern, escape=ESCAPE)
        return like
    compared: ColumnElement[bool] = COMPARE[name](column, values[0])
    return compared
