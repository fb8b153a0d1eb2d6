"""Buckets of requests: what all processes take of one is never more than its rate lets."""

import time

import pytest
from sqlalchemy import update

from artifacts.db import tables
from artifacts.db.buckets import SLACK, Rate, Taken

SLOW = Rate(requests=0.001, burst=20)  # none comes back while a test runs


@pytest.fixture
def take(database):
    def take(most=1, rate=SLOW, whose="project:p"):
        return database.write(lambda tx: tx.buckets.take(whose, most, rate))

    return take


@pytest.fixture
def later(database):
    """Let microseconds pass for all buckets."""

    def pass_by(microseconds):
        column = tables.buckets.c.full_at
        moved = update(tables.buckets).values(full_at=column - int(microseconds))
        database.write(lambda tx: tx.artifacts._connection.execute(moved))

    return pass_by


def test_a_bucket_is_full_at_first(take):
    assert [take().number for _ in range(21)] == [1] * 20 + [0]
    assert take(whose="project:q").number == 1


def test_more_than_there_is_are_taken_in_part(take):
    assert take(15) == Taken(15)
    assert take(15) == Taken(5)

    number, wait = take(15)

    assert number == 0
    assert 990 < wait <= 1000


def test_it_fills_at_its_rate_and_not_beyond(take, later):
    take(20)
    later(2.5 * SLOW.interval)

    assert take(20) == Taken(2)
    assert 490 < take().wait < 501

    later(1000 * SLOW.interval)

    assert take(20) == Taken(20)
    assert take().number == 0


def test_a_rate_of_many_a_second_is_kept_too(take):
    """What is taken in some time is at most the burst, and what comes back in that time."""
    rate = Rate(requests=1000, burst=10)
    began = time.monotonic()
    taken = sum(take(10, rate).number for _ in range(100))
    seconds = time.monotonic() - began

    assert 10 <= taken <= 10 + 1000 * seconds + 2  # the clocks of both tell milliseconds


def test_threads_of_one_process_and_another_never_take_more(deploy, take, at_once):
    """Promise 11: the bucket is one for all processes."""
    other = deploy().parts.database
    works = [take, lambda: other.write(lambda tx: tx.buckets.take("project:p", 3, SLOW))] * 20
    taken = at_once(works)

    assert sum(each.number for each in taken) == 20


def test_a_raised_rate_counts_at_once(take):
    """What an empty bucket at the old rate would wait for is hours."""
    take(20)
    fast = Rate(requests=1000, burst=20)

    assert take(1, fast).wait <= 1 / 1000
    assert until(lambda: take(1, fast).number)


def test_a_clock_that_was_set_back_locks_nobody_out(take, later):
    take(20)
    later(-SLACK - SLOW.interval)
    number, wait = take()

    assert number == 0
    assert wait <= 1000


def until(done):
    deadline = time.monotonic() + 10
    while not (answer := done()):
        assert time.monotonic() < deadline
    return answer


def test_what_has_long_been_full_is_forgotten(deployment, database, take, later):
    take()
    later(1.5 * SLOW.interval)
    take(whose="project:q")
    database.write(lambda tx: tx.buckets.forget_full())

    assert [row.whose for row in deployment.rows(tables.buckets)] == ["project:q"]
    assert [take().number for _ in range(21)] == [1] * 20 + [0]


def test_two_that_begin_a_bucket_at_once_begin_one(deployment, at_once, take):
    taken = at_once([take] * 8)

    assert [each.number for each in taken] == [1] * 8
    assert len(deployment.rows(tables.buckets)) == 1


def test_the_longest_names_have_buckets_of_their_own(take):
    names = ["project:" + "\N{OLD PERSIAN SIGN A}" * 254 + end for end in "ab"]

    assert [take(20, whose=name).number for name in names] == [20, 20]
    assert [take(whose=name).number for name in names] == [0, 0]
