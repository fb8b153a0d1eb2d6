"""[store:NAME]: what is set of one store."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oslo_config import cfg

from artifacts.config import sections
from artifacts.stores import guard
from artifacts.stores.base import BlobStore

KIND = cfg.StrOpt("kind", help="Plugin that this store is. Unset: the store's own name.")


def store_kind(conf: cfg.ConfigOpts, name: str) -> str:
    """Return the plugin that [store:NAME] says it is; a store named as a plugin is that one."""
    return str(sections.read(conf, f"store:{name}", [KIND]).kind or name)


def store_settings(conf: cfg.ConfigOpts, name: str, store_class: type[BlobStore]) -> dict[str, Any]:
    """Return what [store:NAME] sets of the plugin's settings; raise Misconfigured if one lacks."""
    in_data = {"path": str(Path(conf.data) / "blobs" / name)} if conf.data else {}
    values = sections.settings_of(conf, f"store:{name}", store_class.settings, in_data)
    return {name: value for name, value in values.items() if value is not None}


def guard_settings(conf: cfg.ConfigOpts, distant: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what [store:NAME] sets of how each distant store is guarded."""
    found = {name: sections.settings_of(conf, f"store:{name}", guard.SETTINGS) for name in distant}
    chosen = {name: settings["max_requests"] for name, settings in found.items()}
    places = guard.shares(conf.api.threads, chosen)
    return {name: {**found[name], "max_requests": places[name]} for name in found}


def store_options(store_class: type[BlobStore]) -> list[cfg.Opt]:
    common = guard.SETTINGS if store_class.distant else ()
    return sections.options_of((*store_class.settings, *common))
