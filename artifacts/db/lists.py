"""Query -> a page: a union of ordered branches, one for each audience that the viewer belongs to.

Each branch is one range of one index, cut at the page's length before they are merged; an OR of
the audiences would be a scan of the whole type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, union_all

from artifacts import errors
from artifacts.caller import Viewer
from artifacts.db import tables
from artifacts.db.artifacts import Artifacts
from artifacts.db.conditions import Conditions
from artifacts.db.numbers import Numbers
from artifacts.db.ordering import Order, after, order_by, order_of
from artifacts.db.records import Record
from artifacts.model import Artifact
from artifacts.model.query import Query

columns = tables.artifacts.c

PIECE = 50  # rows of a long page that are taken from the database at a time
HEAVIEST = (
    8 * 1024 * 1024
)  # characters of a page's documents: memory, and not its length, bounds it
WEIGHT = func.length(columns.document).label("weight")


@dataclass(frozen=True)
class Page:
    """Records in the order asked for, and how many match without limit and marker."""

    records: list[Record]
    total: int
    cut: bool = False  # before its length, for the size of its documents; more may follow


class Lists:
    def __init__(
        self,
        connection: Connection,
        types: Mapping[str, type[Artifact]],
        numbers: Numbers,
        artifacts: Artifacts,
    ) -> None:
        self._connection = connection
        self._types = types
        self._numbers = numbers
        self._artifacts = artifacts

    def page(self, type_name: str | None, query: Query, viewer: Viewer) -> Page:
        """Return the page of *query*: of one type, or of every type if there is no name."""
        conditions = self._conditions(type_name, query)
        branches = [[audience, *conditions] for audience in self._audiences(viewer)]
        order = order_of(query.sorts, self._numbered())
        if query.marker is None:
            total, keyset = self._connection.scalar(select(_count(branches))), []
        else:
            total, *position = self._position(query.marker, order, viewer, _count(branches))
            keyset = [after(order, position)]
        rows, cut = self._rows(
            _page([[*branch, *keyset] for branch in branches], order, query.limit),
            piecemeal=query.limit > PIECE,
        )
        return Page(self._artifacts.records(rows), total or 0, cut)

    def _rows(self, page: Select[Any], *, piecemeal: bool) -> tuple[list[Row[Any]], bool]:
        """Return the rows of a page, and whether it was cut for having grown too large."""
        if piecemeal:
            page = page.execution_options(yield_per=PIECE)
        rows: list[Row[Any]] = []
        weight = 0
        with self._connection.execute(page.add_columns(WEIGHT)) as result:
            for row in result:
                rows.append(row)
                weight += row.weight
                if weight > HEAVIEST:
                    return rows, True
        return rows, False

    def _conditions(self, type_name: str | None, query: Query) -> list[ColumnElement[bool]]:
        names = self._types if type_name is None else [type_name]
        numbers = [self._numbers.type(name) for name in names]
        mine = columns.type == numbers[0] if len(numbers) == 1 else columns.type.in_(numbers)
        conditions = Conditions(self._numbers, self._numbered())
        alternatives = [conditions.of(each) for each in query.conditions if each.alternative]
        required = [conditions.of(each) for each in query.conditions if not each.alternative]
        return [mine, *required, *([or_(*alternatives)] if alternatives else [])]

    def _audiences(self, viewer: Viewer) -> list[ColumnElement[bool]]:
        if viewer.everything:
            return [columns.audience.is_not(None)]
        own = self._numbers.known_project(viewer.project)
        return [columns.audience == own, columns.audience == tables.EVERYBODY]

    def _position(
        self, marker: str, order: Order, viewer: Viewer, count: ColumnElement[int]
    ) -> list[Any]:
        """Return the *count*, and where *marker* stands in the order by the values it has now."""
        if not (marker.isascii() and marker.isprintable()):
            raise errors.ArtifactNotFound("marker: there is no such artifact")
        visible = or_(*self._audiences(viewer))
        values = select(count, *[key.column for key in order]).select_from(_source(order))
        row = self._connection.execute(values.where(columns.id == marker, visible)).one_or_none()
        if row is None:
            raise errors.ArtifactNotFound("marker: there is no such artifact")
        return list(row)

    def _numbered(self) -> dict[int, type[Artifact]]:
        return {self._numbers.type(name): each for name, each in self._types.items()}


def _source(order: Order) -> Any:
    if any(key.needs_projects for key in order):
        return tables.artifacts.join(tables.projects, tables.projects.c.number == columns.owner)
    return tables.artifacts


def _branch(where: list[ColumnElement[bool]], order: Order) -> Select[Any]:
    keys = [key.column.label(f"k{place}") for place, key in enumerate(order)]
    return select(columns.order_key, *keys).select_from(_source(order)).where(*where)


def _page(branches: list[list[ColumnElement[bool]]], order: Order, limit: int) -> Select[Any]:
    """SELECT the artifacts of a page, whatever its length: their keys first, then the rows."""
    limited = [
        # SQLite takes no ORDER BY inside a UNION unless it is wrapped once more.
        select(_branch(where, order).order_by(*order_by(order)).limit(limit).subquery())
        for where in branches
    ]
    merged = (limited[0] if len(limited) == 1 else union_all(*limited)).subquery()
    keys = [merged.c[f"k{place}"] for place in range(len(order))]
    ordered = [
        key.asc() if each.ascending else key.desc() for key, each in zip(keys, order, strict=True)
    ]
    page = select(merged).order_by(*ordered).limit(limit).subquery()
    outer = [
        page.c[f"k{place}"].asc() if each.ascending else page.c[f"k{place}"].desc()
        for place, each in enumerate(order)
    ]
    return (
        select(tables.artifacts).join(page, page.c.order_key == columns.order_key).order_by(*outer)
    )


def _count(branches: list[list[ColumnElement[bool]]]) -> ColumnElement[int]:
    counts = [
        select(func.count())
        .select_from(tables.artifacts)
        .where(*where)
        .correlate(None)
        .scalar_subquery()
        for where in branches
    ]
    return sum(counts[1:], counts[0])
