"""The hall: builds every part, and hands it to those who need it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import falcon
from oslo_config.cfg import ConfigOpts

from artifacts import config, errors, plugins
from artifacts.api import errors as api_errors
from artifacts.api import routes, schemas
from artifacts.api.artifacts import Collection, Item
from artifacts.api.blobs import Slot
from artifacts.api.caller import Headers, Identify, NoAuthentication
from artifacts.api.middleware import Authentication, Negotiation, Paths, RequestId
from artifacts.db import schema, types
from artifacts.db.database import Database
from artifacts.policy import Policy
from artifacts.remote.fetch import Fetcher
from artifacts.service.access import Access
from artifacts.service.artifacts import Artifacts, utc_now
from artifacts.service.blobs import Blobs
from artifacts.service.leases import Leases
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.service.uploads import Uploads
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)

JSON = "application/json; charset=UTF-8"
DIGESTS = ("md5", "sha1", "sha256")  # of every blob


@dataclass(frozen=True)
class Parts:
    """What the service is made of, for all who drive it: HTTP, and the operator's commands."""

    conf: ConfigOpts
    types: plugins.Types
    database: Database
    pools: Pools
    scrub: Scrub
    artifacts: Artifacts
    blobs: Blobs


def build(conf: ConfigOpts) -> Parts:
    """Return the parts of a service over a database whose schema is up to date."""
    found = plugins.find_types(conf.custom_artifact_types_modules, conf.enabled_artifact_types)
    if conf.data:
        Path(conf.data).mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url(conf), found, pool_size=conf.database.pool_size)
    schema.prepare(database.engine)
    for name in types.register(database.engine, found):
        logger.warning("type %s has changed: run `artifacts-manage reindex %s`", name, name)
    pools = Pools(_stores(conf), conf.default_store)
    return _assemble(conf, found, database, pools)


def _assemble(conf: ConfigOpts, found: plugins.Types, database: Database, pools: Pools) -> Parts:
    access = Access(found, Policy())
    scrub = Scrub(database, pools)
    quotas = _quotas(conf, found)
    uploads = Uploads(
        database,
        access,
        pools,
        quotas,
        Leases(database, conf.blobs.upload_lease),
        scrub,
        algorithms={*DIGESTS, *conf.blobs.digests},
        now=utc_now,
    )
    artifacts = Artifacts(
        database, access, pools, quotas, scrub, delayed_delete=_delayed_delete(conf, found)
    )
    blobs = Blobs(database, access, pools, uploads, _fetcher(conf), scrub, now=utc_now)
    return Parts(conf, found, database, pools, scrub, artifacts, blobs)


def create_app(parts: Parts) -> falcon.App[Any, Any]:
    """Return the WSGI application that serves *parts*."""
    conf = parts.conf
    middleware: list[Any] = [RequestId(), Paths(), Negotiation(), Authentication(_identify(conf))]
    app = falcon.App(middleware=middleware)
    app.resp_options.default_media_type = JSON
    app.resp_options.media_handlers[schemas.MEDIA_TYPE] = app.resp_options.media_handlers[
        falcon.MEDIA_JSON
    ]
    api_errors.install(app)
    routes.install(
        app,
        collection=Collection(
            parts.artifacts, default_limit=conf.default_api_limit, most=conf.max_api_limit
        ),
        item=Item(parts.artifacts),
        slot=Slot(parts.blobs, patience=conf.blobs.upload_lease),
        schemas=schemas.Schemas(parts.artifacts),
    )
    return app


def _identify(conf: ConfigOpts) -> Identify:
    match conf.api.auth:
        case "none":
            return NoAuthentication(hosts=conf.api.allowed_hosts)
        case "headers":
            logger.warning("auth = headers believes whoever calls: use it for tests alone")
            return Headers(anonymous=conf.allow_anonymous_access, hosts=conf.api.allowed_hosts)
        case _:
            return Headers(anonymous=conf.allow_anonymous_access)


def _stores(conf: ConfigOpts) -> dict[str, Any]:
    stores = {}
    for name in conf.enabled_stores:
        store_class = plugins.find_store(config.store_kind(conf, name))
        settings = config.store_settings(conf, name, store_class)
        try:
            stores[name] = store_class(**settings)
        except TypeError as error:
            raise errors.Misconfigured(f"[store:{name}]: {error}") from error
    return stores


def _quotas(conf: ConfigOpts, found: plugins.Types) -> Quotas:
    by_type = {
        name: (options.max_artifact_number, options.max_uploaded_data)
        for name in found
        for options in [config.type_options(conf, name)]
    }
    return Quotas(conf.max_artifact_number, conf.max_uploaded_data, by_type)


def _delayed_delete(conf: ConfigOpts, found: plugins.Types) -> Callable[[str], bool]:
    by_type = {name: config.type_options(conf, name).delayed_delete for name in found}
    fallback = conf.delayed_delete
    return lambda name: fallback if by_type[name] is None else bool(by_type[name])


def _fetcher(conf: ConfigOpts) -> Fetcher:
    remote = conf.remote
    return Fetcher(
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
