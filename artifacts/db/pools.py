"""The column `pool` of `artifacts`: what is in each pool, walked through, and put into others."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, update

from artifacts.db import tables

artifact, blob = tables.artifacts.c, tables.blobs.c
BATCH = 200


class Share(NamedTuple):
    """How much is in a pool."""

    pool: str
    artifacts: int
    bytes: int


class Pools:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def shares(self) -> list[Share]:
        """Say of each pool that any artifact is in how much it is."""
        kept = (
            select(artifact.pool, func.sum(blob.size).label("bytes"))
            .join(tables.blobs, blob.artifact == artifact.order_key)
            .where(blob.external.is_(False))
            .group_by(artifact.pool)
        )
        sizes = {row.pool: int(row.bytes) for row in self._connection.execute(kept)}
        counted = select(artifact.pool, func.count().label("artifacts")).group_by(artifact.pool)
        return [
            Share(row.pool, row.artifacts, sizes.get(row.pool, 0))
            for row in self._connection.execute(counted.order_by(artifact.pool))
        ]

    def size(self, pool: str, type_number: int | None, owner: int | None) -> int:
        """Add up the bytes of a pool's artifacts: of all, or of a type and an owner."""
        kept = select(func.sum(blob.size)).join(
            tables.artifacts, blob.artifact == artifact.order_key
        )
        among = _among(pool, type_number, owner)
        return int(self._connection.scalar(kept.where(blob.external.is_(False), *among)) or 0)

    def batch(
        self, pool: str, type_number: int | None, owner: int | None, *, after: int
    ) -> tables.Rows:
        """Return the next artifacts of a pool: of all, or of a type and an owner."""
        kept = select(func.sum(blob.size)).where(
            blob.artifact == artifact.order_key, blob.external.is_(False)
        )
        rows = select(
            artifact.order_key.label("number"),
            artifact.type,
            artifact.id,
            artifact.name,
            artifact.version,
            func.coalesce(kept.correlate(tables.artifacts).scalar_subquery(), 0).label("bytes"),
        ).where(*_among(pool, type_number, owner), artifact.order_key > after)
        return self._connection.execute(rows.order_by(artifact.order_key).limit(BATCH)).all()

    def lock(self, order_key: int) -> str | None:
        """Return an artifact's pool, and let nobody change the artifact before this commit."""
        row = select(artifact.pool).where(artifact.order_key == order_key).with_for_update()
        return self._connection.scalar(row)

    def put(self, order_key: int, pool: str) -> None:
        """Put an artifact into a pool, which is no change of the artifact itself."""
        self._connection.execute(
            update(tables.artifacts).where(artifact.order_key == order_key).values(pool=pool)
        )


def _among(pool: str, type_number: int | None, owner: int | None) -> Iterator[ColumnElement[bool]]:
    yield artifact.pool == pool
    if type_number is not None:
        yield artifact.type == type_number
    if owner is not None:
        yield artifact.owner == owner
