"""D17 (CVE-2015-5251): the status moves along its edges alone, by a patch alone."""

import json

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
STATES = ("drafted", "active", "deactivated", "public")
# From each state, the statuses that its owner and an admin may ask for, and what they get.
EDGES = {
    "drafted": {"drafted": (200, 200), "active": (200, 200)},
    "active": {"active": (200, 200), "deactivated": (403, 200)},
    "deactivated": {"deactivated": (403, 200), "active": (403, 200)},
    "public": {"active": (403, 200), "deactivated": (403, 200)},
    "deleted": {},
}
STATUSES = ("drafted", "active", "deactivated", "deleted")
NO_STATUSES = (
    "queued",
    "saving",
    "Active",
    "active ",
    "ACTIVE",
    "",
    None,
    0,
    True,
    [],
    {},
    ["active"],
)
# What Glance's first API took for the fields of an image, and what looks like ours.
STEALTH = {
    "X-Image-Meta-Status": "queued",
    "X-Image-Meta-Id": "00000000-0000-4000-8000-000000000000",
    "X-Image-Meta-Deleted": "True",
    "X-Image-Meta-Checksum": "0" * 32,
    "X-Image-Meta-Size": "0",
    "X-Image-Meta-Owner": "elsewhere",
    "X-Image-Meta-Is-Public": "True",
    "X-Image-Meta-Property-Status": "queued",
    "X-Glance-Feature-Purge-Props": "True",
    "X-Glare-Status": "drafted",
    "X-Glare-Meta-Status": "drafted",
    "X-Artifact-Status": "drafted",
    "X-HTTP-Method-Override": "PUT",
    "X-Method-Override": "DELETE",
    "X-HTTP-Method": "DELETE",
}


@pytest.fixture
def deployment(deploy):
    return deploy({"DEFAULT": {"delayed_delete": True}})


@pytest.fixture
def callers(deployment):
    """Who is known by name: the owner, an admin, another project."""
    clients = {"owner": deployment.client(), "admin": deployment.admin()}
    return {**clients, "other": deployment.client("elsewhere")}


@pytest.fixture
def make(callers):
    """Make an artifact with bytes in the given state, and return where it is."""

    def make(state):
        made = callers["owner"].simulate_post("/artifacts/samples", json={"name": f"is {state}"})
        url = f"/artifacts/samples/{made.json['id']}"
        for slot in ("blob", "loose"):
            callers["owner"].simulate_put(f"{url}/{slot}", body=b"original")
        for field, value in WAYS[state]:
            assert patch(callers["admin"], url, field, value).status_code == 200
        if state == "deleted":
            assert callers["owner"].simulate_delete(url).status_code == 204
        return url

    return make


WAYS = {
    "drafted": [],
    "active": [("status", "active")],
    "deactivated": [("status", "active"), ("status", "deactivated")],
    "public": [("status", "active"), ("visibility", "public")],
    "deleted": [("status", "active")],
}


def patch(client, url, field, value, op="replace", headers=PATCH):
    body = json.dumps([{"op": op, "path": f"/{field}", "value": value}])
    return client.simulate_patch(url, body=body, headers=headers)


def seen(callers, url):
    """Return what an admin sees of an artifact, and its bytes."""
    shown = callers["admin"].simulate_get(url).json
    bytes_of = [callers["admin"].simulate_get(f"{url}/{slot}") for slot in ("blob", "loose")]
    return shown, [(each.status_code, each.content) for each in bytes_of]


@pytest.mark.parametrize("who", ["owner", "admin"])
@pytest.mark.parametrize("state", EDGES)
def test_the_status_moves_along_its_edges_alone(callers, make, state, who):
    """D17."""
    for status in STATUSES:
        expected = EDGES[state].get(status, (403, 403))[who == "admin"]
        url = make(state)
        before = seen(callers, url)
        answer = patch(callers[who], url, "status", status)
        after = seen(callers, url)

        assert answer.status_code == expected, status
        assert after[1] == before[1]
        if expected != 200:
            assert after == before
        callers["admin"].simulate_delete(url)


@pytest.mark.parametrize("state", EDGES)
def test_what_is_no_status_is_none_in_any_spelling_and_operation(callers, make, state):
    """D17."""
    url = make(state)
    before = seen(callers, url)
    answers = [
        patch(callers["admin"], url, "status", status, op).status_code
        for status in NO_STATUSES
        for op in ("add", "replace")
    ]
    for body in (
        [{"op": "remove", "path": "/status"}],
        [{"op": "move", "from": "/status", "path": "/string"}],
        [{"op": "copy", "from": "/name", "path": "/status"}],
        [{"op": "move", "from": "/labels/k", "path": "/status"}],
        [{"op": "add", "path": "/status/0", "value": "active"}],
        [{"op": "add", "path": "/status/", "value": "active"}],
        [{"op": "add", "path": "//status", "value": "active"}],
        [{"op": "add", "path": "/Status", "value": "active"}],
        [{"op": "add", "path": "/status~0", "value": "active"}],
        [{"op": "add", "path": "", "value": {"status": "active"}}],
        [{"op": "add", "path": "/_status", "value": "active"}],
        [{"op": "add", "path": "/activated_at", "value": None}],
    ):
        answers.append(
            callers["admin"].simulate_patch(url, body=json.dumps(body), headers=PATCH).status_code
        )

    assert set(answers) <= {400, 403}
    assert seen(callers, url) == before


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", ["owner", "admin", "other"])
def test_no_header_changes_a_status_or_bytes(callers, make, state, who):
    """D17: on each method that could listen to one."""
    url = make(state)
    before = seen(callers, url)
    for name, value in STEALTH.items():
        headers = {name: value}
        client = callers[who]
        answers = [
            client.simulate_get(url, headers=headers),
            client.simulate_head(url, headers=headers),
            client.simulate_get(f"{url}/blob", headers=headers),
            client.simulate_post(url, headers=headers, body=b"other"),
            client.simulate_put(url, headers=headers, body=b"other"),
            client.simulate_patch(url, body="[]", headers={**PATCH, **headers}),
            client.simulate_patch(f"{url}/blob", body="[]", headers={**PATCH, **headers}),
            client.simulate_post(f"{url}/blob", headers=headers, body=b"other"),
        ]

        assert all(each.status_code < 500 for each in answers)
        assert seen(callers, url) == before, name


@pytest.mark.parametrize("state", ["active", "deactivated", "public"])
@pytest.mark.parametrize("who", ["owner", "admin", "other"])
def test_no_header_opens_a_slot_that_is_closed(callers, make, state, who):
    """D17."""
    url = make(state)
    before = seen(callers, url)
    for name, value in STEALTH.items():
        headers = {name: value, "OpenStack-API-Version": "artifact 1.2"}
        link = json.dumps({"url": "https://mirror.example/disk"})
        answers = [
            callers[who].simulate_put(f"{url}/blob", body=b"other", headers=headers),
            callers[who].simulate_put(f"{url}/blob", body=link, headers={**LOCATION, **headers}),
            callers[who].simulate_delete(f"{url}/blob", headers=headers),
        ]

        assert {each.status_code for each in answers} <= {403, 404, 409}
        assert seen(callers, url) == before, name


def test_no_header_makes_a_new_artifact_anything_but_a_private_draft(callers):
    """D17."""
    answers = [
        callers["owner"].simulate_post(
            "/artifacts/samples", json={"name": name}, headers={name: value}
        )
        for name, value in STEALTH.items()
    ]
    found = {(each.json["status"], each.json["visibility"], each.json["owner"]) for each in answers}

    assert found == {("drafted", "private", "project")}
    assert len({each.json["id"] for each in answers}) == len(STEALTH)
