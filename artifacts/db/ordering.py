"""Sort keys -> ORDER BY, and the keyset condition that a marker stands for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, literal, or_

from artifacts.db import tables
from artifacts.db.numbers import Numbers
from artifacts.db.segments import NOTHING
from artifacts.db.sources import ONE, Source
from artifacts.db.values import column_of, typed
from artifacts.model import Artifact, version
from artifacts.model.fields import Field
from artifacts.model.query import Sort

UNIQUE = frozenset({"id", "created_at"})  # no further key can matter behind these


@dataclass(frozen=True)
class Stand:
    """An artifact that a marker names, as it is, or as it was before it was deleted."""

    artifact: Artifact
    order_key: int


@dataclass(frozen=True)
class SortKey:
    """One column to order by: of a source's rows, and where a marker stands in it."""

    on: Callable[[Source], ColumnElement[Any]]
    at: Callable[[Stand], Any]
    ascending: bool


@dataclass(frozen=True)
class Order:
    """Sort keys that end with a unique one.

    `walked` is the field of the type that leads, with its number: what has a value of it comes
    before all that has none.
    """

    keys: Sequence[SortKey]
    by_age: bool = False
    walked: tuple[Field, Any] | None = None


def order_of(sorts: Sequence[Sort], types: Mapping[int, type[Artifact]], numbers: Numbers) -> Order:
    """Return the keys of *sorts*, ended by newest first, which is unique."""
    keys: list[SortKey] = []
    for sort in sorts:
        keys += _keys(sort, types, numbers)
        if sort.field in UNIQUE:
            break
    else:
        keys.append(_age(ascending=False))
    first = sorts[0].field if sorts else "created_at"
    walked = None
    if _is_own(first, types):
        walked = _own(first, types, numbers)
    return Order(keys, by_age=first == "created_at", walked=walked)


def _keys(sort: Sort, types: Mapping[int, type[Artifact]], numbers: Numbers) -> list[SortKey]:
    name, ascending = sort.field, sort.ascending
    match name:
        case "created_at":
            return [_age(ascending)]
        case "version":
            return [
                SortKey(
                    lambda source: source.column("version_key"),
                    lambda stand: version.key(stand.artifact.version),
                    ascending,
                )
            ]
        case "owner":
            return [SortKey(Source.owner, lambda stand: stand.artifact.owner, ascending)]
        case "type_name":
            return [_rank({each: of.type_name for each, of in types.items()}, name, ascending)]
        case "display_type_name":
            names = {each: of.type_display_name for each, of in types.items()}
            return [_rank(names, name, ascending)]
        case "activated_at":  # what was never activated comes last in both directions
            return _nullable(
                lambda source: source.column(name), lambda stand: stand.artifact.values[name], sort
            )
        case _ if _is_own(name, types):
            return _own_keys(sort, *_own(name, types, numbers))
        case _:
            return [
                SortKey(
                    lambda source: source.column(name),
                    lambda stand: stand.artifact.values[name],
                    ascending,
                )
            ]


def _age(ascending: bool) -> SortKey:
    return SortKey(lambda source: source.age, lambda stand: stand.order_key, ascending)


def _is_own(name: str, types: Mapping[int, type[Artifact]]) -> bool:
    known = next(iter(types.values())).fields.get(name) if types else None
    return known is not None and not known.common


def _own(name: str, types: Mapping[int, type[Artifact]], numbers: Numbers) -> tuple[Field, Any]:
    """Return a field of the one type that is listed, and its number."""
    ((number, artifact_type),) = types.items()
    return artifact_type.fields[name], numbers.term(tables.fields, type=number, name=name)


def _own_keys(sort: Sort, field: Field, number: Any) -> list[SortKey]:
    column = column_of(field)

    def at(stand: Stand) -> Any:
        # A marker of another type may have a field of the same name, but of any kind.
        same = stand.artifact.fields.get(field.name) is field
        value = stand.artifact.values.get(field.name) if same else None
        return None if value is None else typed(field, value)[column]

    return _nullable(lambda source: source.value(field, number), at, sort)


def _nullable(
    on: Callable[[Source], ColumnElement[Any]], at: Callable[[Stand], Any], sort: Sort
) -> list[SortKey]:
    return [
        SortKey(
            lambda source: case((on(source).is_(None), ONE), else_=NOTHING),
            lambda stand: int(at(stand) is None),
            ascending=True,
        ),
        SortKey(on, at, sort.ascending),
    ]


def _rank(names: Mapping[int, str], name: str, ascending: bool) -> SortKey:
    """Order by the place of a row's type among *names*: text compares as the session likes."""
    places = {each: 2 * place for place, each in enumerate(sorted(set(names.values())))}
    ranks = {number: places[each] for number, each in names.items()}

    def at(stand: Stand) -> int:
        artifact = stand.artifact
        shown = artifact.type_name if name == "type_name" else artifact.type_display_name
        # A marker of a type that is not listed stands between the places of those that are.
        return 2 * sum(each < shown for each in places) - (shown not in places)

    return SortKey(lambda source: case(ranks, value=source.column("type")), at, ascending)


def after(keys: Sequence[tuple[ColumnElement[Any], bool]], position: Sequence[Any]) -> Any:
    """Return the condition for what comes behind *position* by columns and their directions.

    Written as `a >= x AND (a > x OR a = x AND b > y OR ...)`: every database reads the first as
    a range, and none finds it nested too deeply.
    """
    behind: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    bound: ColumnElement[bool] | None = None
    for (column, ascending), value in zip(keys, position, strict=True):
        if value is None:  # all that follow have no value here either: the next key decides
            continue
        stands = literal(value, column.type)
        behind.append(and_(*same, column > stands if ascending else column < stands))
        same.append(column == stands)
        if bound is None:
            bound = column >= stands if ascending else column <= stands
    return false() if bound is None else and_(bound, or_(*behind))
