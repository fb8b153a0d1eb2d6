"""A Keystone that is hostile or broken, and words that say wrongly where it is."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from artifacts.cli import cloud
from artifacts.client import ClientError, NotReachable, NotUnderstood

PASSWORD = "canary-password"
SUBJECT = {"X-Subject-Token": "canary-token"}
ME = {"id": "u", "name": "u", "domain": {"id": "d", "name": "d"}}


class Keystone:
    """A server that tells where version 3 is, and gives its answer to whoever wants a token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status, self.headers, self.document = 201, dict(SUBJECT), {}
        self.told: list[bytes] = []


@contextmanager
def _serving() -> Iterator[Keystone]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            links = [{"rel": "self", "href": f"{keystone.url}/v3/"}]
            version = {"id": "v3.14", "status": "stable", "links": links}
            self._answer(200, {}, {"version": version})

        def do_POST(self) -> None:
            keystone.told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(keystone.status, keystone.headers, keystone.document)

        def _answer(self, status: int, headers: dict[str, str], document: Any) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing among the tests' own words."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    keystone = Keystone(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield keystone
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def serve():
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_serving())


@pytest.fixture
def connect(monkeypatch, tmp_path):
    """Connect as the commands do, to the Keystone at a URL, or as a text of clouds.yaml says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    known = {
        "USERNAME": "u",
        "PASSWORD": PASSWORD,
        "PROJECT_NAME": "p",
        "DEFAULT_DOMAIN": "default",
    }

    def connect(url=None, *, clouds=None):
        if clouds is None:
            for name, value in {**known, "AUTH_URL": url}.items():
                monkeypatch.setenv(f"OS_{name}", value)
        else:
            (tmp_path / "clouds.yaml").write_text(clouds)
        return cloud.connect("c" if clouds else None, endpoint=None, ca_file=None)

    return connect


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308])
def test_no_other_server_is_told_the_password(serve, connect, status):
    """D46."""
    keystone, other = serve(), serve()
    keystone.status, keystone.headers = status, {"Location": f"{other.url}/v3/auth/tokens"}

    with pytest.raises(ClientError, match=f"sends us on to {other.url}, which is told no password"):
        connect(keystone.url)

    assert (len(keystone.told), other.told) == (1, [])


def test_a_redirect_that_stays_there_is_followed(serve, connect):
    keystone = serve()
    keystone.status, keystone.headers = 307, {"Location": f"{keystone.url}/v3/auth/tokens"}

    with pytest.raises(ClientError):
        connect(keystone.url)

    assert len(keystone.told) > 1


def _token(**more: Any) -> dict[str, Any]:
    times = {"expires_at": "2099-01-01T00:00:00Z", "issued_at": "2020-01-01T00:00:00Z"}
    return {"token": {"user": ME, "methods": ["password"], "roles": [], **times, **more}}


def _at(url: object) -> dict[str, Any]:
    where = {"id": "1", "interface": "public", "region": "R", "region_id": "R", "url": url}
    return _token(catalog=[{"type": "artifact", "name": "a", "id": "1", "endpoints": [where]}])


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"token": None},
        _token(catalog=5),
        _token(catalog=[None]),
        _at(5),
        _at("http://[::1"),
        _token(catalog=[], expires_at="soon"),
    ],
    ids=repr,
)
def test_an_answer_that_makes_no_sense_is_one_sentence(serve, connect, document):
    keystone = serve()
    keystone.document = document

    with pytest.raises(NotUnderstood, match=f"{keystone.url} does not answer as a Keystone does"):
        connect(keystone.url)


def test_a_token_that_is_nowhere_is_one_sentence(serve, connect):
    keystone = serve()
    keystone.headers, keystone.document = {}, _token(catalog=[])

    with pytest.raises(NotUnderstood):
        connect(keystone.url)


def test_a_password_in_an_address_is_not_told(connect):
    """D23."""
    with pytest.raises(NotReachable, match=r"at http://127.0.0.1:9/v3 cannot"):
        connect(f"http://u:{PASSWORD}@127.0.0.1:9/v3")


def test_an_address_that_is_none_is_one_sentence(connect):
    with pytest.raises(NotUnderstood, match="an address that is none"):
        connect("http://[::1")


@pytest.mark.parametrize(
    "said", ["5", "{auth: x}", "{auth: {auth_url: 5}}", "{api_timeout: soon, auth: {auth_url: x}}"]
)
def test_clouds_that_are_written_wrongly_are_one_sentence(connect, said):
    with pytest.raises(ClientError, match="cloud c: "):
        connect(clouds=f"clouds: {{c: {said}}}")
