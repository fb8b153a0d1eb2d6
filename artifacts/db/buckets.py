"""Rows of `buckets`: how many requests each caller may still send, for all processes together.

A bucket holds as many requests as may be sent at once. It fills at a rate, so that one number says
all: the moment when it is full again if nothing is taken. What is taken makes that moment later,
and may not make it later than an empty bucket takes to fill. A bucket without a row is full.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts.db import tables
from artifacts.db.clock import now_ms

columns = tables.buckets.c

SECOND = 10**6
# How far behind what is possible a moment may be: a clock that waited for a lock is that late.
# Beyond it the clock was set back, or the rate has been raised.
SLACK = 60 * SECOND


@dataclass(frozen=True)
class Rate:
    """How fast a bucket fills, and how many requests it holds."""

    requests: float  # a second
    burst: int

    @cached_property
    def interval(self) -> int:
        """Return the microseconds until there is one more."""
        return math.ceil(SECOND / self.requests)

    @cached_property
    def depth(self) -> int:
        """Return the microseconds in which an empty bucket fills."""
        return self.burst * self.interval


class Taken(NamedTuple):
    """How many were taken, and if none, in how many seconds there is one."""

    number: int
    wait: float = 0.0


class Buckets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, whose: str, most: int, rate: Rate) -> Taken:
        """Take up to *most* requests, which must not be more than a bucket holds."""
        if self._took(whose, most, rate):
            return Taken(most)
        ahead = self._locked(whose)
        if ahead is None:
            self._begin(whose)
            ahead = self._locked(whose) or 0
        if ahead > rate.depth + SLACK:
            self._put(whose, _now() + rate.depth)
            ahead = rate.depth
        number = min(most, (rate.depth - ahead) // rate.interval)
        if number > 0 and self._took(whose, number, rate):
            return Taken(number)
        return Taken(0, wait=(ahead - rate.depth + rate.interval) / SECOND)

    def forget_full(self) -> None:
        """Delete the rows of buckets that have been full for a while."""
        self._connection.execute(delete(tables.buckets).where(columns.full_at < _now() - SLACK))

    def _took(self, whose: str, number: int, rate: Rate) -> bool:
        since = case((columns.full_at > _now(), columns.full_at), else_=_now())
        taken = update(tables.buckets).values(full_at=since + number * rate.interval)
        room = columns.full_at <= _now() + (rate.burst - number) * rate.interval
        return self._connection.execute(taken.where(columns.whose == whose, room)).rowcount == 1

    def _locked(self, whose: str) -> int | None:
        """Return in how many microseconds it is full, and let nobody else take of it meanwhile."""
        row = select((columns.full_at - _now()).label("ahead")).where(columns.whose == whose)
        return self._connection.scalar(row.with_for_update())

    def _put(self, whose: str, full_at: ColumnElement[int]) -> None:
        moved = update(tables.buckets).values(full_at=full_at)
        self._connection.execute(moved.where(columns.whose == whose))

    def _begin(self, whose: str) -> None:
        """Insert the row of a full bucket, unless it is there."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(tables.buckets).values(whose=whose, full_at=_now()))
        except IntegrityError:
            pass  # another request began it in this very moment


def _now() -> ColumnElement[int]:
    return now_ms() * (SECOND // 1000)
