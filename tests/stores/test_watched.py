"""Watched: a store under a watch keeps all its promises."""

from io import BytesIO

import pytest

from artifacts import errors
from artifacts.stores.guard import Guard
from artifacts.stores.memory import MemoryStore
from artifacts.stores.watched import watched
from artifacts.testing import StoreContract
from artifacts.testing.stores import InterruptedStreamError, all_of, broken_stream, new_key
from artifacts.watching.board import Board
from artifacts.watching.catalogue import CIRCUIT, STORE_SECONDS
from artifacts.watching.meters import Meters, is_gauge
from artifacts.watching.watch import Watch


@pytest.fixture
def watch():
    return Watch(Meters(Board(passing=is_gauge, parts=2)))


class TestWatched(StoreContract):
    @pytest.fixture
    def store(self, watch):
        return watched(MemoryStore(), "memory", watch)


class Distant(MemoryStore):
    distant = True


class TestWatchedFromAfar(StoreContract):
    @pytest.fixture
    def store(self, watch):
        return watched(Distant(), "bucket", watch)


def times(watch):
    """Return how often each verb had each outcome."""
    return {
        (verb, outcome): sum(values[:-1])
        for (_, verb, outcome), values in watch.meters.sums()[STORE_SECONDS].items()
    }


def test_each_verb_counts_with_what_came_of_it(watch):
    store = watched(MemoryStore(), "memory", watch)
    with pytest.raises(errors.BlobNotFound):
        store.size(new_key())
    with pytest.raises(InterruptedStreamError):
        store.save(new_key(), broken_stream())
    store.check()

    assert times(watch) == {("size", "BlobNotFound"): 1, ("save", "Fault"): 1, ("check", "done"): 1}


def test_what_comes_over_a_network_is_timed_block_by_block(watch):
    store = watched(Distant(), "bucket", watch)
    key = new_key()
    store.save(key, BytesIO(b"0123456789"))
    with store.open(key) as opened:
        assert all_of(opened, 6) == b"0123456789"

    assert times(watch) == {("save", "done"): 1, ("open", "done"): 1, ("read", "done"): 3}


class Failing(MemoryStore):
    failing = True

    def size(self, key):
        if self.failing:
            raise errors.StoreUnavailable("it does not answer")
        return 0


def test_each_try_counts_and_whether_there_are_any(watch):
    store = Failing()
    seen = watched(store, "bucket", watch)
    tell = lambda is_open: watch.circuit("bucket", is_open)  # noqa: E731 - as parts does
    guard = Guard(seen, max_requests=1, max_failures=3, pause=0.0, tell=tell)
    with pytest.raises(errors.StoreUnavailable):
        guard.size(new_key())
    assert times(watch) == {("size", "StoreUnavailable"): 3}
    assert watch.meters.sums()[CIRCUIT] == {("bucket",): [1.0]}
    store.failing = False
    guard.size(new_key())

    assert watch.meters.sums()[CIRCUIT] == {("bucket",): [0.0]}
