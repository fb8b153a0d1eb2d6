"""Slow origins leave room for others, and work for nobody who has hung up."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.functional.conftest import LOCATION, Server, until


class Trickle(BaseHTTPRequestHandler):
    """Sends `/short` at once, and of anything else a body that never ends."""

    asked = threading.Event()
    ended = threading.Event()

    def do_GET(self):
        short = self.path == "/short"
        self.send_response(200)
        self.send_header("Content-Length", "5" if short else str(1 << 35))
        self.end_headers()
        if short:
            self.wfile.write(b"short")
            return
        self.asked.set()
        try:
            while not self.ended.wait(0.1):
                self.wfile.write(bytes(64 * 1024))
        except ConnectionError:
            pass

    def log_message(self, *_):
        """Say nothing among the tests' own words."""


@pytest.fixture
def trickle():
    Trickle.asked.clear()
    Trickle.ended.clear()
    origin = ThreadingHTTPServer(("127.0.0.2", 0), Trickle)
    serving = threading.Thread(target=origin.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    yield origin.server_port
    Trickle.ended.set()
    origin.shutdown()
    serving.join()
    origin.server_close()


@pytest.fixture
def narrow(tmp_path, grounds, trickle):
    """A server that fetches one external blob of a project at a time."""
    config = (
        f"[remote]\nallowed_networks = 127.0.0.2/32\nallowed_ports = {trickle}\nmax_fetches = 2\n"
    )
    server = Server(tmp_path, grounds, config=config).start(workers=1)
    yield server
    server.kill()


def test_a_fetch_ends_when_nobody_waits_for_it_and_leaves_its_place(narrow, trickle):
    path, url = narrow.create(), f"http://127.0.0.2:{trickle}/disk"
    body = json.dumps({"url": url})
    with socket.create_connection((narrow.host, narrow.port)) as waiting:
        waiting.sendall(
            f"PUT {path}/mirrors/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LOCATION}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        assert Trickle.asked.wait(10)  # from here on the only place is taken
        refused = narrow.link(f"{path}/mirrors/b", url, size=1)

    assert refused.status == 503
    assert refused.headers["retry-after"] == "5"
    short = f"http://127.0.0.2:{trickle}/short"
    until(lambda: narrow.link(f"{path}/mirrors/a", short).status == 200)
