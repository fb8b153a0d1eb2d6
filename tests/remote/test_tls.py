"""Servers must be who the URL says they are. D26."""

import socket

import pytest

from artifacts import errors
from artifacts.remote import Fetcher

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def trusting(fetcher, certificates, resolver):
    """Build a fetcher that believes our authority, and finds every name at 127.0.0.2."""

    def build(*to, **options):
        settings = {
            "ca_file": str(certificates.authority),
            "resolve": resolver(["127.0.0.2"]),
        }
        return fetcher(*to, **settings | options)

    return build


def fetched(fetcher, url: str) -> bytes:
    with fetcher.fetch(url) as remote:
        return remote.read(-1)


def test_a_certificate_of_the_authority_is_believed(trusting, origin, certificates):
    server = origin(OK, tls=certificates.server("mirror", "DNS:mirror.example"))

    assert fetched(trusting(server), server.url(host="mirror.example")) == b"hello"
    assert server.names == ["mirror.example"]
    assert f"\r\nHost: mirror.example:{server.port}\r\n" in server.requests[0]


def test_an_address_can_be_the_name(trusting, origin, certificates):
    server = origin(OK, tls=certificates.server("address", "IP:127.0.0.2"))

    assert fetched(trusting(server), server.url()) == b"hello"


@pytest.mark.parametrize("signed", [True, False])
def test_a_certificate_of_another_host_is_refused(trusting, origin, certificates, signed):
    """D26: the right authority and the wrong name, or the wrong of both."""
    tls = certificates.server("wrong", "DNS:wrong.example,IP:127.0.0.1", signed=signed)
    server = origin(OK, tls=tls)

    for url in (server.url(host="mirror.example"), server.url()):
        with pytest.raises(errors.Unfetchable):
            fetched(trusting(server, connect_timeout=0.3), url)
    assert server.requests == []


def test_a_certificate_that_vouches_for_itself_is_refused(trusting, origin, certificates):
    """D26."""
    tls = certificates.server("selfish", "DNS:mirror.example", signed=False)
    server = origin(OK, tls=tls)

    with pytest.raises(errors.Unfetchable):
        fetched(trusting(server, connect_timeout=0.3), server.url(host="mirror.example"))
    assert server.requests == []


def test_the_systems_authorities_do_not_know_ours(trusting, origin, certificates):
    """D26."""
    server = origin(OK, tls=certificates.server("unknown", "DNS:mirror.example"))

    with pytest.raises(errors.Unfetchable):
        fetched(
            trusting(server, ca_file=None, connect_timeout=0.3), server.url(host="mirror.example")
        )
    assert server.requests == []


def test_no_redirect_leads_from_https_to_http(trusting, origin, certificates):
    """D32."""
    plain = origin(OK)
    server = origin(
        b"HTTP/1.1 302 Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % plain.url().encode(),
        tls=certificates.server("downgrade", "DNS:mirror.example"),
    )

    with pytest.raises(errors.Unfetchable):
        fetched(trusting(server, plain, connect_timeout=1.0), server.url(host="mirror.example"))
    assert len(server.requests) == 1
    assert plain.requests == []


def test_a_redirect_may_lead_from_http_to_https(trusting, origin, certificates):
    server = origin(OK, tls=certificates.server("upgrade", "DNS:mirror.example"))
    location = server.url(host="mirror.example").encode()
    plain = origin(b"HTTP/1.1 302 Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location)

    assert fetched(trusting(server, plain), plain.url()) == b"hello"


def test_a_body_without_length_that_tls_does_not_end_is_refused(trusting, origin, certificates):
    """Anybody on the way can cut such a body short."""

    def cut(connection, _path):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")
        socket.socket(fileno=connection.detach()).close()
        raise OSError("cut")

    server = origin(cut, tls=certificates.server("cut", "DNS:mirror.example"))

    with pytest.raises(errors.Unfetchable, match="broke off"):
        fetched(trusting(server), server.url(host="mirror.example"))


def test_a_body_without_length_that_tls_ends_is_whole(trusting, origin, certificates):
    server = origin(
        b"HTTP/1.1 200 OK\r\n\r\nhello", tls=certificates.server("whole", "DNS:mirror.example")
    )

    assert fetched(trusting(server), server.url(host="mirror.example")) == b"hello"


def test_authorities_that_cannot_be_read_stop_the_start(tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")

    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(errors.Misconfigured, match="ca_file"):
            Fetcher(max_size=1, ca_file=str(tmp_path / name))
