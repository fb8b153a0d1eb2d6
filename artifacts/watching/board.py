"""Board: numbers that all processes of a service write down where each can read them.

The board is a piece of memory that they share, made before they are. Each process has a part of it
to itself, and holds a lock on that which the system frees when the process ends, however it ends;
whoever comes next takes the part over and counts on. So no number is lost or counted twice, and
nothing is left behind: there is no file.

    part:   [words used] entry entry ...
    entry:  [length of name] [number of values] name... value value ...

All of it is in words of eight bytes, which are written whole. An entry is there as soon as it is
among the words used, and never moves.
"""

import fcntl
import logging
import mmap
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

PARTS = 256  # processes at once, old and new ones while they are replaced
WORDS = 32 * 1024  # of a part; memory that nobody writes to is none
WORD = 8

logger = logging.getLogger(__name__)


class Entry(NamedTuple):
    """What a process wrote down under a name; what it is doing `now` only counts while it lives."""

    name: str
    values: list[float]
    alive: bool


class Full(Exception):
    """There is no room for a further process, or name."""


class Board:
    def __init__(self, *, passing: Callable[[str], bool], parts: int = PARTS) -> None:
        """Take what tells which names are of *passing* values, which end with their process."""
        self._passing = passing
        self._parts = parts
        size = parts * WORDS * WORD
        self._file = _nameless()
        self._memory = mmap.mmap(-1, size)
        self._words = memoryview(self._memory).cast("d")
        self._lock = threading.Lock()
        self._process = 0
        self._part = 0
        self._places: dict[str, int] = {}

    def add(self, name: str, size: int, amounts: Iterable[tuple[int, float]]) -> None:
        """Add amounts to values of a name, by their numbers; the name has *size* of them."""
        with self._lock:
            at = self._place(name, size)
            for number, amount in amounts:
                self._words[at + number] += amount

    def set(self, name: str, value: float) -> None:
        with self._lock:
            self._words[self._place(name, 1)] = value

    def join(self) -> None:
        """Let this process be among the living, though it has nothing to write down yet."""
        with self._lock:
            if self._process != os.getpid():
                self._take()

    def living(self) -> int:
        """Say how many processes are on the board now."""
        return sum(
            1 for part in range(self._parts) if self._words[part * WORDS] and self._alive(part)
        )

    def entries(self) -> Iterator[Entry]:
        """Return what all processes wrote down, those that are gone too."""
        for part in range(self._parts):
            if self._words[part * WORDS]:
                alive = self._alive(part)
                for name, at, size in self._entries(part):
                    yield Entry(name, [self._words[each] for each in range(at, at + size)], alive)

    def _place(self, name: str, size: int) -> int:
        if self._process != os.getpid():  # which has been forked since
            self._take()
        at = self._places.get(name)
        return self._append(name, size) if at is None else at

    def _take(self) -> None:
        """Take the first part that nobody has, with what it counted until now."""
        self._process = os.getpid()
        self._places = {}
        self._part = next(filter(self._locked, range(self._parts)), -1)
        if self._part < 0:
            raise Full
        self._words[self._part * WORDS] = self._words[self._part * WORDS] or 1.0
        for name, at, size in self._entries(self._part):
            self._places[name] = at
            if self._passing(name):
                self._words[at : at + size] = memoryview(bytes(size * WORD)).cast("d")

    def _append(self, name: str, size: int) -> int:
        text = name.encode()
        room = -(-len(text) // WORD)
        first = self._part * WORDS
        used = int(self._words[first])
        begin = first + used
        if self._part < 0 or used + 2 + room + size > WORDS:
            raise Full
        self._words[begin], self._words[begin + 1] = float(len(text)), float(size)
        self._memory[(begin + 2) * WORD : (begin + 2) * WORD + len(text)] = text
        self._words[first] = float(used + 2 + room + size)
        self._places[name] = begin + 2 + room
        return self._places[name]

    def _entries(self, part: int) -> Iterator[tuple[str, int, int]]:
        """Return the name of each entry of a part, where its values are, and how many."""
        at, end = part * WORDS + 1, part * WORDS + int(self._words[part * WORDS])
        while at < end:
            length, size = int(self._words[at]), int(self._words[at + 1])
            begin = (at + 2) * WORD
            at += 2 + -(-length // WORD)
            yield self._memory[begin : begin + length].decode(), at, size
            at += size

    def _alive(self, part: int) -> bool:
        if part == self._part and self._process == os.getpid():
            return True
        if not self._locked(part):
            return True
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, part)
        return False

    def _locked(self, part: int) -> bool:
        """Lock a part for this process, if none has it; between its own threads it is no lock."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, part)
        except OSError:
            return False
        return True


def _nameless() -> int:
    """Return an empty file without a name, for locks on bytes that need not be there."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("artifacts-metrics")
    with tempfile.TemporaryFile() as kept:
        return os.dup(kept.fileno())


@cache
def of_family(passing: Callable[[str], bool]) -> Board:
    """Return the one board of this process and of all that it begins."""
    return Board(passing=passing)
