"""Hashers: digests that grow beside whatever else is done with the bytes."""

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from artifacts.model.digests import SIZES

ALGORITHMS = tuple(SIZES)

# Processors have instructions for these two: together they take no longer than md5 alone does.
_FAST = frozenset({"sha1", "sha256"})
_WORTH_A_THREAD = 64 * 1024

# Its threads start with the first block that is hashed, thus after a server has forked.
_threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="digest")


class Hasher(Protocol):
    """A digest that grows with the bytes that it is given."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class ThreadedHasher:
    """Hashes each block beside whatever its owner does with that block next.

    At most one block waits, so a slow digest holds its owner back instead of filling memory,
    and an owner that gives up leaves no thread behind that waits for more.
    """

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._pending: Future[None] | None = None

    def update(self, data: bytes) -> None:
        self._wait()
        if len(data) < _WORTH_A_THREAD:
            self._hasher.update(data)
        else:
            self._pending = _threads.submit(self._hasher.update, data)

    def hexdigest(self) -> str:
        self._wait()
        return self._hasher.hexdigest()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


def start(algorithms: frozenset[str]) -> dict[str, Hasher]:
    """Start a hasher for each; those with threads come first, to run beside the others."""
    return {name: _hasher(name) for name in sorted(algorithms, key=lambda one: one in _FAST)}


def _hasher(algorithm: str) -> Hasher:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm}: none of {', '.join(ALGORITHMS)}")
    # Digests tell bytes apart and guard nothing, so that machines in FIPS mode allow md5 too.
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    return hasher if algorithm in _FAST else ThreadedHasher(hasher)
