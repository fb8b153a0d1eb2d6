"""A connection to the very address that was checked, under the name that the URL gave."""

import http.client
import socket
import ssl
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util.response import assert_header_parsing

from artifacts import errors
from artifacts.remote.pace import Pace, PacedSocket
from artifacts.remote.urls import Url

FAILURES = (OSError, ValueError, http.client.HTTPException, HTTPError)


class Dialer:
    """Connect to checked addresses, directly or through the operator's *proxy*.

    Certificates are believed by the authorities in *ca_file*, or else by the system's.
    """

    def __init__(self, ca_file: str | None = None, proxy: str | None = None) -> None:
        self._trust = trust(ca_file)
        self._proxy = _proxy(proxy)

    def connect(
        self, url: Url, addresses: list[str], deadline: float, pace: Pace
    ) -> HTTPConnection:
        """Try *addresses* in turn, each for a fair share of the time until *deadline*."""
        failure: Exception = ProtocolError("no address")
        for tried, address in enumerate(addresses):
            share = (deadline - monotonic()) / (len(addresses) - tried)
            connection = self._prepare(url, address, max(share, 0.001), pace)
            try:
                connection.connect()
            except FAILURES as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    def _prepare(self, url: Url, address: str, seconds: float, pace: Pace) -> "PacedConnection":
        # No name server is asked again: what is dialled is an address, or the operator's proxy.
        host, port = self._proxy or (address, url.port)
        connection: PacedConnection
        if url.scheme == "https":
            connection = PacedTLSConnection(
                host, port, timeout=seconds, ssl_context=self._trust, server_hostname=url.host
            )
        else:
            connection = PacedConnection(host, port, timeout=seconds)
        connection.keep(pace)
        if self._proxy is not None:
            connection.set_tunnel(address, url.port)
        return connection


class PacedConnection(HTTPConnection):
    """Keeps its pace from the handshake to the last byte of the answer."""

    def keep(self, pace: Pace) -> None:
        self._pace = pace
        self.response_class = partial(PacedResponse, pace=pace)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        connected.settimeout(self._pace.patience())
        return connected


class PacedTLSConnection(PacedConnection, HTTPSConnection):
    """The same over TLS; a body that ends without TLS's farewell was cut off."""

    def connect(self) -> None:
        super().connect()
        self.sock.suppress_ragged_eofs = False  # type: ignore[union-attr]


class PacedResponse(http.client.HTTPResponse):
    """An answer whose head is well formed, and says without doubt where the body ends."""

    def __init__(self, sock: socket.socket, method: str | None = None, *, pace: Pace) -> None:
        super().__init__(PacedSocket(sock, pace), method=method)  # type: ignore[arg-type]

    def begin(self) -> None:
        super().begin()
        assert_header_parsing(self.msg)
        lengths = set(self.msg.get_all("content-length", []))
        codings = self.msg.get_all("transfer-encoding", [])
        if codings and (lengths or [coding.lower() for coding in codings] != ["chunked"]):
            raise ProtocolError("how the body is transferred is not clear")
        if len(lengths) > 1 or not all(text.isascii() and text.isdigit() for text in lengths):
            raise ProtocolError("the body's length is not clear")


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return what says whose certificates are believed: the system's authorities, or a file's."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.Misconfigured(
            f"[remote] ca_file: {ca_file} holds no certificates that can be read"
        ) from error
    # Python lets OpenSSL take the end of a connection for TLS's farewell, which anybody can forge.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def _proxy(proxy: str | None) -> tuple[str, int] | None:
    if proxy is None:
        return None
    parts = urlsplit(proxy)
    try:
        if parts.scheme == "http" and parts.hostname and parts.port and parts.username is None:
            return parts.hostname, parts.port
    except ValueError:
        pass  # a port that is none, told below like all else
    raise errors.Misconfigured(f"[remote] proxy: {proxy} is not of the form http://host:port")
