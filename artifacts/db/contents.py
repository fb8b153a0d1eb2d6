"""Rows of `contents` and `placements`: immutable bytes, and where copies of them lie.

A content is shared by the blobs of one project, and by those that were transferred to it or
remain where it was transferred from; one of EVERYBODY by those of all projects. The blob that
lets go of it last dooms its placements in the same transaction: they belong to no content any
more, so that nobody can come to share bytes that are about to be deleted.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.db import tables
from artifacts.db.numbers import EVERYBODY

content = tables.contents.c
placement = tables.placements.c

Placement = tuple[str, str]  # store and key

LIVE = "live"
DOOMED = "doomed"
TURNS = 100  # of a race that is hardly ever lost once


class Contents:
    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def refer(self, project: int, sha256: str, size: int) -> int:
        """Return the number of the project's content, with one reference more."""
        known = (content.project == project, content.sha256 == sha256, content.size == size)
        # Others may bring the same bytes, and let go of them, between one step and the next.
        for _ in range(TURNS):
            if self._count_more(known, 1) or self._begin(project, sha256, size):
                return int(self._connection.scalars(select(content.number).where(*known)).one())
        raise errors.DatabaseUnavailable("the database is too busy; try again")

    def is_everybodys(self, number: int) -> bool:
        """Whether blobs of any project may refer to the content."""
        mine = (content.number == number, tables.projects.c.name == EVERYBODY)
        owned = tables.contents.join(tables.projects, tables.projects.c.number == content.project)
        return (
            self._connection.scalar(select(content.number).select_from(owned).where(*mine))
            is not None
        )

    def _begin(self, project: int, sha256: str, size: int) -> bool:
        row = {"project": project, "sha256": sha256, "size": size, "reference_count": 1}
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(tables.contents).values(**row))
        except IntegrityError:
            return False
        return True

    def _count_more(self, known: tuple[Any, ...], by: int) -> bool:
        counted = self._connection.execute(
            update(tables.contents)
            .where(*known)
            .values(reference_count=content.reference_count + by)
        )
        return counted.rowcount == 1

    def place(self, number: int, store: str, key: str) -> bool:
        """Record a copy under *key*; False, and the key is doomed, if the store has one."""
        there = select(placement.number).where(
            placement.content == number, placement.store == store
        )
        if self._connection.scalar(there) is not None:
            self.doom(store, key)
            return False
        self._insert(number, store, key, LIVE)
        return True

    def release(self, number: int) -> list[Placement]:
        """Drop one reference; return the placements that this doomed, if it was the last."""
        self._connection.execute(
            update(tables.contents)
            .where(content.number == number)
            .values(reference_count=content.reference_count - 1)
        )
        left = self._connection.scalar(
            select(content.reference_count).where(content.number == number)
        )
        return self._drop(number) if left == 0 else []

    def hand_over(self, artifact: int, project: int) -> list[Placement]:
        """Let *project* have the contents of an artifact; return the placements this doomed.

        Those of EVERYBODY stay where they are.
        One that the project has as well is referred to in its place. Blobs of other artifacts
        may refer to what is handed over: it is counted by its references, whosever they are.
        """
        blob = tables.blobs.c
        referring = (
            select(blob.content, func.count().label("references"))
            .where(blob.artifact == artifact, blob.content.is_not(None))
            .group_by(blob.content)
            .order_by(blob.content)
        )
        rows = self._connection.execute(referring).all()
        return [
            placed
            for row in rows
            for placed in self._hand_over(row.content, row.references, artifact, project)
        ]

    def _hand_over(self, number: int, count: int, artifact: int, project: int) -> list[Placement]:
        mine = select(content.project, content.sha256, content.size)
        row = self._connection.execute(mine.where(content.number == number).with_for_update()).one()
        if row.project == project or self.is_everybodys(number):
            return []
        known = (
            content.project == project,
            content.sha256 == row.sha256,
            content.size == row.size,
        )
        for _ in range(TURNS):
            if self._count_more(known, count):
                return self._exchange(number, known, count, artifact)
            if self._reassign(number, project):
                return []
        raise errors.DatabaseUnavailable("the database is too busy; try again")

    def _exchange(
        self, number: int, known: tuple[Any, ...], count: int, artifact: int
    ) -> list[Placement]:
        """Let an artifact's blobs refer to the *known* content in place of another."""
        blob = tables.blobs.c
        other = self._connection.scalars(select(content.number).where(*known)).one()
        self._connection.execute(
            update(tables.blobs)
            .where(blob.artifact == artifact, blob.content == number)
            .values(content=other)
        )
        return [placed for _ in range(count) for placed in self.release(number)]

    def _reassign(self, number: int, project: int) -> bool:
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    update(tables.contents).where(content.number == number).values(project=project)
                )
        except IntegrityError:
            return False
        return True

    def recount(self, number: int) -> list[Placement]:
        """Count the references again, while nobody can add one or let go of one.

        Return the placements that this doomed, if there are none.
        """
        known = select(content.number).where(content.number == number).with_for_update()
        if self._connection.scalar(known) is None:
            return []
        referring = select(func.count()).where(tables.blobs.c.content == number)
        left = self._connection.scalar(referring)
        self._connection.execute(
            update(tables.contents).where(content.number == number).values(reference_count=left)
        )
        return self._drop(number) if left == 0 else []

    def _drop(self, number: int) -> list[Placement]:
        mine = placement.content == number
        doomed = self._connection.execute(select(placement.store, placement.key).where(mine)).all()
        self._connection.execute(
            update(tables.placements)
            .where(mine)
            .values(content=None, state=DOOMED, changed_at=self._now())
        )
        self._connection.execute(delete(tables.contents).where(content.number == number))
        return [(row.store, row.key) for row in doomed]

    def doom(self, store: str, key: str) -> None:
        """Remember that whatever lies under *key* is nobody's and must go; twice is no error."""
        known = select(placement.number).where(placement.store == store, placement.key == key)
        if self._connection.scalar(known) is None:
            self._insert(None, store, key, DOOMED)

    def is_live(self, store: str, key: str) -> bool:
        """Whether *key* is a copy of a content."""
        mine = (placement.store == store, placement.key == key, placement.state == LIVE)
        return self._connection.scalar(select(placement.number).where(*mine)) is not None

    def forget(self, store: str, key: str) -> bool:
        """Forget a doomed placement, now that its bytes are gone; whether nobody else did."""
        forgotten = self._connection.execute(
            delete(tables.placements).where(
                placement.store == store, placement.key == key, placement.state == DOOMED
            )
        )
        return forgotten.rowcount == 1

    def doomed(self, after: int = 0, limit: int = 100) -> list[Row[Any]]:
        """Return the next doomed placements, in the order of their numbers."""
        rows = select(tables.placements).where(placement.state == DOOMED, placement.number > after)
        return list(self._connection.execute(rows.order_by(placement.number).limit(limit)))

    def placements(self, number: int) -> Iterator[Placement]:
        """Yield the store and key of each live copy of a content."""
        rows = select(placement.store, placement.key).where(placement.content == number)
        for row in self._connection.execute(rows.order_by(placement.number)):
            yield row.store, row.key

    def _insert(self, number: int | None, store: str, key: str, state: str) -> None:
        self._connection.execute(
            insert(tables.placements).values(
                content=number, store=store, key=key, state=state, changed_at=self._now()
            )
        )
