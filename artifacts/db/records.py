"""Records: artifacts, and what the rows of `artifacts` hold of them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from artifacts.db import tables
from artifacts.model import Artifact, version

RANDOM_BITS = 10  # of an order key: artifacts made in one microsecond get keys of their own


@dataclass
class Record:
    """An artifact and where it is kept."""

    artifact: Artifact
    order_key: int
    type: int
    owner: int
    pool: str

    @property
    def audience(self) -> int | None:
        """Who may see it: everybody, its owner alone, or nobody once it is deleted."""
        if self.artifact.status == "deleted":
            return None
        return tables.EVERYBODY if self.artifact.visibility == "public" else self.owner


def columns_of(record: Record) -> dict[str, Any]:
    """Return what the row repeats of the artifact, and the rest as one document."""
    artifact = record.artifact
    values = artifact.values
    columns = {name: values[name] for name in tables.COLUMNS}
    document = {
        name: artifact.fields[name].to_json(value)
        for name, value in values.items()
        if name not in tables.COLUMNS | tables.DERIVED
    }
    return {
        **columns,
        **derived(record),
        "document": document,
    }


def derived(record: Record) -> dict[str, Any]:
    """Return the columns that repeat, in another form, what others say."""
    return {
        "version_key": version.key(record.artifact.version),
        "audience": record.audience,
        "scope": scope(record),
    }


def place_of(artifact: Artifact) -> dict[str, Any]:
    """Return what says where lists have an artifact, and to whom, for when it is gone."""
    return {
        name: field.to_json(artifact.value_of(field))
        for name, field in artifact.fields.items()
        if field.sortable or name == "visibility"
    }


def scope(record: Record) -> bytes | None:
    """Return what makes type, name and version unique: for its owner, or for everybody."""
    artifact = record.artifact
    if record.audience is None:
        return None
    owner = None if record.audience == tables.EVERYBODY else artifact.owner
    return scope_of(artifact.type_name, owner, artifact.name, artifact.version)


def scope_of(type_name: str, owner: str | None, name: str, version: str) -> bytes:
    """Return the scope of what has an owner, or is everybody's."""
    kind = "public" if owner is None else "owner"
    parts = [type_name, kind, owner or "", name, version]
    return hashlib.sha256("\0".join(parts).encode()).digest()


def new_order_key(created_at: datetime) -> int:
    """Return a key that grows with the time of creation, in microseconds, and ends at random."""
    microseconds = int(created_at.timestamp()) * 1_000_000 + created_at.microsecond
    return microseconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
