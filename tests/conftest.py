"""What all tests share: a deployment on the database that the environment chooses.

ARTIFACTS_TEST_DATABASE is the SQLAlchemy URL of a server on which each test gets a database of
its own; unset, it is a SQLite file. ARTIFACTS_TEST_STORE is where bytes go, which shelves.py says.
"""

import os
import shutil
import subprocess
import sys
import uuid
import venv
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from falcon.testing import Result, TestClient
from shelves import Shelf, shelves_of
from sqlalchemy import create_engine, make_url, text

from artifacts import config, plugins
from artifacts.app import create_app
from artifacts.caller import Caller
from artifacts.db import schema
from artifacts.db.database import connect
from artifacts.model import Expected
from artifacts.parts import Parts, build
from artifacts.remote import connection as remote_connection

DATABASE = "ARTIFACTS_TEST_DATABASE"
STORE = os.environ.get("ARTIFACTS_TEST_STORE") or "file"
PATCH = {"Content-Type": "application/json-patch+json"}

Options = dict[str, dict[str, Any]]

pytest_plugins = ("clouds", "fault_proxy", "nginx", "notes", "object_servers", "openstack_runs")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-long", action="store_true", help="run what takes minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: needs --run-long"))


def pytest_sessionstart(session: pytest.Session) -> None:
    name = make_url(os.environ.get(DATABASE) or "sqlite://").get_backend_name()
    session.config.pluginmanager.get_plugin("notes-of-run").add(f"database: {name}, store: {STORE}")


@pytest.fixture(scope="session", autouse=True)
def _looked_up_once() -> Iterator[None]:
    """Let all services of this process share what takes each of them longest to find."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "entry_points", cache(plugins.entry_points))
        patch.setattr(remote_connection, "trust", cache(remote_connection.trust))
        yield


def pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=600)


def _fill(folder: Path, python: Path, releases: Sequence[str]) -> None:
    venv.create(folder, clear=True, with_pip=True)
    wheel = ("download", "--no-deps", "--dest", str(folder / "wheel"))
    if pip(python, *wheel, releases[0], "--retries", "1", "--timeout", "15").returncode:
        pytest.skip(f"needs {releases[0]}: PyPI cannot be reached")
    installed = pip(python, "install", *releases)
    assert installed.returncode == 0, installed.stderr


@pytest.fixture(scope="session")
def python_with(pytestconfig: pytest.Config) -> Callable[..., Path]:
    """Return the Python of an environment with releases from PyPI, which is kept between runs.

    Tests that need it are skipped if PyPI does not give the first of them.
    """

    def environment(*releases: str) -> Path:
        name = f"{releases[0]}-{sys.version_info[0]}.{sys.version_info[1]}"
        folder = pytestconfig.cache.mkdir(name)
        python, complete = folder / "bin" / "python", folder / "complete"
        with folder.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)  # each process of pytest-xdist may want it
            if not complete.exists():
                _fill(folder, python, releases)
                complete.touch()
        return python

    return environment


@pytest.fixture
def scratch() -> Iterator[Callable[[str], str]]:
    """Make an empty database on a server, and return its URL; it is dropped after the test."""
    with _scratch() as make:
        yield make


@pytest.fixture(scope="module")
def scratch_of_module() -> Iterator[Callable[[str], str]]:
    """The same, dropped after the module's last test."""
    with _scratch() as make:
        yield make


@pytest.fixture(scope="session")
def lasting_scratch() -> Iterator[Callable[[str], str]]:
    """The same, but what it makes is there until the last test."""
    with _scratch() as make:
        yield make


@contextmanager
def _scratch() -> Iterator[Callable[[str], str]]:
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
    return _database_url(tmp_path, scratch)


def _database_url(folder: Path, scratch: Callable[[str], str]) -> str:
    server = os.environ.get(DATABASE)
    return scratch(server) if server else f"sqlite:///{folder / 'artifacts.db'}"


@pytest.fixture(scope="session")
def shelf_of(request: pytest.FixtureRequest) -> Callable[[Path], Shelf]:
    """Where the deployment that has this folder to itself keeps its bytes."""
    return shelves_of(STORE, request.getfixturevalue)


@pytest.fixture(scope="session")
def on_sqlite() -> None:
    """For what a test sees or does to the file of a database."""
    if os.environ.get(DATABASE):
        pytest.skip("needs a database that is a file")


@pytest.fixture(scope="session")
def on_files() -> None:
    """For what a store can only meet, or show, where it is a folder."""
    if STORE != "file":
        pytest.skip("needs a store that is a folder")


class Watcher(TestClient):
    """Looks through every answer but downloads for what no stranger should learn of our insides."""

    insides = ("Traceback (most", 'File "/', "site-packages", "sqlalchemy", "psycopg", "pymysql")
    own: tuple[str, ...] = ()  # folders, and where the database is

    def simulate_request(self, *args: Any, **more: Any) -> Result:
        answer = super().simulate_request(*args, **more)
        told = str(answer.headers)
        if "Content-Disposition" not in answer.headers:
            told += answer.text
        assert not [each for each in (*self.insides, *self.own) if each in told], told
        return answer


@dataclass
class Deployment:
    """One process of a service: its parts, and who talks to them by HTTP or directly."""

    parts: Parts
    store_folder: Path
    shelf: Shelf
    wsgi: Any = field(init=False)

    def __post_init__(self) -> None:
        self.wsgi = create_app(self.parts)

    def client(
        self, project: str | None = "project", *, roles: str = "member", user: str = "user"
    ) -> TestClient:
        """Return a client of *project*; of nobody's, if it is None."""
        headers = {"X-Identity-Status": "Confirmed", "X-User-Id": user, "X-Roles": roles}
        if project is not None:
            headers["X-Project-Id"] = project
        return self.plain_client(headers)

    def admin(self) -> TestClient:
        return self.client("admins", roles="admin")

    def plain_client(self, headers: dict[str, str] | None = None) -> TestClient:
        client = Watcher(self.wsgi, headers={"Host": "localhost", **(headers or {})})
        database = self.parts.database.engine.url.render_as_string()
        client.own = (str(self.store_folder), database, *self.shelf.insides)
        return client

    def stored(self) -> list[Any]:
        """Return whatever lies in the store, finished or not."""
        return self.shelf.stored()

    def rows(self, table: Any) -> list[Any]:
        with self.parts.database.engine.connect() as connection:
            return list(connection.execute(table.select()))


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it: made once, it is copied for each test."""
    path = tmp_path_factory.mktemp("blank") / "artifacts.db"
    engine = connect(f"sqlite:///{path}", pool_size=1)
    schema.prepare(engine)
    engine.dispose()  # the last to close it, so that all of it is in the one file
    return path


def _lay(blank: Path, database_url: str) -> None:
    """Put the schema where a SQLite file is to be, unless there is one."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        shutil.copyfile(blank, str(url.database))


@pytest.fixture
def deploy(
    tmp_path: Path, database_url: str, blank: Path, shelf_of: Callable[[Path], Shelf]
) -> Iterator[Callable[..., Deployment]]:
    """Start one more process of the service, on the test's one database and store."""
    started: list[Deployment] = []
    shelf = shelf_of(tmp_path / "store")

    def start(options: Options | None = None) -> Deployment:
        _lay(blank, database_url)
        file = tmp_path / f"artifacts-{len(started)}.conf"
        started.append(_started(file, tmp_path / "store", shelf, database_url, options or {}))
        return started[-1]

    yield start
    for each in started:
        each.parts.database.close()


def _started(
    file: Path, store: Path, shelf: Shelf, database_url: str, options: Options
) -> Deployment:
    sections: Options = {
        "DEFAULT": {"custom_artifact_types_modules": "sample_types"},
        "api": {"auth": "headers"},
        "database": {"connection": database_url},
        "store:file": shelf.settings,
    }
    for name, values in options.items():
        sections[name] = {**sections.get(name, {}), **values}
    return Deployment(build(config.load([_written(file, sections)])), store, shelf)


@pytest.fixture(scope="session")
def deploy_in(
    blank: Path, lasting_scratch: Callable[[str], str], shelf_of: Callable[[Path], Shelf]
) -> Iterator[Callable[[Path, Options], Deployment]]:
    """Start a service with a database of its own in a folder; it serves until the last test."""
    started: list[Deployment] = []

    def start(folder: Path, options: Options) -> Deployment:
        url = _database_url(folder, lasting_scratch)
        _lay(blank, url)
        file, store = folder / "artifacts.conf", folder / "store"
        started.append(_started(file, store, shelf_of(store), url, options))
        return started[-1]

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


@pytest.fixture(scope="session")
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
        opened = self.parts.downloads.open(self.caller, self.type_name, artifact.id, path)
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


@pytest.fixture(scope="session")
def live() -> type[Life]:
    return Life


@pytest.fixture
def patch_headers() -> dict[str, str]:
    return PATCH


@pytest.fixture
def at_once() -> Callable[[Iterable[Callable[[], Any]]], list[Any]]:
    """Call functions at one moment, each in a thread; return what each returned or raised."""

    def run(works: Iterable[Callable[[], Any]]) -> list[Any]:
        several = list(works)
        gate = Barrier(len(several))

        def begin(work: Callable[[], Any]) -> Any:
            gate.wait()
            return work()

        with ThreadPoolExecutor(len(several)) as threads:
            futures = [threads.submit(begin, work) for work in several]
        return [future.exception() or future.result() for future in futures]

    return run
