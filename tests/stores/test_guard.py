"""Guard: a store that is down is tried again, then left alone, and leaves room for others."""

import io
import threading
from io import BytesIO

import pytest

from artifacts import errors
from artifacts.stores.circuit import Circuit
from artifacts.stores.guard import Guard, shares
from artifacts.stores.memory import MemoryStore
from artifacts.testing import StoreContract
from artifacts.testing.stores import Trickle, new_key


class Failing(MemoryStore):
    """Fails as often as it is told, and counts how often it was asked."""

    def __init__(self):
        super().__init__()
        self.failures = 0
        self.torn = 0
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
        return Torn(self, super().open(key, start, end))

    def size(self, key):
        self.fail()
        return super().size(key)


class Torn(io.RawIOBase):
    """Opened bytes, of which a read may fail, too."""

    def __init__(self, store, opened):
        self._store = store
        self._opened = opened

    def readable(self):
        return True

    def readinto(self, buffer):
        if self._store.torn:
            self._store.torn -= 1
            raise errors.StoreUnavailable("the store is down")
        return self._opened.readinto(buffer)


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


def test_what_fails_slowly_is_not_asked_again(store, guard, kept):
    store.failures = 1

    with pytest.raises(errors.StoreUnavailable, match="is down"):
        guard(quick=0.0).size(kept)
    assert store.asked == 1


def test_what_is_opened_has_been_begun(store, guard, kept):
    """So a store that fails is told before an answer is begun."""
    store.torn = 2
    with guard().open(kept) as opened:
        assert (store.torn, store.asked) == (0, 3)
        assert opened.read() == b"0123456789"

    store.torn = 3
    with pytest.raises(errors.StoreUnavailable):
        guard().open(kept)


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

    def test_is_closed_by_whatever_the_store_answers(self, store, guard, kept):
        guarded = guard(max_failures=1, pause=0.0)
        fail_once(store, guarded)
        with pytest.raises(errors.BlobNotFound):
            guarded.size(new_key())
        assert not guarded._circuit.open

        fail_once(store, guarded)
        with pytest.raises(errors.Conflict):
            guarded.save(kept, BytesIO(b"bytes"))
        assert not guarded._circuit.open

    @pytest.mark.parametrize("given", [ConnectionResetError(), errors.StoreUnavailable("other")])
    def test_learns_nothing_from_what_was_to_be_saved(self, store, guard, kept, given):
        """Neither does it keep the next request from the try that this one did not make."""
        clock = [0.0]
        guarded = guard(max_failures=1)
        guarded._circuit = Circuit(1, 60.0, clock=lambda: clock[0])
        with pytest.raises(type(given)):
            guarded.save(new_key(), Trickle(b"bytes", before_read=raising(given)))
        assert not guarded._circuit.open
        fail_once(store, guarded)
        clock[0] = 61.0
        with pytest.raises(type(given)):
            guarded.save(new_key(), Trickle(b"bytes", before_read=raising(given)))

        assert guarded._circuit.open
        assert guarded.size(kept) == 10
        assert not guarded._circuit.open


def fail_once(store, guarded):
    store.failures = 1
    with pytest.raises(errors.StoreUnavailable):
        guarded.save(new_key(), BytesIO(b"bytes"))


def raising(error):
    def fail(given):
        raise error

    return fail


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


class TestShares:
    def test_are_equal_and_leave_as_much_for_what_needs_no_store(self):
        assert shares(64, {"one": None}) == {"one": 32}
        assert shares(64, {"one": None, "two": None}) == {"one": 21, "two": 21}
        assert shares(64, {}) == {}

    def test_are_of_what_others_were_given(self):
        assert shares(64, {"one": 40, "two": None}) == {"one": 40, "two": 12}
        assert shares(64, {"one": 40, "two": 23}) == {"one": 40, "two": 23}

    @pytest.mark.parametrize(
        "chosen", [{"one": 64}, {"one": 32, "two": 32}, {"one": 63, "two": None}]
    )
    def test_never_take_all_threads(self, chosen):
        with pytest.raises(errors.Misconfigured, match="fewer than the 64 of"):
            shares(64, chosen)

    def test_are_at_least_one(self):
        assert shares(2, {"one": None}) == {"one": 1}
        with pytest.raises(errors.Misconfigured, match=r"\[store:one\] max_requests: must be at"):
            shares(64, {"one": 0})
