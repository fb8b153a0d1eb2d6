"""Segments: which rows a branch of a list may return at all, by their types and who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, literal_column

from artifacts.caller import Viewer
from artifacts.db import members, tables
from artifacts.db.numbers import NOBODY, Numbers
from artifacts.model.lifecycle import COMMUNITY, SHARED
from artifacts.model.query import Query

NOTHING = literal_column("0", Integer)  # added to a column, it hides it from its indexes


@dataclass(frozen=True)
class Segment:
    """Rows of some types that one audience may see; every audience but nobody, if it is None."""

    types: tuple[Any, ...]
    audience: Any

    @property
    def driven(self) -> bool:
        """Whether a condition can lead through it: the audience is in every table's indexes."""
        return True

    @property
    def wide(self) -> bool:
        return self.audience is None

    def on(self, row: Any) -> list[ColumnElement[bool]]:
        """Return what a row with a type and an audience must be."""
        mine = row.type == self.types[0] if len(self.types) == 1 else row.type.in_(self.types)
        return [mine, row.audience.is_not(None) if self.wide else row.audience == self.audience]

    def merged(self, row: Any) -> list[ColumnElement[bool]]:
        """Return the same for a walk over several types, in which no index has a type first."""
        if len(self.types) == 1:
            return self.on(row)
        seen = (row.audience + NOTHING).is_not(None) if self.wide else row.audience == self.audience
        return [(row.type + NOTHING).in_(self.types), seen]

    def each_type(self) -> list["Segment"]:
        return [replace(self, types=(number,)) for number in self.types]


@dataclass(frozen=True)
class Foreign(Segment):
    """Rows of others, which are seen although their audience is another one.

    `own` is the project that sees them. No index but those of their own leads through them.
    """

    own: Any = NOBODY

    @property
    def driven(self) -> bool:
        return False

    def on(self, row: Any) -> list[ColumnElement[bool]]:
        return [self.typed(row), *self.demands(row)]

    def typed(self, row: Any) -> ColumnElement[bool]:
        """Return that a row is of the types, which an index answers if it is one type."""
        one: ColumnElement[bool] = row.type == self.types[0]
        return one if len(self.types) == 1 else (row.type + NOTHING).in_(self.types)

    def merged(self, row: Any) -> list[ColumnElement[bool]]:
        return self.on(row)

    def demands(self, row: Any) -> list[ColumnElement[bool]]:
        """Return what a row of `artifacts` must be, whatever its type."""
        living = (row.audience + NOTHING).is_not(None)
        return [living, row.owner + NOTHING != self.own]


@dataclass(frozen=True)
class Community(Foreign):
    """What its owner shows to who knows its id, or asks for it by its visibility."""

    def demands(self, row: Any) -> list[ColumnElement[bool]]:
        return [row.visibility == COMMUNITY, *super().demands(row)]


@dataclass(frozen=True)
class Shared(Foreign):
    """What is shared with a project whose membership has one of `statuses`."""

    statuses: tuple[str, ...] = ()

    def each_type(self) -> list[Segment]:
        """Return itself: memberships of every type come in one order."""
        return [self]

    def demands(self, row: Any) -> list[ColumnElement[bool]]:
        """Return also that it is a member's, for rows that are not found by their members."""
        return [*self.shown(row), members.is_member(row.order_key, self.own, self.statuses)]

    def shown(self, row: Any) -> list[ColumnElement[bool]]:
        return [row.visibility + "" == SHARED, *super().demands(row)]


def segments_of(
    viewer: Viewer, types: Sequence[int], numbers: Numbers, query: Query
) -> list[Segment]:
    """Return disjoint segments that together are what *viewer* may see, of what is asked for."""
    every, own = tuple(types), _own_audience(viewer, numbers)
    known = not (isinstance(own, int) and own == NOBODY)
    shared: list[Segment] = [Shared(every, None, own, query.member_statuses)] if known else []
    if query.members_only:
        return shared
    if viewer.everything:
        return [Segment(every, None)]
    mine = [Segment(every, own)] if known else []
    community = [Community(every, None, own)] if query.community else []
    return [*mine, Segment(every, tables.EVERYBODY), *shared, *community]


def _own_audience(viewer: Viewer, numbers: Numbers) -> Any:
    if viewer.project is None:
        return NOBODY
    return numbers.term(tables.projects, name=viewer.project)
