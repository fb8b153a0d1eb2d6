"""Census: what the rows add up to, for the audit to compare with what was counted as it came."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.db.contents import LIVE
from artifacts.db.tables import ALL_TYPES
from artifacts.db.usage import Usage

placement = tables.placements.c

UsageKey = tuple[int, int]  # of `usage`: a project, and a type or ALL_TYPES

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
    def __init__(self, connection: Connection, usage: Usage) -> None:
        self._connection = connection
        self._usage = usage

    def expired_uploads(self) -> tables.Rows:
        """Return the reservations whose lease is over, with the artifact's id."""
        upload = tables.uploads.c
        rows = select(tables.uploads, tables.artifacts.c.id).join(
            tables.artifacts, tables.artifacts.c.order_key == upload.artifact
        )
        return self._connection.execute(rows.where(upload.lease_until < now_ms())).all()

    def live_placements(self, after: int) -> tables.Rows:
        """Return the next batch of copies that belong to a content, with its size."""
        content = tables.contents.c
        rows = (
            select(placement.number, placement.store, placement.key, content.size)
            .join(tables.contents, content.number == placement.content)
            .where(placement.state == LIVE, placement.number > after)
            .order_by(placement.number)
        )
        return self._connection.execute(rows.limit(BATCH)).all()

    def known_keys(self, store: str, keys: Iterable[str]) -> set[str]:
        """Return those keys that a placement or an upload speaks of."""
        asked = list(keys)
        placed = placement.key.in_(asked)
        return self._uploaded(store, asked) | self._placed(store, placed)

    def not_left(self, store: str, keys: Iterable[str], *, since: datetime) -> set[str]:
        """Return those keys whose save may yet end, had ended lately, or is tidied up elsewhere.

        An upload is known by its row for as long as it goes on; a copy that has been there
        *since* that time and is not saved any more.
        """
        asked = list(keys)
        busy = (placement.state != LIVE) | (placement.changed_at >= since)
        return self._uploaded(store, asked) | self._placed(store, placement.key.in_(asked), busy)

    def _uploaded(self, store: str, keys: list[str]) -> set[str]:
        # Asked before the placements: what an upload has saved goes from here to there.
        upload = tables.uploads.c
        mine = (upload.store == store, upload.store_key.in_(keys))
        return set(self._connection.scalars(select(upload.store_key).where(*mine)))

    def _placed(self, store: str, *conditions: Any) -> set[str]:
        known = select(placement.key).where(placement.store == store, *conditions)
        return set(self._connection.scalars(known))

    def miscounted_contents(self) -> tables.Rows:
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

    def miscounted_projects(self) -> list[int]:
        """Return the projects whose usage is not what their rows add up to."""
        return sorted({project for project, _ in self._miscounted()})

    def recount_project(self, project: int, repair: bool) -> bool:
        """Whether a project's usage is wrong while nobody can change it; mend it if asked to.

        Its rows stay the ones they were: whoever waits to change one finds it.
        """
        self._lock(project)
        miscounted = self._miscounted(project)
        if repair and miscounted:
            for key in miscounted.keys() - self._stored(project).keys():
                self._usage.begin(*key)
            self._lock(project)  # also those that were missing: others may have begun them
            for (_, type_number), count in self._miscounted(project).items():
                self._correct(project, type_number, count)
        return bool(miscounted)

    def _lock(self, project: int) -> None:
        usage = tables.usage
        rows = select(usage.c.type).where(usage.c.project == project).with_for_update()
        self._connection.execute(rows).all()

    def _correct(self, project: int, type_number: int, count: Count) -> None:
        usage = tables.usage
        self._connection.execute(
            update(usage)
            .where(usage.c.project == project, usage.c.type == type_number)
            .values(**vars(count))
        )

    def _miscounted(self, project: int | None = None) -> dict[UsageKey, Count]:
        """Return what the rows add up to where it is not what was counted."""
        stored, actual = self._stored(project), self._actual(project)
        return {
            key: actual[key]
            for key in {*stored, *actual}
            if stored.get(key, Count()) != actual[key]
        }

    def _stored(self, project: int | None = None) -> dict[UsageKey, Count]:
        usage = tables.usage.c
        rows = select(usage.project, usage.type, usage.artifacts, usage.bytes, usage.reserved)
        if project is not None:
            rows = rows.where(usage.project == project)
        return {
            (row.project, row.type): Count(row.artifacts, row.bytes, row.reserved)
            for row in self._connection.execute(rows)
        }

    def _actual(self, project: int | None = None) -> dict[UsageKey, Count]:
        """Add up the rows of artifacts, blobs and uploads, by type and in all."""
        counted: dict[UsageKey, Count] = defaultdict(Count)
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
