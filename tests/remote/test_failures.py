"""A hop that leads nowhere tells nobody why. D4."""

import contextlib
import socket
import threading

import pytest

HOP = 0.3
TOLD_AT = 0.4
SPREAD = 0.3
TRIES = 4


def check_times(tries):
    """Never too early, and in time whenever nothing else kept the machine busy."""
    best = [min(at for _, at in each) for each in zip(*tries, strict=True)]

    assert [at for at in best if not TOLD_AT <= at < TOLD_AT + SPREAD] == []


@contextlib.contextmanager
def full_queue():
    """A listener at which packets vanish, until somebody takes from its queue."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.2", 0))
        listener.listen(0)
        for _ in range(4):
            visitor = sockets.enter_context(socket.socket())
            visitor.setblocking(False)
            visitor.connect_ex(listener.getsockname())
        yield listener


@pytest.fixture
def filtered():
    with full_queue() as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def closed():
    """A port that was open a moment ago, and still is nobody else's."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.2", 0))
        yield bound.getsockname()[1]


def test_all_that_leads_nowhere_is_told_alike(
    fetcher, refusals, origin, certificates, bystander, filtered, closed
):
    """D4: the same text at the same time, whether closed, filtered, silent, wrong or forbidden."""

    def say_nothing(_connection, _path):
        silent.closed.wait(10)

    silent = origin(say_nothing)
    other = origin(b"SSH-2.0-OpenSSH_9.2\r\n")
    curt = origin(b"")
    newer = origin(b"HTTP/2 200 OK\r\n\r\n")
    astray = origin(b"HTTP/1.1 302 Go\r\nContent-Length: 0\r\n\r\n")
    secured = origin(b"", tls=certificates.server("secured", "DNS:other.example"))

    def resolve(host, port, **_options):
        if host == "nowhere.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        address = "127.0.0.1" if host == "inside.example" else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    servers = (silent, other, curt, newer, astray, secured, bystander)
    ports = [server.port for server in servers] + [closed, filtered]
    scanning = fetcher(allowed_ports=ports, connect_timeout=HOP, resolve=resolve)
    urls = [
        f"http://mirror.example:{closed}/",
        f"http://mirror.example:{filtered}/",
        f"https://mirror.example:{filtered}/",
        f"http://nowhere.example:{bystander.port}/",
        f"http://inside.example:{bystander.port}/",
        f"https://inside.example:{bystander.port}/",
        *(server.url(host="mirror.example") for server in servers[:-1]),
        *(f"https://mirror.example:{server.port}/" for server in (silent, other)),
        f"http://mirror.example:{secured.port}/",
    ]

    tries = [refusals(scanning, urls) for _ in range(TRIES)]

    assert {text for told in tries for text, _ in told} == {
        "url: could not be fetched; its host must be public and must answer in HTTP, in time"
    }
    check_times(tries)


def test_a_redirect_that_leads_nowhere_is_told_alike(
    fetcher, refusals, origin, bystander, filtered, closed
):
    """D4: from the second hop on, too."""
    ports = [bystander.port, filtered, closed]
    locations = [
        f"http://127.0.0.1:{bystander.port}/",
        f"http://127.0.0.2:{filtered}/",
        f"http://127.0.0.2:{closed}/",
        "http://127.0.0.2:1/",
        "file:///etc/passwd",
    ]
    servers = [
        origin(f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
        for location in locations
    ]
    ports += [server.port for server in servers]
    scanning = fetcher(allowed_ports=ports, connect_timeout=HOP)

    tries = [refusals(scanning, [server.url() for server in servers]) for _ in range(TRIES)]

    assert len({text for told in tries for text, _ in told}) == 1
    check_times(tries)


def test_a_connection_that_comes_late_gets_no_more_time(fetcher, refusals):
    """D4: the handshake has what connecting left of the hop's time, not as much again."""
    taken = []

    def take(listener):
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept())

    with full_queue() as listener:
        # The first packet is lost; the second, which the kernel sends a second later, is not.
        taking = threading.Timer(0.3, take, [listener])
        taking.start()
        port = listener.getsockname()[1]
        scanning = fetcher(allowed_ports=[port], connect_timeout=1.5)

        [(text, at)] = refusals(scanning, [f"https://127.0.0.2:{port}/"])
        listener.shutdown(socket.SHUT_RDWR)
        taking.join()

    assert text.startswith("url: could not be fetched")
    assert at < 2.5  # and not twice 1.5
    assert len(taken) > 1
