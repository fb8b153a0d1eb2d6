"""Hostile names: whatever keys, names and paths say, nothing outside of the store is touched."""

from urllib.parse import quote

import pytest
from falcon.testing import StartResponseMock, create_environ
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from artifacts.errors import ArtifactsError

PIECES = st.sampled_from(
    [
        *("..", ".", "/", "\\", "%2e", "%2f", "%252e%252e%252f", "~", "etc", "passwd", "C:"),
        *("\n", "\r", ";", "$(id)", "`id`", "|", "&", "'", '"', "<", "é", "\U0001f600"),
        *("\x7f", " ", "*", "-rf"),
    ]
)
KEYS = st.lists(PIECES, min_size=1, max_size=12).map("".join) | st.text(min_size=1, max_size=60)
HEADERS = {"Host": "localhost", "X-Identity-Status": "Confirmed", "X-Project-Id": "project"}
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def raw(deployment, tmp_path):
    """Send a path exactly as it is, as a server hands it on once it has decoded it."""

    def ask(method, path):
        environment = create_environ("/", method=method, headers=HEADERS)
        environment["PATH_INFO"] = path.encode("utf-8", "surrogateescape").decode("latin-1")
        answer = StartResponseMock()
        body = b"".join(deployment.wsgi(environment, answer))
        return int(answer.status.split()[0]), body

    return ask


@pytest.fixture
def outside(tmp_path):
    """What lies beside the store: a secret that nobody may read, and a list of all there is."""
    (tmp_path / "secret").write_text("canary-7f1c")

    def listing():
        return {path.name for path in tmp_path.iterdir() if "-wal" not in path.name}

    return listing


@QUIET
@given(key=KEYS)
@example(key="../../secret")
@example(key="/etc/passwd")
@example(key="\x00")
@example(key="\ud800")
def test_no_key_leads_out_of_the_store(deployment, life, artifact, outside, key):
    """D42: keys are kept as text, and bytes under names that the server made."""
    before = outside()
    path = f"folder/{key}"
    try:
        life.upload(artifact, path, b"own bytes")
    except ArtifactsError:
        assert not 1 <= len(key) <= 255 or set(key) & {"\x00"} or not _is_text(key)
        return
    names = [stored.relative_to(deployment.store_folder).parts for stored in deployment.stored()]

    assert life.read(artifact, path) == b"own bytes"
    assert all(len(parts) == 3 and len(parts[2]) == 32 for parts in names)
    life.empty(artifact, path)
    assert deployment.stored() == []
    assert outside() == before


def _is_text(key):
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


@QUIET
@given(name=KEYS)
def test_no_name_of_an_artifact_leads_out_of_the_store(deployment, life, outside, name):
    """D42."""
    before = outside()
    try:
        artifact = life.create(name)
    except ArtifactsError:
        return
    life.upload(artifact, "blob", b"own bytes")

    assert life.read(artifact, "blob") == b"own bytes"
    life.delete(artifact)
    assert outside() == before


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/artifacts/../../secret",
        "/artifacts/samples/../../../secret",
        "/artifacts/samples/..",
        "/artifacts/../schemas",
        "//etc/passwd",
        "/artifacts//samples",
        "/artifacts/samples/\x00",
        "/artifacts/samples/a\x00b/blob",
        "/schemas/..%00",
        "/artifacts/samples/\udcc0\udcae\udcc0\udcae/blob",
        "/artifacts/samples/..\\..\\secret",
        "/static/../secret",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_path_leads_out_of_the_service(raw, outside, method, path):
    """D41: decoded once, and never joined to a folder."""
    outside()
    status, body = raw(method, path)

    assert status in (400, 403, 404, 405)
    assert b"canary" not in body


@pytest.mark.parametrize(
    "key", ["\x00", "a\x00b", "\udcff", "\udcc0\udcaf", "\udced\udca0\udc80"], ids=ascii
)
def test_a_key_that_is_no_text_is_refused(raw, life, artifact, url, key):
    """D41: NUL, overlong and broken UTF-8."""
    for method in ("GET", "PUT", "DELETE"):
        status, _ = raw(method, f"{url}/folder/{key}")

        assert status in (400, 404)
    assert life.show(artifact).folder == {}


@QUIET
@given(key=KEYS.filter(lambda key: "\x00" not in key and _is_text(key)))
def test_a_key_comes_back_as_it_was_sent(client, life, artifact, url, key):
    """D41: decoded once, and no more than once."""
    path = f"{url}/folder/{quote(key, safe='')}"
    put = client.simulate_put(path, body=b"own bytes")

    assert put.status_code == 200
    assert list(put.json["folder"]) == [key]
    assert client.simulate_get(path).content == b"own bytes"
    assert client.simulate_get(put.json["folder"][key]["url"]).content == b"own bytes"
    life.empty(artifact, f"folder/{key}")
