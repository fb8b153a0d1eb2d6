"""`openstack` as people run it; one process for many commands, since each start takes seconds."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHELL = Path(__file__).with_name("openstack_shell.py")
PATIENCE = 60


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class OpenStack:
    """A shell in a folder and an environment of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, str(SHELL)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUTF8": "1", **environment},
        )

    def __call__(self, *arguments: str, fails: bool = False) -> Ran:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        ran = Ran(*json.loads(self._process.stdout.readline()))
        assert (ran.code != 0) == fails, ran
        return ran

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=PATIENCE)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def make_openstack(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., OpenStack]]:
    started: list[OpenStack] = []

    def make(**environment: str) -> OpenStack:
        started.append(OpenStack(tmp_path_factory.mktemp("openstack"), environment))
        return started[-1]

    yield make
    for each in started:
        each.close()
