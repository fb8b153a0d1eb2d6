"""The parts of a service, built and handed to each other by their constructors."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from artifacts import config, plugins
from artifacts.db import schema
from artifacts.db.buckets import Rate
from artifacts.db.clock import utc_now
from artifacts.db.database import Database, check_exists
from artifacts.db.patience import Patience
from artifacts.db.usage import UNLIMITED
from artifacts.db.watched import WatchedDatabase
from artifacts.errors import Misconfigured
from artifacts.model import MiB, Types, digests
from artifacts.policy import Policy, check_files
from artifacts.remote.fetch import Fetcher
from artifacts.remote.watched import WatchedFetcher
from artifacts.service.access import Access
from artifacts.service.artifacts import Artifacts
from artifacts.service.blobs import Blobs
from artifacts.service.buckets import Buckets
from artifacts.service.changes import Changes
from artifacts.service.contents import Contents
from artifacts.service.downloads import Downloads
from artifacts.service.fetches import Fetches
from artifacts.service.hooks import Hooks
from artifacts.service.leases import Leases
from artifacts.service.members import Members
from artifacts.service.offers import Offers
from artifacts.service.quotas import ARTIFACTS, BYTES, QUOTAS, Quotas, of_type
from artifacts.service.scrub import Scrub
from artifacts.service.tags import Tags
from artifacts.service.uploads import Uploads
from artifacts.service.watched import WatchedUploads
from artifacts.stores.base import BlobStore
from artifacts.stores.guard import Guard
from artifacts.stores.pools import Pools
from artifacts.stores.watched import watched
from artifacts.unified_limits import UnifiedLimits
from artifacts.watching.watch import Watch

SLOWEST = 0.001  # requests a second: less than four an hour are no rate

logger = logging.getLogger(__name__)

# Keystone takes no limit above 2 GiB of bytes, so it is told in MiB.
RESOURCES = {ARTIFACTS: (ARTIFACTS, 1), "max_uploaded_mib": (BYTES, MiB)}


@dataclass(frozen=True)
class Parts:
    """What the service is made of, for all who drive it: HTTP, and the operator's commands."""

    conf: config.Options
    types: Types
    database: Database
    pools: Pools
    scrub: Scrub
    artifacts: Artifacts
    blobs: Blobs
    downloads: Downloads
    quotas: Quotas
    members: Members
    tags: Tags
    offers: Offers
    buckets: Buckets | None  # where requests are limited
    watch: Watch | None  # where somebody looks


def build(conf: config.Options, *, create: bool = True, watch: Watch | None = None) -> Parts:
    """Return the parts of a service; *create* the folder and the schema if there are none.

    What does not create them is an operator's command, whose statements may take their time.
    *watch* sees what each of them does.

    Raise Misconfigured for what cannot be started with: an option, a plugin, an older schema.
    """
    found = _types(conf)
    for name in config.unserved_types(conf, found):
        logger.warning("[artifact_type:%s] sets nothing: no type of this name is served", name)
    if not create:
        check_exists(config.database_url(conf))
    else:
        make_folder(conf)
    database = _database(conf, found, watch, statement=conf.database.timeout if create else None)
    (schema.prepare if create else schema.check)(database.engine)
    for name in database.write(lambda tx: tx.types.register()):
        logger.warning("type %s has changed: run `artifacts-manage reindex %s`", name, name)
    pools = _pools(conf, found, watch)
    return _assemble(conf, found, database, pools, watch)


def check_policy(conf: config.Options) -> None:
    """Raise Misconfigured unless it is sure who may do what: rules, and what is protected."""
    check_files(config.policy_files(conf), config.protection_files(conf), _types(conf))


def make_folder(conf: config.Options) -> None:
    """Make the folder of `data` if it is missing, for the service's user alone."""
    if conf.data:
        Path(conf.data).mkdir(mode=0o700, parents=True, exist_ok=True)


def _database(
    conf: config.Options, found: Types, watch: Watch | None, *, statement: int | None
) -> Database:
    options = conf.database
    patience = Patience(connect=options.connect_timeout, statement=statement)
    url = config.database_url(conf)
    make = Database if watch is None else partial(WatchedDatabase, watch=watch)
    return make(url, found, pool_size=options.pool_size, patience=patience)


def _assemble(
    conf: config.Options, found: Types, database: Database, pools: Pools, watch: Watch | None
) -> Parts:
    limits = config.limits_of(conf)
    policy = Policy(lambda: config.policy_files(conf), lambda: config.protection_files(conf), found)
    access = Access(found, policy, pools.served)
    scrub = Scrub(database, pools)
    quotas = Quotas(database, policy, _default_quotas(conf, found), _unified_limits(conf))
    leases = Leases(database, conf.blobs.upload_lease)
    make_uploads = Uploads if watch is None else partial(WatchedUploads, watch=watch)
    uploads = make_uploads(
        *(database, access, pools, quotas, leases, scrub),
        grace=conf.blobs.token_grace,
        now=utc_now,
        new_key=_new_key,
    )
    algorithms = {*digests.ALWAYS, *conf.blobs.digests}
    contents = Contents(pools, uploads, quotas, scrub, algorithms=algorithms, now=utc_now)
    hooks = Hooks(database, pools, contents)
    changes = Changes(database, access, hooks, most=limits.operations, now=utc_now)
    artifacts = Artifacts(
        *(database, access, changes, pools, quotas, scrub, hooks),
        delayed_delete=_delayed_delete(conf, found),
        now=utc_now,
        new_id=_new_id,
    )
    fetches = Fetches(conf.remote.max_fetches)
    blobs = Blobs(
        *(database, access, uploads, contents, _fetcher(conf, watch), fetches, scrub, hooks),
        now=utc_now,
    )
    downloads = Downloads(database, access, pools, hooks, link_seconds=conf.blobs.link_seconds)
    tags = Tags(artifacts, changes)
    members = Members(database, access, most=conf.max_members, now=utc_now)
    buckets = _buckets(conf, database, policy)
    return Parts(
        *(conf, found, database, pools, scrub, artifacts, blobs, downloads),
        *(quotas, members, tags, Offers(access, pools), buckets, watch),
    )


def _buckets(conf: config.Options, database: Database, policy: Policy) -> Buckets | None:
    limit = conf.rate_limit
    if limit.requests == 0:
        return None
    if not limit.requests >= SLOWEST:
        raise Misconfigured(f"[rate_limit] requests: must be 0, or at least {SLOWEST}")
    return Buckets(database, policy, Rate(limit.requests, limit.burst))


def _new_id() -> str:
    return str(uuid.uuid4())


def _new_key() -> str:
    return uuid.uuid4().hex


def _types(conf: config.Options) -> Types:
    """Return the enabled types, each with what the configuration sets of its settings."""
    found = plugins.find_types(conf.custom_artifact_types_modules, conf.enabled_artifact_types)
    limits = config.limits_of(conf)
    return {
        name: each.configured(config.type_settings(conf, each), limits)
        for name, each in found.items()
    }


def _pools(conf: config.Options, found: Types, watch: Watch | None) -> Pools:
    """Return the pools, which may speak of types that another process serves."""
    stores = _stores(conf, watch)
    if not conf.enabled_pools and conf.default_store not in stores:
        raise Misconfigured(f"default_store: there is no store {conf.default_store}")
    known = plugins.find_types(conf.custom_artifact_types_modules)
    pools = config.pools_of(conf, known, found)
    served = config.enabled_pools(conf, pools, known)
    return Pools(stores, pools, conf.default_pool, served)


def _stores(conf: config.Options, watch: Watch | None) -> dict[str, BlobStore]:
    stores: dict[str, BlobStore] = {}
    for name in conf.enabled_stores:
        store_class = plugins.find_store(config.store_kind(conf, name))
        store = store_class(**config.store_settings(conf, name, store_class))
        stores[name] = store if watch is None else watched(store, name, watch)
    guards = config.guard_settings(conf, [name for name, each in stores.items() if each.distant])
    return stores | {
        name: Guard(stores[name], **settings, **_told(name, watch))
        for name, settings in guards.items()
    }


def _told(name: str, watch: Watch | None) -> dict[str, Any]:
    """Let it be seen whether a store is asked for now."""
    if watch is None:
        return {}
    watch.circuit(name, is_open=False)
    return {"tell": partial(watch.circuit, name)}


def _default_quotas(conf: config.Options, found: Types) -> dict[str, int]:
    """Return the quotas of a project for which nothing else was set, by name."""
    by_name = {name: conf[name] for name in QUOTAS}
    for type_name in found:
        options = config.type_options(conf, type_name)
        of_types = {of_type(name, type_name): options[name] for name in QUOTAS}
        by_name |= {name: value for name, value in of_types.items() if value != UNLIMITED}
    return by_name


def _unified_limits(conf: config.Options) -> UnifiedLimits | None:
    if not conf.use_keystone_limits:
        return None
    # Half of the threads may wait for Keystone already, to know whose a token is.
    return UnifiedLimits(conf, RESOURCES, at_once=max(1, conf.api.threads // 4))


def _delayed_delete(conf: config.Options, found: Types) -> Callable[[str], bool]:
    by_type = {name: config.type_options(conf, name).delayed_delete for name in found}
    fallback = conf.delayed_delete
    return lambda name: fallback if by_type[name] is None else bool(by_type[name])


def _fetcher(conf: config.Options, watch: Watch | None) -> Fetcher:
    remote = conf.remote
    make = Fetcher if watch is None else partial(WatchedFetcher, watch=watch)
    return make(
        allowed_networks=remote.allowed_networks,
        allowed_ports=remote.allowed_ports,
        connect_timeout=remote.connect_timeout,
        idle_timeout=remote.idle_timeout,
        total_timeout=remote.total_timeout,
        min_rate=remote.min_rate,
        max_redirects=remote.max_redirects,
        max_size=remote.max_size,
        ca_file=remote.ca_file,
        proxy=remote.proxy,
    )
