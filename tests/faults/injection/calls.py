"""Calls: every one that is made to the database and the stores, of which one may go wrong."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import TypeVar

Result = TypeVar("Result")


class Mode(StrEnum):
    """How a call goes wrong."""

    BEFORE = "before"  # it fails, and had no effect
    AFTER = "after"  # it had its effect, and the answer is lost
    KILL = "kill"  # the process is killed at it


class Calls:
    """Counts the calls of one thread while it is watched; `names` tells them in their order.

    Calls are made one within another: a store that saves reads a stream, which asks the database
    whether there is room.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.reached = False
        self._at = -1
        self._mode = Mode.BEFORE
        self._thread: int | None = None

    @contextmanager
    def watched(self, at: int = -1, mode: Mode = Mode.BEFORE) -> Iterator[None]:
        """Count the calls of this thread; the one of number *at* goes wrong."""
        self.names, self.reached, self._at, self._mode = [], False, at, mode
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = None

    def made(self, name: str, call: Callable[[], Result], lost: Callable[[], Exception]) -> Result:
        """Make a call, unless this is the one that goes wrong: it raises what *lost* makes."""
        if self._thread != threading.get_ident():
            return call()
        number = len(self.names)
        self.names.append(name)
        if number != self._at:
            return call()
        self.reached = True
        if self._mode is Mode.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._mode is Mode.AFTER:
            with suppress(Exception):  # an answer that is lost, too
                call()
        raise lost()
