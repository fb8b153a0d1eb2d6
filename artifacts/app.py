"""The hall: builds every part, and hands it to those who need it."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import falcon

from artifacts import config, plugins
from artifacts.api import errors as api_errors
from artifacts.api import routes, schemas
from artifacts.api.artifacts import Collection, Item
from artifacts.api.blobs import Slot
from artifacts.api.caller import Headers, Identify, NoAuthentication
from artifacts.api.middleware import Authentication, Negotiation, Paths, RequestId
from artifacts.db import schema
from artifacts.db.clock import utc_now
from artifacts.db.database import Database, check_exists
from artifacts.model import Types, digests
from artifacts.policy import Policy
from artifacts.remote.fetch import Fetcher
from artifacts.service.access import Access
from artifacts.service.artifacts import Artifacts
from artifacts.service.blobs import Blobs
from artifacts.service.changes import Changes
from artifacts.service.contents import Contents
from artifacts.service.fetches import Fetches
from artifacts.service.leases import Leases
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.service.uploads import Uploads
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)

JSON = "application/json; charset=UTF-8"


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


def build(conf: config.Options, *, create: bool = True) -> Parts:
    """Return the parts of a service; *create* the folder and the schema if there are none.

    Raise Misconfigured for what cannot be started with: an option, a plugin, an older schema.
    """
    found = plugins.find_types(conf.custom_artifact_types_modules, conf.enabled_artifact_types)
    if not create:
        check_exists(config.database_url(conf))
    elif conf.data:
        Path(conf.data).mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(config.database_url(conf), found, pool_size=conf.database.pool_size)
    (schema.prepare if create else schema.check)(database.engine)
    for name in database.write(lambda tx: tx.types.register()):
        logger.warning("type %s has changed: run `artifacts-manage reindex %s`", name, name)
    pools = Pools(_stores(conf), conf.default_store)
    return _assemble(conf, found, database, pools)


def _assemble(conf: config.Options, found: Types, database: Database, pools: Pools) -> Parts:
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
        new_key=_new_key,
    )
    algorithms = {*digests.ALWAYS, *conf.blobs.digests}
    contents = Contents(database, pools, scrub, algorithms=algorithms, now=utc_now)
    artifacts = Artifacts(
        database,
        access,
        Changes(database, access, now=utc_now),
        pools,
        quotas,
        scrub,
        delayed_delete=_delayed_delete(conf, found),
        now=utc_now,
        new_id=_new_id,
    )
    blobs = Blobs(
        database,
        access,
        pools,
        uploads,
        contents,
        _fetcher(conf),
        Fetches(conf.remote.max_fetches),
        scrub,
        now=utc_now,
    )
    return Parts(conf, found, database, pools, scrub, artifacts, blobs)


def _new_id() -> str:
    return str(uuid.uuid4())


def _new_key() -> str:
    return uuid.uuid4().hex


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


def _identify(conf: config.Options) -> Identify:
    match conf.api.auth:
        case "none":
            logger.warning("auth = none asks nobody who they are: whoever gets here is the admin")
            return NoAuthentication(hosts=conf.api.allowed_hosts)
        case "headers":
            logger.warning("auth = headers believes whoever calls: use it for tests alone")
            return Headers(anonymous=conf.allow_anonymous_access, hosts=conf.api.allowed_hosts)
        case _:
            return Headers(anonymous=conf.allow_anonymous_access)


def _stores(conf: config.Options) -> dict[str, Any]:
    stores = {}
    for name in conf.enabled_stores:
        store_class = plugins.find_store(config.store_kind(conf, name))
        settings = config.store_settings(conf, name, store_class)
        stores[name] = store_class(**settings)
    return stores


def _quotas(conf: config.Options, found: Types) -> Quotas:
    by_type = {
        name: (options.max_artifact_number, options.max_uploaded_data)
        for name in found
        for options in [config.type_options(conf, name)]
    }
    return Quotas(conf.max_artifact_number, conf.max_uploaded_data, by_type)


def _delayed_delete(conf: config.Options, found: Types) -> Callable[[str], bool]:
    by_type = {name: config.type_options(conf, name).delayed_delete for name in found}
    fallback = conf.delayed_delete
    return lambda name: fallback if by_type[name] is None else bool(by_type[name])


def _fetcher(conf: config.Options) -> Fetcher:
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
