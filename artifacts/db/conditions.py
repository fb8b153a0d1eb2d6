"""Conditions of a query -> SQL."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from artifacts.db import tables
from artifacts.db.numbers import Numbers
from artifacts.model import Artifact, version
from artifacts.model.query import Condition

columns = tables.artifacts.c
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
                return _compare(columns.owner, condition.operator, numbers)
            case "type_name":
                return self._type(condition, lambda each: each.type_name)
            case "display_type_name":
                return self._type(condition, lambda each: each.type_display_name)
            case name:
                return _compare(columns[name], condition.operator, condition.values)

    def _type(
        self, condition: Condition, name_of: Callable[[type[Artifact]], str]
    ) -> ColumnElement[bool]:
        """Types are numbers in the rows, so their names are compared here."""
        names = {number: name_of(each) for number, each in self._types.items()}
        return columns.type.in_([number for number in names if _holds(condition, names[number])])


def _holds(condition: Condition, name: str) -> bool:
    if condition.operator == "in":
        return name in condition.values
    if condition.operator == "like":
        return like(condition.values[0], name)
    return bool(COMPARE[condition.operator](name, condition.values[0]))


def like(pattern: str, text: str) -> bool:
    """Whether *text* is LIKE *pattern*, in a time that no pattern makes grow beyond their lengths.

    Follows all the places in *text* at once that the pattern can have come to, as a regular
    expression that tries them one after the other would not.
    """
    places = {0}
    for sign in pattern:
        if sign == "%":
            places = set(range(min(places), len(text) + 1))
        else:
            places = {at + 1 for at in places if at < len(text) and sign in ("_", text[at])}
        if not places:
            return False
    return len(text) in places


def _tags(condition: Condition) -> ColumnElement[bool]:
    tag = tables.tags.c
    wanted = set(condition.values)
    mine = [tag.artifact == columns.order_key, tag.tag.in_(wanted)]
    if condition.operator == "any" or len(wanted) == 1:
        return exists().where(*mine)
    # Counted, since an EXISTS for each is deeper than SQLite lets an expression be.
    return select(func.count()).where(*mine).scalar_subquery() == len(wanted)


def _version(condition: Condition) -> ColumnElement[bool]:
    """Order ignores build metadata, equality does not."""
    if condition.operator in ("eq", "neq", "in"):
        return _compare(columns.version, condition.operator, condition.values)
    keys = [version.key(each) for each in condition.values]
    return _compare(columns.version_key, condition.operator, keys)


def _compare(column: Any, name: str, values: Sequence[Any]) -> ColumnElement[bool]:
    if name == "in":
        found: ColumnElement[bool] = column.in_(values)
        return found
    if name == "like":
        # A backslash means itself, which it does not where no other escape is named.
        pattern = values[0].replace(ESCAPE, ESCAPE * 2)
        like: ColumnElement[bool] = column.like(pattern, escape=ESCAPE)
        return like
    compared: ColumnElement[bool] = COMPARE[name](column, values[0])
    return compared
