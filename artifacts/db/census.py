"""Census: what the rows add up to, for the audit to compare with what was counted as it came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.db.tables import ALL_TYPES

Rows = Sequence[Row[*tuple[Any, ...]]]
Key = tuple[int, int]  # of `usage`: a project, and a type or ALL_TYPES

BATCH = 500


@dataclass(frozen=True)
class Count:
    """What a project keeps of one type, or in all."""

    artifacts: int = 0
    bytes: int = 0
    reserved: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.artifacts + other.artifacts,
            self.bytes + other.bytes,
            self.reserved + other.reserved,
        )


class Census:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def expired_uploads(self) -> Rows:
        """Return the reservations whose lease is over, with the artifact's id."""
        upload = tables.uploads.c
        rows = select(tables.uploads, tables.artifacts.c.id).join(
            tables.artifacts, tables.artifacts.c.order_key == upload.artifact
        )
        return self._connection.execute(rows.where(upload.lease_until < now_ms())).all()

    def live_placements(self, after: int) -> Rows:
        """Return the next batch of copies that belong to a content, with its size."""
        placement, content = tables.placements.c, tables.contents.c
        rows = (
            select(placement.number, placement.store, placement.key, content.size)
            .join(tables.contents, content.number == placement.content)
            .where(placement.number > after)
            .order_by(placement.number)
        )
        return self._connection.execute(rows.limit(BATCH)).all()

    def known_keys(self, store: str, keys: Iterable[str]) -> set[str]:
        """Return those keys that a placement or an upload speaks of."""
        asked = list(keys)
        placement, upload = tables.placements.c, tables.uploads.c
        placed = select(placement.key).where(placement.store == store, placement.key.in_(asked))
        reserved = select(upload.store_key).where(
            upload.store == store, upload.store_key.in_(asked)
        )
        return {*self._connection.scalars(placed), *self._connection.scalars(reserved)}

    def miscounted_contents(self) -> Rows:
        """Return the contents whose references are not as many as the blobs that refer to them."""
        content, blob = tables.contents.c, tables.blobs.c
        referring = (
            select(func.count())
            .where(blob.content == content.number)
            .correlate(tables.contents)
            .scalar_subquery()
        )
        rows = select(content.number, content.reference_count, referring.label("referring"))
        return self._connection.execute(rows.where(content.reference_count != referring)).all()

    def recount_content(self, number: int, referring: int) -> None:
        """Correct the references; one more than none is left for `Contents.release` to drop."""
        self._connection.execute(
            update(tables.contents)
            .where(tables.contents.c.number == number)
            .values(reference_count=max(1, referring))
        )

    def miscounted_projects(self) -> list[int]:
        """Return the projects whose usage is not what their rows add up to."""
        stored, actual = self._stored(), self._actual()
        return sorted(
            {key[0] for key in {*stored, *actual} if stored.get(key, Count()) != actual[key]}
        )

    def recount_project(self, project: int, repair: bool) -> bool:
        """Whether a project's usage is wrong while nobody can change it; mend it if asked to."""
        usage = tables.usage
        mine = usage.c.project == project
        self._connection.execute(select(usage.c.type).where(mine).with_for_update()).all()
        stored, actual = self._stored(project), self._actual(project)
        if all(stored.get(key, Count()) == actual[key] for key in {*stored, *actual}):
            return False
        if not repair:
            return True
        self._connection.execute(delete(usage).where(mine))
        rows = [
            {"project": project, "type": type_number, **vars(count)}
            for (_, type_number), count in actual.items()
        ]
        if rows:
            self._connection.execute(insert(usage), rows)
        return True

    def _stored(self, project: int | None = None) -> dict[Key, Count]:
        usage = tables.usage.c
        rows = select(usage.project, usage.type, usage.artifacts, usage.bytes, usage.reserved)
        if project is not None:
            rows = rows.where(usage.project == project)
        return {
            (row.project, row.type): Count(row.artifacts, row.bytes, row.reserved)
            for row in self._connection.execute(rows)
        }

    def _actual(self, project: int | None = None) -> dict[Key, Count]:
        """Add up the rows of artifacts, blobs and uploads, by type and in all."""
        counted: dict[Key, Count] = defaultdict(Count)
        for statement, name in _sums(project):
            for row in self._connection.execute(statement):
                count = Count(**{name: int(row.amount)})
                counted[row.project, row.type] += count
                counted[row.project, ALL_TYPES] += count
        return counted


def _sums(project: int | None) -> list[tuple[Any, str]]:
    artifact, blob, upload = tables.artifacts.c, tables.blobs.c, tables.uploads.c
    kept = tables.artifacts.join(tables.blobs, blob.artifact == artifact.order_key)
    sums = [
        (artifact.owner, artifact.type, func.count(), tables.artifacts, "artifacts"),
        (artifact.owner, artifact.type, func.sum(blob.size), kept, "bytes"),
        (upload.project, upload.type, func.sum(upload.reserved), tables.uploads, "reserved"),
    ]
    statements = []
    for owner, type_number, amount, source, name in sums:
        statement = select(
            owner.label("project"), type_number.label("type"), amount.label("amount")
        )
        statement = statement.select_from(source).group_by(owner, type_number)
        if name == "bytes":
            statement = statement.where(blob.external.is_(False))
        if project is not None:
            statement = statement.where(owner == project)
        statements.append((statement, name))
    return statements
