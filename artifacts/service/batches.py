"""Batches: rows that are too many for one transaction, read a batch at a time."""

from collections.abc import Callable, Iterator

from artifacts.db.database import Database
from artifacts.db.tables import Rows
from artifacts.db.transaction import Transaction


def batches(database: Database, read: Callable[[Transaction, int], Rows]) -> Iterator[Rows]:
    """Yield what *read* finds behind the number that the last batch ended with."""
    last = 0
    while True:
        with database.reading() as tx:
            rows = read(tx, last)
        if not rows:
            return
        yield rows
        last = rows[-1].number
