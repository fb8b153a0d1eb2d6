"""Watches requests: what was asked for, how it was answered, and how many bytes that took."""

import time
from typing import Any

import falcon

from artifacts import errors
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

    def __init__(self, watch: Watch) -> None:
        self._meters = watch.meters

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.came = time.perf_counter()
        req.context.received = _Received(req.env["wsgi.input"])
        req.env["wsgi.input"] = req.stream = req.context.received

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
