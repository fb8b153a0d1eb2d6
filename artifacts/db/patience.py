"""Patience: for how many seconds a database is waited for, before it counts as unavailable."""

from dataclasses import dataclass

LOCK = 10  # for a lock that another transaction holds
IDLE = 60  # after which the server ends a transaction that nobody goes on with
GRACE = 5  # for the server to say by itself that a statement took too long
POOL = 10  # for one of this process's connections


@dataclass(frozen=True)
class Patience:
    """Seconds until a connection is there, and for a statement; None is any number."""

    connect: int = 5
    statement: int | None = 30

    @property
    def answer(self) -> int | None:
        """Return after how many seconds without an answer a connection is given up."""
        return None if self.statement is None else self.statement + GRACE
