"""What all tests share: a deployment on the database that the environment chooses.

ARTIFACTS_TEST_DATABASE is the SQLAlchemy URL of a server on which each test gets a database of
its own; unset, it is a SQLite file. Stores are folders.
"""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from falcon.testing import TestClient
from sqlalchemy import create_engine, make_url, text

from artifacts import config
from artifacts.app import Parts, build, create_app
from artifacts.caller import Caller
from artifacts.model import Expected

DATABASE = "ARTIFACTS_TEST_DATABASE"
PLUGINS = Path(__file__).parent / "plugins"
PATCH = {"Content-Type": "application/json-patch+json"}

Options = dict[str, dict[str, Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-long", action="store_true", help="run what takes minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: needs --run-long"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    name = make_url(os.environ.get(DATABASE) or "sqlite://").get_backend_name()
    terminalreporter.write_line(f"database: {name}, store: file")


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `custom_artifact_types_modules` name the modules beside these tests."""
    monkeypatch.syspath_prepend(str(PLUGINS))


@pytest.fixture
def scratch() -> Iterator[Callable[[str], str]]:
    """Make an empty database on a server, and return its URL; it is dropped after the test."""
    made: list[tuple[str, str]] = []

    def make(server: str) -> str:
        name = f"artifacts_test_{uuid.uuid4().hex[:16]}"
        _run(server, f"CREATE DATABASE {name}")
        made.append((server, name))
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield make
    for server, name in made:
        force = " WITH (FORCE)" if server.startswith("postgresql") else ""
        _run(server, f"DROP DATABASE {name}{force}")


def _run(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def database_url(tmp_path: Path, scratch: Callable[[str], str]) -> str:
    server = os.environ.get(DATABASE)
    return scratch(server) if server else f"sqlite:///{tmp_path / 'artifacts.db'}"


@dataclass
class Deployment:
    """One process of a service: its parts, and who talks to them by HTTP or directly."""

    parts: Parts
    store_folder: Path
    wsgi: Any = field(init=False)

    def __post_init__(self) -> None:
        self.wsgi = create_app(self.parts)

    def client(self, project: str | None = "project", *, roles: str = "member") -> TestClient:
        """Return a client of *project*; of nobody's, if it is None."""
        headers = {"X-Identity-Status": "Confirmed", "X-User-Id": "user", "X-Roles": roles}
        if project is not None:
            headers["X-Project-Id"] = project
        return self.plain_client(headers)

    def admin(self) -> TestClient:
        return self.client("admins", roles="admin")

    def plain_client(self, headers: dict[str, str] | None = None) -> TestClient:
        return TestClient(self.wsgi, headers={"Host": "localhost", **(headers or {})})

    def stored(self) -> list[Path]:
        """Return every file in the store's folder, finished or not."""
        return sorted(path for path in self.store_folder.rglob("*") if path.is_file())

    def rows(self, table: Any) -> list[Any]:
        with self.parts.database.engine.connect() as connection:
            return list(connection.execute(table.select()))


@pytest.fixture
def deploy(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Deployment]]:
    """Start one more process of the service, on the test's one database and store."""
    started: list[Deployment] = []

    def start(options: Options | None = None) -> Deployment:
        folder = tmp_path / "store"
        sections: Options = {
            "DEFAULT": {"custom_artifact_types_modules": "sample_types"},
            "api": {"auth": "headers"},
            "database": {"connection": database_url},
            "store:file": {"path": folder},
        }
        for name, values in (options or {}).items():
            sections[name] = {**sections.get(name, {}), **values}
        conf = config.load([_written(tmp_path / f"artifacts-{len(started)}.conf", sections)])
        deployment = Deployment(build(conf), folder)
        started.append(deployment)
        return deployment

    yield start
    for each in started:
        each.parts.database.close()


def _written(path: Path, sections: Options) -> str:
    lines = [
        line
        for section, values in sections.items()
        for line in (f"[{section}]", *(f"{name} = {value}" for name, value in values.items()))
    ]
    path.write_text("\n".join(lines))
    return str(path)


@pytest.fixture
def deployment(deploy: Callable[..., Deployment]) -> Deployment:
    return deploy()


@pytest.fixture
def caller() -> Caller:
    return Caller("user", "project", frozenset({"member"}), "req-1")


@pytest.fixture
def other() -> Caller:
    return Caller("stranger", "elsewhere", frozenset({"member"}), "req-2")


@pytest.fixture
def admin() -> Caller:
    return Caller("operator", "admins", frozenset({"admin"}), "req-3")


class Source:
    """Bytes that come in blocks; a function among them is called when its turn has come."""

    def __init__(self, *blocks: bytes | Callable[[], object]) -> None:
        self._blocks = list(blocks)

    def read(self, size: int = -1) -> bytes:
        while self._blocks:
            block = self._blocks.pop(0)
            if not isinstance(block, bytes):
                block()
            elif block:
                if 0 <= size < len(block):
                    self._blocks.insert(0, block[size:])
                    return block[:size]
                return block
        return b""


@pytest.fixture
def source() -> type[Source]:
    return Source


@dataclass
class Life:
    """The verbs of one caller, with what tests rarely say filled in."""

    parts: Parts
    caller: Caller
    type_name: str = "samples"

    def create(self, name: str = "name", **values: Any) -> Any:
        return self.parts.artifacts.create(self.caller, self.type_name, {"name": name, **values})

    def show(self, artifact: Any) -> Any:
        return self.parts.artifacts.show(self.caller, self.type_name, artifact.id)

    def change(self, artifact: Any, **values: Any) -> Any:
        """Replace fields, in the order given."""
        steps = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        return self.patch(artifact, *steps)

    def patch(self, artifact: Any, *operations: dict[str, Any]) -> Any:
        return self.parts.artifacts.change(
            self.caller, self.type_name, artifact.id, list(operations)
        )

    def activate(self, artifact: Any) -> Any:
        return self.change(artifact, status="active")

    def upload(self, artifact: Any, path: str, data: Any, **more: Any) -> Any:
        known = isinstance(data, bytes)
        more = {"length": len(data) if known else None, "expected": Expected(), **more}
        return self.parts.blobs.upload(
            self.caller,
            self.type_name,
            artifact.id,
            path,
            Source(data) if known else data,
            content_type="text/plain",
            **more,
        )

    def read(self, artifact: Any, path: str, start: int = 0, end: int | None = None) -> bytes:
        opened = self.parts.blobs.open(self.caller, self.type_name, artifact.id, path)
        with opened.open(start, end) as handle:
            return handle.read()

    def empty(self, artifact: Any, path: str) -> Any:
        return self.parts.blobs.delete(
            self.caller, self.type_name, artifact.id, path, external_only=False
        )

    def delete(self, artifact: Any) -> None:
        self.parts.artifacts.delete(self.caller, self.type_name, artifact.id)


@pytest.fixture
def life(deployment: Deployment, caller: Caller) -> Life:
    """The verbs as a member of `project` calls them."""
    return Life(deployment.parts, caller)


@pytest.fixture
def live() -> type[Life]:
    return Life


@pytest.fixture
def patch_headers() -> dict[str, str]:
    return PATCH


@pytest.fixture
def at_once() -> Callable[[Iterable[Callable[[], Any]]], list[Any]]:
    """Call functions in as many threads as there are, and return what each returned or raised."""

    def run(works: Iterable[Callable[[], Any]]) -> list[Any]:
        several = list(works)
        with ThreadPoolExecutor(len(several)) as threads:
            futures = [threads.submit(work) for work in several]
        return [future.exception() or future.result() for future in futures]

    return run
