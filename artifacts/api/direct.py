"""Directness: whether a request came from this machine, where nobody proves who they are.

A web page that some browser here shows can make it send requests, but not with a Host and an
Origin that are ours; and what a proxy passes on may come from anywhere.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

import falcon

from artifacts import errors
from artifacts.api.middleware import OPEN_PATHS

LOCAL_NAMES = frozenset({"localhost", "ip6-localhost"})
# How the names that proxies add begin, as WSGI writes them.
PROXY_HEADERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


class Direct:
    """Refuses what came through a proxy, for another host, or from a page of another origin.

    *hosts* are names of this machine too, and pages of *origins* may ask.
    """

    def __init__(self, hosts: Collection[str], origins: Collection[str]) -> None:
        self._hosts = hosts
        self._origins = origins

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.path not in OPEN_PATHS:
            self._check(req)

    def _check(self, req: falcon.Request) -> None:
        if any(name.startswith(PROXY_HEADERS) for name in req.env):
            raise errors.Forbidden("without authentication, no request may come through a proxy")
        if not self._ours(_host(req)):
            raise errors.Forbidden("without authentication, Host must be a name of this machine")
        origin = req.get_header("Origin")
        if origin is not None and origin not in self._origins and not self._ours(_of(origin)):
            raise errors.Forbidden("without authentication, Origin must be of this machine")

    def _ours(self, host: str) -> bool:
        return host in self._hosts or _local(host)


def _host(req: falcon.Request) -> str:
    """Return the Host without its port; nothing for one that is missing or malformed."""
    try:
        return req.host if "HTTP_HOST" in req.env else ""
    except ValueError:
        return ""


def _of(origin: str) -> str:
    """Return the host of an origin; nothing for one that is malformed, or `null`."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _local(host: str) -> bool:
    if host.lower() in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
