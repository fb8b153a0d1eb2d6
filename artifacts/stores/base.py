"""BlobStore: a place that keeps bytes under opaque keys, and the verbs that each has."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import BinaryIO, ClassVar, NamedTuple

from artifacts.model import Readable
from artifacts.model import Setting as Setting  # for the authors of stores

BLOCK = 1024 * 1024
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

_KEY = re.compile(r"[0-9a-f]{32}")


class Stored(NamedTuple):
    """What a store says of one key without opening it; `modified` is an aware time in UTC."""

    key: str
    size: int
    modified: datetime


class BlobStore(ABC):
    """Keeps bytes, and is dumb: it does not hash, limit, retry or log.

    Keys are made by the server, and each is saved once: `check_key` refuses any other name.
    A store raises BlobNotFound, Conflict, StoreFull and StoreUnavailable, whose texts never
    say where the bytes are; what the stream raises while it is read passes through.
    """

    settings: ClassVar[tuple[Setting, ...]] = ()
    distant: ClassVar[bool] = False  # asked over a network, which a Guard must watch

    @abstractmethod
    def save(self, key: str, stream: Readable) -> None:
        """Keep all of *stream* under *key*, durably, or nothing at all; refuse a key in use."""

    @abstractmethod
    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Open the bytes from *start* up to, and without, *end*; both lie within the size."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Say how many bytes are kept under *key*."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Forget *key*, and what an unfinished save of it left; twice is no error."""

    @abstractmethod
    def keys(self) -> Iterator[Stored]:
        """Go through all that is saved, without holding it all in memory.

        In the order of the keys, where that is no work: an audit then has little to ask for again.
        Raise Unlistable where the store cannot say that; what is unfinished it then knows neither.
        """

    @abstractmethod
    def unfinished(self) -> Iterator[Stored]:
        """Go through what saves have begun and not ended: perhaps they will, or they died.

        `modified` is when the last bytes came. What a store tidies up by itself need not be told.
        """

    @abstractmethod
    def sweep(self, key: str) -> None:
        """Delete what unfinished saves of *key* left, and nothing that is saved."""

    def link(self, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        """Sign a read-only URL that expires, where the store has such a thing.

        What it answers has Content-Type and Content-Disposition of *headers*, where that can be
        signed too.
        """
        check_key(key)
        return None

    def file(self, key: str) -> str | None:
        """Return where in the store's folder the bytes are, for who sends files by himself.

        None where there is no such folder.
        """
        check_key(key)
        return None

    @abstractmethod
    def check(self) -> None:
        """Raise StoreUnavailable unless the store can be read and written to now."""


def is_key(name: str) -> bool:
    """Say whether the server could have made this key."""
    return _KEY.fullmatch(name) is not None


def check_key(key: str) -> None:
    """Refuse a key that the server did not make, before it comes near a path or a URL."""
    if not is_key(key):
        raise ValueError("a key is 32 lower-case hexadecimal digits")


def blocks_of(stream: Readable) -> Iterator[bytes]:
    """Read *stream* to its end, a block at a time."""
    while block := stream.read(BLOCK):
        yield block
