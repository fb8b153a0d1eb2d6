"""Points: each call of each operation, in each way that it can go wrong; found by running it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from artifacts import errors
from injection.calls import Mode
from injection.operations import OPERATIONS, Known, Operation
from injection.rows import View, without_history
from injection.service import BrokenOff, Refused
from injection.victim import Victim
from injection.world import Snapshot, World

UNAVAILABLE = 503


class Point(NamedTuple):
    """Where something goes wrong: in which operation, at which of its calls, and how."""

    operation: str
    number: int
    call: str
    mode: Mode

    def __str__(self) -> str:
        return f"{self.operation}/{self.number:03d} {self.call}/{self.mode}"


@dataclass
class Recording:
    """An operation that nothing goes wrong with: its calls, and what can be seen at each answer."""

    operation: Operation
    known: Known
    snapshot: Snapshot
    calls: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)

    @property
    def points(self) -> list[Point]:
        return [
            Point(self.operation.name, number, call, mode)
            for number, call in enumerate(self.calls)
            for mode in Mode
        ]


class Runs:
    """Runs operations in one world, and tells what is wrong behind each.

    `missed` counts the points at which the call was another than when they were found.
    """

    def __init__(self, world: World, victim: Victim, elsewhere: Known) -> None:
        self._world = world
        self._service = world.service
        self._victim = victim
        self._elsewhere = elsewhere
        self.missed = 0

    def record(self, name: str) -> Recording:
        """Run an operation twice: to see its effects, and to count its calls."""
        operation, known = OPERATIONS[name], dict(self._elsewhere)
        self._world.clear()
        operation.before(self._service, known)
        found = Recording(operation, known, self._world.snapshot())
        found.views.append(self._world.look())
        self._service.answered = lambda: found.views.append(self._world.look())
        operation.run(self._service, known)
        self._service.answered = lambda: None
        found.views.append(self._world.look())
        self._world.restore(found.snapshot)
        with self._service.calls.watched():
            operation.run(self._service, known)
        found.calls += self._service.calls.names
        self._world.restore(found.snapshot)
        return found

    def problems(self, point: Point, recording: Recording) -> list[str]:
        """Let a point happen, and return all that is wrong behind it."""
        self._world.restore(recording.snapshot)
        found: list[str] = []
        try:
            found += self._problems(point, recording)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            found.append(f"the service is of no use any more: {error!r}")
        return [f"{point}: {problem}" for problem in found]

    def _problems(self, point: Point, recording: Recording) -> Iterator[str]:
        operation, done = recording.operation, False
        if point.mode is Mode.KILL:
            self._kill(point, recording)
        else:
            try:
                done = self._hurt(point, recording)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                yield f"failed in another way than the call that did: {error!r}"
        self._world.pass_time()
        self._world.audit(repair=True)
        yield from (f"audited again: {finding}" for finding in self._world.audit())
        odds, seen = self._world.examine()
        yield from odds
        if done and operation.sure and seen != recording.views[-1]:
            yield f"was answered, and did not take effect: {_difference(recording.views, seen)}"
        if not _is_possible(seen, recording):
            yield f"took effect by half: {_difference(recording.views, seen)}"
        if operation.again is not None:
            yield from self._again(recording)

    def _hurt(self, point: Point, recording: Recording) -> bool:
        """Whether the operation was answered although something went wrong."""
        calls = self._service.calls
        try:
            with calls.watched(point.number, point.mode):
                recording.operation.run(self._service, recording.known)
        except (BrokenOff, errors.Unavailable):
            return False
        except Refused as refused:
            if refused.status != UNAVAILABLE:
                raise
            return False
        finally:
            self.missed += calls.names[point.number : point.number + 1] != [point.call]
        return True

    def _kill(self, point: Point, recording: Recording) -> None:
        held = dict(recording.snapshot.held)
        told = self._victim.kill_at(point.operation, recording.known, held, point.number)
        for each in told:
            match each:
                case {"path": path, "possible": possible}:
                    self._world.hear(path, possible)
                case _:
                    self.missed += 1
        self._world.wait_for_the_dead()

    def _again(self, recording: Recording) -> Iterator[str]:
        """Try once more, as a client does."""
        operation = recording.operation
        try:
            operation.run(self._service, recording.known)
        except Refused as refused:
            if refused.status not in (operation.again or ()):
                yield f"tried again: {refused}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            yield f"tried again: {error!r}"
        odds, found = self._world.examine()
        yield from (f"tried again: {each}" for each in odds)
        seen = without_history(found)
        if seen != (wanted := without_history(recording.views[-1])):
            yield f"tried again, it is another: {_difference([wanted], seen)}"


def _is_possible(seen: View, recording: Recording) -> bool:
    if recording.operation.whole:
        return seen in recording.views
    views = [without_history(view) for view in recording.views]
    seen = without_history(seen)
    keys = {key for view in (seen, *views) for key in view}
    return all(any(seen.get(key) == view.get(key) for view in views) for key in keys)


def _difference(views: list[View], seen: View) -> list[tuple[object, ...]]:
    keys = sorted({key for view in (seen, *views) for key in view})
    return [
        (key, seen.get(key), [view.get(key) for view in views])
        for key in keys
        if any(seen.get(key) != view.get(key) for view in views)
    ]
