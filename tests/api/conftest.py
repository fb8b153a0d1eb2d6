"""What tests of HTTP share: clients of several callers, and artifacts in several states."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def client(deployment):
    """A client of the project that `life` acts for."""
    return deployment.client()


@pytest.fixture
def artifact(life):
    return life.create()


@pytest.fixture
def url(artifact):
    return f"/artifacts/samples/{artifact.id}"


@pytest.fixture
def filled(life, artifact):
    """An artifact that holds ten bytes."""
    return life.upload(artifact, "blob", b"0123456789")


@pytest.fixture
def chunked():
    """What makes a test client send a body whose length nobody was told."""
    return {"headers": {"Transfer-Encoding": "chunked"}, "extras": {"CONTENT_LENGTH": ""}}


class _Page(BaseHTTPRequestHandler):
    """Serves `elsewhere` at every path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "9")
        self.end_headers()
        self.wfile.write(b"elsewhere")

    def log_message(self, *anything: object) -> None: ...


@pytest.fixture(scope="session")
def origin():
    """A server of somebody else's, and the options that allow to fetch from it."""
    server = ThreadingHTTPServer(("127.0.0.2", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    remote = {"allowed_networks": "127.0.0.2/32", "allowed_ports": server.server_port}
    yield f"http://127.0.0.2:{server.server_port}/blob", {"remote": remote}
    server.shutdown()
    server.server_close()
