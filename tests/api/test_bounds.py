"""What one request may ask for: however much it asks, the service's work is bounded."""

import json
import time

import pytest

from artifacts.model.limits import USUAL

PATCH = {"Content-Type": "application/json-patch+json"}
MAX_JSON, MOST_OPERATIONS, MOST_SORTS = USUAL.json_size, USUAL.operations, USUAL.sort_keys
PATIENCE = 5  # seconds of processor time; each of these takes about one on a slow machine
LIST = "/artifacts/samples"


@pytest.fixture
def patch(client, url):
    def send(operations):
        body = operations if isinstance(operations, str) else json.dumps(operations)
        return client.simulate_patch(url, body=body.encode(), headers=PATCH)

    return send


def nested(opening, closing, depth):
    return opening * depth + "1" + closing * depth


# --- lists


@pytest.mark.parametrize("limit", [1001, 10**9, 10**12, 10**3000])
def test_a_page_has_a_most(client, life, limit):
    """D39: a limit of 10**9 is 1000, and nothing is set aside for what is not there."""
    for number in range(3):
        life.create(f"n{number}")
    answer = client.simulate_get(LIST, query_string=f"limit={limit}")

    assert answer.status_code == 200
    assert len(answer.json["artifacts"]) == 3
    assert "next" not in answer.json


@pytest.mark.parametrize("most", [3, 1000])
def test_a_limit_above_the_most_is_the_most(deploy, most):
    """D39."""
    deployment = deploy({"DEFAULT": {"max_api_limit": most}})
    client = deployment.client()
    for number in range(5):
        client.simulate_post(LIST, json={"name": f"n{number}"})
    answer = client.simulate_get(LIST, query_string="limit=1000000000").json

    assert len(answer["artifacts"]) == min(most, 5)
    assert ("next" in answer) == (most == 3)


@pytest.mark.parametrize(
    "marker", ["x" * 8000, "%25" * 2000, "a,b", "0" * 36, "%F0%9F%98%80" * 500]
)
def test_a_marker_of_any_length_is_one_that_is_not_there(client, marker):
    """D39."""
    assert client.simulate_get(LIST, query_string=f"marker={marker}").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sort=" + ",".join(["name:asc"] * MOST_SORTS), 200),
        ("sort=" + ",".join(["name:asc"] * (MOST_SORTS + 1)), 400),
        ("sort=" + "," * 8000, 400),
        ("sort=" + "x" * 8000, 400),
        ("&".join(["name=neq:a"] * 64), 200),
        ("&".join(["name=neq:a"] * 65), 400),
        ("&".join(["or:name=a"] * 5000), 400),
        ("name=in:" + ",".join(["a"] * 1000), 200),
        ("name=in:" + ",".join(["a"] * 1001), 400),
        ("&".join(["name=in:" + ",".join(["a"] * 500)] * 3), 400),
        ("name=in:" + "," * 100_000, 400),
        ("name=in:" + '"' * 100_000, 400),
        ("tags=" + ",".join(f"t{number}" for number in range(256)), 400),
        ("tags-any=" + ",".join(f"t{number}" for number in range(1001)), 400),
        ("tags=" + "x" * 256, 400),
        ("name=" + "x" * 256, 400),
        ("name=like:" + "%25a" * 200, 400),
        ("name=like:" + "%25a" * 60, 200),
        ("version=" + "1" * 5000, 400),
        ("version=1." + "a" * 300, 400),
        ("created_at=gt:" + "2" * 5000, 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_list_is_asked_for_is_bounded(client, life, query, status):
    """D39: 64 parameters, some sort keys, 1000 values, and each value as its field has it."""
    life.create()
    began = time.process_time()
    answer = client.simulate_get(LIST, query_string=query)

    assert answer.status_code == status
    assert time.process_time() - began < PATIENCE
    if status == 400:
        assert len(answer.json["error"]["message"]) < 300
        assert "x" * 100 not in answer.text


# --- JSON


@pytest.mark.parametrize("depth", [17, 90, 300, 900, 1000, 5000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_json_is_refused_at_each_depth(client, patch, depth, opening, closing):
    """D49: also where Python's own reader takes it, and where it barely does not."""
    deep = nested(opening, closing, depth)
    body = f'{{"name": "n", "labels": {deep}}}'
    created = client.simulate_post(
        LIST, body=body.encode(), headers={"Content-Type": "application/json"}
    )

    assert created.status_code == 400
    for op in ("add", "replace", "test"):
        for path in ("/labels", "/labels/k", "/string", "/unheard_of"):
            text = f'[{{"op": "{op}", "path": "{path}", "value": {deep}}}]'
            assert patch(text).status_code == 400


# --- patches


@pytest.mark.parametrize("number", [MOST_OPERATIONS + 1, 10_000])
def test_operations_are_bounded(patch, number):
    """D49: 256 of them."""
    assert (
        patch([{"op": "test", "path": "/name", "value": "name"}] * MOST_OPERATIONS).status_code
        == 200
    )
    assert patch([{"op": "test", "path": "/name", "value": "name"}] * number).status_code == 400


@pytest.mark.parametrize("op", ["add", "remove", "test", "copy", "move"])
@pytest.mark.parametrize(
    "pointer",
    ["/labels/" + "k" * 1017, "/words/" + "9" * 1018, "/a" * 513, "/labels/" + "~1" * 500_000],
    ids=lambda value: value[:10],
)
def test_pointers_are_bounded(patch, op, pointer):
    """D49: 1024 characters, wherever they stand."""
    for ends in ({"path": pointer, "from": "/name"}, {"path": "/string", "from": pointer}):
        operation = {"op": op, "value": "v", **ends}
        if op in ("copy", "move") or ends["path"] == pointer:
            assert patch([operation]).status_code in (400, 413)


def test_the_body_of_a_patch_is_bounded(patch):
    """D49: 1 MiB."""
    assert patch([{"op": "add", "path": "/string", "value": "x" * MAX_JSON}]).status_code == 413


@pytest.fixture
def full(client, deployment):
    """An image whose every list and dict is full."""
    values = {f"k{number}": "v" * 255 for number in range(255)}
    tags = [f"t{number}".ljust(255, "x") for number in range(255)]
    image = client.simulate_post(
        "/artifacts/images",
        json={"name": "n", "metadata": values, "properties": values, "tags": tags},
    ).json
    return f"/artifacts/images/{image['id']}"


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ({"op": "copy", "from": "/metadata/k1", "path": "/metadata/k2"}, 200),
        ({"op": "copy", "from": "/metadata/k1", "path": "/metadata/more"}, 400),
        ({"op": "copy", "from": "/metadata", "path": "/metadata/more"}, 400),
        ({"op": "copy", "from": "/metadata", "path": "/properties"}, 200),
        ({"op": "copy", "from": "/tags/0", "path": "/tags/-"}, 200),  # and dropped again
        ({"op": "copy", "from": "/tags", "path": "/tags/-"}, 400),
        ({"op": "move", "from": "/tags/0", "path": "/tags/-"}, 200),
        ({"op": "move", "from": "/metadata/k1", "path": "/metadata/k1"}, 200),
        ({"op": "add", "path": "/tags/0", "value": "one more"}, 400),
        ({"op": "test", "path": "/metadata/k1", "value": "v" * 255}, 200),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_most_operations_on_the_fullest_artifact_take_bounded_time(
    client, full, operation, status
):
    """D49: copies do not double what is there, and 256 of them take about a second."""
    body = json.dumps([operation] * MOST_OPERATIONS).encode()
    began = time.process_time()
    answer = client.simulate_patch(full, body=body, headers=PATCH)

    assert answer.status_code == status
    assert time.process_time() - began < PATIENCE
    assert len(client.simulate_get(full).content) < 300_000


@pytest.mark.parametrize(
    "value",
    [["t"] * 200_000, [[]] * 200_000, {str(n): "" for n in range(80_000)}, [{}] * 200_000],
    ids=["texts", "lists", "keys", "objects"],
)
def test_the_largest_value_is_refused_in_bounded_time(patch, value):
    """D49; of texts that are all the same, one tag is left."""
    for path in ("/words", "/labels", "/tags", "/string", "/metadata"):
        began = time.process_time()
        answer = patch([{"op": "add", "path": path, "value": value}])

        taken = path == "/tags" and value == ["t"] * 200_000
        assert answer.status_code == (200 if taken else 400)
        assert time.process_time() - began < PATIENCE
