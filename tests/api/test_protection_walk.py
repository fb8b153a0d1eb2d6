"""Nothing of what is hidden from a caller is in any answer: every operation is tried.

Artifacts hold a canary in each hidden place. A caller who may not read these walks through every
method of every route. A route that the walk does not know fails it.
"""

import hashlib
import json
import re

import falcon
import pytest

CANARY = "canary"
NUMBER = 421337421337
BYTES = b"bytes of the canary"
PATCH = "application/json-patch+json"
LOCATION = "application/vnd+openstack.glare-custom-location+json"
PROTECTED = """
[guarded/labels/canary*]
read = keeper
[guarded/labels/hush]
read = keeper
[guarded/pieces/canary*]
read = keeper
[guarded/sources/canary*]
read = keeper
[*/metadata/canary*]
read = keeper
[*/description]
read = keeper
"""
ITEM = "/artifacts/{type_name}/{id}"
FIELDS = ("secret", "weight", "source", "kept", "words", "vault", "description", "needed")


@pytest.fixture
def served(deploy, tmp_path, origin):
    (tmp_path / "protection.conf").write_text(PROTECTED)
    modules = {"custom_artifact_types_modules": "protected_types, sample_types"}
    return deploy({"DEFAULT": modules, "protection": {"file": "protection.conf"}, **origin[1]})


@pytest.fixture
def keeper(served):
    return served.client("project", roles="member,keeper", user="keeper")


@pytest.fixture
def stranger(served):
    """Somebody of the same project, who is no keeper."""
    return served.client("project", roles="member")


def make(keeper, name):
    """Draft an artifact with a canary wherever one can be; return its URL."""
    target = keeper.simulate_post("/artifacts/guarded", json={"name": f"for {name}"}).json["id"]
    given = {
        "name": name,
        "open": "seen",
        "secret": CANARY,
        "weight": NUMBER,
        "source": f"/artifacts/guarded/{target}",
        "kept": {"key": CANARY},
        "words": [CANARY],
        "description": CANARY,
        "metadata": {"canary": CANARY, "seen": "seen"},
        "labels": {"canary": CANARY, "seen": "seen"},
        "sources": {"canary": f"/artifacts/guarded/{target}", "seen": "https://example.org"},
    }
    made = keeper.simulate_post("/artifacts/guarded", json=given)
    assert made.status_code == 201, made.text
    url = f"/artifacts/guarded/{made.json['id']}"
    for path, data in {"vault": BYTES, "pieces/canary": BYTES, "pieces/seen": b"seen"}.items():
        assert keeper.simulate_put(f"{url}/{path}", body=data).status_code == 200
    return url


def patch(*operations):
    return {"body": json.dumps(list(operations)), "headers": {"Content-Type": PATCH}}


def replacing(**values):
    return patch(*({"op": "replace", "path": f"/{n}", "value": v} for n, v in values.items()))


def searches():
    """Yield what a caller would search a list by, to learn of what it does not see."""
    for name in FIELDS:
        yield f"{name}=or:neq:c"
        yield f"{name}=in:c"
        yield f"{name}.key=c"
        yield f"sort={name}:asc"
    for name in ("labels", "metadata", "sources", "pieces"):
        yield f"{name}=can"
        yield f"{name}.can=neq:c"
    yield "sort=name&limit=1"
    yield "version=latest&limit=0&with_count=true"


def steps(item, everything, link):
    """Yield each request: its method, its route, its URL, and what else is in it."""
    yield from service()
    yield from collections()
    for url in (item, everything):
        yield from tags(url)
        for path in ("vault", "pieces/can", "pieces/seen", "seal", "secret"):
            yield from blob(f"{url}/{path}", link)
        yield "GET", ITEM, url, {}
        yield "PATCH", ITEM, url, replacing(open="other")
    for change in changes():
        yield "PATCH", ITEM, item, change
    yield from members(item)
    yield "DELETE", ITEM, item, {}


def service():
    for url in ("/", "/versions", "/healthcheck", "/healthcheck/ready"):
        yield "GET", url, url, {}
    for url in ("/openapi.json", "/docs", "/schemas"):
        yield "GET", url, url, {}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for url in ("/", "/versions"):
            yield method, url, url, {}
    for name in ("guarded", "all", "wanting"):
        yield "GET", "/schemas/{type_name}", f"/schemas/{name}", {}
    yield "GET", "/quotas", "/quotas", {}
    yield "PUT", "/quotas", "/quotas", {"json": []}
    yield "GET", "/project-quotas", "/project-quotas", {}
    yield "GET", "/pools", "/pools", {}
    yield "GET", "/project-quotas/{project}", "/project-quotas/project", {}


def collections():
    template = "/artifacts/{type_name}"
    for type_name in ("guarded", "all"):
        yield "GET", template, f"/artifacts/{type_name}", {}
        for query in searches():
            yield "GET", template, f"/artifacts/{type_name}?{query}", {}
    for given in (
        {"open": "more"},
        {"secret": "x"},
        {"weight": "no number"},
        {"labels": {"hush": None}},
        {"vault": "x"},
        {"nothing": "x"},
    ):
        yield "POST", template, "/artifacts/guarded", {"json": {"name": "made", **given}}


def tags(url):
    template = f"{ITEM}/tags"
    yield "GET", template, f"{url}/tags", {}
    yield "PUT", template, f"{url}/tags", {"json": {"tags": ["a"]}}
    for method in ("PUT", "GET", "DELETE"):
        yield method, f"{template}/{{tag}}", f"{url}/tags/b", {}
    yield "DELETE", template, f"{url}/tags", {}


def changes():
    for pointer in ("/secret", "/weight", "/kept/key", "/words/0", "/labels/can", "/vault"):
        for op in ("test", "replace", "add", "remove"):
            yield patch({"op": op, "path": pointer, "value": "x"})
        for op in ("copy", "move"):
            yield patch({"op": op, "from": pointer, "path": "/open"})
    for value in ({}, None, {"seen": "other"}, {"seen": 1, "a": None}, [], "x"):
        yield replacing(labels=value)
        yield replacing(sources=value)
    yield replacing(open="count")
    yield replacing(status="active", visibility="shared")


def members(item):
    template, member = f"{ITEM}/members", f"{item}/members/friend"
    yield "POST", template, f"{item}/members", {"json": {"member": "friend"}}
    yield "GET", template, f"{item}/members", {}
    yield "GET", f"{template}/{{project}}", member, {}
    yield "PUT", f"{template}/{{project}}", member, {"json": {"status": "accepted"}}
    yield "DELETE", f"{template}/{{project}}", member, {}


def blob(url, link):
    slot = f"{ITEM}/{{path:path}}"
    yield "GET", slot, url, {}
    yield "GET", slot, url, {"headers": {"Range": "bytes=0-3"}}
    yield "PUT", slot, url, {"body": b"other", "headers": {"Content-Type": "text/plain"}}
    given = {"body": json.dumps({"url": link}), "headers": {"Content-Type": LOCATION}}
    yield "PUT", slot, url, given
    yield "DELETE", slot, url, {}


def served_by(app):
    """Return every method of every route."""
    return {
        (method.method, route.path)
        for route in falcon.inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal and method.method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }


def ask(client, method, url, version, headers=None, **more):
    asked = {"OpenStack-API-Version": f"artifact {version}", **(headers or {})}
    path, _, query = url.partition("?")
    return client.simulate_request(method, path, query_string=query, headers=asked, **more)


def told(answer):
    """Return all that an answer says."""
    return f"{answer.status} {dict(answer.headers)} {answer.text}"


def canaries():
    """Return what betrays a hidden place, the digests of a hidden blob among it."""
    digests = [hashlib.new(name, BYTES).hexdigest() for name in ("md5", "sha1", "sha256")]
    return [CANARY, str(NUMBER), *digests]


def test_no_answer_holds_what_is_hidden(served, keeper, stranger, origin):
    item, other = make(keeper, "item"), make(keeper, "other")
    everything = other.replace("guarded", "all")
    tried, statuses = set(), set()
    for method, route, url, more in steps(item, everything, origin[0]):
        tried.add((method, route))
        asked = [(method, "1.2")]
        if method == "GET" and "?" not in url:
            asked += [("HEAD", "1.2"), ("GET", "1.0")]
        for each, version in asked:
            answer = ask(stranger, each, url, version, **more)
            statuses.add(answer.status_code)

            assert not any(canary in told(answer) for canary in canaries()), f"{each} {url}"
    assert max(statuses) < 500
    assert tried == served_by(served.wsgi)


def test_who_may_read_it_reads_all_of_it(keeper):
    item = make(keeper, "item")

    seen = ask(keeper, "GET", item, "1.2").json

    assert [seen[name] for name in ("secret", "weight", "description")] == [CANARY, NUMBER, CANARY]
    assert [seen[name]["canary"] for name in ("labels", "metadata")] == [CANARY, CANARY]
    assert seen["vault"]["md5"] == seen["pieces"]["canary"]["md5"] == hashlib.md5(BYTES).hexdigest()
    for path in ("vault", "pieces/canary"):
        assert ask(keeper, "GET", f"{item}/{path}", "1.2").content == BYTES
    listed = ask(keeper, "GET", "/artifacts/guarded?secret=canary&sort=weight", "1.2")
    assert [each["name"] for each in listed.json["artifacts"]] == ["item"]


def test_what_happens_does_not_tell_whether_something_is_hidden(keeper, stranger):
    """The same requests about an artifact that hides much, and about one that hides nothing."""
    full = make(keeper, "a name")
    bare = keeper.simulate_post(
        "/artifacts/guarded",
        json={
            "name": "b name",
            "open": "seen",
            "metadata": {"seen": "seen"},
            "labels": {"seen": "seen"},
            "sources": {"seen": "https://example.org"},
        },
    ).json["id"]
    bare = f"/artifacts/guarded/{bare}"
    keeper.simulate_put(f"{bare}/pieces/seen", body=b"seen")

    def statuses(url):
        asked = [each for each in steps(url, url, "http://127.0.0.1:1/") if each[2].startswith(url)]
        return [
            (method, path.removeprefix(url), ask(stranger, method, path, "1.2", **more).text)
            for method, _, path, more in asked
        ]

    assert _same(statuses(full)) == _same(statuses(bare))


def _same(answers):
    """Return answers without what is another of any two artifacts: their ids, and the time."""
    named, unique = '"name": "[^"]*"', "[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}"
    own = re.compile(f'{named}|{unique}|20[0-9]{{2}}-[^"]*Z')
    return [(method, path, own.sub("", text)) for method, path, text in answers]
