"""D25 (CVE-2012-4573, CVE-2012-5482): nobody deletes what is another project's, in any mode."""

import json

import pytest

from artifacts.db import tables

PATCH = {"Content-Type": "application/json-patch+json"}
NEWEST = {"OpenStack-API-Version": "artifact 1.2"}
STATES = {
    "drafted": [],
    "active": [("status", "active")],
    "deactivated": [("status", "active"), ("status", "deactivated")],
    "public": [("status", "active"), ("visibility", "public")],
    "public and deactivated": [
        ("status", "active"),
        ("visibility", "public"),
        ("status", "deactivated"),
    ],
    "deleted in name": [],
}
PUBLIC = {"public", "public and deactivated"}
MODES = {
    "at once": {},
    "delayed": {"DEFAULT": {"delayed_delete": True}},
    "delayed for the type": {"artifact_type:samples": {"delayed_delete": True}},
    "at once for the type": {
        "DEFAULT": {"delayed_delete": True},
        "artifact_type:samples": {"delayed_delete": False},
    },
}


@pytest.fixture(params=MODES)
def deployment(deploy, request):
    return deploy({"DEFAULT": {}, **MODES[request.param]})


def kept(deployment):
    """Return every row that deleting touches, and every file."""
    names = (
        *(tables.artifacts, tables.blobs, tables.contents, tables.placements),
        *(tables.tombstones, tables.revisions, tables.usage),
    )
    rows = {each.name: sorted(map(repr, deployment.rows(each))) for each in names}
    return rows, [(path.name, path.read_bytes()) for path in deployment.stored()]


@pytest.mark.parametrize("state", STATES)
def test_what_is_another_s_stays_whoever_deletes_it(deployment, state):
    """D25: what is not seen is 404, what is seen 403; and no row and no byte is touched."""
    owner, admin = deployment.client(), deployment.admin()
    made = owner.simulate_post("/artifacts/samples", json={"name": "name"})
    url = f"/artifacts/samples/{made.json['id']}"
    for slot in ("blob", "loose", "folder/k"):
        owner.simulate_put(f"{url}/{slot}", body=b"original")
    for field, value in STATES[state]:
        body = json.dumps([{"op": "replace", "path": f"/{field}", "value": value}])
        assert admin.simulate_patch(url, body=body, headers=PATCH).status_code == 200
    if state == "deleted in name":
        assert owner.simulate_delete(url).status_code == 204
    before = kept(deployment)
    strangers = [
        deployment.client("elsewhere"),
        deployment.client("elsewhere", roles="administrator,admin2,member"),
        deployment.client("Project"),
        deployment.client(" "),
        deployment.client(None),
        deployment.client(None, roles=""),
    ]
    refusal = 403 if state in PUBLIC else 404
    for stranger in strangers:
        for path in (url, url.replace("samples", "images"), url.replace("samples", "all")):
            expected = 404 if "images" in path else refusal
            assert stranger.simulate_delete(path).status_code == expected, path
        for slot in ("blob", "loose", "folder/k"):
            deleted = stranger.simulate_delete(f"{url}/{slot}", headers=NEWEST)
            assert deleted.status_code == refusal

    assert kept(deployment) == before


def test_a_stranger_s_delete_does_not_take_part_in_the_owner_s(deployment):
    """D25: nor does one who knows the name make use of its becoming free."""
    owner, stranger = deployment.client(), deployment.client("elsewhere")
    made = owner.simulate_post("/artifacts/samples", json={"name": "name"}).json
    theirs = stranger.simulate_post("/artifacts/samples", json={"name": "name"}).json
    owner.simulate_delete(f"/artifacts/samples/{made['id']}")
    again = owner.simulate_post("/artifacts/samples", json={"name": "name"})

    assert again.status_code == 201
    assert stranger.simulate_delete(f"/artifacts/samples/{again.json['id']}").status_code == 404
    assert owner.simulate_delete(f"/artifacts/samples/{theirs['id']}").status_code == 404
    assert stranger.simulate_get(f"/artifacts/samples/{theirs['id']}").status_code == 200


@pytest.mark.parametrize("state", ["public", "deactivated", "public and deactivated"])
def test_its_own_project_does_not_delete_what_is_public_or_deactivated(deployment, state):
    """D25."""
    owner, admin = deployment.client(), deployment.admin()
    made = owner.simulate_post("/artifacts/samples", json={"name": "name"})
    url = f"/artifacts/samples/{made.json['id']}"
    owner.simulate_put(f"{url}/blob", body=b"original")
    for field, value in STATES[state]:
        body = json.dumps([{"op": "replace", "path": f"/{field}", "value": value}])
        assert admin.simulate_patch(url, body=body, headers=PATCH).status_code == 200
    before = kept(deployment)
    refused = owner.simulate_delete(url)

    assert refused.status_code == 403
    assert refused.json["error"]["type"] == "PolicyException"
    assert kept(deployment) == before
    assert admin.simulate_delete(url).status_code == 204
