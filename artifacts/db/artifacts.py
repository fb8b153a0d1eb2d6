"""Rows of `artifacts`: the artifacts themselves, added, found, changed and deleted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.caller import Viewer
from artifacts.db import members, tables
from artifacts.db.blobs import Blobs
from artifacts.db.numbers import Numbers
from artifacts.db.records import Record, columns_of, derived, new_order_key
from artifacts.db.values import Values
from artifacts.model import Artifact, membership
from artifacts.model.lifecycle import SHARED


class Artifacts:
    def __init__(
        self,
        connection: Connection,
        types: Mapping[str, type[Artifact]],
        numbers: Numbers,
        blobs: Blobs,
        values: Values,
    ) -> None:
        self._connection = connection
        self._types = types
        self._numbers = numbers
        self._blobs = blobs
        self._values = values

    def add(self, artifact: Artifact, *, pool: str) -> Record:
        """Insert *artifact*; raise NameTaken if its scope has that name and version."""
        record = Record(
            artifact,
            new_order_key(artifact.created_at),
            self._numbers.type(artifact.type_name),
            self._numbers.project(artifact.owner),
            pool,
        )
        self._insert(record)
        self._values.write(record.order_key, record.type, record.audience, artifact)
        return record

    def _insert(self, record: Record) -> None:
        own = {"type": record.type, "owner": record.owner, "pool": record.pool}
        try:
            row = {**own, "revision": record.artifact.revision, **columns_of(record)}
            self._execute(
                insert(tables.artifacts).values(order_key=record.order_key, **row), record.artifact
            )
        except errors.NameTaken:
            if not self._has(record.order_key):
                raise
            record.order_key = new_order_key(record.artifact.created_at)
            self._insert(record)

    def _has(self, order_key: int) -> bool:
        known = select(tables.artifacts.c.id).where(tables.artifacts.c.order_key == order_key)
        return self._connection.scalar(known) is not None

    def find(
        self,
        type_name: str | None,
        id: str,
        viewer: Viewer,
        statuses: Collection[str] = membership.SEEING,
    ) -> Record:
        """Return the artifact that *viewer* may see; raise ArtifactNotFound. No type: any.

        Memberships count that have one of *statuses*.
        """
        if not (id.isascii() and id.isprintable()):  # no id of ours, and no text for a database
            raise errors.ArtifactNotFound("there is no such artifact")
        visible = self._visible(type_name, viewer, statuses)
        return self._one(visible.where(tables.artifacts.c.id == id))

    def lock(self, id: str, *, owner: str | None = None) -> Record:
        """Return the artifact as it is now, and let nobody change it before this commit.

        Raise Busy if an *owner* is given, as it was when rights were checked, and is none now.
        """
        record = self._one(
            select(tables.artifacts).where(tables.artifacts.c.id == id).with_for_update()
        )
        if owner is not None and record.artifact.owner != owner:
            raise errors.Busy(f"{id}: the artifact was given to another project meanwhile")
        return record

    def save(self, record: Record, *, was: int) -> None:
        """Write the artifact over revision *was*; raise Busy if it is no longer that one.

        What is no longer shared has no members.
        """
        statement = (
            update(tables.artifacts)
            .where(tables.artifacts.c.order_key == record.order_key)
            .where(tables.artifacts.c.revision == was)
            .values(owner=record.owner, revision=record.artifact.revision, **columns_of(record))
        )
        if self._execute(statement, record.artifact) != 1:
            raise errors.Busy(f"{record.artifact.id}: somebody else changed the artifact")
        self._values.replace(record.order_key, record.type, record.audience, record.artifact)
        if record.audience is None or record.artifact.visibility != SHARED:
            gone = delete(tables.members).where(tables.members.c.artifact == record.order_key)
            self._connection.execute(gone)

    def touch(self, record: Record) -> None:
        """Write only that it changed, and when: its blobs did, its fields did not."""
        self._connection.execute(
            update(tables.artifacts)
            .where(tables.artifacts.c.order_key == record.order_key)
            .values(revision=record.artifact.revision, updated_at=record.artifact.updated_at)
        )

    def delete(self, record: Record) -> None:
        """Delete the row, and with it its blobs, tags, values and members."""
        self._connection.execute(
            delete(tables.artifacts).where(tables.artifacts.c.order_key == record.order_key)
        )

    def batch(self, type_name: str, *, after: int, limit: int = 200) -> tables.Rows:
        """Return the ids of the next artifacts of a type, in the order of their order keys."""
        row = tables.artifacts.c
        rows = select(row.order_key.label("number"), row.id).where(
            row.type == self._numbers.type(type_name), row.order_key > after
        )
        return self._connection.execute(rows.order_by(row.order_key).limit(limit)).all()

    def reindex(self, id: str) -> None:
        """Write an artifact's values and tags again; one that is gone has none."""
        try:
            record = self.lock(id)
        except errors.ArtifactNotFound:
            return
        self._values.replace(record.order_key, record.type, record.audience, record.artifact)

    def derive(self, id: str) -> None:
        """Write again what a row says of its own document, too; raise NameTaken if it cannot be."""
        try:
            record = self.lock(id)
        except errors.ArtifactNotFound:
            return
        statement = update(tables.artifacts).where(tables.artifacts.c.order_key == record.order_key)
        self._execute(statement.values(**derived(record)), record.artifact)
        self._values.replace(record.order_key, record.type, record.audience, record.artifact)

    def visible_among(self, ids: Iterable[str], viewer: Viewer) -> set[str]:
        """Return those of *ids* that *viewer* may see and nobody has deleted, of any type."""
        asked = [id for id in ids if id.isascii()]  # no other can be one of ours
        row = tables.artifacts.c
        visible = self._visible(None, viewer).with_only_columns(row.id)
        there = visible.where(row.id.in_(asked), row.audience.is_not(None))
        return set(self._connection.scalars(there))

    def deleted(self, before: datetime, *, after: int, limit: int = 100) -> tables.Rows:
        """Return the next artifacts that were deleted in name before that time, by order key.

        Those of a type that is not enabled wait until it is.
        """
        row = tables.artifacts.c
        enabled = [self._numbers.type(name) for name in self._types]
        waiting = select(row.order_key.label("number"), row.id).where(
            row.audience.is_(None),
            row.type.in_(enabled),
            row.updated_at <= before,
            row.order_key > after,
        )
        return self._connection.execute(waiting.order_by(row.order_key).limit(limit)).all()

    def records(self, rows: Sequence[Row[Any]]) -> list[Record]:
        """Turn rows of `artifacts` into records, with one more SELECT for all their blobs."""
        blobs = self._blobs.of([row.order_key for row in rows])
        self._numbers.meet_projects(row.owner for row in rows)
        return [
            Record(
                self._restore(row, blobs.get(row.order_key, {})),
                row.order_key,
                row.type,
                row.owner,
                row.pool,
            )
            for row in rows
        ]

    def restore(self, row: Row[Any], owner: str) -> Artifact | None:
        """Turn a row into an artifact without its blobs; None if its type is not enabled."""
        self._numbers.name_project(row.owner, owner)
        return self._restore(row, {}) if self._type_name(row.type) in self._types else None

    def _one(self, statement: Select[Any]) -> Record:
        row = self._connection.execute(statement).one_or_none()
        if row is None or self._type_name(row.type) not in self._types:
            raise errors.ArtifactNotFound("there is no such artifact")
        return self.records([row])[0]

    def _visible(
        self,
        type_name: str | None,
        viewer: Viewer,
        statuses: Collection[str] = membership.SEEING,
    ) -> Select[Any]:
        row = tables.artifacts.c
        statement = select(tables.artifacts)
        if type_name is not None:
            number = self._numbers.type(type_name)
            statement = statement.where(row.type == number)
        if viewer.pools is not None:
            statement = statement.where(row.pool.in_(sorted(viewer.pools)))
        if viewer.everything:
            return statement
        own = self._numbers.known_project(viewer.project)
        return statement.where((row.owner == own) | members.shown_to(row, own, statuses))

    def _restore(self, row: Row[Any], blobs: Mapping[Any, Any]) -> Artifact:
        artifact_type = self._types[self._type_name(row.type)]
        values = {
            name: artifact_type.fields[name].from_json(value)
            for name, value in row.document.items()
            if name in artifact_type.fields
        }
        columns = {name: getattr(row, name) for name in tables.COLUMNS}
        owner = self._numbers.project_name(row.owner)
        names = {"owner": owner, "display_type_name": artifact_type.type_display_name}
        return artifact_type({**values, **columns, **names}, blobs, revision=row.revision)

    def _type_name(self, number: int) -> str:
        return self._numbers.type_name(number)

    def _execute(self, statement: Any, artifact: Artifact) -> int:
        try:
            with self._connection.begin_nested():
                return self._connection.execute(statement).rowcount
        except IntegrityError as error:
            raise errors.NameTaken(
                f"name, version: {artifact.name!r} {artifact.version} is taken "
                f"among the {artifact.visibility} {artifact.type_name}"
            ) from error
