"""Pools: which store an artifact's bytes go to, and which store a placement names."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from artifacts import errors
from artifacts.stores.base import BlobStore

DEFAULT = "default"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Pools:
    """The stores by name, and the one that new bytes go to: of some types, or of all others."""

    def __init__(
        self, stores: Mapping[str, BlobStore], default: str, by_type: Mapping[str, str] = NOTHING
    ) -> None:
        chosen = {"default_store": default} | {
            f"[artifact_type:{name}] default_store": store for name, store in by_type.items()
        }
        for option, store in chosen.items():
            if store not in stores:
                raise errors.Misconfigured(f"{option}: there is no store {store}")
        self._stores = dict(stores)
        self._default = default
        self._by_pool = {_pool_of(name): store for name, store in by_type.items()}

    def choose(self, type_name: str, project: str) -> str:
        """Return the pool of a new artifact, which keeps it."""
        own = _pool_of(type_name)
        return own if own in self._by_pool else DEFAULT

    def store_of(self, pool: str) -> str:
        """Return the name of the store that a pool's bytes go to."""
        return self._by_pool.get(pool, self._default)

    def store(self, name: str) -> BlobStore:
        if name not in self._stores:
            raise errors.StoreUnavailable("the store that keeps these bytes is not configured")
        return self._stores[name]

    def __iter__(self) -> Iterator[tuple[str, BlobStore]]:
        return iter(self._stores.items())


def _pool_of(type_name: str) -> str:
    return f"type:{type_name}"
