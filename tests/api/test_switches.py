"""D40: what is switched off stays off, on every route and in every spelling that could do it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from artifacts.db import tables
from artifacts.policy import list_rules, members, rates

JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/json-patch+json"}
BYTES = {"Content-Type": "application/octet-stream"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
NEWEST = {"OpenStack-API-Version": "artifact 1.2"}


@dataclass
class World:
    """Artifacts in every state, and who asks for them: their owner, an admin, another project."""

    deployment: Any
    ids: dict[str, str]
    url: str

    def ask(self, who: str, request: tuple[Any, ...], deployment: Any = None) -> Any:
        method, path, *more = request
        headers, body = more or ({}, None)
        text = json.dumps(body) if body is not None and not isinstance(body, bytes) else body
        for name, value in {**self.ids, "url": self.url}.items():
            path = path.replace(f"<{name}>", value)
            text = text.replace(f"<{name}>", value) if isinstance(text, str) else text
        return self.client(who, deployment or self.deployment).simulate_request(
            method, path, body=text, headers={**NEWEST, **headers}
        )

    @staticmethod
    def client(who: str, deployment: Any) -> Any:
        match who:
            case "admin":
                return deployment.admin()
            case "nameless":
                return deployment.plain_client()
            case _:
                return deployment.client({"owner": "project", "other": "elsewhere"}[who])

    def rows(self) -> dict[str, Any]:
        """What the database keeps of the artifacts and their blobs."""
        kept = (tables.artifacts, tables.blobs, tables.revisions, tables.quotas)
        return {each.name: sorted(map(repr, self.deployment.rows(each))) for each in kept}


@pytest.fixture
def begin(deploy, origin):
    """Make the artifacts; then the tests start processes with other switches beside that one."""

    def make(options: Any = None) -> World:
        url, allowed = origin
        deployment = deploy({**allowed, **(options or {})})
        world = World(deployment, {}, url)
        for name in ("draft", "active", "public", "deactivated"):
            made = world.ask("owner", ("POST", "/artifacts/samples", JSON, {"name": name}))
            assert made.status_code == 201, made.text
            world.ids[name] = f"/artifacts/samples/{made.json['id']}"
            world.ids[f"{name}_id"] = made.json["id"]
            for slot in ("blob", "loose", "folder/k"):
                done = world.ask("owner", ("PUT", f"<{name}>/{slot}", BYTES, b"original"))
                assert done.status_code == 200, done.text
            linked = ("PUT", f"<{name}>/folder/linked", LOCATION, {"url": "<url>"})
            assert world.ask("owner", linked).status_code == 200
        for name, field, value in (
            ("active", "status", "active"),
            ("public", "status", "active"),
            ("public", "visibility", "public"),
            ("deactivated", "status", "active"),
            ("deactivated", "status", "deactivated"),
        ):
            assert world.ask("admin", change(name, field, value)).status_code == 200
        return world

    return make


@pytest.fixture
def switched(deploy, origin, tmp_path):
    """Start a process beside, in which each of some rules allows nobody anything."""

    def start(*rules: str) -> Any:
        text = "".join(f'"{rule}": "!"\n' for rule in rules)
        (tmp_path / "policy.yaml").write_text(text)
        deployment = deploy(origin[1])
        (tmp_path / "policy.yaml").unlink()
        return deployment

    return start


def change(name, field, value):
    return ("PATCH", f"<{name}>", PATCH, [{"op": "replace", "path": f"/{field}", "value": value}])


def upload(name, slot):
    return ("PUT", f"<{name}>/{slot}", BYTES, b"other")


def link(name, slot, **more):
    return ("PUT", f"<{name}>/{slot}", LOCATION, {"url": "<url>", **more})


NEW = {"name": "new"}
COPY = {"location_type": "internal"}
# What must be refused with 403, by the rule that says so: who asks, and for what.
REFUSED = {
    "artifact:type_list": [
        ("owner", ("GET", "/schemas")),
        ("owner", ("HEAD", "/schemas")),
        ("owner", ("GET", "/schemas/samples")),
        ("owner", ("GET", "/schemas/all")),
        ("admin", ("GET", "/schemas")),
    ],
    "artifact:create": [
        ("owner", ("POST", "/artifacts/samples", JSON, NEW)),
        ("admin", ("POST", "/artifacts/samples", JSON, NEW)),
    ],
    "artifact:get": [
        ("owner", ("GET", "<draft>")),
        ("owner", ("HEAD", "<draft>")),
        ("owner", ("GET", "/artifacts/all/<draft_id>")),
        ("other", ("GET", "<public>")),
        ("admin", ("GET", "<draft>")),
        ("owner", change("draft", "string", "x")),
        ("owner", ("PATCH", "<draft>", PATCH, [])),
        ("owner", ("PATCH", "/artifacts/all/<draft_id>", PATCH, [])),
        ("owner", ("PATCH", "<draft>", PATCH, [{"op": "test", "path": "/name", "value": "draft"}])),
        ("owner", upload("draft", "blob")),
        ("owner", link("draft", "huge")),
        ("owner", link("draft", "folder/copy", **COPY)),
        ("owner", ("DELETE", "<draft>/loose")),
        ("admin", ("DELETE", "<active>/folder/linked")),
    ],
    "artifact:list": [
        ("owner", ("GET", "/artifacts/samples")),
        ("owner", ("HEAD", "/artifacts/samples")),
        ("owner", ("GET", "/artifacts/all")),
        ("owner", ("GET", "/artifacts/samples?name=draft&limit=1&sort=name:asc")),
        ("owner", ("GET", "/artifacts/samples?marker=<draft_id>")),
        ("admin", ("GET", "/artifacts/samples")),
    ],
    "artifact:update": [
        ("owner", change("draft", "string", "x")),
        ("owner", ("PATCH", "<draft>", PATCH, [])),
        ("owner", ("PATCH", "/artifacts/all/<draft_id>", PATCH, [])),
        ("owner", change("draft", "status", "active")),
        ("admin", change("active", "visibility", "public")),
        ("admin", change("public", "string", "x")),
    ],
    "artifact:update_public": [
        ("admin", change("public", "string", "x")),
        ("admin", change("public", "status", "deactivated")),
        ("admin", ("PATCH", "/artifacts/all/<public_id>", PATCH, [])),
    ],
    "artifact:activate": [
        ("owner", change("draft", "status", "active")),
        ("admin", change("draft", "status", "active")),
        (
            "owner",
            (
                *("PATCH", "<draft>", PATCH),
                [
                    {"op": "add", "path": "/string", "value": "x"},
                    {"op": "add", "path": "/status", "value": "active"},
                ],
            ),
        ),
        (
            "owner",
            (
                *("PATCH", "<draft>", PATCH),
                [
                    {"op": "add", "path": "/string", "value": "active"},
                    {"op": "copy", "from": "/string", "path": "/status"},
                ],
            ),
        ),
        ("owner", change("active", "status", "active")),
    ],
    "artifact:deactivate": [("admin", change("active", "status", "deactivated"))],
    "artifact:reactivate": [("admin", change("deactivated", "status", "active"))],
    "artifact:publish": [
        ("admin", change("active", "visibility", "public")),
        (
            "admin",
            (
                *("PATCH", "<draft>", PATCH),
                [
                    {"op": "replace", "path": "/status", "value": "active"},
                    {"op": "replace", "path": "/visibility", "value": "public"},
                ],
            ),
        ),
    ],
    "artifact:delete": [
        ("owner", ("DELETE", "<draft>")),
        ("owner", ("DELETE", "<active>")),
        ("admin", ("DELETE", "<public>")),
        ("admin", ("DELETE", "<deactivated>")),
    ],
    "artifact:delete_public": [("admin", ("DELETE", "<public>"))],
    "artifact:delete_deactivated": [("admin", ("DELETE", "<deactivated>"))],
    "artifact:upload": [
        ("owner", upload("draft", "blob")),
        ("owner", upload("draft", "folder/new")),
        ("owner", upload("active", "loose")),
        ("admin", upload("public", "loose")),
    ],
    "artifact:set_location": [
        ("owner", link("draft", "huge")),
        ("owner", link("draft", "folder/other", location_type="external")),
        ("owner", link("active", "folder/new")),
        ("admin", link("active", "huge")),
    ],
    "artifact:set_internal_location": [
        ("owner", link("draft", "huge", **COPY)),
        ("owner", link("active", "folder/new", **COPY)),
        ("admin", link("active", "huge", **COPY)),
    ],
    "artifact:download": [
        ("owner", ("GET", "<draft>/blob")),
        ("owner", ("HEAD", "<draft>/blob")),
        ("owner", ("GET", "<draft>/blob", {"Range": "bytes=0-1"}, None)),
        ("owner", ("GET", "<draft>/folder/linked")),
        ("other", ("GET", "<public>/blob")),
        ("other", ("HEAD", "<public>/folder/linked")),
    ],
    "artifact:delete_blob": [
        ("owner", ("DELETE", "<draft>/blob")),
        ("owner", ("DELETE", "<draft>/folder/k")),
        ("owner", ("DELETE", "<draft>/folder/linked")),
        ("admin", ("DELETE", "<active>/folder/linked")),
    ],
}
QUOTAS = [{"project_id": "project", "project_quotas": [{"quota_name": "a", "quota_value": 1}]}]
REFUSED |= {
    "artifact:set_quotas": [("admin", ("PUT", "/quotas", JSON, QUOTAS))],
    "artifact:list_all_quotas": [("admin", ("GET", "/quotas")), ("admin", ("HEAD", "/quotas"))],
    "artifact:list_project_quotas": [
        ("owner", ("GET", "/project-quotas")),
        ("owner", ("GET", "/project-quotas/project")),
        ("admin", ("GET", "/project-quotas/project")),
    ],
    "artifact:list_pools": [
        ("owner", ("GET", "/pools", NEWEST, None)),
        ("admin", ("HEAD", "/pools", NEWEST, None)),
    ],
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_a_rule_allows_nobody_is_refused_and_changes_nothing(begin, switched, rule):
    """D40, and the same requests are answered where nobody switched them off."""
    world = begin()
    closed = switched(rule)
    before = world.rows()
    for who, request in REFUSED[rule]:
        refused = world.ask(who, request, closed)

        assert refused.status_code == 403, (who, request)
        if request[0] != "HEAD":
            message = f"policy: {REPORTED.get(rule, rule)} does not allow this"
            assert refused.json["error"] == {"type": "PolicyException", "message": message}
    assert world.rows() == before
    for who, request in REFUSED[rule]:
        assert world.ask(who, request).status_code < 400, (who, request)


# The rules that are asked as a part of others, which are what the caller hears of.
REPORTED = {
    "artifact:update_public": "artifact:update",
    "artifact:delete_public": "artifact:delete",
    "artifact:delete_deactivated": "artifact:delete",
}
# What an admin no longer sees, by the switch that lets admins see everything.
UNSEEN = {
    "artifact:get_any_artifact": [
        ("GET", "<active>"),
        ("HEAD", "<active>"),
        ("GET", "/artifacts/all/<active_id>"),
        change("active", "string", "x"),
        ("PATCH", "/artifacts/all/<active_id>", PATCH, []),
        upload("active", "loose"),
        link("active", "folder/new"),
        link("active", "huge", **COPY),
        ("DELETE", "<active>/folder/linked"),
        ("DELETE", "<active>"),
    ],
    "artifact:list_all_artifacts": [("GET", "/artifacts/samples?marker=<active_id>")],
    "artifact:download_from_any_artifact": [
        ("GET", "<active>/blob"),
        ("HEAD", "<active>/blob"),
        ("GET", "<active>/folder/linked"),
    ],
}


@pytest.mark.parametrize("rule", UNSEEN)
def test_what_an_admin_may_not_see_is_not_there_and_stays_as_it_is(begin, switched, rule):
    """D40: the silent switches."""
    world = begin()
    closed = switched(rule)
    before = world.rows()
    for request in UNSEEN[rule]:
        assert world.ask("admin", request, closed).status_code == 404, request
    assert world.rows() == before
    for request in UNSEEN[rule]:
        assert world.ask("admin", request).status_code < 400, request


def test_an_admin_who_may_not_list_everything_lists_as_others_do(begin, switched):
    """D40."""
    world = begin()
    closed = switched("artifact:list_all_artifacts")

    def names(deployment):
        found = [
            world.ask("admin", ("GET", f"/artifacts/{each}"), deployment).json["artifacts"]
            for each in ("samples", "all", "samples?name=active&sort=name", "samples?owner=project")
        ]
        return [{artifact["name"] for artifact in page} for page in found]

    assert names(closed) == [{"public"}, {"public"}, set(), {"public"}]
    assert all("active" in page for page in names(world.deployment))


def test_an_admin_who_may_not_see_everything_cannot_link_to_it(begin, switched):
    """D40."""
    world = begin()
    closed = switched("artifact:get_any_artifact")
    linked = {"name": "linking", "link": "<active>"}
    refused = world.ask("admin", ("POST", "/artifacts/samples", JSON, linked), closed)

    assert refused.status_code == 400
    assert world.ask("admin", ("POST", "/artifacts/samples", JSON, linked)).status_code == 201


def test_an_admin_who_may_read_everything_may_even_where_nobody_else_may(begin, switched):
    world = begin()
    closed = switched("artifact:download")

    assert world.ask("admin", ("GET", "<deactivated>/blob"), closed).status_code == 200


def test_what_is_deactivated_is_read_by_nobody_whom_no_rule_lets(begin, switched):
    """D40: the part of artifact:download that admins pass, and their own switch beside it."""
    world = begin()
    both = switched("artifact:download_deactivated", "artifact:download_from_any_artifact")
    made = world.ask("admin", ("POST", "/artifacts/samples", JSON, {"name": "of admins"}))
    world.ids["own"] = f"/artifacts/samples/{made.json['id']}"
    world.ask("admin", upload("own", "blob"))
    for status in ("active", "deactivated"):
        world.ask("admin", change("own", "status", status))

    for method in ("GET", "HEAD"):
        assert world.ask("admin", (method, "<own>/blob"), both).status_code == 403
    assert world.ask("admin", ("GET", "<own>/blob")).status_code == 200


def test_creating_needs_no_right_to_list(begin, switched):
    """Glare's own quirk: contract 15."""
    world = begin()
    closed = switched("artifact:list", "artifact:get")
    made = world.ask("owner", ("POST", "/artifacts/samples", JSON, NEW), closed)
    again = world.ask("owner", ("POST", "/artifacts/samples", JSON, NEW), closed)

    assert (made.status_code, again.status_code) == (201, 409)


def test_every_rule_that_is_asked_is_tried_here():
    parts = {"context_is_admin", "writer", "admin_or_owner", "artifact:download_deactivated"}
    elsewhere = {rule.name for rule in members.RULES}  # in test_sharing.py, as these are
    elsewhere |= {rule.name for rule in rates.RULES}  # in test_rate_limit.py
    elsewhere |= {"artifact:share", "artifact:communitize", "artifact:withdraw"}
    elsewhere |= {"artifact:download_by_link"}  # in test_redirects.py: it refuses nobody

    asked = {rule.name for rule in list_rules()} - parts - elsewhere
    assert asked == REFUSED.keys() | UNSEEN.keys()


# Switches of the configuration.

EVERYTHING = [
    ("GET", "/schemas"),
    ("GET", "/schemas/samples"),
    ("GET", "/artifacts/samples"),
    ("GET", "/artifacts/all"),
    ("POST", "/artifacts/samples", JSON, NEW),
    ("GET", "<public>"),
    ("HEAD", "<public>"),
    ("PATCH", "<public>", PATCH, []),
    ("DELETE", "<public>"),
    ("GET", "<public>/blob"),
    ("HEAD", "<public>/blob"),
    upload("public", "loose"),
    link("public", "folder/new"),
    ("DELETE", "<public>/folder/linked"),
]
OF_QUOTAS = [
    ("PUT", "/quotas", JSON, QUOTAS),
    ("GET", "/quotas"),
    ("GET", "/project-quotas"),
    ("GET", "/project-quotas/project"),
]
NAMELESS = [
    {},
    {"X-Identity-Status": "Invalid"},
    {"X-Identity-Status": "confirmed"},
    {"X-User-Id": "user", "X-Project-Id": "project", "X-Roles": "admin"},
]


@pytest.mark.parametrize("headers", NAMELESS, ids=str)
def test_without_anonymous_access_nobody_is_answered_anything(begin, headers):
    """D40."""
    world = begin()
    before = world.rows()
    for method, path, *more in [*EVERYTHING, *OF_QUOTAS]:
        given, body = more or ({}, None)
        request = (method, path, {**given, **headers}, body)

        assert world.ask("nameless", request).status_code == 401, (method, path)
    assert world.rows() == before


@pytest.mark.parametrize("headers", NAMELESS, ids=str)
def test_with_anonymous_access_nobody_reads_what_is_public_and_no_more(begin, headers):
    """D40."""
    world = begin({"DEFAULT": {"allow_anonymous_access": True}})
    before = world.rows()
    answers = []
    for request in OF_QUOTAS:
        assert world.ask("nameless", request).status_code == 403, request
    for method, path, *more in EVERYTHING:
        given, body = more or ({}, None)
        request = (method, path, {**given, **headers}, body)
        answers.append((method, world.ask("nameless", request).status_code))
    private = world.ask("nameless", ("GET", "<active>", headers, None))
    listed = world.ask("nameless", ("GET", "/artifacts/all", headers, None))

    assert {status for method, status in answers if method in ("GET", "HEAD")} == {200}
    assert {status for method, status in answers if method not in ("GET", "HEAD")} == {403}
    assert private.status_code == 404
    assert [each["name"] for each in listed.json["artifacts"]] == ["public"]
    assert world.rows() == before


WITHOUT_SAMPLES = [
    ("GET", "/schemas/samples"),
    ("GET", "/artifacts/samples"),
    ("POST", "/artifacts/samples", JSON, NEW),
    ("GET", "<active>"),
    ("HEAD", "<active>"),
    ("GET", "/artifacts/all/<active_id>"),
    ("GET", "/artifacts/images/<active_id>"),
    change("active", "string", "x"),
    ("PATCH", "/artifacts/all/<active_id>", PATCH, []),
    ("DELETE", "<active>"),
    ("GET", "<active>/blob"),
    ("HEAD", "<active>/blob"),
    ("GET", "/artifacts/images/<active_id>/image"),
    upload("active", "loose"),
    link("active", "folder/new"),
    ("DELETE", "<active>/folder/linked"),
]


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_a_type_that_is_not_enabled_is_nowhere(begin, deploy, origin, who):
    """D40."""
    world = begin()
    closed = deploy({"DEFAULT": {"enabled_artifact_types": "images"}, **origin[1]})
    before = world.rows()
    for request in WITHOUT_SAMPLES:
        assert world.ask(who, request, closed).status_code == 404, request[:2]
    linked = ("POST", "/artifacts/images", JSON, {"name": "n", "metadata": {}})
    listed = world.ask(who, ("GET", "/artifacts/all"), closed).json

    assert world.rows() == before
    assert (listed["artifacts"], listed.get("total_count", 0)) == ([], 0)
    assert "samples" not in world.ask(who, ("GET", "/schemas"), closed).text
    assert "samples" not in world.ask(who, ("GET", "/openapi.json"), closed).text
    assert world.ask(who, linked, closed).status_code == 201


# What is answered of what is deleted: at once, and in name until it is scrubbed (contract 13.1).
DELETED = [
    (("GET", "<active>"), 404, 200),
    (("HEAD", "<active>"), 404, 200),
    (("GET", "/artifacts/all/<active_id>"), 404, 200),
    (change("active", "string", "x"), 404, 403),
    (change("active", "status", "active"), 404, 403),
    (change("active", "status", "drafted"), 404, 403),
    (change("active", "visibility", "public"), 404, 403),
    (("DELETE", "<active>"), 404, 204),
    (("GET", "<active>/blob"), 404, 403),
    (("HEAD", "<active>/blob"), 404, 403),
    (upload("active", "loose"), 404, 403),
    (link("active", "folder/new"), 404, 403),
    (link("active", "folder/new", **COPY), 404, 403),
    (("DELETE", "<active>/folder/linked"), 404, 403),
]


@pytest.mark.parametrize("delayed", [False, True])
@pytest.mark.parametrize("who", ["owner", "admin"])
def test_what_is_deleted_is_used_by_nobody_in_any_mode_on_any_route(begin, delayed, who):
    """D40: delayed deletion keeps the bytes until they are scrubbed, and gives them to nobody."""
    world = begin({"DEFAULT": {"delayed_delete": delayed}})
    assert world.ask("owner", ("DELETE", "<active>")).status_code == 204
    before = world.rows()
    for request, *statuses in DELETED:
        assert world.ask(who, request).status_code == statuses[delayed], request[:2]
    found = world.ask(who, ("GET", "/artifacts/all?name=active")).json["artifacts"]
    linked = {"name": "linking", "link": "<active>"}
    marker = ("GET", "/artifacts/samples?marker=<active_id>")  # where it stood, for who saw it

    assert found == []
    assert world.ask("other", marker).status_code == 404
    assert world.rows() == before
    assert world.ask(who, ("POST", "/artifacts/samples", JSON, linked)).status_code == 400
    assert world.ask("owner", change("draft", "name", "active")).status_code == 200


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("slot", ["blob", "loose", "folder/k"])
def test_before_1_2_no_uploaded_blob_is_deleted(begin, version, slot):
    """D40."""
    world = begin()
    before = world.rows()
    older = {"OpenStack-API-Version": f"artifact {version}"}
    refused = world.ask("owner", ("DELETE", f"<draft>/{slot}", older, None))

    assert refused.status_code == 403
    assert world.rows() == before
    assert world.ask("owner", ("DELETE", f"<draft>/{slot}")).status_code == 200
