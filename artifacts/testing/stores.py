"""StoreContract: what every store promises, one promise a test. Needs pytest and hypothesis."""

# ruff: noqa: S101 - these are tests, though they are installed with the package

import hashlib
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import BLOCK, BlobStore, Stored

SIZES = (0, 1, 300_000)
CONTENT = hashlib.shake_256(b"no part of it looks like another").digest(300_000)
HOSTILE_KEYS = (
    "",
    ".",
    "..",
    "../" * 12 + "etc/passwd",
    "/etc/passwd",
    "..%2F..%2Fetc%2Fpasswd",
    "%252e%252e%252fpasswd",
    "..\\..\\passwd",
    "..\N{FULLWIDTH SOLIDUS}..\N{FULLWIDTH SOLIDUS}passwd",
    "\udcc0\udcae\udcc0\udcae/passwd",
    "0" * 32 + "\0",
    "0" * 32 + "\n",
    "0" * 31 + "/",
    "0" * 31 + "A",
    "0" * 31 + "\N{FULLWIDTH DIGIT ZERO}",
    "0" * 31,
    "0" * 33,
    "; $(reboot) `reboot` {}",
)


class StoreContract:
    """Inherit this as `TestMyStore`, and override the fixture `store` with an empty store."""

    @pytest.fixture
    def store(self) -> BlobStore:
        raise NotImplementedError("override this fixture: it is the store to test, empty")

    @pytest.fixture
    def key(self) -> str:
        return new_key()

    @pytest.mark.parametrize("size", SIZES)
    def test_opens_what_it_saved(self, store: BlobStore, key: str, size: int) -> None:
        store.save(key, BytesIO(CONTENT[:size]))

        with store.open(key) as opened:
            assert opened.read() == CONTENT[:size]

    def test_opens_any_range(self, store: BlobStore, key: str) -> None:
        """A range is those bytes and no others, with native ranges or without."""
        store.save(key, BytesIO(CONTENT))
        edge = st.integers(0, len(CONTENT))

        @settings(deadline=None, max_examples=60)
        @given(edges=st.tuples(edge, edge).map(sorted), to_the_end=st.booleans())
        def opens(edges: list[int], to_the_end: bool) -> None:
            start, end = edges[0], None if to_the_end else edges[1]
            with store.open(key, start, end) as opened:
                assert opened.read() == CONTENT[start:end]

        opens()

    def test_reads_a_range_block_by_block_and_not_beyond_it(
        self, store: BlobStore, key: str
    ) -> None:
        store.save(key, BytesIO(CONTENT))

        with store.open(key, 1_000, 200_000) as opened:
            assert opened.read(7) == CONTENT[1_000:1_007]
            assert all_of(opened, 4_096) == CONTENT[1_007:200_000]
            assert opened.read(1) == b""

    def test_reads_block_by_block_what_is_longer_than_a_block(
        self, store: BlobStore, key: str
    ) -> None:
        long = CONTENT * 8
        store.save(key, BytesIO(long))

        with store.open(key) as opened:
            assert all_of(opened, BLOCK) == long

    def test_keeps_a_handle_readable_to_several_readers(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(CONTENT))

        with store.open(key) as one, store.open(key, 10) as other:
            assert one.read(5) == CONTENT[:5]
            assert other.read(5) == CONTENT[10:15]
            assert one.read(5) == CONTENT[5:10]

    def test_saves_a_stream_that_gives_less_than_it_is_asked_for(
        self, store: BlobStore, key: str
    ) -> None:
        store.save(key, Trickle(CONTENT, at_most=1_009))

        with store.open(key) as opened:
            assert opened.read() == CONTENT

    def test_never_asks_a_stream_for_all_that_it_has(self, store: BlobStore, key: str) -> None:
        stream = Trickle(CONTENT)

        store.save(key, stream)

        assert all(0 < size <= 16 * BLOCK for size in stream.asked)

    def test_shows_nothing_before_save_returns(self, store: BlobStore, key: str) -> None:
        seen: list[bool] = []
        stream = Trickle(CONTENT * 8, before_read=lambda given: seen.append(holds(store, key)))

        store.save(key, stream)

        assert seen
        assert not any(seen)
        assert holds(store, key)

    def test_a_failed_save_leaves_no_trace(self, store: BlobStore, key: str) -> None:
        with pytest.raises(InterruptedStreamError):
            store.save(key, broken_stream())

        assert not holds(store, key)
        with pytest.raises(errors.BlobNotFound):
            store.open(key)

    def test_a_stream_that_is_refused_at_its_very_end_leaves_no_trace(
        self, store: BlobStore, key: str
    ) -> None:
        """Digests are compared when the last byte was read; only then may a key be visible."""

        def refuse(given: int) -> None:
            if given == len(CONTENT):
                raise errors.Mismatch("sha256: it is another")

        with pytest.raises(errors.Mismatch):
            store.save(key, Trickle(CONTENT, before_read=refuse))

        assert not holds(store, key)

    def test_what_a_failed_save_left_is_swept(self, store: BlobStore, key: str) -> None:
        with pytest.raises(InterruptedStreamError):
            store.save(key, broken_stream())

        for left in list(store.unfinished()):
            assert left.key == key
            assert left.modified.utcoffset() == timedelta(0)
            store.sweep(key)

        assert list(store.unfinished()) == []
        assert not holds(store, key)

    def test_sweeping_what_is_not_there_is_no_error(self, store: BlobStore, key: str) -> None:
        store.sweep(key)

    def test_what_is_saved_is_not_unfinished(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(CONTENT))

        assert list(store.unfinished()) == []

    def test_a_key_whose_save_failed_can_be_saved_again(self, store: BlobStore, key: str) -> None:
        with pytest.raises(InterruptedStreamError):
            store.save(key, broken_stream())

        store.save(key, BytesIO(CONTENT))

        assert store.size(key) == len(CONTENT)

    def test_the_error_of_a_stream_passes_through_even_if_it_is_an_os_error(
        self, store: BlobStore, key: str
    ) -> None:
        with pytest.raises(ConnectionResetError, match="the client went away"):
            store.save(key, Trickle(CONTENT, before_read=_hang_up))

    def test_sweeping_deletes_nothing_that_was_saved(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(CONTENT))

        store.sweep(key)

        assert store.size(key) == len(CONTENT)
        assert holds(store, key)

    def test_refuses_a_key_in_use_and_keeps_its_bytes(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(b"first"))

        with pytest.raises(errors.Conflict):
            store.save(key, BytesIO(b"second"))

        with store.open(key) as opened:
            assert opened.read() == b"first"

    @pytest.mark.parametrize("size", SIZES)
    def test_says_the_size(self, store: BlobStore, key: str, size: int) -> None:
        store.save(key, BytesIO(CONTENT[:size]))

        assert store.size(key) == size

    def test_lists_every_key_with_its_size_and_time(self, store: BlobStore) -> None:
        sizes = {new_key(): size for size in range(20)}
        begun = datetime.now(UTC)
        for key, size in sizes.items():
            store.save(key, BytesIO(CONTENT[:size]))

        listed = all_keys(store)

        assert {one.key: one.size for one in listed} == sizes
        assert len(listed) == len(sizes)
        # Stores on other machines have clocks of their own, and some count whole seconds.
        allowed = timedelta(minutes=5)
        for one in listed:
            assert one.modified.utcoffset() == timedelta(0)
            assert begun - allowed <= one.modified <= datetime.now(UTC) + allowed

    def test_an_empty_store_lists_nothing(self, store: BlobStore) -> None:
        assert all_keys(store) == []

    def test_forgets_what_it_deleted(self, store: BlobStore, key: str) -> None:
        other = new_key()
        store.save(key, BytesIO(CONTENT))
        store.save(other, BytesIO(CONTENT))

        store.delete(key)

        assert not holds(store, key)
        assert holds(store, other)
        with pytest.raises(errors.BlobNotFound):
            store.open(key)

    def test_deleting_twice_is_no_error(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(CONTENT))

        store.delete(key)
        store.delete(key)

        assert not holds(store, key)

    def test_deleting_what_was_never_saved_is_no_error(self, store: BlobStore, key: str) -> None:
        store.delete(key)

    def test_a_key_that_is_not_there_is_not_found(self, store: BlobStore, key: str) -> None:
        with pytest.raises(errors.BlobNotFound):
            store.size(key)
        with pytest.raises(errors.BlobNotFound):
            store.open(key)
        with pytest.raises(errors.BlobNotFound):
            store.open(key, 5, 10)

    def test_two_threads_save_different_keys_at_once(self, store: BlobStore) -> None:
        contents = {new_key(): CONTENT, new_key(): CONTENT[::-1]}
        both_at_work = threading.Barrier(len(contents), timeout=30)

        def save(key: str) -> None:
            meet = Trickle(contents[key], before_read=lambda given: given or both_at_work.wait())
            store.save(key, meet)

        with ThreadPoolExecutor() as threads:
            list(threads.map(save, contents))

        for key, content in contents.items():
            with store.open(key) as opened:
                assert opened.read() == content

    def test_a_file_is_named_within_the_store_or_not_at_all(
        self, store: BlobStore, key: str
    ) -> None:
        store.save(key, BytesIO(CONTENT))
        file = store.file(key)

        assert file is None or not {"", ".", ".."} & set(file.split("/"))

    def test_a_link_is_a_url_or_nothing(self, store: BlobStore, key: str) -> None:
        store.save(key, BytesIO(CONTENT))

        link = store.link(key, seconds=60)

        assert link is None or link.startswith(("https://", "http://"))

    def test_a_store_that_answers_passes_its_check(self, store: BlobStore) -> None:
        store.check()

    @pytest.mark.parametrize("hostile", HOSTILE_KEYS, ids=ascii)
    def test_refuses_a_key_that_the_server_did_not_make(
        self, store: BlobStore, hostile: str
    ) -> None:
        """Such a name comes near no path, no shell and no URL."""
        stream = Trickle(CONTENT)

        with pytest.raises(ValueError, match="a key is"):
            store.save(hostile, stream)
        with pytest.raises(ValueError, match="a key is"):
            store.open(hostile)
        with pytest.raises(ValueError, match="a key is"):
            store.size(hostile)
        with pytest.raises(ValueError, match="a key is"):
            store.delete(hostile)
        with pytest.raises(ValueError, match="a key is"):
            store.sweep(hostile)
        with pytest.raises(ValueError, match="a key is"):
            store.link(hostile, seconds=60)
        with pytest.raises(ValueError, match="a key is"):
            store.file(hostile)

        assert stream.asked == []


class InterruptedStreamError(Exception):
    """The end of a stream that fails on purpose."""


class Trickle:
    """A stream that gives at most so many bytes a read, and first calls *before_read*.

    That is told how many bytes were given so far; what it raises, the read raises.
    """

    def __init__(
        self,
        content: bytes,
        at_most: int = BLOCK,
        before_read: Callable[[int], object] = lambda given: None,
    ) -> None:
        self.asked: list[int] = []
        self._content = BytesIO(content)
        self._at_most = at_most
        self._before_read = before_read

    def read(self, size: int = -1, /) -> bytes:
        self.asked.append(size)
        self._before_read(self._content.tell())
        return self._content.read(self._at_most if size < 0 else min(size, self._at_most))


def broken_stream() -> Trickle:
    return Trickle(CONTENT, at_most=100_000, before_read=_interrupt)


def _interrupt(given: int) -> None:
    if given >= 200_000:
        raise InterruptedStreamError


def _hang_up(given: int) -> None:
    raise ConnectionResetError("the client went away")


def new_key() -> str:
    return secrets.token_hex(16)


def all_of(opened: Readable, size: int) -> bytes:
    """Read to the end, *size* bytes at a time."""
    return b"".join(iter(lambda: opened.read(size), b""))


def holds(store: BlobStore, key: str) -> bool:
    """Say whether *key* can be opened; that it is listed must be the same."""
    try:
        store.size(key)
    except errors.BlobNotFound:
        opens = False
    else:
        opens = True
    with suppress(errors.Unlistable):
        stored = store.keys()
        assert any(one.key == key for one in stored) == opens
    return opens


def all_keys(store: BlobStore) -> list[Stored]:
    try:
        return list(store.keys())
    except errors.Unlistable:
        pytest.skip("this store does not list what it keeps")
