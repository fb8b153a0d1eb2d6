"""How bytes of any number are laid into objects of a bounded size.

<key>              all of it; or, where it is as long as a volume, the first volume
<key>.more/000001  the next ones, each as long as a volume but the last
<key>.more/size    how many bytes there are in all: what makes them whole, so it is written last

An object store takes an object in parts, of one length and at most so many, and each is held in
memory until it is sent. So a part is short, and what is longer than that many parts makes is laid
into several objects.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_PARTS = 10_000  # of one object, in every protocol that we speak
MIB = 1024**2
SHORTEST_PART = 5  # MiB, but of the last one
LONGEST_PART = 512  # MiB: with as many parts as there may be, not quite the longest object

_NAME = re.compile(r"([0-9a-f]{32})(?:\.more/(\d{6}|size))?")


class Piece(NamedTuple):
    """Bytes of one volume, without *end*."""

    volume: int
    start: int
    end: int


def volume_name(key: str, volume: int) -> str:
    return f"{key}.more/{volume:06}" if volume else key


def size_name(key: str) -> str:
    return f"{key}.more/size"


def more_of(key: str) -> str:
    """Return the folder of all volumes but the first."""
    return f"{key}.more"


def key_of(name: str) -> str | None:
    """Return the key that an object belongs to, None if it is none of ours."""
    known = _NAME.fullmatch(name)
    return known[1] if known else None


def pieces(start: int, end: int, volume_size: int) -> Iterator[Piece]:
    """Say in which volumes the bytes from *start* up to *end* lie, in their order."""
    while start < end:
        volume, begin = divmod(start, volume_size)
        length = min(end - start, volume_size - begin)
        yield Piece(volume, begin, begin + length)
        start += length
