"""Driver: one of glance_store's, and what it takes to make a store of it."""

import io
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO, ClassVar, cast

from glance_store import capabilities
from glance_store.exceptions import NotFound

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import BLOCK, Stored
from artifacts.stores.glance import options
from artifacts.stores.glance.body import Chunks

RANGES = capabilities.BitMasks.READ_RANDOM
NOBODY = "0" * 32  # a key that nothing is kept under


class Driver(ABC):
    """Its errors are the library's, or any other's: a store makes them plain.

    Where the library keeps bytes follows from the key and the options, at each use: no row holds
    a location, which may hold credentials.
    """

    module: ClassVar[str]  # of the library
    reusable: ClassVar[bool] = True  # for several uploads, one after the other and at once

    def __init__(self, file: str, section: str, timeout: float, link_key: str | None) -> None:
        self.timeout = timeout
        self.link_key = link_key
        try:
            self._module = import_module(self.module)
        except ImportError as error:
            raise errors.Misconfigured(f"glance: the driver needs {error.name}") from None
        self._made: tuple[int, Any] | None = None
        self._lock = threading.Lock()
        self.conf = options.read(file, section, self._module.Store.OPTIONS)

    @property
    def library(self) -> Any:
        """The library's driver, of this process: its connections do not outlive a fork."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid() or not self.reusable:
                made = self.make()
                made.configure(re_raise_bsc=True)
                self._made = os.getpid(), made
            return self._made[1]

    def make(self) -> Any:
        return self._module.Store(self.conf)

    @abstractmethod
    def location(self, key: str) -> Any:
        """Return the library's location of a key; raise BlobNotFound if there is none."""

    def add(self, key: str, body: Readable, size: int) -> int:
        """Keep *size* bytes, or as many as there are if that is 0; return how many."""
        return int(self.library.add(key, body, size, "sha256")[1])

    def size(self, key: str) -> int:
        return int(self.library.get_size(self.location(key)))

    def open(self, key: str, start: int, end: int) -> BinaryIO:
        library, location = self.library, self.location(key)
        if library.is_capable(RANGES):
            chunks, _ = library.get(location, offset=start, chunk_size=end - start)
            skipped = 0
        else:
            chunks, _ = library.get(location)
            skipped = start
        return cast(BinaryIO, io.BufferedReader(Chunks(chunks, skipped, end - start), BLOCK))

    def delete(self, key: str) -> None:
        """Forget a key, or what an unfinished upload left of it; raise if there is nothing."""
        self.library.delete(self.location(key))

    def keys(self) -> Iterator[Stored]:
        raise errors.Unlistable("this driver of glance_store cannot list what it keeps")

    def unfinished(self) -> Iterator[Stored]:
        """Go through what is known to be unfinished: here nothing is."""
        yield from ()

    def sweep(self, key: str) -> None:  # noqa: B027 - most have nothing to do
        """Delete what unfinished uploads of a key left, where that is known."""

    def link(self, key: str, seconds: int) -> str | None:
        return None

    def check(self) -> None:
        """A store that says that it lacks something has answered."""
        with suppress(NotFound, errors.BlobNotFound):
            self.size(NOBODY)
