"""Lines that a run prints at its end, whether one process ran the tests or several did."""

from collections.abc import Callable
from typing import Any

import pytest


class Notes:
    """Kept by each process of pytest-xdist, and printed by the one that started the others."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}  # each once, in order

    def add(self, line: str) -> None:
        self._lines[line] = None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["notes"] = list(self._lines)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for line in getattr(node, "workeroutput", {}).get("notes", ()):
            self.add(line)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self._lines:
            terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Notes(), "notes-of-run")


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Add a line to what the run prints at its end."""
    add: Callable[[str], None] = pytestconfig.pluginmanager.get_plugin("notes-of-run").add
    return add
