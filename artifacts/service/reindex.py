"""Reindex: writes the values that lists search by again, after a type became another."""

from collections.abc import Callable

from artifacts.db.database import Database
from artifacts.service.batches import batches


def reindex(database: Database, type_name: str, tell: Callable[[int], object]) -> int:
    """Rewrite the values of every artifact of a type; return how many there are.

    Each artifact is one transaction, so it can be stopped and run again. *tell* is told of each
    batch.
    """
    done = 0
    for batch in batches(database, lambda tx, last: tx.artifacts.batch(type_name, after=last)):
        for row in batch:
            _reindex_one(database, row.id)
        done += len(batch)
        tell(len(batch))
    database.write(lambda tx: tx.types.settle(type_name))
    return done


def _reindex_one(database: Database, id: str) -> None:
    database.write(lambda tx: tx.artifacts.reindex(id))
