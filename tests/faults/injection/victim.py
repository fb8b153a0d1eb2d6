"""Victim: a process of the service whose children each do one thing, and are killed meanwhile.

It has no thread but its own and no connection, so that it can be forked at any time. Each child
tells what it was answered before it dies.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from injection.calls import Mode
from injection.operations import OPERATIONS
from injection.service import Service


class Victim:
    """The process, as the one that started it knows it."""

    def __init__(self, file: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "injection.victim", file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
        )

    def kill_at(self, operation: str, known: Mapping[str, str], held: Any, at: int) -> list[Any]:
        """Let a child begin an operation and be killed at a call; return what it told."""
        asked = {"operation": operation, "known": known, "held": held, "at": at}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        told = []
        while (line := self._process.stdout.readline()) != "over\n":
            assert line, "the process ended, whose children are to be killed"
            told.append(json.loads(line))
        return told

    def close(self) -> None:
        self._process.communicate()


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def serve(file: str) -> None:
    service = Service(file, lambda path, possible: tell(path=path, possible=possible))
    for line in sys.stdin:
        service.rest()
        gc.freeze()  # what is never looked at is never copied
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _live(service, **asked)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            tell(survived=status)
        print("over", flush=True)


def _live(service: Service, operation: str, known: dict[str, str], held: Any, at: int) -> None:
    service.held.update(held)
    try:
        with service.calls.watched(at, Mode.KILL):
            OPERATIONS[operation].run(service, known)
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
