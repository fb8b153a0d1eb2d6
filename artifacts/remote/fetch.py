"""One GET of what somebody else serves, with redirects and limits.

    check the URL ─> resolve and check every address ─> connect to one of them ─> head ─> body
         ^                                                                         │
         └──────────────── a redirect starts again, from nothing ──────────────────┘

Where a hop leads nowhere, all reasons are told alike and at the same time: a caller must not
learn from us which ports are open, or which names exist, where only we can look.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from urllib3.connection import HTTPConnection
from urllib3.response import BaseHTTPResponse

from artifacts import __version__, errors
from artifacts.remote import urls
from artifacts.remote.addresses import AddressRules
from artifacts.remote.body import Remote
from artifacts.remote.connection import FAILURES, Dialer
from artifacts.remote.names import Names, Resolve
from artifacts.remote.pace import Pace
from artifacts.remote.urls import Url

HEAD_ROOM = 65536
REDIRECTS = (301, 302, 303, 307, 308)
NOWHERE = "url: could not be fetched; its host must be public and must answer in HTTP, in time"

# Who ran into the end of a hop's time, and who slept until it, are then answered together.
_MARGIN = 0.1

HEADERS = {
    "User-Agent": f"artifacts/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


@dataclass(frozen=True)
class Hop:
    """One question asked, with the head of its answer."""

    url: Url
    connection: HTTPConnection
    response: BaseHTTPResponse
    pace: Pace

    def close(self) -> None:
        self.response.close()
        self.connection.close()


class Fetcher:
    """Fetch what callers point to, from where the operator lets them point."""

    def __init__(
        self,
        *,
        max_size: int,
        allowed_networks: Sequence[str] = (),
        allowed_ports: Sequence[int] = (80, 443),
        connect_timeout: float = 5.0,
        idle_timeout: float = 30.0,
        total_timeout: float = 3600.0,
        min_rate: int = 1024,
        max_redirects: int = 3,
        ca_file: str | None = None,
        proxy: str | None = None,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._rules = AddressRules(allowed_networks)
        self._names = Names(self._rules, resolve)
        self._dialer = Dialer(ca_file, proxy)
        self._ports = frozenset(allowed_ports)
        self._connect_timeout = connect_timeout
        self._idle_timeout = idle_timeout
        self._total_timeout = total_timeout
        self._min_rate = min_rate
        self._max_redirects = max_redirects
        self._max_size = max_size

    def check(self, url: str) -> None:
        """Refuse what can be told to be unfetchable from the URL alone; connects to nothing."""
        self._allowed(url)

    @contextmanager
    def fetch(self, url: str) -> Iterator[Remote]:
        """Open *url*'s body, to be read while the context lasts."""
        start = self._allowed(url)
        deadline = monotonic() + self._total_timeout
        hop = self._arrive(start, deadline)
        try:
            if hop.response.status != 200:
                raise errors.Unfetchable(f"url: its server answered {hop.response.status}, not 200")
            hop.pace.begin_body(deadline, self._idle_timeout, self._min_rate)
            yield Remote(hop.response, hop.pace, str(hop.url), self._max_size)
        finally:
            hop.close()

    def _allowed(self, text: str) -> Url:
        url = urls.parse(text, self._ports)
        if url.address is not None and not self._rules.allow(url.address):
            raise errors.Unfetchable(f"url: the address {url.host} may not be reached")
        return url

    def _arrive(self, url: Url, deadline: float) -> Hop:
        """Follow redirects, each as if it were the caller's own URL, to an answer that is none."""
        for _ in range(self._max_redirects + 1):
            with self._told_alike():
                hop = self._hop(url, deadline)
            if hop.response.status not in REDIRECTS:
                return hop
            hop.close()
            with self._told_alike():
                url = urls.follow(url, hop.response.headers.get("location"), self._ports)
        with self._told_alike():
            raise errors.Unfetchable("too many redirects")

    def _hop(self, url: Url, deadline: float) -> Hop:
        deadline = min(deadline, monotonic() + self._connect_timeout)
        pace = Pace(deadline, HEAD_ROOM)
        addresses = self._names.addresses(url, deadline)
        connection = self._dialer.connect(url, addresses, deadline, pace)
        try:
            connection.request(
                "GET",
                url.target,
                headers={"Host": url.authority, **HEADERS},
                preload_content=False,
                decode_content=False,
            )
            return Hop(url, connection, connection.getresponse(), pace)
        except BaseException:
            connection.close()
            raise

    @contextmanager
    def _told_alike(self) -> Iterator[None]:
        """Give all failures of a hop one text, and one moment to be told at."""
        moment = monotonic() + self._connect_timeout + _MARGIN
        try:
            yield
        except (*FAILURES, errors.Unfetchable) as error:
            time.sleep(max(moment - monotonic(), 0))
            raise errors.Unfetchable(NOWHERE) from error
