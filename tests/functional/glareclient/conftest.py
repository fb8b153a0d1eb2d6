"""python-glareclient from PyPI, in an environment of its own that is kept between runs."""

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

RELEASE = "python-glareclient==0.5.3"
REPAIRED = Path(__file__).with_name("repaired.py")
PATIENCE = 60


@pytest.fixture(scope="session")
def glare_python(python_with: Callable[..., Path]) -> Path:
    """The Python of an environment with Glare's client."""
    return python_with(RELEASE)


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: bytes
    errors: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return json.loads(self.out)

    @property
    def fields(self) -> dict[str, Any]:
        """The table of one artifact, which has a row for each field."""
        return {row["Field"]: row["Value"] for row in self.rows}


TABLES = {"list", "show", "create", "update", "activate", "deactivate", "reactivate", "publish"}
TABLES |= {"add-tag", "remove-tag", "type-list", "schema", "upload", "location"}


@pytest.fixture
def glare(glare_python, server, tmp_path):
    """Run the `glare` tool against the server; it must end well unless `fails` is said."""

    def run(command: str, *arguments: str, data: bytes | None = None, fails: bool = False) -> Ran:
        table = ["--format", "json"] if command in TABLES else []
        done = subprocess.run(
            [
                *(str(glare_python), str(REPAIRED), "glare", "--os-glare-url", server.url),
                *(command, *arguments, *table),
            ],
            input=data or b"",
            capture_output=True,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "HOME": str(tmp_path)},
            timeout=PATIENCE,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr.decode())
        assert (ran.code != 0) == fails, ran
        return ran

    return run


class Library:
    """One process of the library, asked call by call."""

    def __init__(self, python: Path, url: str) -> None:
        self.process = subprocess.Popen(
            [str(python), str(REPAIRED), "calls", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self, call: str, source: Path | None = None, **arguments: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        call = call if "." in call else f"artifacts.{call}"
        self.process.stdin.write(json.dumps([call, arguments, source and str(source)]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __call__(self, call: str, source: Path | None = None, **arguments: Any) -> Any:
        said = self.said(call, source, **arguments)
        assert "error" not in said, said
        return said["result"]

    def refusal(self, call: str, source: Path | None = None, **arguments: Any) -> str:
        """Return the name of the error that the call raises."""
        return self.said(call, source, **arguments)["error"]

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()


@pytest.fixture
def library(glare_python, server) -> Iterator[Library]:
    started = Library(glare_python, server.url)
    yield started
    started.close()


@pytest.fixture
def images(library):
    """Make calls for images."""

    def call(method: str, source: Path | None = None, **arguments: Any) -> Any:
        return library(method, source, type_name="images", **arguments)

    return call


@pytest.fixture
def draft(images) -> dict[str, Any]:
    fields = {"disk_format": "raw", "container_format": "bare"}
    return images("create", name=f"glare-{uuid.uuid4().hex}", version="1.5", **fields)


@pytest.fixture
def shown(server):
    """Return what the server says about an artifact, told without Glare's client."""

    def show(artifact: dict[str, Any], type_name: str = "images") -> dict[str, Any]:
        return server.ask("GET", f"/artifacts/{type_name}/{artifact['id']}").json

    return show


@pytest.fixture
def data() -> bytes:
    """Text of many lines: the tool reads its pipe as such."""
    return "ein Datenträger\n".encode() * 5000


@pytest.fixture
def file(tmp_path, data) -> Path:
    path = tmp_path / "disk.raw"
    path.write_bytes(data)
    return path
