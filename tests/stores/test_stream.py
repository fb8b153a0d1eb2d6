"""What is measured is what was read, whatever the pieces, and nothing outlives an abort."""

import hashlib
import io
import os
import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts import errors
from artifacts.stores import digests
from artifacts.stores.stream import MeasuredStream
from artifacts.testing.stores import CONTENT, Trickle

MiB = 1024 * 1024
ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


def digest(algorithm, content):
    return hashlib.new(algorithm, content).hexdigest()


class Pieces:
    """A source that gives the pieces it was made of, however much it is asked for."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)
        self.asked = []

    def read(self, size=-1):
        self.asked.append(size)
        return next(self.pieces, b"")


class TestDigests:
    sizes = st.one_of(st.integers(1, 100), st.sampled_from([65_535, 65_536, 65_537, 200_000]))

    @settings(deadline=None, max_examples=80)
    @given(sizes=st.lists(sizes, max_size=12))
    def test_digests_are_those_of_the_bytes_in_whatever_pieces_they_came(self, sizes):
        pieces = [CONTENT[index : index + size] for index, size in enumerate(sizes)]
        content = b"".join(pieces)
        stream = MeasuredStream(Pieces(pieces), digests.ALGORITHMS)

        read = stream.read()

        assert read == content
        assert stream.size == len(content)
        assert stream.digests == {name: digest(name, content) for name in digests.ALGORITHMS}

    @settings(deadline=None, max_examples=80)
    @given(asked=st.lists(st.integers(0, 100_000), max_size=12))
    def test_digests_are_those_of_the_bytes_however_they_are_asked_for(self, asked):
        stream = MeasuredStream(io.BytesIO(CONTENT), ALGORITHMS)

        read = b"".join(stream.read(size) for size in asked) + stream.read()

        assert read == CONTENT
        assert stream.complete
        assert stream.digests == {name: digest(name, CONTENT) for name in ALGORITHMS}

    def test_nothing_has_the_digests_of_nothing(self):
        stream = MeasuredStream(io.BytesIO(b""), ALGORITHMS)

        assert stream.read(MiB) == b""
        assert stream.complete
        assert stream.digests["md5"] == "d41d8cd98f00b204e9800998ecf8427e"

    def test_there_are_no_digests_before_the_end_was_read(self):
        stream = MeasuredStream(io.BytesIO(b"abc"), ALGORITHMS)
        stream.read(3)

        assert not stream.complete
        assert stream.digests == {}

        stream.read(3)

        assert stream.complete
        assert set(stream.digests) == set(ALGORITHMS)

    def test_asking_for_nothing_is_not_the_end(self):
        stream = MeasuredStream(io.BytesIO(b"abc"), ALGORITHMS)

        assert stream.read(0) == b""
        assert not stream.complete
        assert stream.read() == b"abc"

    def test_the_end_may_be_read_twice(self):
        stream = MeasuredStream(io.BytesIO(b"abc"), ALGORITHMS)
        stream.read()
        measured = dict(stream.digests)

        assert stream.read(MiB) == b""
        assert stream.digests == measured

    def test_an_algorithm_that_nobody_knows_is_refused(self):
        with pytest.raises(ValueError, match="crc32: none of md5, sha1"):
            MeasuredStream(io.BytesIO(b""), ["crc32"])

    def test_many_streams_at_once_do_not_mix(self):
        results = {}

        def measure(number):
            content = CONTENT[number:] * 4
            stream = MeasuredStream(Trickle(content, at_most=70_000), ALGORITHMS)
            stream.read()
            results[number] = stream.digests == {name: digest(name, content) for name in ALGORITHMS}

        threads = [threading.Thread(target=measure, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert results == dict.fromkeys(range(16), True)


class TestReading:
    def test_asks_for_a_mebibyte_unless_it_is_told_otherwise(self):
        source = Pieces([bytes(10), bytes(MiB), bytes(10)])
        MeasuredStream(source, ALGORITHMS).read()

        assert set(source.asked) == {MiB}

    def test_asks_for_what_it_is_asked_for(self):
        source = Pieces([bytes(10)])
        MeasuredStream(source, ALGORITHMS).read(4 * MiB)

        assert source.asked == [4 * MiB]

    def test_hands_on_at_once_what_came(self):
        stream = MeasuredStream(Pieces([b"a little", b"more"]), ALGORITHMS)

        assert stream.read(MiB) == b"a little"

    def test_the_error_of_the_source_passes_through(self):
        stream = MeasuredStream(Trickle(CONTENT, before_read=hang_up), ALGORITHMS)

        with pytest.raises(ConnectionResetError, match="went away"):
            stream.read(MiB)
        assert not stream.complete

    def test_memory_does_not_grow_with_the_bytes(self):
        stream = MeasuredStream(Pieces(bytes(MiB) for _ in range(64)), ALGORITHMS)

        tracemalloc.start()
        while stream.read(MiB):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert stream.size == 64 * MiB
        assert peak < 6 * MiB


class TestLimit:
    @pytest.mark.parametrize("limit", [0, 1, 1_000, 200_000])
    def test_as_many_bytes_as_the_limit_are_allowed(self, limit):
        stream = MeasuredStream(io.BytesIO(CONTENT[:limit]), ALGORITHMS, limit=limit)

        assert stream.read() == CONTENT[:limit]
        assert stream.complete

    @settings(deadline=None)
    @given(limit=st.integers(0, 299_999), at_most=st.integers(1_000, MiB))
    def test_one_byte_over_the_limit_is_refused_and_no_more_are_read(self, limit, at_most):
        """D15: however the bytes come, and whether or not their number was declared."""
        source = io.BytesIO(CONTENT)
        stream = MeasuredStream(source, ALGORITHMS, limit=limit)

        with pytest.raises(errors.TooLarge, match=rf"at most {limit} bytes"):
            list(iter(lambda: stream.read(at_most), b""))

        assert source.tell() == limit + 1

    def test_what_was_refused_stays_refused(self):
        source = io.BytesIO(CONTENT)
        stream = MeasuredStream(source, ALGORITHMS, limit=10)

        for _ in range(3):
            with pytest.raises(errors.TooLarge):
                stream.read(MiB)

        assert source.tell() == 11
        assert not stream.complete
        assert stream.digests == {}


class TestOnRead:
    def test_is_told_the_size_before_the_bytes_are_handed_on(self):
        told = []
        stream = MeasuredStream(Pieces([b"ab", b"c"]), ALGORITHMS, on_read=told.append)

        assert told == []
        stream.read(MiB)
        assert told == [2]
        stream.read(MiB)
        assert told == [2, 3]
        stream.read(MiB)
        assert told == [2, 3]

    def test_cuts_the_stream_by_raising(self):
        """D13: what the owner of an upload learns meanwhile ends it, a block later at most."""

        def refuse(size):
            if size > 100_000:
                raise errors.UploadLost("the artifact was deleted")

        source = Trickle(CONTENT, at_most=60_000)
        stream = MeasuredStream(source, ALGORITHMS, on_read=refuse)

        assert len(stream.read(MiB)) == 60_000
        with pytest.raises(errors.UploadLost):
            stream.read(MiB)
        assert len(source.asked) == 2
        assert not stream.complete


class TestThreads:
    def test_no_thread_waits_for_a_stream_that_was_given_up(self):
        for _ in range(50):
            given_up = MeasuredStream(Trickle(CONTENT * 8, before_read=hang_up_late), ALGORITHMS)
            with pytest.raises(ConnectionResetError):
                given_up.read()
        finished = MeasuredStream(io.BytesIO(CONTENT), ALGORITHMS)
        finished.read()

        assert finished.digests["md5"] == digest("md5", CONTENT)
        hashing = [one for one in threading.enumerate() if one.name.startswith("digest")]
        assert len(hashing) <= os.cpu_count()


def hang_up(given):
    raise ConnectionResetError("the client went away")


def hang_up_late(given):
    if given > MiB:
        hang_up(given)
