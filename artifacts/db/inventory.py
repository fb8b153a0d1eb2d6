"""Inventory: which bytes the rows speak of, for the audit to compare with what stores keep."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.db.contents import LIVE

artifact, blob = tables.artifacts.c, tables.blobs.c
content, placement = tables.contents.c, tables.placements.c
project, upload = tables.projects.c, tables.uploads.c

BATCH = 500  # rows of one SELECT, and keys that one asks for


class Inventory:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def placed(self, store: str, after: str) -> tables.Rows:
        """Return the next placements in a store, in the order of their keys."""
        columns = (placement.key, placement.state, placement.changed_at, placement.content)
        rows = (
            select(*columns, content.size, content.sha256)
            .join(tables.contents, content.number == placement.content, isouter=True)
            .where(placement.store == store, placement.key > after)
            .order_by(placement.key)
        )
        return self._connection.execute(rows.limit(BATCH)).all()

    def stores(self) -> Iterator[str]:
        """Yield the name of each store that a placement names, without reading them all."""
        last: str | None = ""
        while True:
            last = self._connection.scalar(
                select(func.min(placement.store)).where(placement.store > last)
            )
            if last is None:
                return
            yield last

    def kept_in(self, store: str) -> tuple[int, int]:
        """Return how many copies a store has by the rows, and of how many bytes."""
        rows = (
            select(func.count(), func.coalesce(func.sum(content.size), 0))
            .select_from(tables.placements)
            .join(tables.contents, content.number == placement.content, isouter=True)
            .where(placement.store == store)
        )
        copies, size = self._connection.execute(rows).one()
        return copies, int(size)

    def known(self, store: str, keys: Iterable[str]) -> set[str]:
        """Return those keys that a placement or an upload speaks of."""
        asked = list(keys)
        # Uploads before placements: what an upload has saved goes from here to there.
        uploaded = self._uploaded(store, asked)
        return uploaded | self._placed(store, placement.key.in_(asked))

    def not_left(self, store: str, keys: Iterable[str], *, since: datetime) -> set[str]:
        """Return those keys whose save may yet end, had ended lately, or is tidied up elsewhere.

        An upload is known by its row for as long as it goes on; a copy that has been there
        *since* that time and is not saved any more.
        """
        asked = list(keys)
        uploaded = self._uploaded(store, asked)
        busy = (placement.state != LIVE) | (placement.changed_at >= since)
        return uploaded | self._placed(store, placement.key.in_(asked), busy)

    def _uploaded(self, store: str, keys: list[str]) -> set[str]:
        mine = (upload.store == store, upload.store_key.in_(keys))
        return set(self._connection.scalars(select(upload.store_key).where(*mine)))

    def _placed(self, store: str, *conditions: Any) -> set[str]:
        rows = select(placement.key).where(placement.store == store, *conditions)
        return set(self._connection.scalars(rows))

    def expired_uploads(self, after: str) -> tables.Rows:
        """Return the next reservations whose lease is over, with artifact and project."""
        rows = (
            select(tables.uploads, artifact.id, project.name.label("owner"))
            .join(tables.artifacts, artifact.order_key == upload.artifact)
            .join(tables.projects, project.number == upload.project)
            .where(upload.lease_until < now_ms(), upload.token > after)
            .order_by(upload.token)
        )
        return self._connection.execute(rows.limit(BATCH)).all()

    def owner(self, number: int) -> str | None:
        """Return the project that a content belongs to, None if all share it."""
        rows = select(project.name).join(tables.contents, content.project == project.number)
        return self._connection.scalar(rows.where(content.number == number)) or None

    def referrers(self, number: int, most: int) -> tuple[tables.Rows, int]:
        """Return the first blobs that refer to a content, and how many there are."""
        count = self._connection.scalar(select(func.count()).where(blob.content == number)) or 0
        rows = (
            select(artifact.id, blob.field, blob.key, project.name.label("owner"))
            .select_from(tables.blobs)
            .join(tables.artifacts, artifact.order_key == blob.artifact)
            .join(tables.projects, project.number == artifact.owner)
            .where(blob.content == number)
            .order_by(blob.artifact, blob.field, blob.key)
        )
        return self._connection.execute(rows.limit(most)).all(), count

    def digests(self, number: int, most: int) -> list[dict[str, str]]:
        """Return the digests that the first blobs have of a content."""
        rows = select(blob.digests).where(blob.content == number).limit(most)
        return list(self._connection.scalars(rows))

    def other_copies(self, number: int, store: str) -> list[str]:
        """Return the other stores that have a live copy of a content."""
        rows = select(placement.store).where(
            placement.content == number, placement.state == LIVE, placement.store != store
        )
        return list(self._connection.scalars(rows.order_by(placement.store)))
