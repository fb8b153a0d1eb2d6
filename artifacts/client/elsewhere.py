"""Bytes that another server keeps: fetched without credentials, over trusted TLS alone."""

import ssl
from collections.abc import Mapping
from urllib.parse import urljoin

import urllib3
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from artifacts import __version__
from artifacts.client import failures
from artifacts.client.errors import NotUnderstood, refusal
from artifacts.client.transport import ASK_AGAIN, REDIRECTS

MOST_REDIRECTS = 5


class Elsewhere:
    """A follower of redirects that tells other servers nothing about the caller."""

    def __init__(self, ca_file: str | None, timeout: float) -> None:
        self._ca_file = ca_file
        self._timeout = Timeout(connect=timeout, read=timeout)
        self._pool: urllib3.PoolManager | None = None

    def open(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Follow *url* to its bytes; *headers* are all that the servers on the way see."""
        for _ in range(MOST_REDIRECTS):
            answer = self._get(url, headers)
            if answer.status not in REDIRECTS:
                return answer
            answer.close()  # not drained: it may have no end
            url = _next_url(url, answer.headers.get("Location"))
        raise NotUnderstood(f"more than {MOST_REDIRECTS} redirects before the bytes")

    def close(self) -> None:
        if self._pool is not None:
            self._pool.clear()

    def _get(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        if not url.lower().startswith(("http://", "https://")):
            raise NotUnderstood(f"the server points at {url!r}, which is no http or https URL")
        with failures.told_of(host_of(url)):
            answer = self._pool_manager().request(
                "GET",
                url,
                headers={
                    "User-Agent": f"artifacts/{__version__}",
                    "Accept-Encoding": "identity",
                    **headers,
                },
                redirect=False,
                retries=ASK_AGAIN,
                preload_content=False,
                decode_content=False,
            )
            if answer.status >= 400:
                answer.close()
                raise refusal(answer.status, speaker=host_of(url))
        return answer

    def _pool_manager(self) -> urllib3.PoolManager:
        if self._pool is None:
            trust = ssl.create_default_context()
            if self._ca_file:
                trust.load_verify_locations(self._ca_file)
            self._pool = urllib3.PoolManager(ssl_context=trust, timeout=self._timeout)
        return self._pool


def _next_url(url: str, location: str | None) -> str:
    if not location:
        raise NotUnderstood(f"{host_of(url)} redirects to nowhere")
    try:
        target = urljoin(url, location)
    except ValueError as error:
        raise NotUnderstood(f"{host_of(url)} redirects to what is no URL") from error
    if url.lower().startswith("https://") and not target.lower().startswith("https://"):
        raise NotUnderstood(f"{host_of(url)} redirects from https to what is not")
    return target


def host_of(url: str) -> str:
    """Name the server of *url* without what only the two ends of it should see."""
    try:
        parsed = urllib3.util.parse_url(url)
    except urllib3.exceptions.LocationParseError:
        return "the other server"
    return f"{parsed.scheme}://{parsed.host}" + (f":{parsed.port}" if parsed.port else "")
