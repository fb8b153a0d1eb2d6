"""[pool:NAME]: which artifacts put their bytes where. Every section of this name is a pool."""

import re
from collections.abc import Collection

from oslo_config import cfg

from artifacts.config import sections
from artifacts.config.types import type_options
from artifacts.errors import Misconfigured
from artifacts.stores.pools import (
    ACCEL,
    DEFAULT,
    DOWNLOADS,
    EVERYBODY,
    PROJECT,
    PROXY,
    SHARING,
    UNLIMITED,
    Pool,
    name_of_type,
    pool_of_type,
)

PREFIX = "pool:"

OPTIONS = [
    cfg.StrOpt(
        "store",
        help="Store that the bytes of the pool's artifacts go to. Unset: `default_store`.",
    ),
    cfg.ListOpt(
        "types",
        default=[],
        help="Types whose new artifacts the pool takes. Empty: of `projects`, all.",
    ),
    cfg.ListOpt(
        "projects",
        default=[],
        help="Ids of the projects whose new artifacts the pool takes. Empty: of `types`, those "
        "of all projects. With both empty it takes none, unless it is the `default_pool`.",
    ),
    cfg.IntOpt(
        "max_blob_size",
        default=UNLIMITED,
        min=UNLIMITED,
        help="Bytes of the largest blob that the pool keeps, where its type allows more; -1: any "
        "number.",
    ),
    cfg.StrOpt(
        "download",
        default=PROXY,
        choices=list(DOWNLOADS.items()),
        help="Who sends a blob's bytes to those who read it.",
    ),
    cfg.StrOpt(
        "share_contents",
        default=PROJECT,
        choices=list(SHARING.items()),
        help="Which blobs with the same bytes are stored once, from their upload on. Each counts "
        "for the quota of its project, and nobody learns of another's.",
    ),
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def pools_of(conf: cfg.ConfigOpts, known: Collection[str], served: Collection[str]) -> list[Pool]:
    """Return the pools that sections make, and those of types with a store of their own.

    Of *known* types a pool may speak. There always is the pool `default`. Raise Misconfigured for
    what cannot be.
    """
    named = [each for each in conf.list_all_sections() if each.startswith(PREFIX)]
    names = {each.removeprefix(PREFIX) for each in named} | {DEFAULT}
    pools = [_pool(conf, name, known) for name in sorted(names)]
    of_types = [(name, type_options(conf, name).default_store) for name in served]
    return pools + [pool_of_type(name, store) for name, store in of_types if store]


def enabled_pools(
    conf: cfg.ConfigOpts, pools: Collection[Pool], known: Collection[str]
) -> frozenset[str] | None:
    """Return the names of the pools that this process serves; None if it serves every one."""
    names = {pool.name for pool in pools}
    if wrong := [each for each in conf.enabled_pools if each not in names]:
        raise Misconfigured(f"enabled_pools: there is no pool {wrong[0]}")
    served = set(conf.enabled_pools)
    if DEFAULT in served:  # and with it what was in pools of types that have none any more
        served |= {name_of_type(each) for each in known} - names
    return frozenset(served) or None


def _pool(conf: cfg.ConfigOpts, name: str, known: Collection[str]) -> Pool:
    section = f"{PREFIX}{name}"
    if not _NAME.fullmatch(name):
        raise Misconfigured(
            f"[{section}]: a pool's name has letters, digits, dots, hyphens and underscores, "
            "and 64 of them at most"
        )
    options = sections.read(conf, section, OPTIONS)
    for each in options.types:
        if each not in known:
            raise Misconfigured(f"[{section}] types: there is no type {each}")
    if options.download == ACCEL and not (conf.api.accel_location and conf.api.trusted_proxies):
        raise Misconfigured(
            f"[{section}] download: accel needs [api] accel_location, and in [api] "
            "trusted_proxies the nginx that sends files"
        )
    if options.share_contents == EVERYBODY and options.download != PROXY:
        raise Misconfigured(
            f"[{section}] share_contents: everybody needs download = {PROXY}, since a link or a "
            "file would tell whose bytes were there first"
        )
    return Pool(
        name,
        options.store or conf.default_store,
        frozenset(options.types),
        frozenset(options.projects),
        options.max_blob_size,
        options.download,
        options.share_contents,
    )
