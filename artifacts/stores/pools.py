"""Pools: which store an artifact's bytes go to, and which store a placement names."""

from collections.abc import Iterator, Mapping

from artifacts import errors
from artifacts.stores.base import BlobStore

DEFAULT = "default"


class Pools:
    """The stores by name, and the one that new bytes go to."""

    def __init__(self, stores: Mapping[str, BlobStore], default: str) -> None:
        if default not in stores:
            raise errors.Misconfigured(f"default_store: there is no store {default}")
        self._stores = dict(stores)
        self._default = default

    def choose(self, type_name: str, project: str) -> str:
        """Return the pool of a new artifact, which keeps it."""
        return DEFAULT

    def store_of(self, pool: str) -> str:
        """Return the name of the store that a pool's bytes go to."""
        return self._default

    def store(self, name: str) -> BlobStore:
        if name not in self._stores:
            raise errors.StoreUnavailable("the store that keeps these bytes is not configured")
        return self._stores[name]

    def __iter__(self) -> Iterator[tuple[str, BlobStore]]:
        return iter(self._stores.items())
