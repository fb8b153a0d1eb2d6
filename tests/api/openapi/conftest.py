"""The service as schemathesis meets it: on a socket, behind tokens, and with artifacts to find."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import Any, ClassVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from sqlalchemy import update

from artifacts.app import create_app
from artifacts.caller import Caller
from artifacts.db import tables

OPERATOR = Caller("operator", "admins", frozenset({"admin"}), "req-1")


def holder(environ: dict[str, Any]) -> Caller | None:
    """Say of a token whose it is, as Keystone does."""
    return OPERATOR if environ["HTTP_X_AUTH_TOKEN"] == World.token else None


class Drained:
    """Reads a body that nobody read: the system would reset the connection under the answer."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        yield from self._application(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Origin(BaseHTTPRequestHandler):
    """Somebody else's server, of a few bytes at any path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"bytes")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(server: Any) -> Iterator[str]:
    """Serve in a thread, and tell where."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    host, port = server.server_address[:2]
    yield f"http://{host}:{port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class World:
    """A running service: where it is, how artifacts get into it, and where else is one to link."""

    token: ClassVar[str] = "a-token-of-an-admin"
    operator: ClassVar[str] = "admins"  # the project of who has that token
    url: str
    elsewhere: str
    live: Callable[[str], Any]
    made: int = 0

    def artifact(self, type_name: str, slot: str | None = None, **values: Any) -> str:
        """Make a draft, with a blob in *slot*, and return its id."""
        self.made += 1
        life = self.live(type_name)
        artifact = life.create(f"made-{self.made}", **values)
        if slot is not None:
            life.upload(artifact, slot, b"0123456789")
        return str(artifact.id)

    def shared(self, type_name: str, project: str | None) -> str:
        """Make another project's artifact, which is shared, with that member, if one is named."""
        self.made += 1
        life = self.live(type_name)
        life.caller = Caller("user", "owner", frozenset({"member"}), "req-1")
        artifact = life.create(f"made-{self.made}")
        with life.parts.database.engine.connect() as connection:
            connection.execution_options(writing=True)
            shown = {"status": "active", "visibility": "shared"}  # whatever the type requires
            mine = tables.artifacts.c.id == artifact.id
            connection.execute(update(tables.artifacts).where(mine).values(**shown))
            connection.commit()
        if project is not None:
            life.parts.members.add(life.caller, type_name, artifact.id, project, None)
        return str(artifact.id)


@pytest.fixture
def world(deploy: Callable[..., Any], live: Any, enabled: str) -> Iterator[World]:
    """Serve the types that are *enabled*; all of them where none is named."""
    types = {"enabled_artifact_types": enabled} if enabled else {}
    with ExitStack() as stack:
        elsewhere = stack.enter_context(running(ThreadingHTTPServer(("127.0.0.1", 0), Origin)))
        deployment = deploy(
            {
                "DEFAULT": {"custom_artifact_types_modules": "", **types},
                "api": {"auth": "keystone"},
                "remote": {
                    "allowed_networks": "127.0.0.1/32",
                    "allowed_ports": elsewhere.rpartition(":")[2],
                },
            }
        )
        application = create_app(deployment.parts, holder)
        served = make_server("127.0.0.1", 0, Drained(application), Threaded, Quiet)
        url = stack.enter_context(running(served))
        yield World(url, elsewhere, lambda name: live(deployment.parts, OPERATOR, name))
