"""Rows of `passes`: how far the audit is that reads the bytes of each store."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts.db import tables

columns = tables.passes.c


class Pass(NamedTuple):
    """A walk through a store's copies by their keys, and what it has read so far."""

    store: str
    position: str
    copies: int
    bytes: int
    begun_at: datetime
    ended_at: datetime | None = None


class Passes:
    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def of(self, store: str) -> Pass | None:
        """Return the pass that goes on, or the last one that ended."""
        names = [columns[name] for name in Pass._fields]
        row = self._connection.execute(select(*names).where(columns.store == store)).one_or_none()
        return None if row is None else Pass(*row)

    def begin(self, store: str) -> Pass:
        """Begin at the first key."""
        begun = Pass(store, "", 0, 0, self._now())
        if self.of(store) is not None:
            self.save(begun)
            return begun
        with suppress(IntegrityError), self._connection.begin_nested():  # another just began it
            self._connection.execute(insert(tables.passes).values(**begun._asdict()))
        return begun

    def save(self, at: Pass) -> None:
        kept = update(tables.passes).where(columns.store == at.store)
        self._connection.execute(kept.values(**at._asdict()))
