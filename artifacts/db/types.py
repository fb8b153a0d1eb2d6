"""Rows of `types`: the number of each enabled type, and what was indexed of it."""

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from artifacts.db import tables
from artifacts.db.values import indexed
from artifacts.model import Artifact

table = tables.types


def register(engine: Engine, types: Mapping[str, type[Artifact]]) -> list[str]:
    """Give every type its number; return those whose rows need a reindex to be found."""
    stale = []
    for name, artifact_type in types.items():
        wanted = fingerprint(artifact_type)
        with engine.connect() as connection:
            known = connection.scalar(select(table.c.fingerprint).where(table.c.name == name))
        if known is None:
            _add(engine, name, wanted)
        elif known != wanted:
            stale.append(name)
    return stale


def settle(engine: Engine, artifact_type: type[Artifact]) -> None:
    """Record that every row of the type is indexed as its class now says."""
    with engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        connection.execute(
            update(table)
            .where(table.c.name == artifact_type.type_name)
            .values(fingerprint=fingerprint(artifact_type))
        )
        connection.commit()


def fingerprint(artifact_type: type[Artifact]) -> str:
    """Return a digest of what decides the rows of `field_values`."""
    rows = [
        (name, field.kind.name, bool(field.filters), field.sortable)
        for name, field in sorted(indexed(artifact_type).items())
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _add(engine: Engine, name: str, wanted: str) -> None:
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(writing=True)
            connection.execute(insert(table).values(name=name, fingerprint=wanted))
            connection.commit()
    except IntegrityError:
        pass  # another process that starts at the same moment did
