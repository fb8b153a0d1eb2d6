"""Limits: as an operator sets them, and for all that one project could make too many of (D21)."""

import json

import pytest

from artifacts.errors import Misconfigured

V12 = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = {"Content-Type": "application/json-patch+json", **V12}
LIST = "/artifacts/samples"
LOWERED = {
    "max_operations": 2,
    "max_parameters": 8,
    "max_values": 3,
    "max_sort_keys": 2,
    "max_tags": 2,
    "max_items": 3,
}


@pytest.fixture
def lowered(deploy):
    return deploy({"limits": LOWERED})


@pytest.fixture
def url(lowered):
    """An artifact of a service whose limits are low."""
    made = lowered.client().simulate_post(LIST, json={"name": "n", "tags": ["a", "b"]})
    assert made.status_code == 201
    return f"{LIST}/{made.json['id']}"


def refusal(answer, status=400):
    assert answer.status_code == status, answer.text
    return answer.json["error"]["message"]


def patched(client, url, *operations):
    return client.simulate_patch(url, body=json.dumps(operations), headers=PATCH)


def put(path, value):
    return {"op": "add", "path": path, "value": value}


class TestWhatOneRequestMayAskFor:
    def test_operations(self, lowered, url):
        client = lowered.client()
        operation = {"op": "test", "path": "/name", "value": "n"}

        assert patched(client, url, operation, operation).status_code == 200
        refused = refusal(patched(client, url, *[operation] * 3))
        assert refused == "patch: must have at most 2 operations"

    @pytest.mark.parametrize(
        ("fits", "is_too_much", "message"),
        [
            (
                "&".join(["name=neq:a"] * 3),
                "&".join(["name=a"] * 9),
                "query: must be UTF-8, with at most 8 parameters",
            ),
            (
                "name=in:a,b,c",
                "name=in:a,b&version=in:1.0.0,2.0.0",
                "query: at most 3 values are allowed in all its conditions",
            ),
            (
                "sort=name,id:asc",
                "sort=name,id,version",
                "sort: at most 2 keys are allowed",
            ),
            ("tags=a,b", "tags=a,b,c", "tags: must have at most 2 items"),
        ],
        ids=lambda value: value[:12],
    )
    def test_of_a_list(self, lowered, url, fits, is_too_much, message):
        client = lowered.client()

        assert client.simulate_get(LIST, query_string=fits).status_code == 200
        assert refusal(client.simulate_get(LIST, query_string=is_too_much)) == message

    @pytest.mark.parametrize("size", [64 * 1024, 2 * 1024 * 1024])
    def test_bytes_of_json(self, deploy, size):
        client = deploy({"limits": {"max_json_size": size}}).client()
        least = len(json.dumps({"name": ""}))

        assert "255" in refusal(client.simulate_post(LIST, json={"name": "x" * (size - least)}))
        told = refusal(client.simulate_post(LIST, json={"name": "x" * (size - least + 1)}), 413)
        assert told == f"body: at most {size} bytes of JSON are allowed"

    def test_operations_may_be_more_than_usual(self, deploy):
        client = deploy({"limits": {"max_operations": 1000}}).client()
        made = client.simulate_post(LIST, json={"name": "n"}).json
        several = [put("/number", number) for number in range(300)]

        assert patched(client, f"{LIST}/{made['id']}", *several).json["number"] == 299


class TestWhatOneArtifactMayHold:
    """D21."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("tags", ["a", "b", "c"]),
            ("words", ["a"] * 4),
            ("labels", {str(n): "v" for n in range(4)}),
            ("metadata", {str(n): "v" for n in range(4)}),
        ],
    )
    def test_in_a_field_at_once_and_by_and_by(self, lowered, url, name, value):
        client = lowered.client()
        most = len(value) - 1
        rule = f"{name}: must have at most {most} " + (
            "keys" if name in "labels metadata" else "items"
        )

        assert refusal(client.simulate_post(LIST, json={"name": "m", name: value})) == rule
        assert refusal(patched(client, url, put(f"/{name}", value))) == rule
        fits = value[:most] if isinstance(value, list) else dict(list(value.items())[:most])
        assert patched(client, url, put(f"/{name}", fits)).json[name] == fits
        more = put(f"/{name}/{'-' if isinstance(value, list) else 'k'}", "more")
        assert refusal(patched(client, url, more)) == rule

    def test_tags_by_their_own_urls(self, lowered, url):
        client = lowered.client()

        assert client.simulate_put(f"{url}/tags/b", headers=V12).status_code == 204
        for path, body in ((f"{url}/tags/c", None), (f"{url}/tags", {"tags": ["a", "b", "c"]})):
            refused = client.simulate_put(path, json=body, headers=V12)
            assert refusal(refused) == "tags: must have at most 2 items"

    def test_keys_of_a_folder_are_those_that_its_type_declares(self, lowered, url):
        client = lowered.client()
        for key in range(5):
            stored = client.simulate_put(f"{url}/folder/{key}", body=b"x")
            assert stored.status_code == 200

        assert refusal(client.simulate_put(f"{url}/folder/6", body=b"x")) == (
            "folder: must have at most 5 keys"
        )
        assert (
            client.simulate_put(f"{url}/folder/4", body=b"y").status_code == 200
        )  # no more than before

    def test_keys_of_a_folder_whose_type_declares_none(self, lowered):
        client = lowered.client()
        made = client.simulate_post("/artifacts/heat_templates", json={"name": "n"})
        folder = f"/artifacts/heat_templates/{made.json['id']}/nested_templates"
        for key in range(3):
            assert client.simulate_put(f"{folder}/{key}", body=b"x").status_code == 200

        assert refusal(client.simulate_put(f"{folder}/3", body=b"x")) == (
            "nested_templates: must have at most 3 keys"
        )

    def test_members(self, deploy):
        deployment = deploy({"DEFAULT": {"max_members": 2}})
        client = deployment.client()
        made = client.simulate_post(LIST, json={"name": "n"}).json
        url = f"{LIST}/{made['id']}"
        shared = [put("/status", "active"), put("/visibility", "shared")]
        assert patched(client, url, *shared).status_code == 200
        added = [
            client.simulate_post(f"{url}/members", json={"member": each}, headers=V12)
            for each in ("p", "q", "r")
        ]

        assert [each.status_code for each in added] == [201, 201, 403]
        assert refusal(added[-1], 403) == "members: there can be at most 2"

    def test_artifacts_and_bytes_of_its_project(self, deploy):
        options = {"max_artifact_number": 2, "max_uploaded_data": 10}
        client = deploy({"DEFAULT": options}).client()
        made = [client.simulate_post(LIST, json={"name": f"n{n}"}) for n in range(3)]
        uploaded = [
            client.simulate_put(f"{LIST}/{each.json['id']}/blob", body=b"123456")
            for each in made[:2]
        ]

        assert [each.status_code for each in made] == [201, 201, 403]
        assert refusal(made[2], 403) == "quota: the project may keep 2 artifacts"
        assert [each.status_code for each in uploaded] == [200, 413]
        assert refusal(uploaded[1], 413) == "quota: the project may keep 10 bytes"

    def test_what_holds_more_than_a_limit_that_came_later_can_still_be_used(self, deploy):
        client = deploy().client()
        made = client.simulate_post(LIST, json={"name": "n", "tags": list("abcdef")}).json
        url = f"{LIST}/{made['id']}"
        client = deploy({"limits": LOWERED}).client()

        assert client.simulate_get(url).json["tags"] == list("abcdef")
        assert patched(client, url, put("/string", "s")).status_code == 200
        assert "at most 2" in refusal(patched(client, url, {"op": "remove", "path": "/tags/0"}))
        assert patched(client, url, put("/tags", ["a"])).json["tags"] == ["a"]


def test_schemas_and_the_description_say_the_limits(lowered):
    client = lowered.client()
    schema = client.simulate_get("/schemas/samples", headers=V12).json["schemas"]["samples"]
    described = client.simulate_get("/openapi.json").json["components"]

    told = schema["properties"]
    assert (told["tags"]["maxItems"], told["words"]["maxItems"]) == (2, 3)
    assert (told["labels"]["maxProperties"], told["folder"]["maxProperties"]) == (3, 5)
    assert described["schemas"]["samples-patch"]["maxItems"] == 2
    assert described["schemas"]["samples"]["properties"]["tags"]["maxItems"] == 2
    assert described["parameters"]["samples-sort"]["schema"]["pattern"].endswith("{0,1}$")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_json_size", 1000),
        ("max_json_size", 2**30),
        ("max_operations", 0),
        ("max_operations", 10**6),
        ("max_parameters", 65),
        ("max_values", 1001),
        ("max_sort_keys", 17),
        ("max_tags", 256),
        ("max_tags", -1),
        ("max_items", 256),
        ("max_items", "many"),
        ("max_request_line", 0),
        ("max_headers", 5),
        ("max_header_size", 10**9),
    ],
)
def test_a_limit_that_nothing_could_keep_stops_the_start(deploy, name, value):
    with pytest.raises(Misconfigured, match=name):
        deploy({"limits": {name: value}})
