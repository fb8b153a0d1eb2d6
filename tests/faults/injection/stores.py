"""The stores' calls: each verb, whichever there are, and each block that comes in or goes out."""

from collections.abc import Callable, Iterator
from inspect import isfunction
from typing import Any

from artifacts import errors
from artifacts.stores.base import BlobStore
from injection.calls import Calls


def _lost() -> Exception:
    return errors.StoreUnavailable("the store does not answer")


def watched(store: BlobStore, calls: Calls) -> BlobStore:
    """Return the store with all of its calls counted."""
    return _WATCHED(store, calls)


class _Watched:
    def __init__(self, store: BlobStore, calls: Calls) -> None:
        self._store = store
        self._calls = calls

    def save(self, key: str, stream: Any) -> None:
        taken = _Blocks(stream, "store takes a block", self._calls)
        self._calls.made("store save", lambda: self._store.save(key, taken), _lost)

    def open(self, *told: Any, **named: Any) -> Any:
        opened = self._calls.made("store open", lambda: self._store.open(*told, **named), _lost)
        return _Blocks(opened, "store gives a block", self._calls)


def _verb(name: str) -> Callable[..., Any]:
    def call(self: _Watched, *told: Any, **named: Any) -> Any:
        def made() -> Any:
            answer = getattr(self._store, name)(*told, **named)
            # A folder's own order is none: each time that it is written it may be another.
            return iter(sorted(answer)) if isinstance(answer, Iterator) else answer

        return self._calls.made(f"store {name}", made, _lost)

    return call


_VERBS = {
    name: _verb(name)
    for name, verb in vars(BlobStore).items()
    if isfunction(verb) and not name.startswith("_") and not hasattr(_Watched, name)
}
_WATCHED: Any = type("Watched", (_Watched, BlobStore), _VERBS)


class _Blocks:
    """A stream, or a file that was opened, each block of which is a call."""

    def __init__(self, file: Any, name: str, calls: Calls) -> None:
        self._file = file
        self._name = name
        self._calls = calls

    def read(self, size: int = -1, /) -> Any:
        return self._calls.made(self._name, lambda: self._file.read(size), _lost)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_Blocks":
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()
