"""`/pools`: where new artifacts of the caller's project go, and nothing of anybody else's."""

import json

import pytest

NEWEST = {"OpenStack-API-Version": "artifact 1.2"}
OPTIONS = {
    "DEFAULT": {"enabled_stores": "file, memory", "default_pool": "general"},
    "store:file": {},
    "pool:images": {"store": "memory", "types": "images", "max_blob_size": 1000},
    "pool:general": {"store": "file"},
    "pool:critical-data": {"store": "memory", "projects": "bank, other-bank"},
    "pool:retired": {"store": "memory"},
}


@pytest.fixture
def pools(deploy):
    """Return what a project is told, by the name of each pool."""
    deployments = {}

    def pools(project, *served):
        if served not in deployments:
            general = {**OPTIONS["DEFAULT"], "enabled_pools": ", ".join(served)}
            deployments[served] = deploy({**OPTIONS, "DEFAULT": general})
        answer = deployments[served].client(project).simulate_get("/pools", headers=NEWEST)
        assert answer.status_code == 200
        return {each.pop("name"): each for each in answer.json["pools"]}

    return pools


def test_each_type_of_a_project_is_in_the_pool_that_would_take_it(pools, deployment):
    every = sorted(deployment.parts.types)
    others = [name for name in every if name != "images"]

    assert pools("project") == {
        "general": {"types": others, "is_default": True, "max_blob_size": None},
        "images": {"types": ["images"], "is_default": False, "max_blob_size": 1000},
    }
    assert pools("bank") == {
        "critical-data": {"types": every, "is_default": False, "max_blob_size": None},
    }


def test_a_pool_that_is_not_served_here_is_not_told(pools):
    assert list(pools("project", "images", "critical-data")) == ["images"]
    assert list(pools("bank", "images", "general")) == []


def test_without_sections_there_is_the_default_pool(deployment):
    answer = deployment.client().simulate_get("/pools", headers=NEWEST)

    assert answer.json == {
        "pools": [
            {
                "name": "default",
                "types": sorted(deployment.parts.types),
                "is_default": True,
                "max_blob_size": None,
            }
        ]
    }


def test_who_acts_for_no_project_has_none(deployment):
    answer = deployment.client(None).simulate_get("/pools", headers=NEWEST)

    assert answer.status_code == 403


def test_it_is_there_since_microversion_1_2(deployment):
    for version in ("1.0", "1.1"):
        headers = {"OpenStack-API-Version": f"artifact {version}"}
        assert deployment.client().simulate_get("/pools", headers=headers).status_code == 404


def test_no_answer_tells_of_stores_other_projects_or_the_pool_of_an_artifact(deploy, caller):
    """D19: not to the owner of an artifact, and not to admins."""
    deployment = deploy({**OPTIONS, "pool:images": {"store": "memory", "types": "images"}})
    client = deployment.client("bank")
    headers = {**NEWEST, "Content-Type": "application/json"}
    made = client.simulate_post(
        "/artifacts/images", body=json.dumps({"name": "x"}), headers=headers
    )
    path = f"/artifacts/images/{made.json['id']}"
    bytes_of = {**NEWEST, "Content-Type": "application/octet-stream"}
    told = [made, client.simulate_put(f"{path}/image", body=b"1", headers=bytes_of)]
    for each in (client, deployment.admin()):
        told += [each.simulate_get(url, headers=NEWEST) for url in (path, "/artifacts/images")]
    told.append(client.simulate_get("/pools", headers=NEWEST))

    assert {answer.status_code for answer in told} == {200, 201}
    words = " ".join(answer.text for answer in told)
    assert not [word for word in ("memory", "other-bank", "retired") if word in words]
    assert "critical-data" not in " ".join(answer.text for answer in told[:-1])


def test_what_another_endpoint_takes_is_403_and_what_it_has_is_404(deploy):
    headers = {**NEWEST, "Content-Type": "application/json"}
    every = deploy(OPTIONS).client()
    general = {**OPTIONS["DEFAULT"], "enabled_pools": "general"}
    only = deploy({**OPTIONS, "DEFAULT": general}).client()
    body = json.dumps({"name": "x"})
    made = every.simulate_post("/artifacts/images", body=body, headers=headers).json["id"]

    assert only.simulate_post("/artifacts/images", body=body, headers=headers).status_code == 403
    assert only.simulate_get(f"/artifacts/images/{made}").status_code == 404
    assert only.simulate_delete(f"/artifacts/images/{made}").status_code == 404
    assert only.simulate_get("/artifacts/images").json["artifacts"] == []
    assert only.simulate_get("/schemas/images").status_code == 200


def test_a_pool_that_is_gone_is_503_and_no_fault(deploy):
    headers = {**NEWEST, "Content-Type": "application/json"}
    every = deploy(OPTIONS).client()
    body = json.dumps({"name": "x"})
    made = every.simulate_post("/artifacts/images", body=body, headers=headers).json["id"]
    without = deploy({}).client()
    bytes_of = {**NEWEST, "Content-Type": "application/octet-stream"}
    answer = without.simulate_put(f"/artifacts/images/{made}/image", body=b"1", headers=bytes_of)

    assert answer.status_code == 503
    assert without.simulate_get(f"/artifacts/images/{made}").status_code == 200
