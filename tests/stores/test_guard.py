"""Guard: a store that is down is tried again, then left alone, and leaves room for others."""

import threading
from io import BytesIO

import pytest

from artifacts import errors
from artifacts.stores.guard import Guard
from artifacts.stores.memory import MemoryStore
from artifacts.testing import StoreContract
from artifacts.testing.stores import Trickle, new_key


class Failing(MemoryStore):
    """Fails as often as it is told, and counts how often it was asked."""

    def __init__(self):
        super().__init__()
        self.failures = 0
        self.asked = 0

    def fail(self):
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise errors.StoreUnavailable("the store is down")

    def save(self, key, stream):
        self.fail()
        super().save(key, stream)

    def open(self, key, start=0, end=None):
        self.fail()
        return super().open(key, start, end)

    def size(self, key):
        self.fail()
        return super().size(key)


@pytest.fixture
def store():
    return Failing()


@pytest.fixture
def guard(store):
    def make(**options):
        return Guard(store, **({"max_requests": 8, "max_failures": 5, "pause": 60.0} | options))

    return make


class TestGuard(StoreContract):
    @pytest.fixture
    def store(self):
        return Guard(MemoryStore(), max_requests=8, max_failures=5, pause=60.0)


@pytest.fixture
def kept(store):
    key = new_key()
    store.save(key, BytesIO(b"0123456789"))
    store.asked = 0
    return key


def test_what_can_be_asked_again_is(store, guard, kept):
    store.failures = 2

    assert guard().size(kept) == 10
    assert store.asked == 3


def test_that_ends(store, guard, kept):
    store.failures = 100

    with pytest.raises(errors.StoreUnavailable, match="is down"):
        guard().size(kept)
    assert store.asked == 3


def test_a_save_is_tried_once(store, guard):
    store.failures = 1

    with pytest.raises(errors.StoreUnavailable):
        guard().save(new_key(), BytesIO(b"bytes"))
    assert store.asked == 1


class TestCircuit:
    def test_opens_after_failures_in_a_row(self, store, guard, kept):
        guarded = guard(max_failures=4)
        store.failures = 100
        for _ in range(2):
            with pytest.raises(errors.StoreUnavailable):
                guarded.size(kept)
        assert store.asked == 4

        with pytest.raises(errors.StoreUnavailable, match="try again later"):
            guarded.open(kept)
        with pytest.raises(errors.StoreUnavailable, match="try again later"):
            guarded.save(new_key(), BytesIO(b"bytes"))
        assert store.asked == 4

    def test_closes_when_the_store_answers_again(self, store, guard, kept):
        guarded = guard(max_failures=1, pause=0.0)
        store.failures = 1
        with pytest.raises(errors.StoreUnavailable):
            guarded.save(new_key(), BytesIO(b"bytes"))

        assert guarded.size(kept) == 10
        assert guarded.size(kept) == 10

    def test_is_not_opened_by_what_is_no_failure_of_the_store(self, guard, kept):
        guarded = guard(max_failures=1)
        for _ in range(3):
            with pytest.raises(errors.BlobNotFound):
                guarded.size(new_key())
            with pytest.raises(errors.Conflict):
                guarded.save(kept, BytesIO(b"bytes"))
            with pytest.raises(ConnectionResetError):
                guarded.save(new_key(), Trickle(b"bytes", before_read=hang_up))

        assert guarded.size(kept) == 10


def hang_up(given):
    raise ConnectionResetError


class TestPlaces:
    def test_are_as_many_as_there_are(self, guard, kept):
        guarded = guard(max_requests=2)
        opened = [guarded.open(kept), guarded.open(kept, 5)]

        for refused in (
            lambda: guarded.open(kept),
            lambda: guarded.size(kept),
            lambda: guarded.delete(kept),
            lambda: guarded.save(new_key(), BytesIO(b"bytes")),
            lambda: guarded.link(kept, 60),
        ):
            with pytest.raises(errors.Crowded):
                refused()
        assert [each.read() for each in opened] == [b"0123456789", b"56789"]

    def test_are_free_again(self, store, guard, kept):
        guarded = guard(max_requests=1)
        for _ in range(3):
            guarded.open(kept).close()
            with guarded.open(kept) as opened:
                opened.read(3)
            with pytest.raises(errors.BlobNotFound):
                guarded.open(new_key())
            with pytest.raises(ConnectionResetError):
                guarded.save(new_key(), Trickle(b"bytes", before_read=hang_up))
            del opened

        assert guarded.size(kept) == 10

    def test_are_taken_while_bytes_come(self, guard):
        guarded = guard(max_requests=1)
        begun, go_on = threading.Event(), threading.Event()

        def wait(given):
            begun.set()
            assert go_on.wait(30)

        key = new_key()
        slow = Trickle(b"bytes", before_read=wait)
        thread = threading.Thread(target=lambda: guarded.save(key, slow))
        thread.start()
        assert begun.wait(30)
        with pytest.raises(errors.Crowded):
            guarded.size(key)
        go_on.set()
        thread.join(30)

        assert guarded.size(key) == 5
