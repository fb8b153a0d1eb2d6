"""Routing: odd methods and odd paths are answered as HTTP and the contract have it."""

import pytest

from artifacts.model.declaration import RESERVED

pytestmark = pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("path", ["/", "/versions"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW", "get"])
def test_the_versions_answer_to_any_method(deployment, method, path):
    answer = deployment.plain_client().simulate_request(method, path)

    assert answer.status_code == 300
    assert [each["version"] for each in answer.json["versions"]] == ["1.0", "1.1", "1.2"]


def test_a_head_of_the_versions_has_no_body(deployment):
    answer = deployment.plain_client().simulate_head("/")

    assert (answer.status_code, answer.text) == (300, "")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/schemas", {"GET", "HEAD", "OPTIONS"}),
        ("/schemas/images", {"GET", "HEAD", "OPTIONS"}),
        ("/artifacts/samples", {"GET", "HEAD", "POST", "OPTIONS"}),
        (f"/artifacts/samples/{ID}", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
        (f"/artifacts/samples/{ID}/blob", {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}),
        (f"/artifacts/samples/{ID}/", {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}),
    ],
)
@pytest.mark.parametrize("method", ["TRACE", "BREW", "MKCOL"])
def test_a_method_that_a_path_lacks_is_405_also_if_nobody_knows_it(
    deployment, method, path, allowed
):
    answer = deployment.client().simulate_request(method, path)

    assert answer.status_code == 405
    assert answer.json["error"]["type"] == "MethodNotAllowed"
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    [
        "/schemas/",
        "/schemas/images/",
        "/artifacts",
        "/artifacts/",
        "/artifacts/samples/",
        "/artifacts//x",
        f"/artifacts//{ID}/blob",
        "//",
        "//artifacts/samples",
        "//project-quotas",
        "//docs",
        "/versions/",
        "/nowhere",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_path_with_an_empty_part_or_an_unknown_one_is_404(deployment, method, path):
    answer = deployment.client().simulate_request(method, path)

    assert answer.status_code == 404
    assert answer.json["error"]["type"] == "NotFound"


def test_a_method_that_nobody_knows_is_501_where_nothing_is(deployment):
    answer = deployment.client().simulate_request("BREW", "/nowhere")

    assert answer.status_code == answer.json["code"] == 501
    assert answer.json["error"]["type"] == "NotImplemented"


def test_nothing_is_told_of_paths_to_who_has_not_said_who_they_are(deployment):
    nobody = deployment.plain_client()

    assert nobody.simulate_get("/nowhere").status_code == 401
    assert nobody.simulate_request("BREW", "/nowhere").status_code == 401


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_reserved_name_is_the_path_of_no_blob_where_it_is_none_of_its_own(
    deployment, life, name, method, version
):
    url = f"/artifacts/samples/{life.create().id}/{name}"
    headers = {"OpenStack-API-Version": f"artifact {version}"}
    answer = deployment.client().simulate_request(method, url, headers=headers)

    if (name, version) == ("tags", "1.2"):
        assert answer.status_code == {"GET": 200, "PUT": 415, "DELETE": 204}[method]
    elif (name, version) == ("members", "1.2"):
        assert answer.status_code == (200 if method == "GET" else 405)
    else:
        assert answer.status_code == 400
