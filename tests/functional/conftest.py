"""The service as it runs: `artifacts serve` as a process on loopback, spoken to over HTTP alone."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from grounds import Grounds

from artifacts.client import Client

COMMANDS = Path(sys.executable).parent
READY = re.compile(r"Artifacts is ready on (http://(\S+):(\d+)),")
LOCATION = "application/vnd+openstack.glare-custom-location+json"
PATCH = "application/json-patch+json"
PATIENCE = 30.0


def environment() -> dict[str, str]:
    """This environment without what would steer the commands."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARTIFACTS_", "OS_"))
    }


def until(done: Callable[[], Any], *, seconds: float = PATIENCE, step: float = 0.05) -> Any:
    """Ask until the answer is true, and return it; fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not (answer := done()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(step)
    return answer


@dataclass(frozen=True)
class Answer:
    """What a server answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    """Read one answer from a raw connection."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


class Server:
    """One `artifacts serve` over a folder, with all its processes in a group of their own."""

    def __init__(
        self, folder: Path, grounds: Grounds, *, data: Path | None = None, config: str = ""
    ) -> None:
        self.folder = folder
        self.data = data or folder / "data"
        self.ground = grounds.of(self.data)
        self.ground_file = folder / "ground.conf"
        self.ground_file.write_text(self.ground.written())
        self.config_file = folder / "artifacts.conf"
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = self.host = ""
        self.port = 0
        self.configure(config)

    def configure(self, text: str) -> None:
        """Write the configuration file; `[api] auth = none` unless it says something else."""
        if "auth =" not in text:
            text = f"[api]\nauth = none\n{text}"
        self.config_file.write_text(text)

    @property
    def location(self) -> list[str]:
        files = (self.ground_file, self.config_file)
        named = [each for file in files for each in ("--config-file", str(file))]
        return ["--data", str(self.data), *named]

    def start(
        self, *, workers: int = 2, port: int = 0, prefix: Sequence[str] = (), **more: Any
    ) -> "Server":
        serve = [str(COMMANDS / "artifacts"), "serve", *self.location]
        options = ["--port", str(port), "--workers", str(workers)]
        begun = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, *serve, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(),
                start_new_session=True,
                **more,
            )
        found = until(lambda: self._ready(begun))
        self.url, self.host, self.port = found[1], found[2], int(found[3])
        until(lambda: self.ask("GET", "/healthcheck").status == 200)
        return self

    def _ready(self, begun: int) -> re.Match[str] | None:
        text = self.logged(begun)
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended: {text}"
        return READY.search(text)

    def logged(self, begun: int = 0) -> str:
        return self.log.read_bytes()[begun:].decode(errors="replace")

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop, and wait until it has."""
        assert self.process is not None
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """Kill all its processes at once, with no chance to tidy up."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=60)
            until(lambda: not self.processes())

    def restart(self, **options: Any) -> "Server":
        self.kill()
        return self.start(**options)

    def processes(self) -> list[int]:
        """The ids of all its processes, the first being the one that was started."""
        assert self.process is not None
        group = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                number = int(entry.name)
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid and fields[0] != "Z":
                    group.append(number)
        return sorted(group)

    def memory(self) -> int:
        """The resident bytes of all its processes together."""
        pages = 0
        for number in self.processes():
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{number}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def client(self, **options: Any) -> Client:
        return Client(self.url, **options)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        timeout: float = 60.0,
        **headers: str,
    ) -> Answer:
        """Send one request on a connection of its own; `Content_Type=...` gives a header."""
        named = {"OpenStack-API-Version": "artifact 1.2"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        with contextlib.closing(connection):
            # A server that refuses early may hang up while the rest is still on its way.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, named)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, told, response.read())
        self._look(answer)
        return answer

    def _look(self, answer: Answer) -> None:
        """Fail if an answer tells what no stranger should learn of our insides."""
        told = str(answer.headers).encode()
        told += b"" if "content-disposition" in answer.headers else answer.body
        insides = ("Traceback (most", 'File "/', "site-packages", *self.ground.shelf.insides)
        for inside in (*insides, str(self.folder)):
            assert inside.encode() not in told, told

    def create(self, type_name: str = "images", *, token: str = "", **fields: Any) -> str:
        """Make a draft, and return its path."""
        fields = {"name": f"draft-{time.monotonic_ns()}"} | fields
        headers = {"Content_Type": "application/json"} | ({"X_Auth_Token": token} if token else {})
        answer = self.ask("POST", f"/artifacts/{type_name}", json.dumps(fields), **headers)
        assert answer.status == 201, answer.body
        return answer.headers["location"]

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Answer:
        body = json.dumps(operations)
        return self.ask("PATCH", path, body, Content_Type=PATCH, **headers)

    def link(self, path: str, url: str, **expected: Any) -> Answer:
        body = json.dumps({"url": url, **expected})
        return self.ask("PUT", path, body, Content_Type=LOCATION)

    def connect(self, *, timeout: float = PATIENCE) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def converse(self, said: bytes, *, timeout: float = PATIENCE) -> bytes:
        """Say something and nothing more, and return all that comes until the server hangs up."""
        heard = b""
        with self.connect(timeout=timeout) as connection:
            # A server that refuses early may hang up while the rest is still on its way.
            with contextlib.suppress(ConnectionError):
                connection.sendall(said)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while block := connection.recv(65536):
                    heard += block
        return heard

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `artifacts-manage` on the same folder."""
        return subprocess.run(
            [str(COMMANDS / "artifacts-manage"), *self.location, *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment(),
            timeout=120,
        )

    def stored(self) -> list[Any]:
        """Whatever lies in the store, finished or not."""
        return self.ground.shelf.stored()


@pytest.fixture
def wait_until():
    return until


@pytest.fixture
def listen_to():
    """Read one answer from a raw connection."""
    return read_answer


@pytest.fixture(scope="session")
def grounds(lasting_scratch, shelf_of) -> Grounds:
    server = os.environ.get("ARTIFACTS_TEST_DATABASE")
    return Grounds(lambda: lasting_scratch(server) if server else None, shelf_of)


@pytest.fixture
def make_server(tmp_path, grounds) -> Iterator[Callable[..., Server]]:
    """Make servers, each in a folder of its own, that are gone when the test is over."""
    servers = []

    def make(**options: Any) -> Server:
        folder = tmp_path / f"server-{len(servers)}"
        folder.mkdir()
        servers.append(Server(folder, grounds, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@dataclass
class Page:
    """What an origin answers at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0


@dataclass
class Origin:
    """Somebody else's server, which keeps every request's path and headers."""

    url: str
    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def serve(self, body: bytes = b"", *, name: str = "", **options: Any) -> str:
        """Serve something at a new path, and return its URL."""
        path = f"/{len(self.pages)}/{name}"
        self.pages[path] = Page(body, **options)
        return self.url + path

    def asked(self, url: str) -> list[str]:
        """The methods of the requests for *url*."""
        return [method for method, path, _ in self.requests if self.url + path == url]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    origin: Origin

    def answer(self) -> None:
        self.origin.requests.append((self.command, self.path, dict(self.headers)))
        page = self.origin.pages.get(self.path, Page(b"nothing here", status=404))
        time.sleep(page.pause)
        self.send_response(page.status)
        for name, value in {"Content-Type": "application/x-disk", **page.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(page.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - so they are found

    def log_message(self, *_: object) -> None:
        """Say nothing among the tests' own words."""


class Crowd(ThreadingHTTPServer):
    """Lets many connect at once: what does not fit into the queue would wait for a second."""

    request_queue_size = 128
    daemon_threads = True


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """A server on 127.0.0.2 that counts."""
    server = Crowd(("127.0.0.2", 0), Handler)
    origin = Origin(f"http://127.0.0.2:{server.server_port}", server.server_port)
    server.RequestHandlerClass = type("Handler", (Handler,), {"origin": origin})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield origin
    server.shutdown()
    thread.join()
    server.server_close()


class Bystander:
    """A listener on 127.0.0.1, and on ::1 where there is IPv6, that nobody may connect to."""

    def __init__(self) -> None:
        self.listeners = [socket.create_server(("127.0.0.1", 0), backlog=64)]
        self.port = self.listeners[0].getsockname()[1]
        with contextlib.suppress(OSError):
            address = ("::1", self.port)
            self.listeners.append(socket.create_server(address, family=socket.AF_INET6))
        for listener in self.listeners:
            listener.setblocking(False)

    def visitors(self) -> int:
        """How many have connected: the kernel has queued whoever did before this was asked."""
        count = 0
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                while True:
                    visitor, _ = listener.accept()
                    visitor.close()
                    count += 1
        return count

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()


@pytest.fixture(scope="session")
def bystander() -> Iterator[Bystander]:
    listener = Bystander()
    yield listener
    listener.close()


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.2 that is taken, so that nobody else gets it, but does not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="session")
def silent_port() -> Iterator[int]:
    """A port of 127.0.0.2 whose listener accepts, and then says nothing."""
    with socket.create_server(("127.0.0.2", 0), backlog=64) as silent:
        yield silent.getsockname()[1]


@pytest.fixture(scope="session")
def remote_options(origin, bystander, closed_port, silent_port) -> str:
    """The options that let blobs be fetched from 127.0.0.2, and from nowhere else near."""
    ports = (80, 443, origin.port, bystander.port, closed_port, silent_port)
    return (
        "[remote]\nallowed_networks = 127.0.0.2/32\nconnect_timeout = 1\nidle_timeout = 2\n"
        "max_fetches = 64\n"
        f"allowed_ports = {','.join(map(str, ports))}\n"
    )


@pytest.fixture(scope="session")
def make_lasting_server(tmp_path_factory, grounds) -> Iterator[Callable[..., Server]]:
    """Make servers that are there until the last test."""
    servers = []

    def make(**options: Any) -> Server:
        servers.append(Server(tmp_path_factory.mktemp("shared"), grounds, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def server(make_lasting_server, remote_options) -> Server:
    """A running server that tests share, each with artifacts of its own; its leases are short."""
    return make_lasting_server(config=f"[blobs]\nupload_lease = 1\n{remote_options}").start()
