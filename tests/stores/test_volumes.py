"""How bytes are laid into objects: arithmetic, up to the largest that S3 would ever take."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifacts.stores import source
from artifacts.stores.objects.volumes import (
    LONGEST_PART,
    MIB,
    MOST_PARTS,
    SHORTEST_PART,
    key_of,
    more_of,
    pieces,
    size_name,
    volume_name,
)

KEY = "0123456789abcdef" * 2
TIB = 1024**4
LARGEST_OBJECT = 5 * TIB  # that S3 takes
LARGEST_PART = 5 * 1024**3
PARTS_AT_MOST = 10_000

part_sizes = st.integers(SHORTEST_PART, LONGEST_PART).map(lambda number: number * MIB)


@given(
    edges=st.tuples(st.integers(0, 6 * TIB), st.integers(0, 6 * TIB)).map(sorted),
    part=part_sizes,
)
def test_pieces_are_the_range_without_a_gap_or_an_overlap(edges, part):
    start, end = edges
    volume_size = part * MOST_PARTS
    position = start
    for piece in pieces(start, end, volume_size):
        assert piece.volume * volume_size + piece.start == position
        assert 0 <= piece.start < piece.end <= volume_size
        position += piece.end - piece.start

    assert position == end


class Weightless:
    """A stream of *size* bytes that are counted but not there: what it gives has a length only."""

    def __init__(self, size):
        self.left = size

    def read(self, size):
        given = range(min(size, self.left))
        self.left -= len(given)
        return given


@pytest.fixture(scope="module")
def _long_blocks():
    """What is read at a time is longer, so that tebibytes take a moment; nothing depends on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "BLOCK", 1024 * MIB)
        yield


def volumes(size, part):
    """Return how long each volume is, of an upload of *size* bytes."""
    stream = source.Source(Weightless(size))
    return [sum(map(len, blocks)) for blocks in stream.volumes(part * MOST_PARTS)]


def parts(volume, part):
    """Return how long the parts of a volume are: all as long as they may be, but the last."""
    return [min(part, volume - start) for start in range(0, volume, part)]


@pytest.mark.usefixtures("_long_blocks")
@given(size=st.integers(0, 6 * TIB), part=part_sizes, near=st.integers(-1, 1))
@example(size=LARGEST_OBJECT, part=16 * MIB, near=0)
@example(size=LARGEST_OBJECT, part=SHORTEST_PART * MIB, near=1)
@example(size=LARGEST_OBJECT, part=LONGEST_PART * MIB, near=0)
def test_an_upload_of_any_length_is_volumes_that_s3_takes(size, part, near):
    """Also where it ends at, or next to, the end of a volume or of a part."""
    whole = max(0, size // part * part + near)
    for length in (size, whole, max(0, size // (part * MOST_PARTS) * part * MOST_PARTS + near)):
        found = volumes(length, part)

        assert sum(found) == length
        assert all(each == part * MOST_PARTS for each in found[:-1])
        assert found[-1] > 0 or length == 0
        for volume in (found[0], found[-1]):
            assert volume <= LARGEST_OBJECT
            assert len(parts(volume, part)) <= PARTS_AT_MOST
            assert all(each <= LARGEST_PART for each in parts(volume, part))
            assert all(each >= 5 * MIB for each in parts(volume, part)[:-1])
        # What is read lies in the same volumes that were written.
        ends = {piece.volume: piece.end for piece in pieces(0, length, part * MOST_PARTS)}
        assert list(ends.values()) == [each for each in found if each]


@pytest.mark.usefixtures("_long_blocks")
def test_five_tebibytes_are_33_volumes_by_default():
    found = volumes(LARGEST_OBJECT, 16 * MIB)

    assert found[:-1] == [160_000 * MIB] * 32  # 156.25 GiB
    assert found[-1] == LARGEST_OBJECT - 32 * 160_000 * MIB
    assert sum(len(parts(volume, 16 * MIB)) for volume in found) == LARGEST_OBJECT // (16 * MIB)


@given(volume=st.integers(0, 999_999))
def test_names_tell_their_key(volume):
    assert key_of(volume_name(KEY, volume)) == KEY
    assert volume_name(KEY, volume) == KEY or volume_name(KEY, volume).startswith(
        f"{more_of(KEY)}/"
    )


def test_the_name_of_the_size_tells_its_key():
    assert key_of(size_name(KEY)) == KEY


def test_names_of_others_are_nobodys():
    for name in ("check", "", KEY.upper(), f"{KEY}/000001", f"{KEY}.more/1", f"{KEY}.more/size/"):
        assert key_of(name) is None
