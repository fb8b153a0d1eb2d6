"""Pools: which artifacts put their bytes into which store, and which store a placement names.

Of the pools whose selector fits a new artifact the most specific takes it: one that names its
type and its project, then its project, then its type, and the default pool takes the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import BinaryIO

from artifacts import errors
from artifacts.stores.base import BlobStore

DEFAULT = "default"
UNLIMITED = -1

PROXY, REDIRECT, ACCEL = "proxy", "redirect", "accel"
DOWNLOADS = {
    PROXY: "the service sends them",
    REDIRECT: "the store does, by a signed link, to callers whom policy trusts",
    ACCEL: "nginx in front of the service does, from the store's folder",
}

PROJECT, EVERYBODY = "project", "everybody"
SHARING = {
    PROJECT: "the blobs of one project",
    EVERYBODY: "those of all projects, whose bytes the service must then send",
}

Selector = tuple[str | None, str | None]  # a type and a project; None is any


@dataclass(frozen=True)
class Pool:
    """A rule: which new artifacts it takes, where their bytes go, and how those are read.

    One that names no types takes all of them, and so with projects; one that names neither takes
    nothing by itself, unless it is the default pool.
    """

    name: str
    store: str
    types: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    max_blob_size: int = UNLIMITED
    download: str = PROXY
    share_contents: str = PROJECT

    @property
    def selectors(self) -> set[Selector]:
        """Return every pair of a type and a project that it claims."""
        if not (self.types or self.projects):
            return set()
        return set(product(self.types or {None}, self.projects or {None}))

    def limited(self, size: int) -> int:
        """Return how many bytes a blob may have that is allowed *size* elsewhere."""
        return size if self.max_blob_size == UNLIMITED else min(size, self.max_blob_size)


class Pools:
    """The stores by name, and the pools by name; a pool of a type alone may have no section."""

    def __init__(
        self,
        stores: Mapping[str, BlobStore],
        pools: Iterable[Pool],
        default: str = DEFAULT,
        served: frozenset[str] | None = None,
    ) -> None:
        """Take also the pools that this process serves, whose stores must be there; None is all."""
        self.served = served
        self._stores = dict(stores)
        self._by_name = {pool.name: pool for pool in pools}
        self._default = default
        self._takers = _takers(self._by_name.values())
        for pool in self._by_name.values():
            if pool.store not in stores and self.serves(pool.name):
                raise errors.Misconfigured(
                    f"{option_of(pool.name)}: there is no store {pool.store}"
                )
        if default not in self._by_name:
            raise errors.Misconfigured(f"default_pool: there is no pool {default}")

    def choose(self, type_name: str, project: str) -> str:
        """Return the pool of a new artifact, which keeps it."""
        fitting = ((type_name, project), (None, project), (type_name, None))
        return next((self._takers[each] for each in fitting if each in self._takers), self._default)

    def serves(self, pool: str) -> bool:
        return self.served is None or pool in self.served

    def pool(self, name: str) -> Pool:
        """Return the pool that an artifact is in; raise StoreUnavailable if it is gone."""
        found = self.known(name)
        if found is None:
            raise errors.StoreUnavailable("the pool that this artifact is in is not configured")
        return found

    def known(self, name: str) -> Pool | None:
        """Return the pool that an artifact is in, None if it is gone."""
        if name.startswith(OF_TYPE) and name not in self._by_name:
            name = DEFAULT  # what was a type's own store once is the default again
        return self._by_name.get(name)

    @property
    def every(self) -> list[Pool]:
        """Return all pools, in the order of their names."""
        return sorted(self._by_name.values(), key=lambda pool: pool.name)

    @property
    def default(self) -> str:
        """Return the name of the pool that takes what no other claims."""
        return self._default

    def store_of(self, pool: str) -> str:
        """Return the name of the store that a pool's bytes go to."""
        return self.pool(pool).store

    def store(self, name: str) -> BlobStore:
        if name not in self._stores:
            raise errors.StoreUnavailable("the store that keeps these bytes is not configured")
        return self._stores[name]

    def open(
        self, pool: str, copies: Sequence[tuple[str, str]], start: int = 0, end: int | None = None
    ) -> BinaryIO:
        """Open bytes whose *copies* are stores and keys: that of the pool's store, or another."""
        own = self.known(pool)
        lost: errors.ArtifactsError = errors.BlobNotFound("the blob's bytes are gone")
        for store, key in sorted(copies, key=lambda copy: own is None or copy[0] != own.store):
            try:
                return self.store(store).open(key, start, end)
            except errors.BlobNotFound:
                continue
            except errors.StoreUnavailable as error:
                lost = error  # they may yet be there
        raise lost

    def __iter__(self) -> Iterator[tuple[str, BlobStore]]:
        return iter(self._stores.items())


OF_TYPE = "type:"  # no section of a pool can have such a name


def name_of_type(type_name: str) -> str:
    return f"{OF_TYPE}{type_name}"


def pool_of_type(type_name: str, store: str) -> Pool:
    """Return the pool that a type has by its `default_store`."""
    return Pool(name_of_type(type_name), store, types=frozenset({type_name}))


def option_of(name: str) -> str:
    """Say where a pool's store is configured."""
    if name.startswith(OF_TYPE):
        return f"[artifact_type:{name.removeprefix(OF_TYPE)}] default_store"
    return f"[pool:{name}] store"


def _takers(pools: Iterable[Pool]) -> dict[Selector, str]:
    """Return who takes what, by what is claimed; raise Misconfigured if two claim the same."""
    takers: dict[Selector, str] = {}
    for pool in pools:
        for selector in sorted(pool.selectors, key=str):
            other = takers.setdefault(selector, pool.name)
            if other != pool.name:
                raise errors.Misconfigured(
                    f"{option_of(pool.name)} and {option_of(other)}: both pools take "
                    f"{_described(selector)}; one alone can"
                )
    return takers


def _described(selector: Selector) -> str:
    type_name, project = selector
    of_type = f"artifacts of type {type_name}" if type_name else "artifacts"
    return f"{of_type} of project {project}" if project else of_type
