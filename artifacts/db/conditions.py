"""Conditions of a query -> SQL, on the rows of whatever source a branch reads from."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from artifacts.db import tables
from artifacts.db.comparisons import compare, compare_pairs, head, holds
from artifacts.db.numbers import Numbers
from artifacts.db.records import RANDOM_BITS
from artifacts.db.sources import Source, probe
from artifacts.db.values import EPOCH, column_of, typed
from artifacts.model import Artifact, version
from artifacts.model.containers import ListOf
from artifacts.model.fields import Field
from artifacts.model.query import Condition

LAST = 2**63 - 1
PROBE = 10  # parameters that take as long as a subquery, to write and to read
# Columns that have indexes of their own, which would be walked in another order than the page's.
TEMPTING = frozenset({"id", "name", "version", "owner"})
BY_EQUALITY = frozenset({"eq", "neq", "in"})


class Conditions:
    """What conditions mean for artifacts of the types that are listed."""

    def __init__(self, numbers: Numbers, types: Mapping[int, type[Artifact]]) -> None:
        self._numbers = numbers
        self.types = types

    def all_of(
        self, required: Sequence[Condition], source: Source, *, pinned: bool = True
    ) -> list[ColumnElement[bool]]:
        """Return the conditions on a row's artifact; *pinned* keeps databases to the source."""
        return self._together(required, source, and_, pinned)

    def any_of(
        self, alternatives: Sequence[Condition], source: Source, *, pinned: bool = True
    ) -> list[ColumnElement[bool]]:
        return [or_(*self._together(alternatives, source, or_, pinned))] if alternatives else []

    def _together(
        self, conditions: Sequence[Condition], source: Source, join: Any, pinned: bool
    ) -> list[ColumnElement[bool]]:
        """Return one probe for all conditions that look at the same row of another table."""
        found: list[ColumnElement[bool]] = []
        apart: dict[Hashable, list[Condition]] = {}
        for place, condition in enumerate(conditions):
            if condition.field == "tags":
                found.append(tagged(condition, source.key))
            elif condition.field == "created_at":
                found.append(_aged(condition, source.age))
            elif not self.is_column(condition.field):
                one_row = join is or_ or self._has_one_row(condition)
                key = condition.key if join is and_ else None
                apart.setdefault((condition.field, key, one_row or place), []).append(condition)
            elif source.whole and not (pinned and _tempting(condition)):
                found.append(self.on_columns(condition, source.table.c))
            else:
                apart.setdefault(None, []).append(condition)
        for row, group in apart.items():
            probed = self._probe_columns if row is None else self._probe_values
            found.append(probed(group, source, join))
        return found

    def _probe_columns(
        self, group: Sequence[Condition], source: Source, join: Any
    ) -> ColumnElement[bool]:
        row = tables.artifacts.alias()
        demands = join(*[self.on_columns(each, row.c) for each in group])
        return probe(row, row.c.order_key == source.key, demands)

    def _probe_values(
        self, group: Sequence[Condition], source: Source, join: Any
    ) -> ColumnElement[bool]:
        row = tables.field_values.alias()
        field = row.c.field.in_(self.numbers(group[0].field))
        demands = join(*[and_(*self.on_values(each, row.c)) for each in group])
        return probe(row, row.c.artifact == source.key, field, demands)

    def _has_one_row(self, condition: Condition) -> bool:
        """Whether an artifact has at most one row that the condition can be about."""
        field = self.field(condition.field)
        return condition.key is not None if field.is_dict else not isinstance(field.kind, ListOf)

    def is_column(self, name: str) -> bool:
        return name in tables.COLUMNS | tables.DERIVED | {"type_name"}

    def field(self, name: str) -> Field:
        """Return a field that all the types have."""
        return next(iter(self.types.values())).fields[name]

    def numbers(self, name: str) -> list[Any]:
        """Return the field's number in each type."""
        return [self._numbers.term(tables.fields, type=each, name=name) for each in self.types]

    def number(self, type_number: int, name: str) -> Any:
        return self._numbers.term(tables.fields, type=type_number, name=name)

    def on_columns(self, condition: Condition, row: Any) -> ColumnElement[bool]:
        """Return the condition on a row of `artifacts`."""
        match condition.field:
            case "version":
                return _version(condition, row)
            case "owner":
                return self._owner(condition, row.owner)
            case "type_name":
                return self._type(condition, row.type, lambda each: each.type_name)
            case "display_type_name":
                return self._type(condition, row.type, lambda each: each.type_display_name)
            case name:
                return compare(row[name], condition.operator, condition.values)

    def on_values(self, condition: Condition, row: Any) -> list[ColumnElement[bool]]:
        """Return the condition on a row of `field_values` that is known to be of the field."""
        field = self.field(condition.field)
        if field.is_dict and condition.key is None:
            return [compare(row.key, condition.operator, condition.values)]
        mine = [] if condition.key is None else [row.key == condition.key]
        stored = [typed(field, value) for value in condition.values]
        column = row[column_of(field)]
        if field.kind.name == "Version" and condition.operator in BY_EQUALITY:
            pairs = [(each["string"], each["integer"]) for each in stored]
            return [*mine, compare_pairs(row.string, row.integer, condition.operator, pairs)]
        values = [each[column_of(field)] for each in stored]
        return [*mine, compare(column, condition.operator, values)]

    def length(self, condition: Condition) -> int:
        """Return how many parameters of a statement the condition takes, or what it costs."""
        known = next(iter(self.types.values())).fields.get(condition.field)
        columns = 2 if known is not None and known.kind.name == "Version" else 1
        return PROBE + len(self.types) + columns * len(condition.values)

    def _owner(self, condition: Condition, column: Any) -> ColumnElement[bool]:
        """Compare the numbers of projects; one that was never met owns nothing."""
        known = self._numbers.remembered_projects(condition.values)
        table = tables.projects.alias()
        unknown = [name for name in condition.values if name not in known]
        found = select(table.c.number).where(table.c.name.in_(unknown)).correlate_except(table)
        mine: list[ColumnElement[bool]] = [column.in_(known.values())]
        owned = or_(*mine, column.in_(found)) if unknown else mine[0]
        return ~owned if condition.operator == "neq" else owned

    def _type(
        self, condition: Condition, column: Any, name_of: Callable[[type[Artifact]], str]
    ) -> ColumnElement[bool]:
        """Types are numbers in the rows, so their names are compared here."""
        return compare(
            column,
            "in",
            [
                number
                for number, each in self.types.items()
                if holds(condition.operator, condition.values, name_of(each))
            ],
        )


def _tempting(condition: Condition) -> bool:
    """Whether a database could take an index for it, and lose the order that was chosen."""
    wild = condition.operator == "like" and not head(condition.values[0])
    return condition.field in TEMPTING and not wild


def tagged(condition: Condition, key: ColumnElement[int]) -> ColumnElement[bool]:
    row = tables.tags.alias()
    wanted = sorted(set(condition.values))
    mine = [row.c.artifact == key, compare(row.c.tag, "in", wanted)]
    if condition.operator == "any" or len(wanted) == 1:
        return probe(row, *mine)
    # Counted, since a probe for each is deeper than SQLite lets an expression be.
    count = select(func.count()).select_from(row).where(*mine).correlate_except(row)
    return count.scalar_subquery() == len(wanted)


def _aged(condition: Condition, age: ColumnElement[int]) -> ColumnElement[bool]:
    """Times of creation are compared in the order key, which begins with them."""
    moment: datetime = condition.values[0]
    microseconds = (moment - EPOCH) // moment.resolution
    first = _clamped(microseconds << RANDOM_BITS)
    following = _clamped(microseconds + 1 << RANDOM_BITS)
    match condition.operator:
        case "lt":
            return age < first
        case "lte":
            return age < following
        case "gt":
            return age >= following
        case _:
            return age >= first


def _clamped(number: int) -> int:
    return max(-LAST, min(number, LAST))


def _version(condition: Condition, row: Any) -> ColumnElement[bool]:
    """Order ignores build metadata, equality does not."""
    if condition.operator in BY_EQUALITY:
        return compare(row.version, condition.operator, condition.values)
    keys = [version.key(each) for each in condition.values]
    return compare(row.version_key, condition.operator, keys)
