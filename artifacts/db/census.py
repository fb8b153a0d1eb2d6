"""Census: what the rows add up to, for the audit to compare with what was counted as it came."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, select, update

from artifacts.db import tables
from artifacts.db.contents import LIVE
from artifacts.db.tables import ALL_TYPES
from artifacts.db.usage import Usage

UsageKey = tuple[int, int]  # of `usage`: a project, and a type or ALL_TYPES

BATCH = 500  # contents or projects that are counted at once


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

    def contents(self, after: int) -> tables.Rows:
        """Return the next contents, with how many blobs refer to each and where copies are.

        All of it is one statement, and so of one moment.
        """
        content, blob, placement = tables.contents.c, tables.blobs.c, tables.placements.c
        referring = _count_of(blob.content == content.number)
        copies = _count_of(placement.content == content.number, placement.state == LIVE)
        rows = select(
            content.number,
            content.size,
            content.reference_count,
            referring.label("referring"),
            copies.label("copies"),
        ).where(content.number > after)
        return self._connection.execute(rows.order_by(content.number).limit(BATCH)).all()

    def projects(self, after: int) -> tables.Rows:
        """Return the next projects by their numbers."""
        project = tables.projects.c
        rows = select(project.number, project.name).where(project.number > after)
        return self._connection.execute(rows.order_by(project.number).limit(BATCH)).all()

    def miscounted_projects(self, first: int, last: int) -> set[int]:
        """Return the projects up to *last* whose usage is not what their rows add up to.

        Right in a snapshot alone: usage and rows are read one after the other.
        """
        return {project for project, _ in self._miscounted(first, last)}

    def recount_project(self, project: int, repair: bool) -> tuple[Count, Count] | None:
        """Return what is counted and what there is, if these differ while nobody can change it.

        Mend it if asked to.

        Its rows stay the ones they were: whoever waits to change one finds it.
        """
        self._lock(project)
        miscounted = self._miscounted(project, project)
        if repair and miscounted:
            for key in miscounted.keys() - self._stored(project, project).keys():
                self._usage.begin(*key)
            self._lock(project)  # also those that were missing: others may have begun them
            for (_, type_number), (_, count) in self._miscounted(project, project).items():
                self._correct(project, type_number, count)
        return miscounted[min(miscounted)] if miscounted else None  # in all, if that is wrong

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

    def _miscounted(self, first: int, last: int) -> dict[UsageKey, tuple[Count, Count]]:
        """Return what was counted and what the rows add up to, where these differ."""
        stored, actual = self._stored(first, last), self._actual(first, last)
        both = {key: (stored.get(key, Count()), actual[key]) for key in {*stored, *actual}}
        return {key: (counted, there) for key, (counted, there) in both.items() if counted != there}

    def _stored(self, first: int, last: int) -> dict[UsageKey, Count]:
        usage = tables.usage.c
        rows = select(usage.project, usage.type, usage.artifacts, usage.bytes, usage.reserved)
        rows = rows.where(usage.project.between(first, last))
        return {
            (row.project, row.type): Count(row.artifacts, row.bytes, row.reserved)
            for row in self._connection.execute(rows)
        }

    def _actual(self, first: int, last: int) -> dict[UsageKey, Count]:
        """Add up the rows of artifacts, blobs and uploads, by type and in all."""
        counted: dict[UsageKey, Count] = defaultdict(Count)
        for statement, name in _sums(first, last):
            for row in self._connection.execute(statement):
                count = Count(**{name: int(row.amount)})
                counted[row.project, row.type] += count
                counted[row.project, ALL_TYPES] += count
        return counted


def _count_of(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    counted = select(func.count()).where(*conditions)
    return counted.correlate(tables.contents).scalar_subquery()


def _sums(first: int, last: int) -> list[tuple[Any, str]]:
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
        statements.append((statement.where(owner.between(first, last)), name))
    return statements
