"""D47 (LP 1889676): nothing that callers name themselves takes the place of what has a name."""

import json

import pytest

from artifacts.model.every_type import EveryType

PATCH = {"Content-Type": "application/json-patch+json"}
BASE = sorted(EveryType.fields)
SYSTEM = ("id", "owner", "created_at", "updated_at", "activated_at", "display_type_name")
NOT_AT_FIRST = ("status", "visibility", "display_type_name")
# What the service keeps of an artifact beside its fields, and what its neighbours have kept.
INTERNAL = (
    *("type_name", "type_version", "type", "revision", "pool", "scope", "audience", "order_key"),
    *("project_id", "project", "tenant", "stores", "store", "os_glance_import_task", "locations"),
    *("blobs", "values", "fields", "_values", "__class__", "__dict__", "deleted", "deleted_at"),
)
LIES = {
    "id": "00000000-0000-4000-8000-000000000000",
    "owner": "elsewhere",
    "status": "active",
    "visibility": "public",
    "version": "9.9.9",
    "name": "lie",
    "type_name": "images",
    "stores": "other",
    "image": "lie",
    "disk_format": "raw",
}
TYPES = {
    "samples": {"name": "true"},
    "images": {"name": "true", "disk_format": "iso", "container_format": "bare"},
}
FREE = [("samples", "metadata"), ("samples", "labels"), ("images", "metadata")]
FREE.append(("images", "properties"))


def patch(client, url, *operations):
    return client.simulate_patch(url, body=json.dumps(operations), headers=PATCH)


@pytest.fixture
def make(client):
    def make(type_name="samples", **more):
        made = client.simulate_post(f"/artifacts/{type_name}", json={**TYPES[type_name], **more})
        assert made.status_code == 201, made.text
        return made.json, f"/artifacts/{type_name}/{made.json['id']}"

    return make


@pytest.mark.parametrize(("type_name", "free"), FREE)
@pytest.mark.parametrize("way", ["create", "replace", "keys"])
def test_what_is_said_in_a_free_dict_stays_in_it(deployment, client, make, type_name, free, way):
    """D47."""
    plain, _ = make(type_name)
    if way == "create":
        _, url = make(type_name, name="full", **{free: LIES})
    else:
        _, url = make(type_name, name="full", **{free: {}})
        whole = [{"op": "replace", "path": f"/{free}", "value": LIES}]
        each = [
            {"op": "add", "path": f"/{free}/{key}", "value": value} for key, value in LIES.items()
        ]
        assert patch(client, url, *(whole if way == "replace" else each)).status_code == 200
    shown = client.simulate_get(url).json

    assert shown[free] == LIES
    assert {name for name in shown if shown[name] != plain[name]} <= {
        *("id", "name", "created_at", "updated_at", free)
    }
    assert client.simulate_get(url.replace(type_name, "all")).json["type_name"] == type_name
    assert deployment.client("elsewhere").simulate_get(url).status_code == 404
    assert client.simulate_get(f"/artifacts/{type_name}/{LIES['id']}").status_code == 404
    assert client.simulate_put(f"{url}/{free}/image", body=b"x").status_code == 400


@pytest.mark.parametrize(("type_name", "free"), FREE)
def test_no_list_takes_what_a_free_dict_says_for_what_a_field_says(
    deployment, client, make, type_name, free
):
    """D47: by each name that both have."""
    known, _ = make(type_name, **{free: LIES})

    def found(query, who=client):
        answer = who.simulate_get(f"/artifacts/{type_name}?{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json["artifacts"]]

    for name in ("id", "owner", "status", "visibility", "version", "name"):
        assert found(f"{name}={LIES[name]}") == []
        assert found(f"{name}={known[name]}") == [known["id"]]
    assert found("", deployment.client("elsewhere")) == []
    assert found("owner=elsewhere", deployment.client("elsewhere")) == []
    assert found(f"{free}.owner=elsewhere") == [known["id"]]
    assert found(f"{free}.owner=project") == []
    assert found(f"{free}.owner=elsewhere", deployment.client("elsewhere")) == []


@pytest.mark.parametrize("name", SYSTEM)
def test_a_body_cannot_say_what_the_service_says(client, name):
    """D47."""
    true = {"id": "00000000-0000-4000-8000-000000000000", "owner": "elsewhere"}
    value = true.get(name, "2020-01-01T00:00:00Z")
    made = client.simulate_post("/artifacts/samples", json={"name": "n", name: value})

    assert made.status_code in (400, 403)
    assert client.simulate_get("/artifacts/samples").json["artifacts"] == []


@pytest.mark.parametrize("name", NOT_AT_FIRST)
@pytest.mark.parametrize("value", ["active", "public", None, {}])
def test_a_new_artifact_cannot_say_in_which_state_it_is(client, name, value):
    """D47: nor by saying it twice, whichever of the two a reader takes."""
    twice = f'{{"name": "n", "{name}": {json.dumps(value)}, "string": "x", "{name}": "drafted"}}'
    headers = {"Content-Type": "application/json"}
    bodies = [json.dumps({"name": "n", name: value}), twice]

    for body in bodies:
        made = client.simulate_post("/artifacts/samples", body=body, headers=headers)
        assert made.status_code == 400


@pytest.mark.parametrize(
    "name", [*INTERNAL, "Status", "status ", "\uff53tatus", "sta\u200btus", ""]
)
def test_a_name_that_is_no_field_is_none_anywhere(client, make, name):
    """D47: what the service keeps beside the fields cannot be named, nor a look-alike of one."""
    shown, url = make()
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    answers = [
        client.simulate_post("/artifacts/samples", json={"name": "n", name: "x"}),
        patch(client, url, {"op": "add", "path": pointer, "value": "x"}),
        patch(client, url, {"op": "add", "path": f"{pointer}/x", "value": "x"}),
        patch(client, url, {"op": "test", "path": pointer, "value": "x"}),
        patch(client, url, {"op": "copy", "from": pointer, "path": "/string"}),
        patch(client, url, {"op": "move", "from": "/labels/x", "path": pointer}),
        client.simulate_get("/artifacts/samples", params={name or "=": "x"}),
        client.simulate_get("/artifacts/samples", params={f"{name}.x": "x"}),
        client.simulate_get("/artifacts/samples", params={"sort": f"{name}:asc"}),
        client.simulate_put(f"{url}/{name or ' '}", body=b"x"),
        client.simulate_put(f"{url}/{name or ' '}/x", body=b"x"),
    ]

    assert [each.status_code for each in answers] == [400] * len(answers)
    assert client.simulate_get(url).json == shown


@pytest.mark.parametrize("name", SYSTEM)
@pytest.mark.parametrize("op", ["add", "replace", "copy", "move"])
def test_a_patch_does_not_put_anything_where_the_service_says_it(client, make, name, op):
    """D47."""
    shown, url = make(string=LIES["id"], labels={"k": LIES["id"]})
    step = {"op": op, "path": f"/{name}"}
    step |= {"copy": {"from": "/string"}, "move": {"from": "/labels/k"}}.get(
        op, {"value": LIES["id"]}
    )
    answer = patch(client, url, step)

    assert answer.status_code in (400, 403)
    assert client.simulate_get(url).json == shown


@pytest.mark.parametrize("key", [*BASE, "type_name", "members", "blob", "folder"])
def test_a_blob_under_the_key_of_a_field_is_nothing_but_a_blob_in_its_folder(client, make, key):
    """D47."""
    shown, url = make()
    filled = client.simulate_put(f"{url}/folder/{key}", body=b"bytes")

    assert filled.status_code == 200
    assert set(filled.json["folder"]) == {key}
    changed = {name for name, value in filled.json.items() if value != shown[name]}
    assert changed <= {"folder", "updated_at"}
    assert client.simulate_get(f"{url}/folder/{key}").content == b"bytes"
    # `blob` is a slot of its own, and empty still; no other is a slot at all.
    assert client.simulate_get(f"{url}/{key}").status_code == (404 if key == "blob" else 400)


def test_no_blob_can_be_put_where_a_sub_resource_will_be(client, make):
    """D47: their names are kept free in every type."""
    _, url = make()
    for name in ("members", "tags", "history", "uploads", "jobs", "actions", "referrers"):
        for path in (name, f"{name}/x"):
            assert client.simulate_put(f"{url}/{path}", body=b"x").status_code in (400, 404, 405)


@pytest.mark.parametrize("type_name", TYPES)
def test_an_answer_has_fields_and_nothing_that_a_type_could_hide(
    deployment, client, make, type_name
):
    """D47: `type_name`, which `all` adds, is no name for a field."""
    fields = set(deployment.parts.types[type_name].fields)
    shown, url = make(type_name, name="n")
    in_all = client.simulate_get(url.replace(type_name, "all")).json

    assert set(shown) == fields
    assert set(in_all) - {"type_name"} <= set(EveryType.fields)
    assert "type_name" not in fields
