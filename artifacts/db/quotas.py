"""Rows of `quotas`: what was set for single projects, in place of what holds for all."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from artifacts.db import tables
from artifacts.db.numbers import NOBODY, Numbers

columns = tables.quotas.c
projects = tables.projects.c

Values = Mapping[str, int]  # of quotas, by name


class Quotas:
    def __init__(self, connection: Connection, numbers: Numbers) -> None:
        self._connection = connection
        self._numbers = numbers

    def of(self, project: int, names: Collection[str] | None = None) -> Values:
        """Return what was set for a project: all of it, or those *names*."""
        rows = select(columns.name, columns.value).where(columns.project == project)
        if names is not None:
            rows = rows.where(columns.name.in_(names))
        rows = rows.order_by(columns.name)
        return {row.name: row.value for row in self._connection.execute(rows)}

    def by_project(self) -> dict[str, Values]:
        """Return everything that was set, by the project's name."""
        rows = (
            select(projects.name.label("project"), columns.name, columns.value)
            .join(tables.projects, projects.number == columns.project)
            .order_by(projects.name, columns.name)
        )
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._connection.execute(rows):
            found[row.project][row.name] = row.value
        return dict(found)

    def replace(self, quotas: Mapping[str, Values]) -> None:
        """Let each project have those quotas, and none that it had before."""
        # By name and then by number, so that two who replace the same wait and never deadlock.
        numbered = {self._number(name, quotas[name]): quotas[name] for name in sorted(quotas)}
        self._lock(numbered)
        self._connection.execute(delete(tables.quotas).where(columns.project.in_(numbered)))
        rows = [
            {"project": number, "name": name, "value": value}
            for number, values in numbered.items()
            for name, value in values.items()
        ]
        if rows:
            self._connection.execute(insert(tables.quotas), rows)

    def _number(self, project: str, values: Values) -> int:
        """Return the project's number; one that nobody has met needs none to have no quotas."""
        return self._numbers.project(project) if values else self._numbers.known_project(project)

    def _lock(self, numbers: Collection[int]) -> None:
        """Make others who replace quotas of these projects wait; who refers to them need not."""
        rows = select(projects.number).where(projects.number.in_(set(numbers) - {NOBODY}))
        self._connection.execute(
            rows.order_by(projects.number).with_for_update(key_share=True)
        ).all()
