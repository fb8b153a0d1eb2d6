"""Numbers for names: projects, types and fields are small integers in the big tables.

A number never changes once it is given, so each process may remember it. What a transaction has
learnt is remembered only after its commit: a number that was rolled back is nobody's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Table, insert, select
from sqlalchemy.exc import IntegrityError

from artifacts.db import tables

NOBODY = -1  # the number of a name that was never met: it matches no row
EVERYBODY = ""  # whose contents all projects share; none has such a name

Key = tuple[object, ...]


@dataclass
class Memory:
    """Numbers by table and name, and names by table and number."""

    numbers: dict[Key, int] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)

    def learn(self, other: "Memory") -> None:
        self.numbers.update(other.numbers)
        self.names.update(other.names)


class Numbers:
    """What one transaction knows: all that its process remembers, and what it met itself."""

    def __init__(self, connection: Connection, remembered: Memory) -> None:
        self._connection = connection
        self._remembered = remembered
        self.learnt = Memory()
        self.unmet: dict[Key, ScalarSelect[int]] = {}
        self._absent: set[Key] = set()

    def term(self, table: Table, **names: object) -> Any:
        """Return a number, or the subquery that finds it, for `meet` to ask together with others.

        What `meet` has not found is NOBODY.
        """
        key = (table.name, *names.values())
        number = self._known(key)
        if number is None and key not in self._absent:
            found = select(table.c.number).filter_by(**names).correlate(None).scalar_subquery()
            return self.unmet.setdefault(key, found)
        return NOBODY if number is None else number

    def meet(self, found: Iterable[int | None]) -> None:
        """Learn what the subqueries in `unmet` have found, in their order."""
        for key, number in zip(list(self.unmet), found, strict=True):
            if number is None:
                self._absent.add(key)
            else:
                self.learnt.numbers[key] = number
        self.unmet.clear()

    def remembered_projects(self, names: Iterable[str]) -> dict[str, int]:
        """Return the numbers of those of *names* that can be told without asking."""
        known = {name: self._known((tables.projects.name, name)) for name in names}
        return {name: number for name, number in known.items() if number is not None}

    def name_project(self, number: int, name: str) -> None:
        """Learn a project's name, which came along with something else."""
        self.learnt.names[tables.projects.name, number] = name

    def project(self, name: str) -> int:
        """Return the number of a project, and give it one if it has none."""
        return self._give(tables.projects, name=name)

    def known_project(self, name: str | None) -> int:
        """Return the number of a project, or NOBODY if it never kept anything here."""
        return NOBODY if name is None else self._find(tables.projects, name=name)

    def project_name(self, number: int) -> str:
        return self._name(tables.projects, number)

    def meet_projects(self, numbers: Iterable[int]) -> None:
        """Learn at once the names that would otherwise be asked for one by one."""
        table = tables.projects
        met = (self.learnt.names, self._remembered.names)
        unknown = [
            number
            for number in set(numbers)
            if not any((table.name, number) in names for names in met)
        ]
        if len(unknown) > 1:
            for row in self._connection.execute(select(table).where(table.c.number.in_(unknown))):
                self.learnt.names[table.name, row.number] = row.name

    def type(self, name: str) -> int:
        return self._find(tables.types, name=name)

    def type_name(self, number: int) -> str:
        return self._name(tables.types, number)

    def field(self, type_number: int, name: str) -> int:
        """Return the number of a type's field, and give it one if it has none."""
        return self._give(tables.fields, type=type_number, name=name)

    def known_field(self, type_number: int, name: str) -> int:
        """Return the number of a type's field, or NOBODY if it never had one."""
        return self._find(tables.fields, type=type_number, name=name)

    def _find(self, table: Table, **names: object) -> int:
        key = (table.name, *names.values())
        number = self._known(key)
        if number is None:
            number = self._connection.scalar(select(table.c.number).filter_by(**names))
            if number is None:
                return NOBODY
            self.learnt.numbers[key] = number
            if list(names) == ["name"]:
                self.learnt.names[table.name, number] = str(names["name"])
        return number

    def _known(self, key: Key) -> int | None:
        return self.learnt.numbers.get(key) or self._remembered.numbers.get(key)

    def _give(self, table: Table, **names: object) -> int:
        number = self._find(table, **names)
        if number != NOBODY:
            return number
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(table).values(**names))
        except IntegrityError:
            pass  # somebody else gave it a number in this very moment
        return self._find(table, **names)

    def _name(self, table: Table, number: int) -> str:
        key = (table.name, number)
        name = self.learnt.names.get(key) or self._remembered.names.get(key)
        if name is None:
            name = self._connection.scalars(select(table.c.name).filter_by(number=number)).one()
            self.learnt.names[key] = name
        return name
