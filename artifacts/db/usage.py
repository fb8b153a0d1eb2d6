"""Rows of `usage`: how much each project keeps, of each type and in all.

Every change is one conditional UPDATE a row, the total first, and comes last before COMMIT: the
row is the one that a project's requests contend for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts import errors
from artifacts.db import tables
from artifacts.db.tables import ALL_TYPES

columns = tables.usage.c
UNLIMITED = -1


@dataclass(frozen=True)
class Limits:
    """What a project may keep: artifacts and bytes, in all and of one type; -1 is any number."""

    artifacts: int = UNLIMITED
    bytes: int = UNLIMITED
    type_artifacts: int = UNLIMITED
    type_bytes: int = UNLIMITED


NO_LIMITS = Limits()


class Usage:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, project: int, type_number: int, limits: Limits) -> None:
        """Count one artifact more; raise TooManyArtifacts if a limit is reached."""
        allowed = {ALL_TYPES: limits.artifacts, type_number: limits.type_artifacts}
        for number, limit in allowed.items():
            within = None if limit < 0 else columns.artifacts + 1 <= limit
            if not self._change(project, number, within, artifacts=columns.artifacts + 1):
                raise errors.TooManyArtifacts(_refusal(number, limit, "artifacts"))

    def uncount(self, project: int, type_number: int) -> None:
        for number in (ALL_TYPES, type_number):
            self._change(project, number, None, artifacts=columns.artifacts - 1)

    def reserve(self, project: int, type_number: int, size: int, limits: Limits) -> None:
        """Reserve *size* bytes; raise QuotaUsedUp if a limit would be passed."""
        allowed = {ALL_TYPES: limits.bytes, type_number: limits.type_bytes}
        for number, limit in allowed.items():
            # What needs no room is allowed also above a limit, which may have been lowered.
            unlimited = limit < 0 or size == 0
            within = None if unlimited else columns.bytes + columns.reserved + size <= limit
            if not self._change(project, number, within, reserved=columns.reserved + size):
                raise errors.QuotaUsedUp(_refusal(number, limit, "bytes"))

    def left(self, project: int, type_number: int, limits: Limits) -> int:
        """Return how many bytes more could be reserved at this moment."""
        rows = self.of(project)
        allowed = {ALL_TYPES: limits.bytes, type_number: limits.type_bytes}
        left = [
            limit - (rows[number].bytes + rows[number].reserved if number in rows else 0)
            for number, limit in allowed.items()
            if limit >= 0
        ]
        return max(0, min(left, default=tables.MOST))

    def release(self, project: int, type_number: int, reserved: int) -> None:
        """Give back a reservation that was not used."""
        for number in (ALL_TYPES, type_number):
            self._change(project, number, None, reserved=columns.reserved - reserved)

    def settle(
        self,
        project: int,
        type_number: int,
        *,
        reserved: int,
        kept: int,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """Turn a reservation into *kept* bytes, which may be fewer, or less than none.

        Raise TooLarge if they are more than a limit allows, which was lowered meanwhile.
        """
        values = {"reserved": columns.reserved - reserved, "bytes": columns.bytes + kept}
        allowed = {ALL_TYPES: limits.bytes, type_number: limits.type_bytes}
        for number, limit in allowed.items():
            unlimited = limit < 0 or kept <= 0
            within = None if unlimited else values["bytes"] + values["reserved"] <= limit
            if not self._change(project, number, within, **values):
                raise errors.QuotaUsedUp(_refusal(number, limit, "bytes"))

    def of(self, project: int) -> Mapping[int, Row[Any]]:
        """Return the project's rows by type number."""
        rows = self._connection.execute(select(tables.usage).where(columns.project == project))
        return {row.type: row for row in rows}

    def _change(self, project: int, type_number: int, within: Any, **values: Any) -> bool:
        mine = (columns.project == project) & (columns.type == type_number)
        statement = update(tables.usage).values(**values)
        changed = statement.where(mine if within is None else mine & within)
        if self._connection.execute(changed).rowcount == 1:
            return True
        if self._connection.scalar(select(columns.project).where(mine)) is None:
            self.begin(project, type_number)
            if self._connection.execute(changed).rowcount == 1:
                return True
        if within is None:
            raise LookupError(f"usage of project {project}, type {type_number}: its row was lost")
        return False

    def begin(self, project: int, type_number: int) -> None:
        """Insert the row, with nothing in it, unless it is there."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(tables.usage).values(
                        project=project, type=type_number, artifacts=0, bytes=0, reserved=0
                    )
                )
        except IntegrityError:
            pass  # another request of the project began it in this very moment


def _refusal(type_number: int, limit: int, of: str) -> str:
    which = "" if type_number == ALL_TYPES else " of this type"
    return f"quota: the project may keep {limit} {of}{which}"
