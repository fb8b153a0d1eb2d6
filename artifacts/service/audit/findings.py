"""Findings: what is not as it should be, of which kind, whose it is, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from artifacts.db.database import Database

MOST = 10  # artifacts that a finding names; a content may be referred to by a million


class Kind(NamedTuple):
    means: str
    repair: str


EXPIRED_UPLOAD = "expired upload"
TO_DELETE = "bytes to delete"
MISSING = "missing bytes"
UNKNOWN = "unknown bytes"
UNFINISHED = "unfinished bytes"
REFERENCES = "references"
USAGE = "usage"
VALUES = "values"
STORE = "store"
DAMAGED = "damaged bytes"
UNREADABLE = "unreadable bytes"

KINDS: Mapping[str, Kind] = {
    EXPIRED_UPLOAD: Kind(
        "an upload died; its slot and quota are free again at the project's next upload",
        "frees them and deletes the bytes",
    ),
    TO_DELETE: Kind("bytes are nobody's any more, since at least five minutes", "deletes them"),
    MISSING: Kind(
        "a blob's bytes are gone, or are not as many as they were", "nothing: restore them"
    ),
    UNKNOWN: Kind("bytes that no row ever knew, older than an hour", "deletes them"),
    UNFINISHED: Kind(
        "what a save left that never ended: no upload's, and no byte came for an hour",
        "deletes it",
    ),
    REFERENCES: Kind(
        "a content counts other references than it has", "counts them; deletes what has none"
    ),
    USAGE: Kind("a project's usage is not what its rows add up to", "counts it"),
    VALUES: Kind(
        "lists search an artifact by something else than its document says, or its type has "
        "changed and waits for `reindex`",
        "writes what they search by again",
    ),
    STORE: Kind(
        "a store did not do what it was asked for, or is not configured any more: not all of it "
        "was compared",
        "nothing",
    ),
    DAMAGED: Kind("`--read` alone: bytes are others than were stored", "nothing: restore them"),
    UNREADABLE: Kind("`--read` alone: bytes are there, but cannot be read", "nothing"),
}


class Referrer(NamedTuple):
    """A slot that refers to bytes."""

    id: str
    field: str
    key: str
    project: str

    @property
    def slot(self) -> str:
        return f"{self.field}/{self.key}" if self.key else self.field


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be; `repairable` if nothing is lost by mending it.

    `since` is when it was last touched; `artifacts` are the first of `referring` that there are.
    """

    kind: str
    text: str
    repairable: bool = True
    repaired: bool = False
    store: str | None = None
    key: str | None = None
    size: int | None = None
    since: datetime | None = None
    project: str | None = None
    artifacts: tuple[Referrer, ...] = ()
    referring: int = 0


def whose(database: Database, content: int) -> dict[str, Any]:
    """Return what a finding says of those who refer to a content."""
    with database.reading() as tx:
        rows, count = tx.inventory.referrers(content, MOST)
        return {
            "project": tx.inventory.owner(content),
            "artifacts": tuple(Referrer(row.id, row.field, row.key, row.owner) for row in rows),
            "referring": count,
        }
