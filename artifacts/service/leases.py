"""Leases: reservations that live while their upload does, renewed by one thread a process.

A lease is renewed as long as bytes came within the last lease, or what the upload waits for has
limits of its own: a store that finishes, a source that gives up by itself. What the database no
longer knows was given up and perhaps given to somebody else: the upload ends. So does one whose
caller's token has expired too long ago.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

from artifacts import errors
from artifacts.db.database import Database
from artifacts.db.transaction import Transaction

logger = logging.getLogger(__name__)


class Lease:
    """One upload's hold on its slot, and on those that are filled with it."""

    def __init__(self, token: str, longest: float = inf) -> None:
        self.tokens = [token]
        self.lost = False
        self.kept = False
        self._touched = time.monotonic()
        self._end = self._touched + longest

    def touch(self) -> None:
        """Say that bytes came; raise UploadLost if the slot is no longer held, or may not be."""
        if self.over:
            raise errors.TokenExpired("the token that began this upload expired too long ago")
        if self.lost:
            raise errors.UploadLost("the upload was given up: no byte came for too long")
        self._touched = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether the slot was held for as long as it may be, however many bytes come."""
        return time.monotonic() > self._end

    def keep(self) -> None:
        """Hold the slot to the upload's end, since what it waits for ends by itself."""
        self.touch()
        self.kept = True

    def idle(self) -> float:
        """Return for how many seconds no byte came."""
        if self.over:
            return inf
        return 0.0 if self.kept else time.monotonic() - self._touched


Renew = Callable[[Transaction, set[str], float], set[str]]


def of_uploads(tx: Transaction, tokens: set[str], seconds: float) -> set[str]:
    return tx.uploads.renew(tokens, lease=seconds)


def of_copies(tx: Transaction, keys: set[str], seconds: float) -> set[str]:
    return tx.copies.renew(keys, lease=seconds)


class Leases:
    """Renews the leases of this process, three times in the length of one."""

    def __init__(self, database: Database, seconds: float, renew: Renew = of_uploads) -> None:
        self.seconds = seconds
        self._database = database
        self._renew_rows = renew
        self._held: set[Lease] = set()
        self._changed = threading.Condition()
        self._renewer: threading.Thread | None = None

    @contextmanager
    def hold(self, token: str, longest: float = inf) -> Iterator[Lease]:
        lease = Lease(token, longest)
        with self._changed:
            self._held.add(lease)
            self._start()
            self._changed.notify()
        try:
            yield lease
        finally:
            with self._changed:
                self._held.discard(lease)

    def _start(self) -> None:
        # Started by the first upload: a thread from before a fork would not be there.
        if self._renewer is None or not self._renewer.is_alive():
            self._renewer = threading.Thread(target=self._run, name="leases", daemon=True)
            self._renewer.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._held)
            time.sleep(self.seconds / 3)  # what has just begun has its whole lease yet
            with self._changed:
                held = [lease for lease in self._held if lease.idle() < self.seconds]
            try:
                self._renew(held)
            except Exception:  # without this thread every upload of the process would be lost
                logger.warning("leases: could not be renewed, will try again", exc_info=True)

    def _renew(self, leases: list[Lease]) -> None:
        if not leases:
            return
        held = [(lease, set(lease.tokens)) for lease in leases]
        tokens = {token for _, mine in held for token in mine}
        known = self._database.write(
            lambda tx: self._renew_rows(tx, tokens, self.seconds), repeatable=True
        )
        for lease, mine in held:
            lease.lost = lease.lost or not mine <= known
