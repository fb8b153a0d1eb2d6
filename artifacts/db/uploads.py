"""Rows of `uploads`: slots that are reserved while bytes flow, each under a lease."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.model import Slot

columns = tables.uploads.c
BATCH = 500  # rows of one statement, whose values databases count


@dataclass(frozen=True)
class Upload:
    """A reservation: who holds which slot, for how many bytes, under which store key."""

    token: str
    artifact: int
    slot: Slot
    project: int
    type: int
    reserved: int
    store: str
    store_key: str


class Uploads:
    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def add(self, uploads: Sequence[Upload], *, lease: float) -> None:
        """Reserve the slots for *lease* seconds; raise SlotTaken if another upload has one."""
        started, until = self._now(), now_ms() + int(lease * 1000)
        rows = [
            {
                "token": upload.token,
                "artifact": upload.artifact,
                "field": upload.slot.field,
                "key": upload.slot.key,
                "project": upload.project,
                "type": upload.type,
                "reserved": upload.reserved,
                "store": upload.store,
                "store_key": upload.store_key,
                "started_at": started,
                "lease_until": until,
            }
            for upload in uploads
        ]
        try:
            with self._connection.begin_nested():
                for first in range(0, len(rows), BATCH):
                    batch = rows[first : first + BATCH]
                    self._connection.execute(insert(tables.uploads).values(batch))
        except IntegrityError as error:
            raise errors.SlotTaken(f"{uploads[0].slot}: another upload is under way") from error

    def renew(self, tokens: Iterable[str], *, lease: float) -> set[str]:
        """Extend the leases; return the tokens that are still held."""
        wanted = list(tokens)
        self._connection.execute(
            update(tables.uploads)
            .where(columns.token.in_(wanted))
            .values(lease_until=now_ms() + int(lease * 1000))
        )
        held = self._connection.scalars(select(columns.token).where(columns.token.in_(wanted)))
        return set(held)

    def grow(self, token: str, by: int) -> None:
        """Reserve *by* more bytes; raise UploadLost if the reservation is gone."""
        grown = self._connection.execute(
            update(tables.uploads)
            .where(columns.token == token)
            .values(reserved=columns.reserved + by)
        )
        if grown.rowcount != 1:
            raise errors.UploadLost("the upload was given up: no byte came for too long")

    def take(self, token: str) -> Upload | None:
        """End the reservation and return it; None if somebody ended it before."""
        row = self._connection.execute(
            select(tables.uploads).where(columns.token == token).with_for_update()
        ).one_or_none()
        return None if row is None else self._end(row)

    def take_several(self, tokens: Sequence[str]) -> dict[str, Upload]:
        """End reservations and return those that nobody ended before, by token."""
        mine = columns.token.in_(tokens)
        rows = self._connection.execute(select(tables.uploads).where(mine).with_for_update()).all()
        self._connection.execute(delete(tables.uploads).where(mine))
        return {row.token: _upload(row) for row in rows}

    def take_expired(
        self,
        project: int | None = None,
        *,
        tokens: Collection[str] | None = None,
        most: int | None = None,
    ) -> list[Upload]:
        """End reservations whose lease is over: a project's, those of *tokens*, or any *most*."""
        expired = select(tables.uploads).where(columns.lease_until < now_ms()).limit(most)
        if project is not None:
            expired = expired.where(columns.project == project)
        if tokens is not None:
            expired = expired.where(columns.token.in_(list(tokens)))
        rows = self._connection.execute(expired.with_for_update(skip_locked=True)).all()
        return [self._end(row) for row in rows]

    def under_way(self, artifact: int) -> bool:
        """Whether any slot of an artifact is reserved, under a lease that still runs."""
        live = select(columns.token).where(
            columns.artifact == artifact, columns.lease_until >= now_ms()
        )
        return self._connection.scalar(live.limit(1)) is not None

    def take_all(self, artifact: int) -> list[Upload]:
        """End every reservation of an artifact."""
        rows = self._connection.execute(
            select(tables.uploads).where(columns.artifact == artifact).with_for_update()
        ).all()
        return [self._end(row) for row in rows]

    def _end(self, row: Row[Any]) -> Upload:
        self._connection.execute(delete(tables.uploads).where(columns.token == row.token))
        return _upload(row)


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        token=row.token,
        artifact=row.artifact,
        slot=Slot(row.field, row.key),
        project=row.project,
        type=row.type,
        reserved=row.reserved,
        store=row.store,
        store_key=row.store_key,
    )
