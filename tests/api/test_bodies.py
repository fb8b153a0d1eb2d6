"""Bodies: JSON within bounds, text that every database keeps, and uploads of any framing."""

import json

import pytest
from falcon.testing import StartResponseMock, create_environ
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifacts.model.limits import USUAL

JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/json-patch+json"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/schemas", "/schemas/images", "/artifacts/samples", "", "/blob"])
def test_a_body_where_none_has_a_meaning_is_refused(client, filled, url, method, path):
    path = path if path.startswith(("/schemas", "/artifacts")) else url + path
    answer = client.simulate_request(method, path, body=b"x")

    assert answer.status_code == 400
    assert client.simulate_request(method, path, headers=JSON).status_code == 200


def test_a_chunked_body_where_none_has_a_meaning_is_let_be(client, url, chunked):
    """As in Glare."""
    assert client.simulate_get(url, body=b"x", **chunked).status_code == 200


def test_asking_for_health_takes_no_body(client):
    assert client.simulate_get("/healthcheck", body=b"x").status_code == 400
    assert client.simulate_get("/healthcheck").status_code == 200


def test_deleting_takes_no_body(client, life, artifact, url):
    life.upload(artifact, "blob", b"1")
    version = {"OpenStack-API-Version": "artifact 1.2"}

    assert client.simulate_delete(f"{url}/blob", body=b"x", headers=version).status_code == 400
    assert client.simulate_get(f"{url}/blob").status_code == 200
    assert client.simulate_delete(f"{url}/blob", headers=version).status_code == 200
    assert client.simulate_delete(url, body=b"x").status_code == 400
    assert client.simulate_delete(url, headers=JSON).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b'"text"', b"1", b"null", b"NaN"),
        *(b'{"name": NaN}', b'{"a": Infinity}', b'{"name": "n", "number": 1E400}'),
        *(b"[" * 100_000, b'{"a":' * 100_000),
    ],
    ids=lambda body: body[:10].decode("latin-1"),
)
def test_what_is_no_json_document_is_refused(client, url, body):
    """D49: deep nesting too."""
    assert client.simulate_post("/artifacts/samples", body=body, headers=JSON).status_code == 400
    assert client.simulate_patch(url, body=body, headers=PATCH).status_code == 400
    assert client.simulate_put(f"{url}/blob", body=body, headers=LOCATION).status_code == 400


def test_json_is_bounded(client, url, chunked):
    """D49."""
    body = b'{"name": "' + b"x" * USUAL.json_size + b'"}'

    for more in ({"headers": JSON}, {**chunked, "headers": {**chunked["headers"], **JSON}}):
        answer = client.simulate_post("/artifacts/samples", body=body, **more)
        assert answer.status_code == 413


def test_a_patch_is_bounded(client, url):
    """D49."""
    operations = [{"op": "add", "path": "/tags/-", "value": "x"}] * 257
    answer = client.simulate_patch(url, body=json.dumps(operations), headers=PATCH)

    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udfff", "a\\u0000b", "\\ud800\\ud800"])
@pytest.mark.parametrize(
    "document",
    [
        '{"name": "%s"}',
        '{"name": "n", "string": "%s"}',
        '{"name": "n", "words": ["%s"]}',
        '{"name": "n", "labels": {"k": "%s"}}',
        '{"name": "n", "labels": {"%s": "v"}}',
        '{"name": "n", "tags": ["%s"]}',
        '{"name": "n", "metadata": {"k": "%s"}}',
        '{"name": "n", "link": "https://x/%s"}',
        '{"name": "n", "%s": "v"}',
        '{"name": "n", "choice": "%s"}',
        '{"name": "n", "level": "1.0.0-%s"}',
        '{"name": "n", "moment": "%s"}',
        '{"name": "n", "id": "%s"}',
    ],
)
def test_text_that_no_database_keeps_is_refused(client, text, document):
    answer = client.simulate_post(
        "/artifacts/samples", body=(document % text).encode(), headers=JSON
    )

    assert answer.status_code == 400
    assert answer.json["error"]["message"]


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
@pytest.mark.parametrize(
    "operation",
    [
        '{"op": "add", "path": "/string", "value": "%s"}',
        '{"op": "add", "path": "/labels/%s", "value": "v"}',
        '{"op": "add", "path": "/words/-", "value": "%s"}',
        '{"op": "add", "path": "/%s", "value": "v"}',
        '{"op": "test", "path": "/string", "value": "%s"}',
        '{"op": "add", "path": "/labels", "value": {"%s": "v"}}',
        '{"op": "copy", "from": "/labels/%s", "path": "/string"}',
    ],
)
def test_text_that_no_database_keeps_is_refused_in_patches(client, url, text, operation):
    answer = client.simulate_patch(url, body=f"[{operation % text}]".encode(), headers=PATCH)

    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\ud83d\\ude00"])
def test_text_in_a_location_is_refused(client, url, text):
    answer = client.simulate_put(
        f"{url}/blob", body=f'{{"url": "https://x/{text}", "md5": null}}', headers=LOCATION
    )

    assert answer.status_code == 400


def test_characters_outside_the_first_plane_are_text(client):
    answer = client.simulate_post(
        "/artifacts/samples", json={"name": "\U0001f600", "labels": {"\U0001f600": "\U0001f601"}}
    )

    assert answer.status_code == 201
    assert answer.json["name"] == "\U0001f600"
    assert "\U0001f600" in answer.text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.dictionaries(
        st.sampled_from(["name", "string", "number", "ratio", "flag", "moment", "level", "words"])
        | st.sampled_from(["labels", "link", "links", "tags", "metadata", "version", "id", "blob"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=5,
        ),
    )
)
def test_whatever_json_is_sent_is_never_a_fault_of_ours(client, values):
    """Promise 9."""
    document = json.dumps(values).encode()
    answer = client.simulate_post("/artifacts/samples", body=document, headers=JSON)

    assert answer.status_code in (201, 400, 403, 409)
    if answer.status_code == 201:
        found = client.simulate_get(f"/artifacts/samples/{answer.json['id']}")
        assert found.json == answer.json
        client.simulate_delete(f"/artifacts/samples/{answer.json['id']}")


class TestUploads:
    @pytest.mark.parametrize("size", [0, 1, 300_000])
    def test_a_body_of_unknown_length_is_kept_whole(
        self, client, life, artifact, url, chunked, size
    ):
        """Glare stores none of it."""
        answer = client.simulate_put(f"{url}/blob", body=b"x" * size, **chunked)

        assert answer.json["blob"]["size"] == size
        assert life.read(artifact, "blob") == b"x" * size

    def test_json_is_bytes_too(self, client, life, artifact, url):
        client.simulate_put(f"{url}/blob", body=b'{"a": 1}', headers=JSON)

        assert life.read(artifact, "blob") == b'{"a": 1}'

    def test_a_body_that_ends_early_is_refused(self, deployment, client, url):
        answer = client.simulate_put(f"{url}/blob", body=b"12", extras={"CONTENT_LENGTH": "5"})

        assert answer.status_code == 400
        assert "2 of 5 bytes" in answer.json["error"]["message"]
        assert deployment.stored() == []
        assert client.simulate_get(url).json["blob"] is None

    @pytest.mark.parametrize("length", ["-1", "x", "1.5"])
    def test_a_length_that_is_none_is_refused(self, deployment, url, length):
        headers = {"Host": "localhost", "X-Identity-Status": "Confirmed", "X-Project-Id": "project"}
        environment = create_environ(f"{url}/blob", method="PUT", headers=headers)
        answer = StartResponseMock()
        deployment.wsgi({**environment, "CONTENT_LENGTH": length}, answer)

        assert answer.status.startswith("400")

    def test_part_of_a_blob_is_refused(self, client, url):
        headers = {"Content-Range": "bytes 0-1/5"}
        answer = client.simulate_put(f"{url}/blob", body=b"12", headers=headers)

        assert answer.status_code == 400

    def test_without_a_length_it_stops_behind_the_limit(self, deployment, client, url, chunked):
        """D15."""
        answer = client.simulate_put(f"{url}/folder/k", body=b"x" * (100 * 1024 + 1), **chunked)

        assert answer.status_code == 413
        assert deployment.stored() == []
        assert client.simulate_get(url).json["folder"] == {}

    def test_exactly_the_limit_is_allowed(self, client, url, chunked):
        answer = client.simulate_put(f"{url}/folder/k", body=b"x" * 100 * 1024, **chunked)

        assert answer.status_code == 200
