"""Turns: two things that are done at once, one of which waits in the middle for the other."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

PATIENCE = 60.0
# What a server is given to come to an end that nobody else's lock holds up. If it is too little,
# both go on at once, which is right as well.
A_WHILE = 0.3
DONE = "done"
QUEUED = ("PRAGMA busy_timeout", "BEGIN IMMEDIATE")
AGAIN = ("BEGIN IMMEDIATE", "ROLLBACK")  # what SQLite is told while somebody else writes


class Turns:
    """Stands in for `Calls`: lets the first stop before one of its calls to the database."""

    def __init__(self) -> None:
        self.number = 0
        self._at = -1
        self._first: threading.Thread | None = None
        self._second: threading.Thread | None = None
        self._changed = threading.Condition()
        self._stopped = self._blocked = False
        self._asked = 0

    def made(self, name: str, call: Callable[[], Result], lost: Callable[[], Exception]) -> Result:
        here = threading.current_thread()
        if here is self._first:
            # Who asks for its turn to write stands in a queue, which nobody stops in.
            if self.number == self._at and name not in QUEUED:
                self._stop()
            self.number += 1
        elif here is self._second:
            with self._changed:
                if name not in AGAIN:
                    self._asked = 0
                self._asked += name == AGAIN[0]
                self._blocked = self._asked > 1
                self._changed.notify_all()
        return call()

    def take(
        self, first: Callable[[], Any], second: Callable[[], Any], *, at: int, waits: bool
    ) -> list[Any]:
        """Run the first up to a call; the second, as far as it comes; and the first to its end.

        Return DONE for each, or what it raised. *waits* says that a lock is asked for in vain again
        and again, so that it shows.
        """
        outcomes: list[Any] = [None, None]

        def run(place: int, work: Callable[[], Any]) -> None:
            try:
                work()
                outcomes[place] = DONE
            except Exception as error:  # noqa: BLE001 - it is the outcome
                outcomes[place] = error
            with self._changed:
                self._changed.notify_all()

        self._first = threading.Thread(target=run, args=(0, first))
        self._second = threading.Thread(target=run, args=(1, second))
        self.number, self._at = 0, at
        self._stopped = self._blocked = False
        self._asked = 0
        self._first.start()
        self._wait(lambda: self._stopped or outcomes[0] is not None, PATIENCE)
        self._second.start()
        self._wait(lambda: self._blocked or outcomes[1] is not None, PATIENCE if waits else A_WHILE)
        with self._changed:
            self._stopped = False
            self._changed.notify_all()
        for each in (self._first, self._second):
            each.join(PATIENCE)
            assert not each.is_alive(), "they wait for each other"
        return outcomes

    def _wait(self, until: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(until, seconds)

    def _stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._stopped, PATIENCE)
