"""The commands as people run them: as processes, against a service that is one too."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

READY = re.compile(r"Artifacts is ready on (http://\S+:\d+),")
ARTIFACTS = str(Path(sys.executable).with_name("artifacts"))


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment without what would steer the command or the service."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARTIFACTS_", "OS_"))
    }


@pytest.fixture
def start(environment, tmp_path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the command in an empty folder; it is gone when the test is over."""
    processes = []
    folder = tmp_path / "here"
    folder.mkdir()

    def start(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(
            [ARTIFACTS, *map(str, arguments)],
            **{"cwd": folder, "env": environment, **pipes, **more},
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start):
    """Run the command to its end, and return its exit code, output and errors."""

    def run(*arguments: object, stdin: bytes = b"", **more: object) -> tuple[int, str, str]:
        process = start(*arguments, **more)
        out, error = process.communicate(stdin, timeout=60)
        return process.returncode, out.decode(), error.decode()

    return run


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing among the tests' own words."""


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory) -> Iterator[tuple[Path, str]]:
    """A folder that another server serves, and that server's address."""
    folder = tmp_path_factory.mktemp("elsewhere")
    server = ThreadingHTTPServer(("127.0.0.2", 0), partial(Quiet, directory=folder))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield folder, f"127.0.0.2:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mirror(elsewhere) -> Callable[[str, bytes], str]:
    """Put bytes on the other server, and return their URL."""
    folder, address = elsewhere

    def put(name: str, data: bytes) -> str:
        (folder / name).write_bytes(data)
        return f"http://{address}/{name}"

    return put


@pytest.fixture(scope="session")
def service(tmp_path_factory, elsewhere) -> Iterator[str]:
    """A service of its own on loopback; the value is its endpoint."""
    folder = tmp_path_factory.mktemp("service")
    host, _, remote_port = elsewhere[1].partition(":")
    (folder / "artifacts.conf").write_text(
        f"[api]\nauth = none\n"
        f"[remote]\nallowed_networks = {host}/32\nallowed_ports = {remote_port}\n"
    )
    options = ("--data", "data", "--port", "0", "--config-file", "artifacts.conf")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [ARTIFACTS, "serve", *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield _told_by(process, folder / "log")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _told_by(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the service says where it is, or until it is clear that it never will."""
    end = monotonic() + 60
    while process.poll() is None and monotonic() < end:
        if found := READY.search(log.read_text()):
            return found[1]
        sleep(0.05)
    pytest.fail(f"the service did not start:\n{log.read_text()}")
