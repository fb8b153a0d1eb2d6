"""Query -> a page, in at most three SELECTs: what must be known before it, its rows, their blobs.

A list is a union of ordered branches, one for each audience that the viewer belongs to. Each is
one range of one index, cut at the page's length before they are merged; an OR of the audiences
would be a scan of the whole type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from artifacts import errors
from artifacts.caller import Viewer
from artifacts.db import pages, tables
from artifacts.db.artifacts import Artifacts
from artifacts.db.conditions import Conditions
from artifacts.db.drivers import Driver, choose, drivers_of, settled
from artifacts.db.latest import highest
from artifacts.db.marker import Markers
from artifacts.db.numbers import Numbers
from artifacts.db.ordering import Order, order_of
from artifacts.db.pages import Branch
from artifacts.db.records import Record
from artifacts.db.segments import Segment, segments_of
from artifacts.db.sources import Source, artifacts_of
from artifacts.model import Artifact
from artifacts.model.query import Query

PIECE = 50  # rows of a long page that are taken from the database at a time
# Characters of a page's documents: memory, and not its length, bounds it.
HEAVIEST = 8 * 1024 * 1024
LONGEST = 32_000  # parameters of a statement: SQLite takes 32,766 of them, PostgreSQL 65,535
WEIGHT = func.length(tables.artifacts.c.document).label("weight")


@dataclass(frozen=True)
class Page:
    """Records in the order asked for, and how many match without limit and marker, if asked."""

    records: list[Record]
    total: int | None
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
        self._markers = Markers(connection, types, artifacts)

    def page(self, type_name: str | None, query: Query, viewer: Viewer) -> Page:
        """Return the page of *query*: of one type, or of every type if there is no name."""
        names = list(self._types) if type_name is None else [type_name]
        types = {self._numbers.type(name): self._types[name] for name in names}
        if not types:
            return Page([], 0)
        plan = Plan(query, viewer, types, self._numbers)
        unmet = list(self._numbers.unmet.values())
        prelude = self._markers.prelude(query.marker, viewer, [*unmet, *plan.counts()])
        if unmet:
            self._numbers.meet(prelude.scalars[: len(unmet)])
            plan = Plan(query, viewer, types, self._numbers)
        plan.choose(prelude.scalars[len(unmet) :])
        total = plan.total().label("total") if query.counted else None
        if query.limit == 0:
            return Page([], None if total is None else self._connection.scalar(select(total)))
        rows, cut = self._rows(plan.page(prelude.stand), total, piecemeal=query.limit > PIECE)
        if total is None:
            counted = None
        elif rows:
            counted = rows[0].total
        else:
            counted = self._connection.scalar(select(total)) if query.marker else 0
        for row in rows:
            self._numbers.name_project(row.owner, row.project_name)
        return Page(self._artifacts.records(rows), counted, cut)

    def _rows(
        self, page: Select[Any], total: ColumnElement[int] | None, *, piecemeal: bool
    ) -> tuple[list[Row[Any]], bool]:
        """Return the rows of a page, and whether it was cut for having grown too large."""
        page = page.add_columns(WEIGHT, *([] if total is None else [total]))
        if piecemeal:
            page = page.execution_options(yield_per=PIECE)
        rows: list[Row[Any]] = []
        weight = 0
        with self._connection.execute(page) as result:
            for row in result:
                rows.append(row)
                weight += row.weight
                if weight > HEAVIEST:
                    return rows, True
        return rows, False


class Plan:
    """How one list is read: its segments, the order, and what leads through each branch."""

    def __init__(
        self, query: Query, viewer: Viewer, types: Mapping[int, type[Artifact]], numbers: Numbers
    ) -> None:
        self._query = query
        self._pools = viewer.pools
        self._conditions = Conditions(numbers, types)
        self.segments = segments_of(viewer, list(types), numbers, query)
        self._driven = [each for each in self.segments if each.driven]
        self._order: Order = order_of(query.sorts, types, numbers)
        self._check_length(len(types))
        required = query.required if self._driven else []
        self._drivers = drivers_of(required, self._conditions, wide=viewer.everything)
        for each in query.conditions:  # so that the prelude finds all numbers at once
            if not self._conditions.is_column(each.field) and each.field != "tags":
                self._conditions.numbers(each.field)
        self._for_page: Driver | None = None
        self._for_count: Driver | None = None

    def _check_length(self, types: int) -> None:
        """Refuse what is too much to read for a database: every branch repeats the conditions.

        What is found decides how many branches there are, so the most that can be are counted:
        the same list is never refused later.
        """
        parts = sum(len(each.each_type()) for each in self.segments)
        branches = parts * (2 if self._order.walked else 1)
        copies = branches * (2 + len(self.segments) * self._query.latest)
        length = sum(self._conditions.length(each) for each in self._query.conditions)
        length += len(self._pools or ())
        if copies * length > LONGEST:
            latest = ", the latest version" if self._query.latest else ""
            raise errors.Invalid(
                f"query: too many conditions and values for a list of {types} types{latest}"
            )

    def counts(self) -> list[ColumnElement[int]]:
        """Return what must be counted before a driver is chosen."""
        if settled(self._drivers, by_age=self._order.by_age):
            return []
        return [self._count(driver) for driver in self._drivers]

    def _count(self, driver: Driver) -> ColumnElement[int]:
        counts = [driver.count(each) for segment in self._driven for each in segment.each_type()]
        return sum(counts[1:], counts[0])

    def choose(self, counts: Any) -> None:
        by_age = self._order.by_age
        if not counts:
            only = self._drivers[0] if self._drivers else None
            self._for_page = self._for_count = only
            return
        self._for_page = choose(self._drivers, counts, by_age=by_age)
        self._for_count = choose(self._drivers, counts, by_age=True) or self._drivers[0]

    def page(self, stand: Any) -> Select[Any]:
        branches = [
            Branch(source, self._filters(source, driver))
            for segment in self.segments
            for driver in [_leading(self._for_page, segment)]
            for source in self._sources(driver, segment)
        ]
        return pages.page(branches, self._order, stand, self._query.limit)

    def total(self) -> ColumnElement[int]:
        branches = [
            Branch(source, self._plain(source, driver, pinned=False))
            for segment in self.segments
            for driver in [_leading(self._for_count, segment)]
            for source in self._counted(driver, segment)
        ]
        return pages.count(branches, latest=self._query.latest)

    def _counted(self, driver: Driver | None, segment: Segment) -> list[Source]:
        """Return sources that need come in no order."""
        walked = driver is None and segment.driven
        return [artifacts_of(segment)] if walked else self._sources(driver, segment)

    def _sources(self, driver: Driver | None, segment: Segment) -> list[Source]:
        if driver is None:
            return pages.walks(segment, self._order)
        return [driver.make(each) for each in segment.each_type()]

    def _filters(self, source: Source, driver: Driver | None) -> list[ColumnElement[bool]]:
        filters = self._plain(source, driver, pinned=True)
        if not self._query.latest:
            return filters
        names = [
            each.values[0]
            for each in self._query.required
            if (each.field, each.operator) == ("name", "eq")
        ]
        name = names[0] if names else None
        return [
            *filters,
            *highest(
                source, self.segments, lambda other: self._plain(other, None, pinned=False), name
            ),
        ]

    def _plain(
        self, source: Source, driver: Driver | None, *, pinned: bool
    ) -> list[ColumnElement[bool]]:
        """Return all conditions but the one that the driver fulfils by itself."""
        fulfilled = driver.condition if driver and driver.whole else None
        required = [each for each in self._query.required if each is not fulfilled]
        return [
            *self._in_pools(source),
            *self._conditions.all_of(required, source, pinned=pinned),
            *self._conditions.any_of(self._query.alternatives, source, pinned=pinned),
        ]

    def _in_pools(self, source: Source) -> list[ColumnElement[bool]]:
        """Return that a row is of the pools that are served, if not all are."""
        return [] if self._pools is None else [source.column("pool").in_(sorted(self._pools))]


def _leading(driver: Driver | None, segment: Segment) -> Driver | None:
    """Return the driver, if it can lead through the segment."""
    return driver if segment.driven else None
