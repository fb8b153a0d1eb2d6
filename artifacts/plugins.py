"""Types and stores, found by entry point, or by the names of modules."""

import importlib
import inspect
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

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
    """Return every store class that a package registers, by kind.

    One that needs a library which is not installed is not among them.
    """
    found = {}
    for name, plugin in _registered_stores().items():
        with suppress(_LibraryMissing):
            found[name] = _load(plugin, BlobStore)
    return found


def find_store(kind: str) -> type[BlobStore]:
    """Return the store class that is registered as *kind*."""
    registered = _registered_stores()
    if kind not in registered:
        known = ", ".join(sorted(registered))
        raise errors.Misconfigured(f"store {kind}: no plugin declares it; known are {known}")
    return cast(type[BlobStore], _load(registered[kind], BlobStore))


def _registered_stores() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group="artifacts.stores")}


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


class _LibraryMissing(errors.Misconfigured):
    """A plugin needs an extra of its package that is not installed."""


def _load(plugin: EntryPoint, kind: type[Any]) -> Any:
    try:
        loaded = plugin.load()
    except errors.Misconfigured:
        raise
    except ModuleNotFoundError as error:
        if not plugin.extras:
            raise errors.Misconfigured(_failure(plugin, error)) from error
        package = plugin.dist.name if plugin.dist else plugin.module.partition(".")[0]
        raise _LibraryMissing(
            f"plugin {plugin.name}: needs {error.name}; install {package}[{plugin.extras[0]}]"
        ) from error
    except Exception as error:  # a plugin's module may do anything
        raise errors.Misconfigured(_failure(plugin, error)) from error
    if not (inspect.isclass(loaded) and issubclass(loaded, kind)):
        raise errors.Misconfigured(f"plugin {plugin.name}: {plugin.value} is no {kind.__name__}")
    return loaded


def _failure(plugin: EntryPoint, error: Exception) -> str:
    return f"plugin {plugin.name}: {plugin.value} cannot be imported: {error!r}"


def _known(found: Types, name: str) -> type[Artifact]:
    if name not in found:
        raise errors.Misconfigured(
            f"enabled_artifact_types: no plugin declares {name}; known are "
            + ", ".join(sorted(found))
        )
    return found[name]
