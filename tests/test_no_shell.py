"""No name that a caller chose can reach a shell, for there is none."""

import ast
from pathlib import Path

import pytest

import artifact_types
import artifacts

SOURCES = [
    path
    for package in (artifacts, artifact_types)
    for path in Path(package.__file__).parent.rglob("*.py")
]
STARTERS = {"system", "popen", "Popen", "exec", "eval", "spawnl", "spawnv", "execv", "execve"}


def starters(source: str) -> set[str]:
    """Return what *source* calls or imports that could start a program or run a text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            found |= {name for name in names if name.partition(".")[0] == "subprocess"}
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            found |= {name} & STARTERS
            found |= {"shell"} & {word.arg for word in node.keywords if word.arg}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_program_is_ever_started(path):
    """D12."""
    assert starters(path.read_text()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "from subprocess import run",
        "os.system(name)",
        "run(words, shell=True)",
        "eval(text)",
    ],
)
def test_the_search_finds_what_could(source):
    assert starters(source)
