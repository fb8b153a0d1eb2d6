"""Small HTTP servers on loopback that record what a client sends and answer what a test says."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

CERTIFICATES = Path(__file__).parent / "certificates"


@dataclass(frozen=True)
class Request:
    """What a client sent; `blocks` are the sizes of its chunks, if it sent chunks."""

    method: str
    path: str
    headers: Message
    body: bytes
    blocks: tuple[int, ...] = ()


@dataclass
class Answer:
    """What to answer; `cut` breaks the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


class Origin:
    """A server that gives each request to a function and keeps it in a list."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.connections = 0
        self.answer: Callable[[Request], Answer] = lambda request: Answer()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    origin: Origin

    def setup(self) -> None:
        super().setup()
        self.origin.connections += 1

    def _any(self) -> None:
        body, blocks = self._body()
        request = Request(self.command, self.path, self.headers, body, blocks)
        self.origin.requests.append(request)
        answer = self.origin.answer(request)
        if answer.status == 0:
            self.close_connection = True
            return
        self.send_response(answer.status)
        length = {"Content-Length": str(len(answer.body))}
        for name, value in {**length, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.cut])
        self.close_connection |= answer.cut is not None

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

    def _body(self) -> tuple[bytes, tuple[int, ...]]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), ()
        blocks = []
        while size := int(self.rfile.readline(), 16):
            blocks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(blocks), tuple(map(len, blocks))

    def log_message(self, *_: object) -> None:
        """Say nothing; the tests read the list."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what some tests are about."""


@contextmanager
def serving(certificate: str | None, known: str | None) -> Iterator[Origin]:
    handler = type("OriginHandler", (Handler,), {})
    server = Server(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate)
        if known:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(CERTIFICATES / known)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "https" if certificate else "http"
    origin = Origin(f"{scheme}://127.0.0.1:{server.server_port}")
    handler.origin = origin
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Origin]]:
    """Start another origin, over TLS if a certificate is named, for who has a *known* one."""
    with ExitStack() as stack:
        yield lambda certificate=None, known=None: stack.enter_context(serving(certificate, known))


@pytest.fixture
def origin(serve: Callable[..., Origin]) -> Origin:
    return serve()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def authority() -> str:
    """The file with the authority that signed `loopback.pem` and `elsewhere.pem`."""
    return str(CERTIFICATES / "authority.pem")


@pytest.fixture
def identity() -> str:
    """A file with a certificate, and its key, that says who a client is."""
    return str(CERTIFICATES / "self-signed.pem")


@pytest.fixture
def say(origin, answer):
    """Let the origin answer with a document."""

    def say(document):
        origin.answer = lambda request: answer(body=json.dumps(document).encode())

    return say
