"""The deployments that rows of the contract are sent to, one for each set of options."""

import itertools
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from harness.exchange import Exchange
from harness.expectations import ABSENT, Answer
from harness.rows import Contract, Row, load

from artifacts.db import tables

CONTRACT = load()
ORIGIN = "127.0.0.2"
KEPT = {"projects", "types", "fields"}  # numbers for names, which processes remember


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "row" in metafunc.fixturenames:
        # A scope makes the tests of one row follow each other, so that one process has them all.
        metafunc.parametrize("row", CONTRACT.rows, ids=lambda row: row.id, scope="module")


def pytest_collection_finish(session: pytest.Session) -> None:
    counts = CONTRACT.per_section()
    session.config.pluginmanager.get_plugin("notes-of-run").add(
        f"contract: {sum(counts.values())} rows: "
        + ", ".join(f"{section} {count}" for section, count in counts.items())
    )


@pytest.fixture(scope="session")
def contract() -> Contract:
    return CONTRACT


class Page(BaseHTTPRequestHandler):
    """Serves `12345` wherever it is asked, but for `/missing`."""

    def do_GET(self) -> None:
        found = self.path != "/missing"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"12345")

    def log_message(self, *anything: Any) -> None:
        pass


@pytest.fixture(scope="session")
def origin() -> Iterator[tuple[str, int]]:
    """A server of somebody else's."""
    server = ThreadingHTTPServer((ORIGIN, 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield ORIGIN, server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def deployed(deploy_in, tmp_path_factory, origin) -> Callable[[str], Any]:
    """Return the one deployment with the options of that name."""
    started: dict[str, Any] = {}

    def deployment(name: str) -> Any:
        if name not in started:
            folder = tmp_path_factory.mktemp(name)
            options = {
                **_with_policy(CONTRACT.deployments[name], folder),
                "remote": {"allowed_networks": f"{ORIGIN}/32", "allowed_ports": origin[1]},
            }
            options["DEFAULT"] = {
                "custom_artifact_types_modules": "contract_types",
                **options.get("DEFAULT", {}),
            }
            started[name] = deploy_in(folder, options)
        return started[name]

    return deployment


def _with_policy(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    if "policy" not in options:
        return options
    file = folder / "policy.yaml"
    file.write_text(json.dumps(options["policy"]))
    others = {section: values for section, values in options.items() if section != "policy"}
    return {**others, "oslo_policy": {"policy_file": file}}


@pytest.fixture(scope="session")
def answered(deployed, origin) -> Callable[[Row], tuple[dict[str, Any], Answer]]:
    """Send what a row says, once; return what it expects, and what was answered."""
    recorded: dict[str, tuple[dict[str, Any], Answer]] = {}
    numbers = itertools.count()

    def answer(row: Row) -> tuple[dict[str, Any], Answer]:
        if row.id not in recorded:
            deployment = deployed(row.deployment)
            _empty(deployment)
            known = {
                "project": f"project{next(numbers)}",
                "origin": f"http://{origin[0]}:{origin[1]}",
                "samples": "/artifacts/sample_artifact",
                "absent": ABSENT,
                "unknown": "00000000-0000-4000-8000-000000000000",
            }
            recorded[row.id] = Exchange(CONTRACT, row, deployment, known).run()
        return recorded[row.id]

    return answer


def _empty(deployment: Any) -> None:
    """Forget all artifacts, so that no row sees what another one made."""
    with deployment.parts.database.engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in KEPT:
                connection.execute(table.delete())
