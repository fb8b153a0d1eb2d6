"""Microversions: which one a request asks for (contract, section 2)."""

import pytest

VENDOR = "application/vnd.openstack.artifacts-"
HEADER = "OpenStack-API-Version"
OK = {
    None: "1.0",
    "artifact 1.0": "1.0",
    "artifact 1.1": "1.1",
    "artifact 1.2": "1.2",
    "artifact latest": "1.2",
    "ARTIFACT 1.1": "1.1",
    "compute 2.1, artifact 1.1": "1.1",
    "artifact 1.1, compute 2.1": "1.1",
    "artifact 1.0, artifact 1.1": "1.1",
    "compute 2.1": "1.0",
    "1.1": "1.0",
    "artifact": "1.0",
    "": "1.0",
}
OUT_OF_RANGE = ["1.3", "2.0", "9.9", "10.0"]
MALFORMED = ["1", "1.01", "01.0", "0.9", "1.1.1", "abc", "LATEST", "1." + "9" * 30]


@pytest.mark.parametrize(("asked", "given"), OK.items())
def test_the_header_is_read(client, asked, given):
    headers = {} if asked is None else {HEADER: asked}
    answer = client.simulate_get("/artifacts/samples", headers=headers)

    assert answer.status_code == 200
    assert answer.headers[HEADER] == f"artifact {given}"
    assert "openstack-api-version" in answer.headers["Vary"]


@pytest.mark.parametrize("asked", OUT_OF_RANGE)
def test_a_version_that_is_none_of_ours_is_not_acceptable(client, asked):
    for headers in ({HEADER: f"artifact {asked}"}, {"Accept": VENDOR + asked}):
        answer = client.simulate_get("/artifacts/samples", headers=headers)

        assert answer.status_code == 406
        assert answer.json["min_version"] == "1.0"
        assert answer.json["max_version"] == "1.2"
        assert answer.json["error"]["type"] == "InvalidGlobalAPIVersion"


@pytest.mark.parametrize("asked", MALFORMED)
def test_what_is_no_version_is_refused(client, asked):
    for headers in ({HEADER: f"artifact {asked}"}, {"Accept": VENDOR + asked}):
        assert client.simulate_get("/artifacts/samples", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("accept", "status", "given"),
    [
        (VENDOR + "1.1", 200, "1.1"),
        (VENDOR + "latest", 200, "1.2"),
        (VENDOR, 400, None),
        (VENDOR + "1.1, text/plain", 400, None),
        (VENDOR + "1.1;q=0.5", 400, None),
        (f"application/json, {VENDOR}1.1", 200, "1.0"),
        ("*/*", 200, "1.0"),
    ],
)
def test_accept_is_read(client, accept, status, given):
    answer = client.simulate_get("/artifacts/samples", headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers.get(HEADER) == (given and f"artifact {given}")


def test_accept_beats_the_header(client):
    headers = {"Accept": VENDOR + "1.1", HEADER: "artifact 1.2"}
    answer = client.simulate_get("/artifacts/samples", headers=headers)

    assert answer.headers[HEADER] == "artifact 1.1"


@pytest.mark.parametrize("path", ["/", "/versions"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_list_of_versions_is_for_everybody(deployment, path, method):
    headers = {HEADER: "artifact nonsense", "Host": "foreign.example"}
    answer = deployment.plain_client(headers).simulate_request(method, path)

    assert answer.status_code == 300
    assert [each["version"] for each in answer.json["versions"]] == ["1.0", "1.1", "1.2"]
    assert [each["media-type"] for each in answer.json["versions"]] == [
        VENDOR + version for version in ("1.0", "1.1", "1.2")
    ]
    assert HEADER not in answer.headers


def test_a_bad_version_is_told_before_a_missing_identity(deployment):
    client = deployment.plain_client()

    for version, status in (("9.9", 406), ("x", 400), ("1.0", 401)):
        answer = client.simulate_get("/artifacts/samples", headers={HEADER: f"artifact {version}"})
        assert answer.status_code == status


def test_visibility_does_not_depend_on_the_version(deployment, artifact):
    """Promise 7."""
    stranger = deployment.client("elsewhere")
    for version in ("1.0", "1.1", "1.2"):
        headers = {HEADER: f"artifact {version}"}
        shown = stranger.simulate_get(f"/artifacts/samples/{artifact.id}", headers=headers)

        assert shown.status_code == 404
        assert stranger.simulate_get("/artifacts/samples", headers=headers).json["artifacts"] == []


@pytest.mark.parametrize(("version", "more"), [("1.0", set()), ("1.1", set()), ("1.2", {"sha512"})])
def test_blobs_are_shown_as_each_version_has_them(client, filled, version, more):
    shown = client.simulate_get(
        f"/artifacts/samples/{filled.id}", headers={HEADER: f"artifact {version}"}
    ).json["blob"]
    glares = {"url", "status", "external", "size", "md5", "sha1", "sha256", "content_type"}

    assert set(shown) == glares | more


def test_schemas_are_strict_from_1_2_on(client):
    old, new = (
        client.simulate_get("/schemas/images", headers={HEADER: f"artifact {version}"}).json
        for version in ("1.1", "1.2")
    )

    assert "sha512" not in old["schemas"]["images"]["properties"]["image"]["properties"]
    assert "sha512" in new["schemas"]["images"]["properties"]["image"]["properties"]
