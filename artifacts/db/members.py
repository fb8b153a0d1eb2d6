"""Rows of `members`: the projects that an artifact is shared with, each until its time is over.

Only a living artifact whose visibility is `shared` has any: what shows it otherwise deletes them.
A membership that has expired counts as none from that moment on, and is deleted by and by.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select
from sqlalchemy import update as change
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.db import tables
from artifacts.db.clock import now_time, utc_now
from artifacts.db.numbers import Numbers
from artifacts.db.records import Record
from artifacts.model.lifecycle import COMMUNITY, SHARED
from artifacts.model.membership import PENDING, SEEING, Member

columns = tables.members.c
BATCH = 500
AT_LAST = "members/"  # beside fields in the place of a tombstone; no field has such a name


class Members:
    def __init__(self, connection: Connection, numbers: Numbers) -> None:
        self._connection = connection
        self._numbers = numbers

    def of(self, record: Record, project: str | None = None) -> list[Member]:
        """Return the members of an artifact by their names, or the one that is *project*."""
        rows = (
            select(tables.members, tables.projects.c.name)
            .join(tables.projects, tables.projects.c.number == columns.member)
            .where(columns.artifact == record.order_key, unexpired(columns))
            .order_by(tables.projects.c.name)
        )
        if project is not None:
            rows = rows.where(tables.projects.c.name == project)
        return [_member(row) for row in self._connection.execute(rows)]

    def add(self, record: Record, project: str, *, at: datetime, until: datetime | None) -> Member:
        """Insert a pending membership; raise MemberKnown if there is one."""
        number = self._numbers.project(project)
        self.forget_expired(record.order_key)
        member = Member(project, PENDING, at, until)
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(tables.members).values(
                        artifact=record.order_key,
                        member=number,
                        type=record.type,
                        status=member.status,
                        created_at=at,
                        expires_at=until,
                    )
                )
        except IntegrityError as error:
            raise errors.MemberKnown("member: the artifact is shared with it already") from error
        return member

    def count(self, record: Record) -> int:
        mine = (columns.artifact == record.order_key, unexpired(columns))
        return self._connection.scalar(select(func.count()).where(*mine)) or 0

    def set_status(self, record: Record, project: str, status: str) -> bool:
        """Whether there is such a membership, which now has that status."""
        mine = (*self._mine(record, project), unexpired(columns))
        return self._execute(change(tables.members).where(*mine).values(status=status)) == 1

    def delete(self, record: Record, project: str) -> bool:
        """Whether there was such a membership."""
        mine = (*self._mine(record, project), unexpired(columns))
        return self._execute(delete(tables.members).where(*mine)) == 1

    def is_over(self, moment: datetime) -> bool:
        """Whether that moment has passed, by the clock that memberships end by."""
        now = self._connection.scalar(select(now_time()))
        return now is not None and moment <= now

    def expired(self, *, after: int) -> tables.Rows:
        """Return the next artifacts that have memberships which are over, by order key."""
        over = select(columns.artifact.label("number")).where(
            columns.expires_at <= now_time(), columns.artifact > after
        )
        rows = over.distinct().order_by(columns.artifact).limit(BATCH)
        return self._connection.execute(rows).all()

    def forget_expired(self, order_key: int) -> int:
        """Delete what is over, which nobody has seen since it was."""
        over = (columns.artifact == order_key, columns.expires_at <= now_time())
        return self._execute(delete(tables.members).where(*over))

    def _mine(self, record: Record, project: str) -> tuple[ColumnElement[bool], ...]:
        number = self._numbers.known_project(project)
        return columns.artifact == record.order_key, columns.member == number

    def _execute(self, statement: Any) -> int:
        return self._connection.execute(statement).rowcount


def ends_of(connection: Connection, order_key: int) -> dict[str, Any]:
    """Return, for a tombstone, when the membership of each project ends: its walks go on by it."""
    rows = (
        select(tables.projects.c.name, columns.expires_at)
        .join(tables.projects, tables.projects.c.number == columns.member)
        .where(columns.artifact == order_key, unexpired(columns))
    )
    ends = {row.name: row.expires_at for row in connection.execute(rows)}
    known = {name: end and end.isoformat() for name, end in ends.items()}
    return {AT_LAST: known} if known else {}


def was_member(place: dict[str, Any], project: str | None) -> bool:
    """Whether a tombstone tells of a membership that would not be over yet."""
    ends = place.get(AT_LAST, {})
    if project is None or project not in ends:
        return False
    end = ends[project]
    return end is None or datetime.fromisoformat(end) > utc_now()


def unexpired(row: Any) -> ColumnElement[bool]:
    return or_(row.expires_at.is_(None), row.expires_at > now_time())


def shown_to(row: Any, own: int, statuses: Collection[str] = SEEING) -> ColumnElement[bool]:
    """Return what shows a row of `artifacts` to a project that does not own it.

    Of *statuses* its membership must be one; nothing that was deleted is shown.
    """
    everybody = or_(row.audience == tables.EVERYBODY, row.visibility == COMMUNITY)
    shared = and_(row.visibility == SHARED, is_member(row.order_key, own, statuses))
    return and_(row.audience.is_not(None), or_(everybody, shared))


def is_member(order_key: Any, own: Any, statuses: Collection[str]) -> ColumnElement[bool]:
    """Whether a project has one of *statuses* among an artifact's members."""
    row = tables.members.alias()
    mine = (row.c.artifact == order_key, row.c.member == own)
    found = select(row.c.member).where(*mine, *counting(row.c, statuses)).correlate_except(row)
    return found.scalar_subquery().is_not(None)


def counting(row: Any, statuses: Collection[str]) -> list[ColumnElement[bool]]:
    """Return what a membership must be to count, where those of *statuses* do."""
    return [row.status.in_(list(statuses)), unexpired(row)]


def status_for(order_key: Any, project: str | None) -> ColumnElement[str]:
    """Return the status of a project's membership, null if it has none."""
    member, table = tables.members.alias(), tables.projects.alias()
    found = (
        select(member.c.status)
        .join(table, table.c.number == member.c.member)
        .where(member.c.artifact == order_key, table.c.name == project, unexpired(member.c))
        .correlate_except(member, table)
    )
    return found.scalar_subquery()


def _member(row: Row[Any]) -> Member:
    return Member(row.name, row.status, row.created_at, row.expires_at)
