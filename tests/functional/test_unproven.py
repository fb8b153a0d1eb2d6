"""Where nobody proves who they are, over real sockets: only who is on this machine is served."""

import re

import pytest

CONFIRMED = (
    "X-Identity-Status: Confirmed",
    "X-User-Id: user",
    "X-Project-Id: local",
    "X-Roles: admin",
)
PROXIED = [
    "Forwarded: for=192.0.2.1",
    "X-Forwarded-For: 127.0.0.1",
    "x-fORWARDED-hOST: localhost",
    "X-Forwarded-For:",
    "X-Forwarded-Anything: x",
    "X-Real-IP: 127.0.0.1",
    "Via: 1.1 proxy",
    "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1",
]
FOREIGN = [
    "Host: example.org",
    "Host: localhost.example.org",
    "Host: localhost@example.org",
    "Host: 192.0.2.1:9494",
    "Host: 0.0.0.0",
    "Host:",
    "Host: localhost, example.org",
    "Host: localhost\r\nOrigin: https://example.org",
    "Host: localhost\r\nOrigin: null",
]
# What is no request for gunicorn, which must not serve it either.
MALFORMED = [
    "Host: localhost\r\nHost: example.org",
    "Host: localhost\r\nX-Else: x\r\n X-Forwarded-For: 192.0.2.1",
    "Host: localhost\r\nX-Forwarded-For : 192.0.2.1",
    "Host: localhost\r\nX-Forwarded-For\t: 192.0.2.1",
    "Host:\r\n example.org",
]


@pytest.fixture(scope="module", params=["none", "headers"])
def unproven(request, make_lasting_server):
    return make_lasting_server(config=f"[api]\nauth = {request.param}\n").start(workers=1)


@pytest.fixture
def status(unproven):
    """Ask for a list as an admin, with what lines there are, and return the status."""

    def ask(*lines, version="1.1"):
        head = [f"GET /artifacts/images HTTP/{version}", "Connection: close", *CONFIRMED, *lines]
        heard = unproven.converse("\r\n".join([*head, "", ""]).encode())
        return int(re.match(rb"HTTP/1\.\d (\d{3}) ", heard)[1])

    return ask


def test_who_is_here_is_served(status):
    for host in ("localhost", "127.0.0.1:9494", "[::1]"):
        assert status(f"Host: {host}") == 200


@pytest.mark.parametrize("lines", PROXIED)
def test_what_came_through_a_proxy_is_refused(status, lines):
    """Promise 8; D27, D28."""
    assert status("Host: localhost", lines) == 403


@pytest.mark.parametrize("lines", FOREIGN)
def test_who_asks_for_another_host_is_refused(status, lines):
    """Promise 8: a page in a browser here may have any name resolved to this machine."""
    assert status(lines) in (400, 403)


def test_who_names_no_host_is_refused(status):
    assert status(version="1.0") == 403


@pytest.mark.parametrize("lines", MALFORMED)
def test_what_could_be_read_in_two_ways_is_refused(status, lines):
    assert status(lines) in (400, 403)
