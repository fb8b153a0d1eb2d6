"""What happens to every request before its resource, and to every answer after it."""

import logging
import re
import uuid
from typing import Any

import falcon

from artifacts import logs
from artifacts.api import versions
from artifacts.api.caller import Identify
from artifacts.errors import Invalid
from artifacts.model.limits import Limits
from artifacts.service.buckets import Buckets

OPEN_PATHS = frozenset(
    {"/", "/versions", "/healthcheck", "/healthcheck/ready", "/openapi.json", "/docs"}
)
# Nothing that is answered is a page, a part of one, or to be kept; what differs says so itself.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestId:
    """Gives every request an id, which its answer, its logs and its revisions carry.

    The id that another service sent is that of all it does at once, maybe by many requests: the
    log alone has it, behind ours, and a line that ties the two for whatever may change something.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.request_id = f"req-{uuid.uuid4()}"
        sent = req.get_header("X-Openstack-Request-Id") or ""
        req.context.sent_id = sent if _REQUEST_ID.fullmatch(sent) else None
        ids = (req.context.request_id, req.context.sent_id)
        logs.request_id.set("/".join(each for each in ids if each))
        resp.set_header("X-Openstack-Request-Id", req.context.request_id)
        resp.set_headers(SAFE)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, succeeded: bool
    ) -> None:
        if req.context.sent_id and req.method not in ("GET", "HEAD", "OPTIONS"):
            status = falcon.code_to_http_status(resp.status)
            logger.info("%s %s: %s", req.method, req.path, status)
        # This thread goes on to serve others, of whom something is logged before they have an id.
        logs.request_id.set("-")


class Paths:
    """Refuses a path that is not UTF-8, which Falcon would take for another one."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            req.env["PATH_INFO"].encode("latin-1").decode()
        except UnicodeError as error:
            raise Invalid("path: must be UTF-8") from error


class Negotiation:
    """Settles the microversion, before anybody is asked who they are."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.version = versions.OLDEST
        if req.path not in OPEN_PATHS:
            req.context.version = versions.requested(req)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, succeeded: bool
    ) -> None:
        if req.path not in OPEN_PATHS and succeeded:
            version = versions.text(req.context.version)
            resp.set_header("OpenStack-API-Version", f"{versions.SERVICE} {version}")
            resp.append_header("Vary", "openstack-api-version")


class RequestLimits:
    """Tells whoever reads a request how much of it there may be."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.limits = self._limits


class Authentication:
    """Settles who is asking, before anything is looked up."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.path not in OPEN_PATHS:
            req.context.caller = self._identify(req)


class RateLimit:
    """Refuses whoever sends too many requests, before anything is looked up or read for them."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.path not in OPEN_PATHS:
            self._buckets.take(req.context.caller)
