"""What a project keeps, counted and walked through for operators, whatever its size."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Select, func, select

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.db.members import unexpired

artifact, blob = tables.artifacts.c, tables.blobs.c
member, upload = tables.members.c, tables.uploads.c
BATCH = 200


class Holdings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def batch(self, project: int, type_number: int, *, after: int) -> tables.Rows:
        """Return the next artifacts of a type that a project owns, by order key."""
        rows = select(
            artifact.order_key.label("number"),
            artifact.id,
            artifact.name,
            artifact.version,
            artifact.audience,
        ).where(
            artifact.owner == project,
            artifact.type == type_number,
            artifact.order_key > after,
        )
        return self._connection.execute(rows.order_by(artifact.order_key).limit(BATCH)).all()

    def memberships(self, project: int, *, after: int) -> tables.Rows:
        """Return the next artifacts that are shared with a project, by order key."""
        rows = (
            select(member.artifact.label("number"), artifact.id, artifact.name, artifact.version)
            .join(tables.artifacts, artifact.order_key == member.artifact)
            .where(member.member == project, member.artifact > after)
        )
        return self._connection.execute(rows.order_by(member.artifact).limit(BATCH)).all()

    def kinds(self, project: int) -> tables.Rows:
        """Count a project's artifacts by type, status and visibility."""
        by = (artifact.type, artifact.status, artifact.visibility)
        rows = select(*by, func.count().label("artifacts")).where(artifact.owner == project)
        return self._connection.execute(rows.group_by(*by).order_by(*by)).all()

    def artifacts(self, project: int) -> int:
        return self._count(_owned(project))

    def external_blobs(self, project: int) -> int:
        held = tables.artifacts.join(tables.blobs, blob.artifact == artifact.order_key)
        return self._count(_owned(project, blob.external.is_(True)).select_from(held))

    def shares(self, project: int) -> int:
        """Count the memberships that others have in what a project owns."""
        shared = tables.artifacts.join(tables.members, member.artifact == artifact.order_key)
        return self._count(_owned(project, unexpired(member)).select_from(shared))

    def count_memberships(self, project: int) -> int:
        mine = (member.member == project, unexpired(member))
        return self._count(select(func.count()).where(*mine))

    def uploads(self, project: int) -> int:
        """Count the uploads whose lease still runs."""
        live = (upload.project == project, upload.lease_until >= now_ms())
        return self._count(select(func.count()).where(*live))

    def uploading(self, order_keys: Iterable[int]) -> set[int]:
        """Return those artifacts that a blob is being uploaded to."""
        live = (upload.artifact.in_(list(order_keys)), upload.lease_until >= now_ms())
        return set(self._connection.scalars(select(upload.artifact).where(*live)))

    def taken(self, scopes: Iterable[bytes]) -> set[bytes]:
        """Return those scopes in which there is an artifact already."""
        rows = select(artifact.scope).where(artifact.scope.in_(list(scopes)))
        return {bytes(scope) for scope in self._connection.scalars(rows) if scope is not None}

    def _count(self, statement: Select[int]) -> int:
        return self._connection.scalar(statement) or 0


def _owned(project: int, *conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).where(artifact.owner == project, *conditions)
