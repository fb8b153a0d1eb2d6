"""CORS: which pages of other origins a browser lets use the service."""

from collections.abc import Collection
from typing import Any

import falcon

ANY = "*"


class Cors:
    """Answers a browser that asks what a page may do, and lets pages read answers, errors too.

    That question comes without a token, so it is answered before anybody is asked who they are.
    """

    def __init__(
        self,
        origins: Collection[str],
        *,
        credentials: bool,
        expose: Collection[str],
        max_age: int,
        methods: Collection[str],
        headers: Collection[str],
    ) -> None:
        self._origins = origins
        self._told = {"Access-Control-Expose-Headers": ", ".join(expose)}
        if credentials:
            self._told["Access-Control-Allow-Credentials"] = "true"
        self._allowed = {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": ", ".join(headers),
            "Access-Control-Max-Age": str(max_age),
        }

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        asks = req.method == "OPTIONS" and req.get_header("Access-Control-Request-Method")
        if asks and self._allows(req):
            resp.status = falcon.HTTP_204
            resp.set_headers(self._allowed)
            resp.complete = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, succeeded: bool
    ) -> None:
        if self._allows(req):
            origin = ANY if ANY in self._origins else req.get_header("Origin", required=True)
            resp.set_headers({"Access-Control-Allow-Origin": origin, **self._told})
        if ANY not in self._origins:
            resp.append_header("Vary", "Origin")

    def _allows(self, req: falcon.Request) -> bool:
        origin = req.get_header("Origin")
        return origin is not None and (ANY in self._origins or origin in self._origins)
