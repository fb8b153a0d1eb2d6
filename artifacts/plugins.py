"""Types and stores, found by entry point, or by the names of modules."""

import importlib
import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from artifacts import errors
from artifacts.model import Artifact, Types
from artifacts.stores.base import BlobStore


def find_types(modules: Iterable[str] = (), enabled: Iterable[str] = ()) -> Types:
    """Return the enabled types by name; raise Misconfigured if one is wrong or missing.

    Types of *modules* come beside those of entry points, and no name may be taken twice.
    """
    found: dict[str, type[Artifact]] = {}
    for artifact_type in [*_from_entry_points(), *_from_modules(modules)]:
        name = artifact_type.type_name
        if found.setdefault(name, artifact_type) is not artifact_type:
            raise errors.Misconfigured(f"type {name}: two plugins declare it")
    return {name: _known(found, name) for name in enabled} or found


def find_stores() -> Mapping[str, type[BlobStore]]:
    """Return every store class that a package registers, by kind."""
    return {each.name: _load(each, BlobStore) for each in entry_points(group="artifacts.stores")}


def find_store(kind: str) -> type[BlobStore]:
    """Return the store class that is registered as *kind*."""
    registered = find_stores()
    if kind not in registered:
        known = ", ".join(sorted(registered))
        raise errors.Misconfigured(f"store {kind}: no plugin declares it; known are {known}")
    return registered[kind]


def _from_entry_points() -> Iterable[type[Artifact]]:
    for each in sorted(entry_points(group="artifacts.types"), key=lambda found: found.name):
        artifact_type = _load(each, Artifact)
        if artifact_type.type_name != each.name:
            raise errors.Misconfigured(
                f"type {each.name}: its class is named {artifact_type.type_name}"
            )
        yield artifact_type


def _from_modules(modules: Iterable[str]) -> Iterable[type[Artifact]]:
    for name in modules:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            raise errors.Misconfigured(
                f"custom_artifact_types_modules: {name} cannot be imported: {error}"
            ) from error
        for each in vars(module).values():
            if inspect.isclass(each) and issubclass(each, Artifact) and each.__module__ == name:
                yield each


def _load(plugin: EntryPoint, kind: type[Any]) -> Any:
    try:
        loaded = plugin.load()
    except errors.Misconfigured:
        raise
    except Exception as error:  # a plugin's module may do anything
        raise errors.Misconfigured(
            f"plugin {plugin.name}: {plugin.value} cannot be imported: {error!r}"
        ) from error
    if not (inspect.isclass(loaded) and issubclass(loaded, kind)):
        raise errors.Misconfigured(f"plugin {plugin.name}: {plugin.value} is no {kind.__name__}")
    return loaded


def _known(found: Types, name: str) -> type[Artifact]:
    if name not in found:
        raise errors.Misconfigured(
            f"enabled_artifact_types: no plugin declares {name}; known are "
            + ", ".join(sorted(found))
        )
    return found[name]
