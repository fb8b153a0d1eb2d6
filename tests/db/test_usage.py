"""Usage: conditional, so that no limit is passed however many ask at once."""

import random

import pytest

from artifacts.db.tables import ALL_TYPES
from artifacts.db.usage import Limits
from artifacts.errors import TooLarge, TooManyArtifacts


@pytest.fixture
def numbers(database):
    """The numbers of a project and a type."""
    return database.write(lambda tx: (tx.numbers.project("p"), tx.numbers.type("samples")))


@pytest.fixture
def usage(read, numbers):
    """What the project keeps, in all and of the type."""

    def amounts():
        rows = read(lambda tx: tx.usage.of(numbers[0]))
        return [
            (rows[number].artifacts, rows[number].bytes, rows[number].reserved)
            for number in (ALL_TYPES, numbers[1])
            if number in rows
        ]

    return amounts


def test_both_rows_are_counted(database, numbers, usage):
    database.write(lambda tx: tx.usage.count(*numbers, Limits()))
    database.write(lambda tx: tx.usage.reserve(*numbers, 10, Limits()))
    database.write(lambda tx: tx.usage.settle(*numbers, reserved=10, kept=7))

    assert usage() == [(1, 7, 0), (1, 7, 0)]

    database.write(lambda tx: tx.usage.settle(*numbers, reserved=0, kept=-7))
    database.write(lambda tx: tx.usage.uncount(*numbers))

    assert usage() == [(0, 0, 0), (0, 0, 0)]


@pytest.mark.parametrize("limits", [Limits(bytes=10), Limits(type_bytes=10)])
def test_a_limit_may_be_reached_but_not_passed(database, numbers, usage, limits):
    database.write(lambda tx: tx.usage.reserve(*numbers, 10, limits))

    with pytest.raises(TooLarge, match="10 bytes"):
        database.write(lambda tx: tx.usage.reserve(*numbers, 1, limits))

    assert usage() == [(0, 0, 10), (0, 0, 10)]


@pytest.mark.parametrize("limits", [Limits(artifacts=1), Limits(type_artifacts=1)])
def test_artifacts_are_limited_in_all_and_by_type(database, numbers, usage, limits):
    database.write(lambda tx: tx.usage.count(*numbers, limits))

    with pytest.raises(TooManyArtifacts, match="1 artifacts"):
        database.write(lambda tx: tx.usage.count(*numbers, limits))

    assert usage() == [(1, 0, 0), (1, 0, 0)]


def test_a_limit_of_nothing_refuses_the_first(database, numbers, usage):
    with pytest.raises(TooManyArtifacts):
        database.write(lambda tx: tx.usage.count(*numbers, Limits(artifacts=0)))

    assert usage() == []


def test_fifty_reserving_at_once_never_pass_the_limit(database, numbers, usage, at_once):
    limits = Limits(bytes=600)
    seen = []

    def write(verb, *arguments, **more):
        database.write(lambda tx: getattr(tx.usage, verb)(*numbers, *arguments, **more))

    def session(seed):
        chance = random.Random(seed)
        for _ in range(2):
            size = chance.randint(1, 60)
            try:
                write("reserve", size, limits)
            except TooLarge:
                continue
            _, kept, reserved = usage()[0]
            seen.append(kept + reserved)
            if chance.random() < 0.5:
                write("release", size)
            else:
                write("settle", reserved=size, kept=size // 2)
                write("settle", reserved=0, kept=-(size // 2))

    failed = [each for each in at_once([lambda n=n: session(n) for n in range(50)]) if each]

    assert failed == []
    assert max(seen) <= 600
    assert usage() == [(0, 0, 0), (0, 0, 0)]


def test_fifty_creating_at_once_never_pass_the_limit(database, numbers, usage, at_once):
    limits = Limits(artifacts=20)
    outcomes = at_once([lambda: database.write(lambda tx: tx.usage.count(*numbers, limits))] * 50)

    assert outcomes.count(None) == 20
    assert {type(each) for each in outcomes if each} == {TooManyArtifacts}
    assert usage() == [(20, 0, 0), (20, 0, 0)]
