"""Readiness: whether what the service depends on answers now, and how long that took.

Each dependency is asked in a thread of its own, of which there is one at a time, and nobody waits
for it beyond a deadline: so neither one that hangs, nor somebody who asks very often, keeps the
threads that serve requests.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from artifacts import errors

logger = logging.getLogger(__name__)

READY, UNAVAILABLE, SILENT = "ready", "unavailable", "silent"
KEPT = 1.0  # seconds for which an answer holds, so that asking often costs nothing
STALE = 10.0  # seconds after which an answer tells nothing any more, even while another is awaited

Ask = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Dependency:
    """What is asked, by raising if it does not answer; strangers know it by its `label` alone."""

    label: str
    name: str
    ask: Ask


class Answer(NamedTuple):
    """What is known of a dependency: its state, and the seconds that it took to know."""

    label: str
    state: str
    seconds: float


class Readiness:
    def __init__(
        self, dependencies: Iterable[Dependency], *, patience: float, clock: Clock = time.monotonic
    ) -> None:
        self._checks = [_Check(each, patience, clock) for each in dependencies]

    def answers(self) -> list[Answer]:
        """Ask all that were not asked just now, beside each other; each has the same time."""
        return [answer() for answer in [check.begin() for check in self._checks]]


@dataclass
class _Turn:
    """One time that a dependency is asked."""

    begun: float
    answer: Answer | None = None
    ended: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)


class _Check:
    """One dependency, with the last time that it was asked, and the last time it answered."""

    def __init__(self, dependency: Dependency, patience: float, clock: Clock) -> None:
        self._dependency = dependency
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._turn: _Turn | None = None
        self._answered: _Turn | None = None
        self._told = READY

    def begin(self) -> Callable[[], Answer]:
        """Ask if need be, without waiting; what is returned waits for the answer."""
        with self._lock:
            now = self._clock()
            if self._turn is None:
                if self._known(now, KEPT) is None:
                    self._turn = self._asked(now)
            elif (known := self._known(now, STALE)) is not None and not self._late(self._turn, now):
                return lambda: known  # whoever asked first is the one who waits
            turn = self._turn or self._answered
        assert turn is not None  # noqa: S101 - what is not under way was answered
        return lambda: self._await(turn)

    def _known(self, now: float, seconds: float) -> Answer | None:
        last = self._answered
        return last.answer if last is not None and now - last.ended < seconds else None

    def _late(self, turn: _Turn, now: float) -> bool:
        return now - turn.begun >= self._patience

    def _asked(self, now: float) -> _Turn:
        turn = _Turn(now)
        name = f"ready-{self._dependency.label}"
        threading.Thread(target=self._ask, args=(turn,), name=name, daemon=True).start()
        return turn

    def _ask(self, turn: _Turn) -> None:
        state = self._state()
        with self._lock:
            turn.ended = self._clock()
            turn.answer = Answer(self._dependency.label, state, turn.ended - turn.begun)
            self._turn, self._answered = None, turn
            self._tell(state)
        turn.over.set()

    def _state(self) -> str:
        try:
            self._dependency.ask()
        except errors.Unavailable:
            return UNAVAILABLE
        except Exception as error:  # noqa: BLE001 - its words may hold a URL, or worse
            logger.warning("ready: %s: %s", self._dependency.name, type(error).__name__)
            return UNAVAILABLE
        return READY

    def _await(self, turn: _Turn) -> Answer:
        turn.over.wait(max(0.0, turn.begun + self._patience - self._clock()))
        with self._lock:
            if turn.answer is not None:
                return turn.answer
            self._tell(SILENT)
            return Answer(self._dependency.label, SILENT, self._clock() - turn.begun)

    def _tell(self, state: str) -> None:
        """Log by its own name what has changed, once."""
        if state != self._told:
            level = logging.INFO if state == READY else logging.WARNING
            logger.log(level, "ready: %s is %s", self._dependency.name, state)
            self._told = state
