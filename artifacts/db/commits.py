"""Commits: how a writer finds out whether a transaction took effect whose answer was lost.

Each writer has a row of its own, in which its transactions leave their numbers: what is there
afterwards is the number of the latest that took effect. One that may still be on its way holds
the row, so that looking there waits for its end; and looking leaves another number, so that one
that was not there yet can never take effect behind it, in a cluster neither.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.db import tables
from artifacts.db.clock import now_ms

columns = tables.commits.c
DAY = 24 * 60 * 60 * 1000  # milliseconds


class Writer:
    """Writes one transaction at a time."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._number = 0

    def mark(self, connection: Connection) -> None:
        """Let the transaction that begins leave its number."""
        if not self._put(connection):
            row = {"writer": self._name, "number": self._number, "at": now_ms()}
            connection.execute(insert(tables.commits).values(**row))

    def has_committed(self, connection: Connection) -> bool:
        """Whether the latest that was marked took effect; if it did not, it never will."""
        number = self._number
        found = self._found(connection)
        if found is None:
            try:
                with connection.begin_nested():
                    self.mark(connection)
            except IntegrityError:  # its first transaction ended in this very moment
                found = self._found(connection)
        elif found != number:
            self._put(connection)
        return found == number

    def _found(self, connection: Connection) -> int | None:
        mine = select(columns.number).where(columns.writer == self._name)
        return connection.scalar(mine.with_for_update())

    def _put(self, connection: Connection) -> bool:
        self._number += 1
        put = update(tables.commits).where(columns.writer == self._name)
        return connection.execute(put.values(number=self._number, at=now_ms())).rowcount == 1


class Writers:
    """The writers of a process; there are as many as wrote at once."""

    def __init__(self) -> None:
        self._idle: list[Writer] = []

    @contextmanager
    def lend(self) -> Iterator[Writer]:
        """Give a writer away; once its latest transaction is in doubt, it is not used again."""
        try:
            writer = self._idle.pop()
        except IndexError:  # each is with another thread
            writer = Writer()
        known = True
        try:
            yield writer
        except errors.CommitUnknown:
            known = False
            raise
        finally:
            if known:
                self._idle.append(writer)


class Commits:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def forget_old(self) -> None:
        """Delete the rows of writers that wrote nothing for a day: most of them died."""
        self._connection.execute(delete(tables.commits).where(columns.at < now_ms() - DAY))
