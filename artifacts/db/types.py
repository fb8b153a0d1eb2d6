"""Rows of `types`: the number of each enabled type, and what was indexed of it."""

import hashlib
import json
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts.db import tables
from artifacts.db.values import indexed
from artifacts.model import Artifact

columns = tables.types.c


class Types:
    def __init__(self, connection: Connection, types: Mapping[str, type[Artifact]]) -> None:
        self._connection = connection
        self._types = types

    def register(self) -> list[str]:
        """Give every type its number; return those whose rows need a reindex to be found."""
        known = {
            row.name: row.fingerprint for row in self._connection.execute(select(tables.types))
        }
        wanted = {name: fingerprint(each) for name, each in self._types.items()}
        for name in sorted(wanted.keys() - known.keys()):
            self._add(name, wanted[name])
        return [name for name in wanted if known.get(name, wanted[name]) != wanted[name]]

    def changed(self) -> list[str]:
        """Return the enabled types whose rows need a reindex to be found."""
        rows = self._connection.execute(select(tables.types).order_by(columns.name))
        return [
            row.name
            for row in rows
            if row.name in self._types and row.fingerprint != fingerprint(self._types[row.name])
        ]

    @property
    def enabled(self) -> Collection[str]:
        """The names of the types that are enabled in this process."""
        return self._types.keys()

    def names(self) -> dict[int, str]:
        """Return the name of every type that was ever enabled here, by its number."""
        rows = self._connection.execute(select(columns.number, columns.name))
        return {row.number: row.name for row in rows}

    def settle(self, name: str) -> None:
        """Record that every row of the type is indexed as its class now says."""
        indexed_as = fingerprint(self._types[name])
        self._connection.execute(
            update(tables.types).where(columns.name == name).values(fingerprint=indexed_as)
        )

    def _add(self, name: str, wanted: str) -> None:
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(tables.types).values(name=name, fingerprint=wanted))
        except IntegrityError:
            pass  # another process that starts at the same moment did


def fingerprint(artifact_type: type[Artifact]) -> str:
    """Return a digest of what decides the rows of `field_values`."""
    rows = [
        (name, field.kind.name, bool(field.filters), field.sortable)
        for name, field in sorted(indexed(artifact_type).items())
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
