"""Watches requests: what was asked for, how it was answered, and how many bytes that took."""

import time
from collections.abc import Collection
from typing import Any

import falcon

from artifacts import errors
from artifacts.api.addresses import Addresses, Network
from artifacts.api.router import USUAL
from artifacts.api.sent import counted
from artifacts.watching.catalogue import (
    QUOTA_REFUSALS,
    RECEIVED,
    REQUEST_SECONDS,
    REQUESTS,
    SENT,
)
from artifacts.watching.watch import Watch

NO_ROUTE, OTHER = "none", "other"


class Watching:
    """Knows a request by its route's template and not by its path, of which there is no end."""

    def __init__(self, watch: Watch, addresses: Addresses, trusted: Collection[Network]) -> None:
        """Take whose word is *trusted* on which trace a request belongs to."""
        self._meters = watch.meters
        self._tracing = watch.tracing
        self._addresses = addresses
        self._trusted = trusted

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.came = time.perf_counter()
        req.context.received = _Received(req.env["wsgi.input"])
        req.env["wsgi.input"] = req.stream = req.context.received
        if self._tracing is not None:
            req.context.span = self._tracing.request(self._traceparent(req))

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, succeeded: bool
    ) -> None:
        route = req.uri_template or NO_ROUTE
        method = req.method if req.method in USUAL else OTHER
        status = falcon.code_to_http_status(resp.status)[:3]
        self._meters.count(REQUESTS, route, method, status)
        self._meters.observe(REQUEST_SECONDS, time.perf_counter() - req.context.came, route, method)
        if req.context.received.size:
            self._meters.count(RECEIVED, route, by=req.context.received.size)
        if quota := _quota(getattr(req.context, "refusal", None)):
            self._meters.count(QUOTA_REFUSALS, quota)
        self._count_sent(req, resp, route)
        if self._tracing is not None:
            told: dict[str, str | int] = {"http.request.method": method, "http.route": route}
            told |= {"http.response.status_code": int(status)}
            told |= {"artifacts.request_id": req.context.request_id}
            req.context.span.end(f"{method} {route}", told, failed=status >= "500")

    def _traceparent(self, req: falcon.Request) -> str | None:
        believed = self._addresses.is_among(req, self._trusted)
        return req.get_header("traceparent") if believed else None

    def _count_sent(self, req: falcon.Request, resp: falcon.Response, route: str) -> None:
        def ended(sent: int) -> None:
            self._meters.count(SENT, route, by=sent)

        if resp.stream is not None:
            resp.stream = counted(resp.stream, ended, by_socket="gunicorn.socket" in req.env)
        elif req.method != "HEAD" and (body := resp.render_body()):
            ended(len(body))


class _Received:
    """What a client sends, counted."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.size = 0

    def read(self, size: int = -1, /) -> bytes:
        block: bytes = self._stream.read(size)
        self.size += len(block)
        return block


def _quota(refusal: Exception | None) -> str | None:
    match refusal:
        case errors.TooManyArtifacts():
            return "artifacts"
        case errors.QuotaUsedUp():
            return "bytes"
    return None
