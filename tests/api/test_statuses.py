"""Which status each request gets: the contract's tables of checks, in their order (section 1.2)."""

import json

import pytest

JSON = "application/json"
PATCH = "application/json-patch+json"
LOCATION = "application/vnd+openstack.glare-custom-location+json"
HTTPS = "https://mirror.example/disk"


def add(path, value):
    return [{"op": "add", "path": path, "value": value}]


# who, method, path, media type, body -> status. `{draft}` and the like are ids that exist:
# `active`, `public` and `deactivated` are of the project, `foreign` is another's private draft.
REQUESTS = [
    # schemas
    ("member", "GET", "/schemas", None, None, 200),
    ("member", "GET", "/schemas/images", None, None, 200),
    ("member", "GET", "/schemas/all", None, None, 200),
    ("member", "GET", "/schemas/nothing", None, None, 404),
    ("member", "GET", "/schemas/", None, None, 404),
    # lists
    ("member", "GET", "/artifacts/samples", None, None, 200),
    ("member", "GET", "/artifacts/all", None, None, 200),
    ("nobody", "GET", "/artifacts/samples", None, None, 200),
    ("member", "GET", "/artifacts/nothing", None, None, 404),
    ("member", "GET", "/artifacts", None, None, 404),
    ("member", "GET", "/artifacts/", None, None, 404),
    ("member", "GET", "/artifacts/samples?limit=-1", None, None, 400),
    ("member", "GET", "/artifacts/samples?sort=name:up", None, None, 400),
    ("member", "GET", "/artifacts/samples?sort=blob", None, None, 400),
    ("member", "GET", "/artifacts/samples?nothing=1", None, None, 400),
    ("member", "GET", "/artifacts/samples?name=gt:a:b", None, None, 400),
    ("member", "GET", "/artifacts/samples?name=in:%22a", None, None, 400),
    ("member", "GET", "/artifacts/samples?marker=nobody", None, None, 404),
    ("member", "GET", "/artifacts/samples?marker={foreign}", None, None, 404),
    ("admin", "GET", "/artifacts/samples?marker={foreign}", None, None, 200),
    # creating
    ("member", "POST", "/artifacts/samples", None, {"name": "n"}, 415),
    ("member", "POST", "/artifacts/samples", "text/plain", {"name": "n"}, 415),
    ("member", "POST", "/artifacts/samples", "APPLICATION/JSON", {"name": "n"}, 415),
    ("member", "POST", "/artifacts/samples", f"{JSON}; charset=utf-8", {"name": "n"}, 201),
    ("member", "POST", "/artifacts/nothing", "text/plain", b"{", 415),
    ("member", "POST", "/artifacts/nothing", JSON, b"{", 400),
    ("member", "POST", "/artifacts/nothing", JSON, {}, 400),
    ("member", "POST", "/artifacts/nothing", JSON, {"name": "n"}, 404),
    ("nobody", "POST", "/artifacts/nothing", JSON, {"name": "n"}, 403),
    ("nobody", "POST", "/artifacts/samples", JSON, {}, 403),
    ("nobody", "POST", "/artifacts/samples", JSON, b"{", 400),
    ("member", "POST", "/artifacts/samples", JSON, [], 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": ""}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": None}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": 0}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": 1}, 201),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "visibility": "private"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "status": "drafted"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "display_type_name": "x"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "id": "x"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "id": "{draft}"}, 403),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "owner": "p"}, 403),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "blob": None}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "folder": {}}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "nothing": 1}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "number": "x"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "number": 2**63}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "n", "version": "65536"}, 400),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "draft"}, 409),
    ("member", "POST", "/artifacts/samples", JSON, {"name": "draft", "version": "2"}, 201),
    ("member", "POST", "/artifacts/all", JSON, {"name": "n"}, 403),
    ("member", "POST", "/artifacts/all", JSON, {}, 400),
    # one artifact
    ("member", "GET", "/artifacts/samples/{draft}", None, None, 200),
    ("member", "GET", "/artifacts/all/{draft}", None, None, 200),
    ("member", "GET", "/artifacts/images/{draft}", None, None, 404),
    ("member", "GET", "/artifacts/nothing/{draft}", None, None, 404),
    ("member", "GET", "/artifacts/samples/garbage", None, None, 404),
    ("member", "GET", "/artifacts/samples/{draft}.json", None, None, 404),
    ("member", "GET", "/artifacts/samples/", None, None, 404),
    ("member", "GET", "/artifacts/samples/{foreign}", None, None, 404),
    ("admin", "GET", "/artifacts/samples/{foreign}", None, None, 200),
    ("nobody", "GET", "/artifacts/samples/{public}", None, None, 200),
    ("nobody", "GET", "/artifacts/samples/{draft}", None, None, 404),
    # changing
    ("member", "PATCH", "/artifacts/samples/{draft}", None, [], 415),
    ("member", "PATCH", "/artifacts/samples/{draft}", JSON, [], 415),
    ("member", "PATCH", "/artifacts/samples/garbage", PATCH, b"[", 400),
    ("member", "PATCH", "/artifacts/samples/garbage", PATCH, {"a": 1}, 400),
    ("member", "PATCH", "/artifacts/samples/garbage", PATCH, [{"op": "add"}], 400),
    ("member", "PATCH", "/artifacts/samples/garbage", PATCH, [], 404),
    ("member", "PATCH", "/artifacts/nothing/{draft}", PATCH, [], 404),
    ("member", "PATCH", "/artifacts/samples/{foreign}", PATCH, [], 404),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, [], 200),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/string", "x"), 200),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/number", "x"), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/nothing", "x"), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/blob", None), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/folder/k", {}), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/id", "{active}"), 403),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/name", "active"), 409),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/visibility", "public"), 403),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/visibility", "x"), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/status", "active"), 200),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/status", "deactivated"), 403),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/status", "deleted"), 403),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/status", "x"), 400),
    ("member", "PATCH", "/artifacts/samples/{draft}", PATCH, add("/status", None), 400),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/string", "x"), 200),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/fixed", "x"), 403),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/status", "drafted"), 403),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/status", "active"), 200),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/status", "deactivated"), 403),
    ("admin", "PATCH", "/artifacts/samples/{active}", PATCH, add("/status", "deactivated"), 200),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/visibility", "public"), 403),
    ("admin", "PATCH", "/artifacts/samples/{active}", PATCH, add("/visibility", "public"), 200),
    ("member", "PATCH", "/artifacts/samples/{active}", PATCH, add("/visibility", "private"), 200),
    ("admin", "PATCH", "/artifacts/samples/{public}", PATCH, add("/visibility", "private"), 403),
    ("member", "PATCH", "/artifacts/samples/{public}", PATCH, add("/string", "x"), 403),
    ("other", "PATCH", "/artifacts/samples/{public}", PATCH, add("/string", "x"), 403),
    ("nobody", "PATCH", "/artifacts/samples/{public}", PATCH, [], 403),
    ("admin", "PATCH", "/artifacts/samples/{deactivated}", PATCH, add("/string", "x"), 403),
    ("member", "PATCH", "/artifacts/samples/{deactivated}", PATCH, add("/status", "active"), 403),
    ("admin", "PATCH", "/artifacts/samples/{deactivated}", PATCH, add("/status", "active"), 200),
    ("member", "PATCH", "/artifacts/all/{draft}", PATCH, add("/description", "x"), 403),
    ("member", "PATCH", "/artifacts/all/{draft}", PATCH, [], 200),
    ("member", "PATCH", "/artifacts/all/{draft}", PATCH, add("/string", "x"), 400),
    ("member", "PATCH", "/artifacts/all/{foreign}", PATCH, add("/description", "x"), 404),
    # deleting
    ("member", "DELETE", "/artifacts/samples/{draft}", None, b"x", 400),
    ("member", "DELETE", "/artifacts/samples/{draft}", JSON, None, 204),
    ("member", "DELETE", "/artifacts/samples/{active}", None, None, 204),
    ("member", "DELETE", "/artifacts/samples/garbage", None, None, 404),
    ("member", "DELETE", "/artifacts/nothing/{draft}", None, None, 404),
    ("member", "DELETE", "/artifacts/samples/{foreign}", None, None, 404),
    ("admin", "DELETE", "/artifacts/samples/{foreign}", None, None, 204),
    ("member", "DELETE", "/artifacts/samples/{public}", None, None, 403),
    ("other", "DELETE", "/artifacts/samples/{public}", None, None, 403),
    ("admin", "DELETE", "/artifacts/samples/{public}", None, None, 204),
    ("member", "DELETE", "/artifacts/samples/{deactivated}", None, None, 403),
    ("admin", "DELETE", "/artifacts/samples/{deactivated}", None, None, 204),
    ("member", "DELETE", "/artifacts/all/{draft}", None, None, 403),
    # reading blobs
    ("member", "GET", "/artifacts/samples/{draft}/loose", None, None, 200),
    ("member", "GET", "/artifacts/samples/{draft}/blob", None, None, 404),
    ("member", "GET", "/artifacts/samples/{draft}/folder/k", None, None, 404),
    ("member", "GET", "/artifacts/samples/{draft}/string", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/nothing", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/tags", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/loose/key", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/loose/", None, None, 200),
    ("member", "GET", "/artifacts/samples/{draft}/folder", None, None, 400),
    ("member", "GET", "/artifacts/samples/{draft}/folder/", None, None, 400),
    ("member", "GET", "/artifacts/all/{draft}/loose", None, None, 400),
    ("member", "PUT", "/artifacts/all/{draft}/loose", None, b"x", 400),
    ("member", "DELETE", "/artifacts/all/{draft}/loose", None, None, 400),
    ("other", "GET", "/artifacts/samples/{public}/loose", None, None, 200),
    ("nobody", "GET", "/artifacts/samples/{public}/loose", None, None, 200),
    ("member", "GET", "/artifacts/samples/{foreign}/loose", None, None, 404),
    ("member", "GET", "/artifacts/samples/{deactivated}/loose", None, None, 403),
    ("admin", "GET", "/artifacts/samples/{deactivated}/loose", None, None, 200),
    # uploading
    ("member", "PUT", "/artifacts/samples/{draft}/blob", None, b"x", 200),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", JSON, b"{", 200),
    ("member", "PUT", "/artifacts/samples/{draft}/loose", None, b"x", 200),
    ("member", "PUT", "/artifacts/samples/{draft}/folder/k", None, b"x", 200),
    ("member", "PUT", "/artifacts/samples/{draft}/folder//x/", None, b"x", 200),
    ("member", "PUT", "/artifacts/samples/{draft}/folder", None, b"x", 400),
    ("member", "PUT", "/artifacts/samples/{draft}/string", None, b"x", 400),
    ("member", "PUT", "/artifacts/samples/{draft}/folder/" + "k" * 256, None, b"x", 400),
    ("member", "PUT", "/artifacts/samples/{draft}/folder/k", None, b"x" * 102_401, 413),
    ("member", "PUT", "/artifacts/samples/{foreign}/blob", None, b"x", 404),
    ("member", "PUT", "/artifacts/samples/garbage/blob", None, b"x", 404),
    ("member", "PUT", "/artifacts/nothing/{draft}/blob", None, b"x", 404),
    ("member", "PUT", "/artifacts/samples/{active}/blob", None, b"x", 403),
    ("member", "PUT", "/artifacts/samples/{active}/loose", None, b"x", 200),
    ("member", "PUT", "/artifacts/samples/{public}/loose", None, b"x", 200),
    ("other", "PUT", "/artifacts/samples/{public}/loose", None, b"x", 403),
    ("admin", "PUT", "/artifacts/samples/{deactivated}/loose", None, b"x", 403),
    # locations
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, b"{", 400),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, b'"url"', 400),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, [], 400),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, {}, 400),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, {"url": 1}, 400),
    ("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION, {"url": "httpfoo"}, 400),
    (
        *("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION),
        *({"url": HTTPS, "location_type": "other"}, 400),
    ),
    (
        *("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION),
        *({"url": HTTPS, "md5": "x"}, 400),
    ),
    (
        *("member", "PUT", "/artifacts/samples/{draft}/blob", LOCATION),
        *({"url": HTTPS, "md5": "0" * 32 + "\r\nX: y"}, 400),
    ),
    ("member", "PUT", "/artifacts/samples/{draft}/loose", LOCATION, {"url": HTTPS}, 409),
    ("member", "PUT", "/artifacts/samples/{draft}/string", LOCATION, {"url": HTTPS}, 400),
    ("member", "PUT", "/artifacts/samples/{draft}/folder", LOCATION, {"url": HTTPS}, 400),
    ("member", "PUT", "/artifacts/samples/{active}/blob", LOCATION, {"url": HTTPS}, 403),
    ("member", "PUT", "/artifacts/samples/{foreign}/blob", LOCATION, {"url": HTTPS}, 404),
    ("other", "PUT", "/artifacts/samples/{public}/blob", LOCATION, {"url": HTTPS}, 403),
    # emptying slots, as Glare has it: external ones alone
    ("member", "DELETE", "/artifacts/samples/{draft}/loose", None, None, 403),
    ("member", "DELETE", "/artifacts/samples/{draft}/blob", None, None, 404),
    ("member", "DELETE", "/artifacts/samples/{draft}/string", None, None, 400),
    ("member", "DELETE", "/artifacts/samples/{foreign}/loose", None, None, 404),
    ("other", "DELETE", "/artifacts/samples/{public}/loose", None, None, 403),
    # ways that are none
    ("member", "PUT", "/artifacts/samples", None, b"x", 405),
    ("member", "DELETE", "/artifacts/samples", None, None, 405),
    ("member", "POST", "/artifacts/samples/{draft}", JSON, {}, 405),
    ("member", "PUT", "/artifacts/samples/{draft}", None, b"x", 405),
    ("member", "PATCH", "/artifacts/samples/{draft}/blob", PATCH, [], 405),
    ("member", "POST", "/artifacts/samples/{draft}/blob", None, b"x", 405),
    ("member", "GET", "/nowhere", None, None, 404),
    ("unknown", "GET", "/artifacts/samples", None, None, 401),
    ("unknown", "GET", "/schemas", None, None, 401),
    ("unknown", "GET", "/nowhere", None, None, 401),
    ("unknown", "GET", "/healthcheck", None, None, 200),
    ("unknown", "GET", "/", None, None, 300),
]


@pytest.fixture
def make(deployment, life, live, admin, other):
    """Make artifacts in the states that are named, every one with bytes in `loose`."""
    operator, stranger = live(deployment.parts, admin), live(deployment.parts, other)

    def artifact(state):
        owner = stranger if state == "foreign" else life
        made = owner.create(state)
        owner.upload(made, "loose", b"12345")
        if state in ("active", "public", "deactivated"):
            life.activate(made)
        if state == "public":
            operator.change(made, visibility="public")
        if state == "deactivated":
            operator.change(made, status="deactivated")
        return made.id

    return lambda *states: {state: artifact(state) for state in states}


@pytest.fixture
def clients(deployment):
    return {
        "member": deployment.client(),
        "other": deployment.client("elsewhere"),
        "admin": deployment.admin(),
        "nobody": deployment.client(None),
        "unknown": deployment.plain_client(),
    }


def states_in(*texts):
    states = ("draft", "active", "public", "deactivated", "foreign")
    return [state for state in states if any(state in text for text in texts)]


def filled_in(text, ids):
    for name, id in ids.items():
        text = text.replace(f"{{{name}}}", id)
    return text


def named(value):
    return "" if value is None else str(value)[:60]


@pytest.mark.parametrize(("who", "method", "path", "media", "body", "status"), REQUESTS, ids=named)
def test_each_request_gets_its_status(clients, make, who, method, path, media, body, status):
    headers = {} if media is None else {"Content-Type": media}
    text = json.dumps(body) if isinstance(body, dict | list) else ""
    ids = make(*states_in(path, text))
    body = filled_in(text, ids) if text else body
    answer = clients[who].simulate_request(method, filled_in(path, ids), headers=headers, body=body)

    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json["code"] == status
        assert answer.json["error"]["message"]
    elif status == 204:
        assert answer.content == b""


def test_a_slot_of_a_draft_can_be_emptied_from_1_2_on(clients, make):
    ids = make("draft", "active")
    path = f"/artifacts/samples/{ids['draft']}/loose"
    newest = {"OpenStack-API-Version": "artifact 1.2"}
    answer = clients["member"].simulate_delete(path, headers=newest)

    assert answer.status_code == 200
    assert answer.json["loose"] is None
    active = f"/artifacts/samples/{ids['active']}/loose"
    assert clients["member"].simulate_delete(active, headers=newest).status_code == 403


def test_what_is_answered_is_what_is_shown_later(clients, make):
    ids = make("draft")
    client, path = clients["member"], f"/artifacts/samples/{ids['draft']}"
    made = client.simulate_post("/artifacts/samples", json={"name": "n", "tags": ["b", "a", "b"]})
    assert client.simulate_get(made.headers["Location"]).json == made.json
    listed = client.simulate_get("/artifacts/samples?name=n").json["artifacts"]
    assert listed == [made.json]
    changed = client.simulate_patch(
        path, body=json.dumps(add("/string", "x")), headers={"Content-Type": PATCH}
    )
    assert client.simulate_get(path).json == changed.json
    uploaded = client.simulate_put(f"{path}/folder/a/b%20c%3F[", body=b"1")
    assert client.simulate_get(path).json == uploaded.json
    shown = uploaded.json["folder"]["a/b c?["]["url"]
    assert client.simulate_get(shown).content == b"1"


def test_success_says_its_version_and_type(clients):
    answer = clients["member"].simulate_get("/artifacts/samples")

    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["OpenStack-API-Version"] == "artifact 1.0"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    schema = clients["member"].simulate_get("/schemas")
    assert schema.headers["Content-Type"] == "application/schema+json; charset=UTF-8"
