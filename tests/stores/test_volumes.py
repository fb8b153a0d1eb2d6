"""How bytes are laid into objects: arithmetic, up to the largest that S3 would ever take."""

from hypothesis import given
from hypothesis import strategies as st

from artifacts.stores.objects.volumes import (
    MIB,
    MOST_PARTS,
    key_of,
    more_of,
    pieces,
    size_name,
    volume_name,
)

KEY = "0123456789abcdef" * 2
TIB = 1024**4
LARGEST_OBJECT = 5 * TIB  # that S3 takes


@given(
    edges=st.tuples(st.integers(0, 6 * TIB), st.integers(0, 6 * TIB)).map(sorted),
    part=st.integers(5, 512).map(lambda number: number * MIB),
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


def test_five_tebibytes_are_volumes_that_s3_takes():
    part = 16 * MIB
    found = list(pieces(0, LARGEST_OBJECT, part * MOST_PARTS))

    assert sum(piece.end - piece.start for piece in found) == LARGEST_OBJECT
    assert [piece.volume for piece in found] == list(range(33))  # of 156.25 GiB
    for piece in found:
        parts = -(-piece.end // part)  # rounded up
        assert parts <= MOST_PARTS
        assert piece.end <= LARGEST_OBJECT


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
