"""Rows of `blobs`: what the slots of artifacts hold."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, literal, null, select, union_all

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.model import Blob, Slot

Slots = dict[Slot, Blob]


class Blobs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, order_keys: Sequence[int]) -> dict[int, Slots]:
        """Return the blobs of artifacts, by order key, with those that are being uploaded."""
        found: dict[int, Slots] = defaultdict(dict)
        if not order_keys:
            return found
        for row in self._connection.execute(_held_and_reserved(order_keys)):
            slot = Slot(row.field, row.key)
            if slot not in found[row.artifact] or not row.saving:  # the old blob stays readable
                found[row.artifact][slot] = _blob(row)
        return found

    def put(self, order_key: int, slot: Slot, blob: Blob, content: int | None) -> None:
        """Let *slot* hold *blob*; what it held before must be taken away first."""
        self._connection.execute(
            insert(tables.blobs).values(
                artifact=order_key,
                field=slot.field,
                key=slot.key,
                content=content,
                external=blob.external,
                size=blob.size,
                digests=dict(blob.digests),
                content_type=blob.content_type,
                url=blob.url,
                final_url=blob.final_url,
                etag=blob.etag,
                last_modified=blob.last_modified,
                fetched_at=blob.fetched_at,
            )
        )

    def take(self, order_key: int, slot: Slot | None = None) -> tables.Rows:
        """Delete the blob of *slot*, or all of an artifact; return what they referred to."""
        columns = tables.blobs.c
        mine = [columns.artifact == order_key]
        if slot is not None:
            mine += [columns.field == slot.field, columns.key == slot.key]
        held = self._connection.execute(
            select(columns.content, columns.size, columns.external).where(*mine)
        ).all()
        self._connection.execute(delete(tables.blobs).where(*mine))
        return held

    def content(self, order_key: int, slot: Slot) -> int | None:
        """Return the content that the slot's blob refers to; None for an external one."""
        columns = tables.blobs.c
        return self._connection.scalar(
            select(columns.content).where(
                columns.artifact == order_key, columns.field == slot.field, columns.key == slot.key
            )
        )

    def folder_size(self, order_key: int, slot: Slot) -> int:
        """Return the bytes that the other slots of *slot*'s folder hold or have reserved."""
        held, reserved = tables.blobs.c, tables.uploads.c
        sizes = union_all(
            select(held.size.label("size")).where(
                held.artifact == order_key,
                held.field == slot.field,
                held.key != slot.key,
                held.external.is_(False),
            ),
            select(reserved.reserved).where(
                reserved.artifact == order_key,
                reserved.field == slot.field,
                reserved.key != slot.key,
            ),
        ).subquery()
        return int(self._connection.scalar(select(func.coalesce(func.sum(sizes.c.size), 0))) or 0)


def _held_and_reserved(order_keys: Sequence[int]) -> Any:
    """SELECT the blobs, and the live uploads in the same shape, as one statement."""
    held, upload = tables.blobs.c, tables.uploads.c
    known: dict[str, Any] = {
        "artifact": upload.artifact,
        "field": upload.field,
        "key": upload.key,
        "external": literal(False),
        "size": upload.reserved,
        "digests": literal({}, held.digests.type),
    }
    reserved = [known.get(column.name, null()).label(column.name) for column in held]
    return union_all(
        select(*held, literal(False).label("saving")).where(held.artifact.in_(order_keys)),
        select(*reserved, literal(True).label("saving")).where(
            upload.artifact.in_(order_keys), upload.lease_until >= now_ms()
        ),
    )


def _blob(row: Row[Any]) -> Blob:
    if row.saving:
        return Blob(size=row.size, digests={}, content_type=None, status="saving")
    return Blob(
        size=row.size,
        digests=row.digests,
        content_type=row.content_type,
        external=row.external,
        url=row.url,
        final_url=row.final_url,
        etag=row.etag,
        last_modified=row.last_modified,
        fetched_at=row.fetched_at,
    )
