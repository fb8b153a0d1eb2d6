"""D37: what is below an artifact is asked for below that one, and by who may know of it.

All of it is made from the list of routes; a route below an artifact that none of these tests can
fill in fails them.
"""

import itertools
import json
import uuid

import pytest
from falcon import inspect

HEADERS = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = "application/json-patch+json"
ITEM = "/artifacts/{type_name}/{id}"
METHODS = ("GET", "HEAD", "PATCH", "DELETE", "POST", "PUT")
OURS, THEIRS = "ours", "theirs"  # projects
NOBODY = "nobody"  # is none, and as long a name
# What each route below an artifact calls the child that only the artifact of a project has.
CHILDREN = {
    f"{ITEM}/members/{{project}}": "members/friend-of-{project}",
    f"{ITEM}/tags/{{tag}}": "tags/tag-of-{project}",
    f"{ITEM}/{{path:path}}": "folder/key-of-{project}",
}
WHOLE = {ITEM: "", f"{ITEM}/members": "members", f"{ITEM}/tags": "tags"}
BODIES = {
    (ITEM, "PATCH"): [{"op": "replace", "path": "/description", "value": "new"}],
    (f"{ITEM}/members", "POST"): {"member": "another"},
    (f"{ITEM}/members/{{project}}", "PUT"): {"status": "accepted"},
    (f"{ITEM}/tags", "PUT"): {"tags": []},
}
CALLERS = {
    "anonymous": None,
    "without a project": (None, "member"),
    "reader": (OURS, "reader"),
    "member": (OURS, "member"),
    "service": (OURS, "service"),
    "their member": (THEIRS, "member"),
    "stranger": ("strangers", "member"),
    "stranger named as a child": ("friend-of-nobody", "member"),
    "admin": ("admins", "admin"),
}
SEEING = {"reader", "member", "service", "admin"}
WRITING = SEEING - {"reader"}


@pytest.fixture
def deployment(deploy):
    return deploy({"DEFAULT": {"allow_anonymous_access": True}})


@pytest.fixture
def callers(deployment):
    return {
        name: deployment.plain_client() if who is None else deployment.client(who[0], roles=who[1])
        for name, who in CALLERS.items()
    }


@pytest.fixture
def requests(deployment):
    """Every method of every route below an artifact, and with them what it does not take."""
    routes = {
        route.path: {method.method for method in route.methods if not method.internal}
        for route in inspect.inspect_routes(deployment.wsgi)
        if route.path.startswith(ITEM)
    }
    assert routes.keys() == CHILDREN.keys() | WHOLE.keys()
    return [(route, method, method in routes[route]) for route in routes for method in METHODS]


@pytest.fixture
def made(deployment):
    """Make an artifact of a project with a child of each sort, which is shared or nobody's."""

    def make(project, *, shared=True):
        client = deployment.client(project)
        body = {"name": uuid.uuid4().hex, "tags": [f"tag-of-{project}"]}
        made = client.simulate_post("/artifacts/samples", json=body, headers={**HEADERS})
        path = f"/artifacts/samples/{made.json['id']}"
        put = client.simulate_put(f"{path}/folder/key-of-{project}", body=b"bytes")
        assert put.status_code == 200
        if shared:
            steps = [
                {"op": "replace", "path": f"/{name}", "value": value}
                for name, value in (("status", "active"), ("visibility", "shared"))
            ]
            ask(client, "PATCH", path, steps, PATCH)
            member = {"member": f"friend-of-{project}"}
            assert ask(client, "POST", f"{path}/members", member).status_code == 201
        return path

    return make


def ask(client, method, path, body=None, media_type="application/json"):
    said = {} if body is None else {"body": json.dumps(body)}
    typed = {} if body is None else {"Content-Type": media_type}
    return client.simulate_request(method, path, headers={**HEADERS, **typed}, **said)


def send(client, route, method, path):
    media_type = PATCH if method == "PATCH" else "application/json"
    return ask(client, method, path, BODIES.get((route, method)), media_type)


def told(answer):
    """Return all that an answer says, but for the id of its request and a name in the path."""
    headers = {name: value for name, value in answer.headers.items() if "request-id" not in name}
    return answer.status_code, headers, answer.content.replace(THEIRS.encode(), NOBODY.encode())


def state(deployment, path):
    """Return all that can be seen of an artifact."""
    admin = deployment.admin()
    whole = [ask(admin, "GET", path + more).json for more in ("", "/members", "/tags")]
    blobs = [ask(admin, "GET", f"{path}/folder/{key}").content for key in whole[0]["folder"] or {}]
    return whole, blobs


def test_a_child_of_another_s_artifact_is_none_of_this_one(deployment, callers, requests, made):
    """D22, D37: it is as if it were nowhere; what makes a new one makes it below this one alone."""
    theirs = made(THEIRS)
    before = state(deployment, theirs)
    for name, client in callers.items():
        ours = made(OURS)
        for route, method, taken in requests:
            if route not in CHILDREN or not taken:
                continue
            child, nowhere = (CHILDREN[route].format(project=each) for each in (THEIRS, NOBODY))
            answers = [send(client, route, method, f"{ours}/{each}") for each in (child, nowhere)]
            makes = method == "PUT" and "{project}" not in route and name in WRITING

            assert answers[0].status_code == answers[1].status_code
            if not makes:
                refusals = {404} if name != "reader" or method in ("GET", "HEAD") else {403, 404}
                assert answers[0].status_code in refusals, (name, route, method)
                assert told(answers[0]) == told(answers[1])
        client.simulate_delete(ours)
    assert state(deployment, theirs) == before


@pytest.mark.parametrize("shared", [True, False])
def test_what_may_not_be_seen_is_as_what_is_not_there(deployment, callers, requests, made, shared):
    """D22, D34, D37: the artifact and all below it, by every method."""
    ours = made(OURS, shared=shared)
    before = state(deployment, ours)
    for name, (route, method, taken) in itertools.product(CALLERS.keys() - SEEING, requests):
        child = {**CHILDREN, **WHOLE}[route].format(project=OURS)
        answers = [
            send(callers[name], route, method, f"{each}/{child}".rstrip("/"))
            for each in (ours, f"/artifacts/samples/{uuid.uuid4()}")
        ]

        assert told(answers[0]) == told(answers[1]), (name, route, method)
        assert (answers[0].status_code == 404) == taken
    assert state(deployment, ours) == before


def test_an_artifact_under_another_type_s_name_is_not_there(deployment, callers, requests, made):
    """D37: for its owner and for admins too."""
    ours = made(OURS)
    before = state(deployment, ours)
    ids = (ours.rpartition("/")[2], str(uuid.uuid4()))
    for name, (route, method, taken) in itertools.product(CALLERS, requests):
        child = {**CHILDREN, **WHOLE}[route].format(project=OURS)
        child = "payload" if child.startswith("folder") else child  # a slot of the other type
        paths = [f"/artifacts/strict_samples/{id}/{child}".rstrip("/") for id in ids]
        answers = [send(callers[name], route, method, path) for path in paths]

        assert told(answers[0]) == told(answers[1]), (name, route, method)
        assert (answers[0].status_code == 404) == taken
    assert state(deployment, ours) == before


def test_quotas_of_another_project_are_as_those_of_none(callers):
    """D22: whether there is such a project is told to nobody."""
    for name, method in itertools.product(CALLERS.keys() - SEEING, ("GET", "HEAD")):
        answers = [
            ask(callers[name], method, f"/project-quotas/{project}") for project in (OURS, "none")
        ]

        assert answers[0].status_code == 403
        assert told(answers[0]) == told(answers[1])
