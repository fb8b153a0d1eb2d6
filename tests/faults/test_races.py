"""Two operations meet: one stops before each of its calls in turn, and the other goes first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from injection.operations import SHARED, Known
from injection.service import Refused, Service
from injection.turns import DONE, Turns
from injection.world import World

Work = Callable[[Service, Known], object]


@dataclass(frozen=True)
class Race:
    """Two that meet; and the statuses that either may be answered, for which both are right."""

    before: Work
    first: Work
    second: Work
    statuses: tuple[frozenset[int], frozenset[int]]


def two(service: Service, known: Known) -> None:
    """A draft whose bytes nobody shares, and an empty one."""
    for name in ("full", "empty"):
        known[name] = service.member.create("samples", name)
    service.member.put(f"{known['full']}/blob", SHARED)


def fill(service: Service, known: Known) -> None:
    service.member.put(f"{known['empty']}/blob", SHARED)


def drop(service: Service, known: Known) -> None:
    service.member.delete(known["full"])


def replace(service: Service, known: Known) -> None:
    service.member.put(f"{known['full']}/blob", b"other bytes")


def copy(service: Service, known: Known) -> None:
    service.member.link(f"{known['empty']}/blob", known["origin"], kind="internal")


def delete(service: Service, known: Known) -> None:
    service.member.delete(known["empty"])


NEVER: frozenset[int] = frozenset()
TOO_LATE = frozenset({404, 409})
RACES = {
    "a fill, and the delete that drops the content it shares": Race(
        two, fill, drop, (NEVER, NEVER)
    ),
    "a delete that drops a content, and the fill that shares it": Race(
        two, drop, fill, (NEVER, NEVER)
    ),
    "a fill, and the upload that replaces the content it shares": Race(
        two, fill, replace, (NEVER, NEVER)
    ),
    "an upload that replaces a content, and the fill that shares it": Race(
        two, replace, fill, (NEVER, NEVER)
    ),
    "an import, and the delete of its artifact": Race(two, copy, delete, (TOO_LATE, TOO_LATE)),
    "a delete of an artifact, and an import into it": Race(two, delete, copy, (TOO_LATE, TOO_LATE)),
}


QUICK = 2  # of the races; the others take longer
MARKED = [
    pytest.param(name, marks=pytest.mark.long if place >= QUICK else ())
    for place, name in enumerate(RACES)
]


@pytest.fixture(scope="module")
def turns() -> Turns:
    return Turns()


@pytest.fixture(scope="module")
def crowded(world, turns) -> Iterator[World]:
    """The same world for another process, whose calls wait for their turns."""
    crowded = World(world.file, turns)
    yield crowded
    crowded.service.rest()


@pytest.mark.parametrize("name", MARKED)
def test_two_that_meet_at_any_call_lose_and_leak_nothing(crowded, turns, origin, note, name):
    """D14; and a *fill* that meets the delete of what it shares."""
    race = RACES[name]
    known = {"origin": f"http://127.0.0.2:{origin.server_port}/blob"}
    crowded.clear()
    race.before(crowded.service, known)
    there = crowded.snapshot()
    at, last = 0, False
    while not last:
        crowded.restore(there)
        outcomes = turns.take(
            lambda: race.first(crowded.service, known),
            lambda: race.second(crowded.service, known),
            at=at,
            waits=crowded.is_file,
        )
        last = turns.number <= at
        _check(race, outcomes)
        assert [*crowded.audit(), *crowded.at_odds()] == [], (at, outcomes)
        at += 1
    note(f"races: {at} meetings of {name}")
    assert at > 20


def _check(race: Race, outcomes: list[Any]) -> None:
    for outcome, statuses in zip(outcomes, race.statuses, strict=True):
        refused = isinstance(outcome, Refused) and outcome.status in statuses
        assert outcome == DONE or refused, outcomes
