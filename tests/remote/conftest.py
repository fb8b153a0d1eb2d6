"""Servers of other people, on loopback: those that may be reached have 127.0.0.2, those that may
not have 127.0.0.1."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from artifacts import errors
from artifacts.remote import Fetcher

ALLOWED = "127.0.0.2"
FORBIDDEN = "127.0.0.1"

Answer = bytes | Callable[[socket.socket, str], None]


class Origin:
    """A server that answers each connection with the same bytes, or by a function, and counts.

    The function is given the connection and the path asked for.
    """

    def __init__(self, answer: Answer, host: str = ALLOWED, tls: ssl.SSLContext | None = None):
        self.requests: list[str] = []
        self.sent = 0
        self.names: list[str | None] = []
        self.closed = threading.Event()
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server((host, 0), backlog=64)
        self.host, self.port = self._listener.getsockname()
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path: str = "/", host: str | None = None) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def close(self) -> None:
        self.closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._converse, args=[connection], daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            # Small, so that what was sent tells what was read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            head = self._read_head(connection)
            if not head:
                return
            self.requests.append(head)
            if isinstance(self._answer, bytes):
                connection.sendall(self._answer)
            else:
                self._answer(connection, head.split(" ")[1])
            if self._tls is not None:
                connection.unwrap()
            connection.close()

    @staticmethod
    def _read_head(connection: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            block = connection.recv(65536)
            if not block:
                return ""
            head += block
        return head.decode()

    def drip(self, connection: socket.socket, opening: bytes, drop: bytes) -> None:
        """Send *opening*, then *drop* ten times a second until somebody gives up."""
        connection.sendall(opening)
        while not self.closed.wait(0.1):
            connection.sendall(drop)

    def pour(self, connection: socket.socket, opening: bytes, block: bytes) -> None:
        """Send *opening*, then *block* as fast as it is taken, and count."""
        connection.sendall(opening)
        while not self.closed.is_set():
            self.sent += connection.send(block)


class Bystander:
    """A listener that nobody may ever connect to."""

    def __init__(self) -> None:
        self._listener = socket.create_server((FORBIDDEN, 0), backlog=64)
        self.port = self._listener.getsockname()[1]

    def visitors(self) -> int:
        """How many have connected; those that connected before this call wait in the queue."""
        with socket.create_connection((FORBIDDEN, self.port)) as last:
            count = 0
            while True:
                visitor, address = self._listener.accept()
                visitor.close()
                if address == last.getsockname():
                    return count
                count += 1

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def origin():
    """Start servers: origin(answer, tls=...)."""
    with contextlib.ExitStack() as started:

        def start(answer: Answer, **options) -> Origin:
            server = Origin(answer, **options)
            started.callback(server.close)
            return server

        yield start


@pytest.fixture
def bystander():
    """Listens on an address that is not allowed; nobody has come when the test ends."""
    listener = Bystander()
    yield listener
    with contextlib.closing(listener):
        assert listener.visitors() == 0


@pytest.fixture
def fetcher():
    """Build a Fetcher that may reach 127.0.0.2, on the ports of *to*."""

    def build(*to, **options) -> Fetcher:
        settings = {
            "allowed_networks": [f"{ALLOWED}/32"],
            "allowed_ports": [server.port for server in to],
            "connect_timeout": 5.0,
            "idle_timeout": 5.0,
            "total_timeout": 20.0,
            "max_size": 1 << 20,
        }
        return Fetcher(**settings | options)

    return build


@pytest.fixture
def hasty(fetcher):
    """Build the same, for tests whose fetch is to fail: it gives up soon."""
    return partial(fetcher, connect_timeout=0.3, idle_timeout=0.3, total_timeout=5.0)


@pytest.fixture
def resolver():
    """Build a resolver that gives the listed answers one after the other, and the last for ever."""

    def build(*answers):
        def resolve(host, port, **_options):
            resolve.asked.append(host)
            found = answers[min(len(resolve.asked), len(answers)) - 1]
            return [
                (_family(address), socket.SOCK_STREAM, 6, "", (address, port)) for address in found
            ]

        resolve.asked = []
        return resolve

    return build


@pytest.fixture
def refusal():
    """Fetch a URL to its end, and return the sentence that refuses it."""

    def fetch(fetcher: Fetcher, url: str) -> str:
        with pytest.raises(errors.Unfetchable) as refused, fetcher.fetch(url) as remote:
            remote.read(-1)
        return str(refused.value)

    return fetch


@pytest.fixture
def refusals(refusal):
    """The same of several URLs, at once, since each takes its time: sentence and seconds."""

    def fetch(fetcher: Fetcher, urls: list[str]) -> list[tuple[str, float]]:
        def one(url: str) -> tuple[str, float]:
            started = time.monotonic()
            return refusal(fetcher, url), time.monotonic() - started

        with ThreadPoolExecutor(len(urls)) as pool:
            return list(pool.map(one, urls))

    return fetch


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


OPENSSL = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Certificates:
    """An authority, and what it signs, made by the openssl command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "openssl.cnf").write_text(OPENSSL)
        self.authority = self._make("authority", "DNS:authority.example", "authority")

    def server(self, name: str, names: str, *, signed: bool = True) -> ssl.SSLContext:
        """The context of a server called *names*."""
        certificate = self._make(name, names, "server", self.authority if signed else None)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        return context

    def _make(self, name: str, names: str, role: str, authority: Path | None = None) -> Path:
        certificate = self._folder / f"{name}.pem"
        signer = ["-CA", authority, "-CAkey", authority.with_suffix(".key")] if authority else []
        subprocess.run(
            [
                *(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                ),
                *("-nodes", "-days", "2", "-subj", f"/CN={name}"),
                *("-config", self._folder / "openssl.cnf", "-extensions", role),
                *("-addext", f"subjectAltName={names}"),
                *("-keyout", certificate.with_suffix(".key"), "-out", certificate),
                *signer,
            ],
            check=True,
            capture_output=True,
        )
        return certificate


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Certificates(tmp_path_factory.mktemp("certificates"))
