"""Through the operator's proxy, and no other."""

import contextlib
import socket
import threading

import pytest

from artifacts import errors
from artifacts.remote import Fetcher

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def proxy(origin):
    """A proxy that opens tunnels to wherever it is told."""

    def tunnel(connection: socket.socket, destination: str) -> None:
        host, _, port = destination.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as onward:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            threading.Thread(target=pipe, args=[connection, onward], daemon=True).start()
            pipe(onward, connection)

    return origin(tunnel)


def pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def through(fetcher, certificates, resolver):
    """Build a fetcher that goes through a proxy."""

    def build(proxy, *to, **options):
        settings = {
            "proxy": f"http://{proxy.host}:{proxy.port}",
            "ca_file": str(certificates.authority),
            "resolve": resolver(["127.0.0.2"]),
        }
        return fetcher(*to, **settings | options)

    return build


def fetched(fetcher, url: str) -> bytes:
    with fetcher.fetch(url) as remote:
        return remote.read(-1)


def test_the_proxy_is_told_the_checked_address_alone(through, proxy, origin):
    server = origin(OK)

    assert fetched(through(proxy, server), server.url("/a", host="mirror.example")) == b"hello"
    assert proxy.requests[0].startswith(f"CONNECT 127.0.0.2:{server.port} HTTP/1.")
    assert "mirror.example" not in proxy.requests[0]
    assert server.requests[0].startswith("GET /a HTTP/1.1\r\n")
    assert f"\r\nHost: mirror.example:{server.port}\r\n" in server.requests[0]


def test_the_host_behind_the_proxy_is_verified(through, proxy, origin, certificates):
    """D26."""
    server = origin(OK, tls=certificates.server("behind", "DNS:mirror.example"))

    assert fetched(through(proxy, server), server.url(host="mirror.example")) == b"hello"
    assert server.names == ["mirror.example"]
    with pytest.raises(errors.Unfetchable):
        fetched(through(proxy, server, connect_timeout=0.3), server.url(host="other.example"))
    assert len(server.requests) == 1


def test_the_proxy_is_no_way_to_a_forbidden_address(through, proxy, bystander, resolver):
    """D1 and D2: what may be reached is decided here, not there."""
    going = through(
        proxy, bystander, connect_timeout=0.2, resolve=resolver(["127.0.0.2", "127.0.0.1"])
    )

    with pytest.raises(errors.Unfetchable):
        fetched(going, f"http://mirror.example:{bystander.port}/")
    assert proxy.requests == []


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 403 No\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n", b"nonsense\r\n", b""]
)
def test_a_proxy_that_opens_no_tunnel_is_told_as_all_else(through, origin, answer):
    """D4."""
    refusing = origin(answer)
    server = origin(OK)

    with pytest.raises(errors.Unfetchable, match="could not be fetched"):
        fetched(through(refusing, server, connect_timeout=0.2), server.url())
    assert server.requests == []


def test_a_proxy_that_drips_is_given_up(through, origin):
    """D32."""
    dripping = origin(
        lambda connection, _: dripping.drip(connection, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")
    )
    server = origin(OK)

    with pytest.raises(errors.Unfetchable, match="could not be fetched"):
        fetched(through(dripping, server, connect_timeout=0.3), server.url())


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "proxy.example:3128",
        "https://proxy.example:3128",
        "http://proxy.example",
        "http://proxy.example:http",
        "http://user:secret@proxy.example:3128",
        "socks5://proxy.example:1080",
    ],
)
def test_a_proxy_that_is_none_stops_the_start(proxy):
    with pytest.raises(errors.Misconfigured, match="proxy"):
        Fetcher(max_size=1, proxy=proxy)
