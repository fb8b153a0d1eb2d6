"""Secrets: no credential, path or key of a store or database is ever in an answer or a log."""

import json
import logging

import pytest
from shelves import Folder
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from artifacts import errors
from artifacts.db import tables

CANARY = "canary-7f1c"
PATCH = {"Content-Type": "application/json-patch+json"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
SCHEMES = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    " file:///etc/passwd",
    "\tfile:///etc/passwd",
    "file:/etc/passwd",
    "filesystem:///etc/passwd",
    "sql://1",
    "swift+config://ref/container/object",
    "swift+https://account/container/object",
    "s3://bucket/key",
    "rbd://pool/image",
    "ftp://example.org/x",
    "gopher://example.org/x",
    "data:text/plain,x",
    "jar:http://example.org!/x",
    "unknown://x",
    "httpfoo://example.org/x",
    "http+unix://socket/x",
    "//example.org/x",
    "/etc/passwd",
    "",
]


@pytest.fixture
def database_url(database_url):
    """The same database, by a URL that holds a secret."""
    url = make_url(database_url)
    match url.get_backend_name():
        case "sqlite":
            url = url.set(database=url.database.replace("artifacts", CANARY))
        case "postgresql":  # it trusts this machine, whatever the password
            url = url.set(password=CANARY)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def deployment(deploy, on_files, tmp_path):
    """A deployment whose store lies at a path that is a secret."""
    deployed = deploy({"store:file": {"path": tmp_path / CANARY}})
    deployed.store_folder = tmp_path / CANARY
    deployed.shelf = Folder(deployed.store_folder)
    return deployed


@pytest.fixture
def watched(deployment, caplog):
    """Ask as anybody; every answer is kept, to be looked through for the canary."""
    answers = []

    def ask(client, method, path, **more):
        answer = client.simulate_request(method, path, **more)
        answers.append(f"{answer.status} {answer.headers} {answer.text}")
        return answer

    with caplog.at_level(logging.DEBUG):
        yield ask
    keys = [path.name for path in deployment.stored()]
    rows = [
        repr(row)
        for table in (tables.artifacts, tables.revisions, tables.tombstones, tables.outbox)
        for row in deployment.rows(table)
    ]

    for place in [*answers, caplog.text, *rows]:
        assert CANARY not in place
        assert not [key for key in keys if key in place]


def test_neither_answers_nor_logs_say_where_bytes_are(
    deployment, watched, client, life, artifact, url, monkeypatch
):
    """D19, D23: through a whole life, and through every way that a store may fail."""
    admin = deployment.admin()
    for data in (b"1", b"2"):
        watched(client, "PUT", f"{url}/loose", body=data)
    watched(client, "PUT", f"{url}/blob", body=b"1", headers={"Content-MD5": "A" * 22 + "=="})
    watched(client, "PUT", f"{url}/folder/k", body=b"3")
    for path in (url, f"{url}/loose", "/artifacts/samples", "/artifacts/all", "/schemas"):
        for each in (client, admin):
            assert watched(each, "GET", path).status_code == 200
    store = deployment.parts.pools.store("file")
    for error in (
        errors.StoreUnavailable("the store does not answer"),
        errors.BlobNotFound("no bytes are kept under this key"),
        RuntimeError("broken"),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(store, "open", _raising(error))
            broken.setattr(store, "save", _raising(error))
            for method, more in (("GET", {}), ("PUT", {"body": b"3"})):
                answer = watched(client, method, f"{url}/loose", **more)
                assert answer.status_code in (404, 500, 503)
    watched(client, "DELETE", url)


def _raising(error):
    def fail(*anything):
        raise error

    return fail


def test_a_disk_that_fails_is_not_named(deployment, watched, client, url):
    """D23: the store's folder is gone, as if its disk were."""
    watched(client, "PUT", f"{url}/loose", body=b"1")
    folder = deployment.store_folder
    folder.rename(folder.with_name("away"))
    try:
        answers = [
            watched(client, "GET", f"{url}/loose"),
            watched(client, "PUT", f"{url}/blob", body=b"1"),
        ]
    finally:
        folder.with_name("away").rename(folder)

    assert [answer.status_code for answer in answers] == [503, 503]


def test_a_database_that_fails_is_not_named(deployment, watched, client, url, monkeypatch):
    """D23: neither its URL nor what it says reaches anybody."""
    said = Exception(f"connection to host {CANARY}-host, password {CANARY}")
    with monkeypatch.context() as broken:
        failure = _raising(OperationalError(None, None, said))
        broken.setattr(deployment.parts.database.engine, "connect", failure)
        answer = watched(client, "GET", url)

    assert answer.status_code == 503
    assert answer.json["error"]["message"] == "the database does not answer"


@pytest.mark.parametrize("kind", ["external", "internal"])
@pytest.mark.parametrize("who", ["client", "admin"])
def test_only_http_is_ever_a_location(deployment, client, url, who, kind):
    """D11, D45: no scheme of a store or of a file, in any spelling, for anybody."""
    asking = client if who == "client" else deployment.admin()
    for location in SCHEMES:
        document = {"url": location, "md5": None, "location_type": kind}
        answer = asking.simulate_put(f"{url}/blob", body=json.dumps(document), headers=LOCATION)

        assert answer.status_code == 400, location
        assert "passwd" not in answer.text
    assert client.simulate_get(url).json["blob"] is None
    assert deployment.stored() == []


def test_a_store_key_cannot_be_asked_for(deployment, watched, client, life, artifact, url):
    """D11, D19: keys are made here, opaque, and none of anybody's business."""
    life.upload(artifact, "blob", b"12345")
    (path,) = deployment.stored()

    assert len(path.name) == 32
    for place in (f"/artifacts/samples/{path.name}", f"{url}/{path.name}", f"/{path.name}"):
        assert client.simulate_get(place).status_code in (400, 404)
