"""The hall: puts HTTP, and who is asking, before the parts."""

import logging
from collections.abc import Iterator
from typing import Any

import falcon

from artifacts import config
from artifacts.api import envelopes, routes, schemas
from artifacts.api import errors as api_errors
from artifacts.api.accel import Accel
from artifacts.api.access_log import AccessLog
from artifacts.api.addresses import Addresses
from artifacts.api.artifacts import Collection, Item
from artifacts.api.blobs import Slot
from artifacts.api.caller import Headers, Holder, Identify, NoAuthentication, Tokens, nobody
from artifacts.api.cors import Cors
from artifacts.api.direct import Direct
from artifacts.api.health import Ready
from artifacts.api.members import AllMembers, OneMember
from artifacts.api.metrics import Metrics
from artifacts.api.middleware import (
    Authentication,
    Negotiation,
    Paths,
    RateLimit,
    RequestId,
    RequestLimits,
)
from artifacts.api.openapi.resource import Description
from artifacts.api.pools import AllPools
from artifacts.api.quotas import AllQuotas, ProjectQuotas
from artifacts.api.router import Router, nowhere
from artifacts.api.tags import AllTags, OneTag
from artifacts.api.watching import Watching
from artifacts.parts import Parts
from artifacts.service.readiness import Dependency, Readiness
from artifacts.watching.watch import Watch

logger = logging.getLogger(__name__)

JSON = "application/json; charset=UTF-8"


def create_app(
    parts: Parts,
    holder: Holder = nobody,
    *,
    challenge: str = "Keystone",
    keystone: Dependency | None = None,
) -> falcon.App[Any, Any]:
    """Return the WSGI application that serves *parts*.

    Where tokens are asked for, *holder* says whose they are, *challenge* where one gets them, and
    *keystone* is what must answer for that.
    """
    conf = parts.conf
    identify = _identify(conf, holder, challenge)
    limits = config.limits_of(conf)
    edges = _edges(conf, parts.watch)
    middleware = [RequestId(), *edges, Authentication(identify), RequestLimits(limits)]
    if parts.buckets is not None:
        middleware.append(RateLimit(parts.buckets))
    app = falcon.App(middleware=middleware, router=Router())
    app.resp_options.default_media_type = JSON
    handlers = app.resp_options.media_handlers
    for media_type in (schemas.MEDIA_TYPE, envelopes.PROBLEM):
        handlers[media_type] = handlers[falcon.MEDIA_JSON]
    api_errors.install(app)
    routes.install(
        app,
        ready=Ready(_readiness(parts, keystone)),
        collection=Collection(
            parts.artifacts, default_limit=conf.default_api_limit, most=conf.max_api_limit
        ),
        item=Item(parts.artifacts),
        slot=Slot(
            parts.blobs,
            parts.downloads,
            patience=conf.blobs.upload_lease,
            accel=_accel(conf),
        ),
        members=AllMembers(parts.members),
        member=OneMember(parts.members),
        tags=AllTags(parts.tags),
        tag=OneTag(parts.tags),
        quotas=AllQuotas(parts.quotas),
        project_quotas=ProjectQuotas(parts.quotas),
        pools=AllPools(parts.offers),
        schemas=schemas.Schemas(parts.artifacts),
        description=Description(
            parts.types.values(),
            limits,
            public=parts.artifacts.public,
            tokens=conf.api.auth not in config.UNPROVEN,
            anonymous=conf.allow_anonymous_access,
        ),
    )
    return app


def create_operators_app(watch: Watch) -> falcon.App[Any, Any]:
    """Return the WSGI application that is for operators alone; it asks nobody who they are."""
    edges: list[Any] = [RequestId(), Paths()]
    app = falcon.App(middleware=edges, router=Router())
    app.resp_options.default_media_type = JSON
    api_errors.install(app)
    app.add_route("/metrics", Metrics(watch.meters))
    app.add_sink(nowhere)
    return app


def _readiness(parts: Parts, keystone: Dependency | None) -> Readiness:
    """Return what asks all that is needed; who is told does not learn what stores are called."""
    dependencies = [Dependency("database", "the database", parts.database.check)]
    for number, (name, store) in enumerate(parts.pools, start=1):
        dependencies.append(Dependency(f"store-{number}", f"store {name}", store.check))
    if keystone is not None:
        dependencies.append(keystone)
    return Readiness(dependencies, patience=parts.conf.api.ready_timeout)


def _edges(conf: config.Options, watch: Watch | None) -> Iterator[Any]:
    """Return what every request passes before it is asked who sends it."""
    if watch is not None:
        addresses = Addresses(conf.api.trusted_proxies)
        yield Watching(watch, addresses, conf.tracing.trusted_callers)
    if conf.api.access_log:
        yield AccessLog(Addresses(conf.api.trusted_proxies))
    yield Paths()
    yield Negotiation()
    if conf.api.auth in config.UNPROVEN:
        yield Direct(conf.api.allowed_hosts, conf.cors.allowed_origin)
    if conf.cors.allowed_origin:
        yield Cors(
            conf.cors.allowed_origin,
            credentials=conf.cors.allow_credentials,
            expose=conf.cors.expose_headers,
            max_age=conf.cors.max_age,
            methods=conf.cors.allow_methods,
            headers=conf.cors.allow_headers,
        )


def _accel(conf: config.Options) -> Accel | None:
    location = conf.api.accel_location
    by_proxy = Addresses(conf.api.trusted_proxies).by_proxy
    return Accel(location, by_proxy) if location else None


def _identify(conf: config.Options, holder: Holder, challenge: str) -> Identify:
    match conf.api.auth:
        case "none":
            logger.warning("auth = none asks nobody who they are: whoever gets here is the admin")
            return NoAuthentication()
        case "headers":
            logger.warning("auth = headers believes whoever calls: use it for tests alone")
            return Headers(anonymous=conf.allow_anonymous_access)
        case _:
            return Tokens(holder, anonymous=conf.allow_anonymous_access, challenge=challenge)
