"""WatchedDatabase: the database, with the time that each transaction takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from artifacts.db.database import Database, NoEffect
from artifacts.db.transaction import Transaction
from artifacts.watching.catalogue import RETRIES, TRANSACTION_SECONDS
from artifacts.watching.watch import Watch

Result = TypeVar("Result")


class WatchedDatabase(Database):
    def __init__(self, *known: Any, watch: Watch, **more: Any) -> None:
        super().__init__(*known, **more)
        self._watch = watch

    @contextmanager
    def reading(self, **more: Any) -> Iterator[Transaction]:
        with self._watch.step(TRANSACTION_SECONDS, "read"), super().reading(**more) as tx:
            yield tx

    def write(self, work: Callable[[Transaction], Result], **more: Any) -> Result:
        with self._watch.step(TRANSACTION_SECONDS, "write"):
            return super().write(work, **more)

    def _write(self, *known: Any) -> Any:
        try:
            return super()._write(*known)
        except NoEffect:
            self._watch.meters.count(RETRIES)
            raise
