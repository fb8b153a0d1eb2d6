"""A proxy on loopback that does to requests what networks and stores do on their bad days.

It stands before a real server and speaks HTTP/1.1. What is told by `break_with` happens to each
request for which it is meant, until `mend`; everything else passes.
"""

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

BLOCK = 64 * 1024
CANARY = "canary-of-the-backend"  # which no answer of ours may hold
ERROR = """\
<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>{code}</Code><Message>{message}</Message><Resource>/{canary}/key</Resource>\
<RequestId>{canary}</RequestId><HostId>{canary}.internal</HostId></Error>"""


@dataclass(frozen=True)
class Request:
    """What came from the client, without its body."""

    method: str
    path: str
    headers: list[tuple[str, str]]

    @property
    def length(self) -> int:
        named = {name.lower(): value for name, value in self.headers}
        return int(named.get("content-length", 0))

    @property
    def waits(self) -> bool:
        """Whether the body comes when it is asked for."""
        return any(name.lower() == "expect" for name, _ in self.headers)


@dataclass(frozen=True)
class Answer:
    """What came from the server behind."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def head(self, length: int | None = None) -> bytes:
        """Return the head, with another Content-Length if one is given."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        for name, value in self.headers:
            if name.lower() == "content-length" and length is not None:
                value = str(length)
            lines.append(f"{name}: {value}")
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Fault:
    """What happens to the requests that it is meant for, until it is over."""

    name: str
    meant: Callable[[Request], bool]
    over: threading.Event = field(default_factory=threading.Event)


class Ended(Exception):
    """The connection is of no more use."""


class FaultProxy(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[Request] = []
        self._fault: Fault | None = None
        self._held = 0
        self._lock = threading.Lock()

    def break_with(self, name: str, meant: Callable[[Request], bool] = lambda _: True) -> None:
        assert name in FAULTS, name
        self.mend()
        self._fault = Fault(name, meant)

    def mend(self) -> None:
        """Let all pass, and hang up on those that wait."""
        fault, self._fault = self._fault, None
        if fault is not None:
            fault.over.set()

    @property
    def held(self) -> int:
        """How many requests wait for what does not come."""
        return self._held

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        with self._lock:
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1

    def fault_of(self, request: Request) -> Fault | None:
        self.requests.append(request)
        fault = self._fault
        return fault if fault is not None and fault.meant(request) else None

    def handle_error(self, *_: Any) -> None:
        """Say nothing among the tests' own words: clients hang up on what is broken."""


class _Handler(StreamRequestHandler):
    server: FaultProxy
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with contextlib.suppress(Ended, ConnectionError, http.client.HTTPException):
            while request := self._request():
                fault = self.server.fault_of(request)
                if fault is None:
                    self._send(request, self._forward(request))
                else:
                    FAULTS[fault.name](self, request, fault)

    def _request(self) -> Request | None:
        line = self.rfile.readline()
        if not line:
            return None
        method, path, _ = line.decode().split(" ")
        headers = []
        while line := self.rfile.readline().rstrip(b"\r\n"):
            name, _, value = line.decode().partition(":")
            headers.append((name, value.strip()))
        return Request(method, path, headers)

    def _body(self, request: Request) -> Iterator[bytes]:
        if request.waits:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = request.length
        while left:
            block = self.rfile.read(min(BLOCK, left))
            if not block:
                raise Ended
            left -= len(block)
            yield block

    def _forward(self, request: Request) -> Answer:
        """Ask the server behind, and return its whole answer."""
        connection = http.client.HTTPConnection(self.server.behind, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers:
                if name.lower() not in ("expect", "connection"):
                    connection.putheader(name, value)
            connection.endheaders()
            for block in self._body(request):
                connection.send(block)
            response = connection.getresponse()
            headers = [
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in ("connection", "transfer-encoding", "keep-alive")
            ]
            body = response.read()
        if "content-length" not in {name.lower() for name, _ in headers}:
            headers.append(("Content-Length", str(len(body))))
        return Answer(response.status, response.reason, headers, body)

    def _send(self, request: Request, answer: Answer) -> None:
        self.wfile.write(answer.head() + answer.body)

    def _swallow(self, request: Request) -> None:
        for _ in self._body(request):
            pass

    def _wait(self, fault: Fault) -> None:
        with self.server.holding():
            fault.over.wait()
        raise Ended

    def _reset(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()
        raise Ended

    def stall(self, request: Request, fault: Fault) -> None:
        """Take it, and never answer."""
        self._swallow(request)
        self._wait(fault)

    def deaf(self, request: Request, fault: Fault) -> None:
        """Take not even its body."""
        self._wait(fault)

    def sip(self, request: Request, fault: Fault) -> None:
        """Do it, but take nothing of the body for a while."""
        fault.over.wait(1.5)
        self._send(request, self._forward(request))

    def stall_within(self, request: Request, fault: Fault) -> None:
        """Send half of what was answered, be it a body or a head."""
        answer = self._forward(request)
        sent = answer.head() + answer.body
        self.wfile.write(sent[: len(sent) // 2 if answer.body else 20])
        self._wait(fault)

    def drip(self, request: Request, fault: Fault) -> None:
        """Answer a byte at a time, too often for silence to be noticed."""
        answer = self._forward(request)
        with self.server.holding():
            head = answer.head()
            begun = head if answer.body else b""
            self.wfile.write(begun)
            for byte in (head + answer.body)[len(begun) :]:
                if fault.over.wait(0.1):
                    break
                self.wfile.write(bytes([byte]))
        raise Ended

    def reset(self, request: Request, fault: Fault) -> None:
        """Reset the connection before anything was done."""
        self._swallow(request)
        self._reset()

    def reset_after(self, request: Request, fault: Fault) -> None:
        """Do it, and reset the connection in place of an answer."""
        self._forward(request)
        self._reset()

    def error(self, request: Request, fault: Fault) -> None:
        self._refuse(request, 500, "InternalError", "We encountered an internal error.")

    def slow_down(self, request: Request, fault: Fault) -> None:
        self._refuse(request, 503, "SlowDown", "Please reduce your request rate.")

    def _refuse(self, request: Request, status: int, code: str, message: str) -> None:
        self._swallow(request)
        body = ERROR.format(code=code, message=message, canary=CANARY).encode()
        headers = [("Content-Type", "application/xml"), ("x-amz-request-id", CANARY)]
        headers.append(("Content-Length", str(len(body))))
        if request.method == "HEAD":
            body = b""
        self._send(request, Answer(status, code, headers, body))

    def truncate(self, request: Request, fault: Fault) -> None:
        """Send half of the body, and hang up; of an answer without one, half of its head."""
        answer = self._forward(request)
        sent = answer.head() + answer.body
        self.wfile.write(sent[: len(sent) - len(answer.body) // 2 if answer.body else 20])
        raise Ended

    def short_length(self, request: Request, fault: Fault) -> None:
        """Announce half of the body that then comes."""
        answer = self._forward(request)
        if request.method == "HEAD":
            self._send(request, answer)
            return
        self.wfile.write(answer.head(len(answer.body) // 2) + answer.body)
        raise Ended

    def long_length(self, request: Request, fault: Fault) -> None:
        """Announce more than comes, and hang up."""
        answer = self._forward(request)
        if request.method == "HEAD":
            self._send(request, answer)
            return
        self.wfile.write(answer.head(len(answer.body) + 1000) + answer.body)
        raise Ended

    def garbage(self, request: Request, fault: Fault) -> None:
        """Answer something that is no HTTP."""
        self._swallow(request)
        self.wfile.write(f"220 {CANARY} ESMTP\r\n".encode() * 3)
        raise Ended


FAULTS: dict[str, Callable[[_Handler, Request, Fault], None]] = {
    "stall": _Handler.stall,
    "deaf": _Handler.deaf,
    "sip": _Handler.sip,
    "stall_within": _Handler.stall_within,
    "drip": _Handler.drip,
    "reset": _Handler.reset,
    "reset_after": _Handler.reset_after,
    "error": _Handler.error,
    "slow_down": _Handler.slow_down,
    "truncate": _Handler.truncate,
    "short_length": _Handler.short_length,
    "long_length": _Handler.long_length,
    "garbage": _Handler.garbage,
}


@contextlib.contextmanager
def running(behind: str) -> Iterator[FaultProxy]:
    proxy = FaultProxy(behind)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.mend()
        proxy.shutdown()
        thread.join()
        proxy.server_close()


@pytest.fixture
def faulty(objects: Any) -> Iterator[FaultProxy]:
    """A proxy before the Swift of the test run, through which everything passes at first."""
    with running(objects.url) as proxy:
        yield proxy
