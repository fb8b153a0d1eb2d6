"""What tests of faults share: a service with one world, and servers of somebody else's."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from injection.points import Runs
from injection.victim import Victim
from injection.world import World

ELSEWHERE = b"elsewhere"


class _Origin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/blob" else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(ELSEWHERE)))
        self.end_headers()
        self.wfile.write(ELSEWHERE)

    def log_message(self, *anything: object) -> None: ...


@pytest.fixture(scope="session")
def origin() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.2", 0), _Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def world(tmp_path_factory, deploy_in, origin) -> World:
    """A service, on the database and the store that the environment chooses."""
    folder = tmp_path_factory.mktemp("faults")
    port = origin.server_port
    deployed = deploy_in(
        folder,
        {
            "DEFAULT": {
                "custom_artifact_types_modules": "sample_types, fault_types",
                "max_uploaded_data": 600_000,
                "enabled_stores": "file, other",
            },
            "store:other": {"kind": "file", "path": folder / "other"},
            "pool:spare": {"store": "other"},
            "artifact_type:kept": {"delayed_delete": True},
            "blobs": {"upload_lease": 3600},  # which nobody renews while a test runs
            "remote": {"allowed_networks": "127.0.0.2/32", "allowed_ports": port},
        },
    )
    deployed.parts.database.engine.dispose()  # it is the one that made the tables, and that is all
    return World(str(folder / "artifacts.conf"))


@pytest.fixture(scope="module", autouse=True)
def _silence() -> Iterator[None]:
    """Log nothing of what goes wrong on purpose: it is thousands of tracebacks."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(before)


@pytest.fixture(scope="session")
def runs(world, origin) -> Iterator[Runs]:
    url = f"http://127.0.0.2:{origin.server_port}"
    victim = Victim(world.file)
    yield Runs(world, victim, {"origin": f"{url}/blob", "nowhere": f"{url}/nothing"})
    victim.close()
