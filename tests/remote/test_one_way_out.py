"""Nothing but the remote room, and the client library, opens a connection. D3."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import artifacts

PACKAGE = Path(artifacts.__file__).parent
MAY_CONNECT = ("remote/", "client/")
# They listen, or look at the connection that a caller opened.
MAY_BE_CONNECTED_TO = {"api/doors.py", "api/presence.py", "cli/server.py", "cli/worker.py"}
CONNECTING = {
    "aiohttp",
    "asyncio",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}


def modules_imported(source: str) -> Iterator[str]:
    """Every module that *source* may import, by whichever form of words."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def connecting(source: str) -> set[str]:
    return {
        module
        for module in modules_imported(source)
        if any(module == known or module.startswith(f"{known}.") for known in CONNECTING)
    }


def test_nothing_else_imports_what_could_connect():
    """D3: what fetches for a caller must use the one fetcher."""
    found = {
        str(path.relative_to(PACKAGE)): imported
        for path in PACKAGE.rglob("*.py")
        if (imported := connecting(path.read_text()))
    }
    elsewhere = {
        path: imported for path, imported in found.items() if not path.startswith(MAY_CONNECT)
    }

    assert elsewhere.keys() == MAY_BE_CONNECTED_TO
    assert all(imported <= {"socket", "ssl"} for imported in elsewhere.values())
    assert any(path.startswith("remote/") for path in found)


@pytest.mark.parametrize("path", sorted(MAY_BE_CONNECTED_TO))
def test_who_is_connected_to_connects_to_nobody(path):
    """D3."""
    words = ast.unparse(ast.parse((PACKAGE / path).read_text()))

    assert "connect(" not in words
    assert "connect_ex(" not in words
    assert "create_connection(" not in words


def test_the_search_finds_every_form_of_words():
    assert connecting("import urllib3.util as u") == {"urllib3.util"}
    assert connecting("def f():\n    from http import client") == {"http.client"}
    assert connecting("from urllib import request, parse") == {"urllib.request"}
    assert connecting("importlib.import_module('socket')") == {"socket"}
    assert connecting("from urllib.parse import quote\nfrom http import HTTPStatus") == set()
