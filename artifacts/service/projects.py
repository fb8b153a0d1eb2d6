"""Projects: what each of them keeps, for operators, who look after those that are gone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.db.numbers import NOBODY
from artifacts.db.tables import ALL_TYPES, Rows
from artifacts.db.transaction import Transaction
from artifacts.service.batches import batches

OPERATOR = "operator"  # the user of revisions that operators' commands make


class Kind(NamedTuple):
    """How many artifacts of a type have a status and a visibility."""

    type: str
    status: str
    visibility: str
    artifacts: int


@dataclass(frozen=True)
class Holding:
    """What a project keeps."""

    project: str
    artifacts: list[Kind]
    bytes: int
    reserved_bytes: int
    external_blobs: int
    uploads: int
    memberships: int  # in what others own
    shares: int  # of others, in what it owns
    quotas: Mapping[str, int]  # that were set for it alone


@dataclass(frozen=True)
class Handled:
    """What became of an artifact; `left` says why it is as it was, if it is."""

    type_name: str
    id: str
    name: str
    version: str
    left: str | None = None


def show(database: Database, project: str) -> Holding:
    """Return what a project keeps; raise NotFound if it was never met here."""
    with database.reading() as tx:
        number = known(tx, project)
        names, total = tx.types.names(), tx.usage.of(number).get(ALL_TYPES)
        return Holding(
            project,
            [Kind(names[row.type], *row[1:]) for row in tx.holdings.kinds(number)],
            total.bytes if total else 0,
            total.reserved if total else 0,
            tx.holdings.external_blobs(number),
            tx.holdings.uploads(number),
            tx.holdings.count_memberships(number),
            tx.holdings.shares(number),
            tx.quotas.of(number),
        )


def known(tx: Transaction, project: str) -> int:
    """Return the number of a project; raise NotFound if it was never met here."""
    number = tx.numbers.known_project(project)
    if number == NOBODY:
        raise errors.NotFound(f"project {project}: never kept anything here")
    return number


def operator(request_id: str) -> Caller:
    """Return whom revisions tell of, where no caller of the service made the change."""
    return Caller(OPERATOR, None, request_id=request_id)


def walk(
    database: Database, project: int, type_name: str | None = None
) -> Iterator[tuple[str, Rows]]:
    """Yield a project's artifacts a batch at a time, with the name of their type."""
    with database.reading() as tx:
        names = tx.types.names()
    for number, name in sorted(names.items()):
        if type_name in (None, name):
            for rows in _of_type(database, project, number):
                yield name, rows


def _of_type(database: Database, project: int, type_number: int) -> Iterator[Rows]:
    return batches(database, lambda tx, last: tx.holdings.batch(project, type_number, after=last))
