"""Reindex: writes the values that lists search by again, after a type became another."""

from collections.abc import Callable

from artifacts.db.database import Database


def reindex(database: Database, type_name: str, tell: Callable[[int], object]) -> int:
    """Rewrite the values of every artifact of a type; return how many there are.

    Each artifact is one transaction, so it can be stopped and run again. *tell* is told of each
    batch.
    """
    done, last = 0, 0
    while True:
        with database.reading() as tx:
            batch = tx.artifacts.batch(type_name, after=last)
        if not batch:
            return done
        for each in batch.values():
            _reindex_one(database, each)
        done += len(batch)
        last = max(batch)
        tell(len(batch))


def _reindex_one(database: Database, id: str) -> None:
    database.write(lambda tx: tx.artifacts.reindex(id))
