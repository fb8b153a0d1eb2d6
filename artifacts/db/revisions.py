"""Rows of `revisions` and `tombstones`: what happened to each artifact, and what is left of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from artifacts.caller import Caller
from artifacts.db import tables
from artifacts.db.members import ends_of
from artifacts.db.records import Record, place_of


class Revisions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        record: Record,
        caller: Caller,
        action: str,
        *,
        at: datetime,
        changes: Mapping[str, Any],
    ) -> None:
        """Record the artifact's present revision: who made it, when, by what, and what changed.

        *changes* gives the new value of each field or slot that changed, as JSON.
        """
        self._connection.execute(
            insert(tables.revisions).values(
                artifact=record.order_key,
                number=record.artifact.revision,
                action=action,
                made_at=at,
                user=caller.user,
                project=caller.project,
                request_id=caller.request_id,
                changes=dict(changes),
            )
        )

    def of(self, order_key: int) -> list[Row[Any]]:
        """Return an artifact's revisions, oldest first."""
        table = tables.revisions
        rows = select(table).where(table.c.artifact == order_key).order_by(table.c.number)
        return list(self._connection.execute(rows))

    def bury(self, record: Record, caller: Caller, *, at: datetime) -> None:
        """Leave a tombstone: its identity and place, its blobs' digests, and who deleted it."""
        artifact = record.artifact
        self._connection.execute(
            insert(tables.tombstones).values(
                id=artifact.id,
                order_key=record.order_key,
                type=record.type,
                owner=record.owner,
                name=artifact.name,
                version=artifact.version,
                digests={str(slot): dict(blob.digests) for slot, blob in artifact.blobs.items()},
                place=place_of(artifact) | ends_of(self._connection, record.order_key),
                deleted_at=at,
                user=caller.user,
                project=caller.project,
            )
        )
