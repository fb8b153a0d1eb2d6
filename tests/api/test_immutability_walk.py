"""D18 (CVE-2016-0757, OSSN-0065): no walk through the API changes what is behind an id.

Once an artifact was active, the digests and the bytes of its immutable slots are what they are for
as long as there is the artifact, and afterwards the id answers nothing.
"""

import hashlib
import json
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

PATCH = {"Content-Type": "application/json-patch+json"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
SLOTS = ("blob", "loose", "folder/k", "folder/l")
WHO = st.sampled_from(["owner", "owner", "admin", "stranger"])
VERSIONS = st.sampled_from(["1.0", "1.2", "1.2"])
NAMES = st.sampled_from(["a", "b"])
BODIES = st.sampled_from([b"", b"one", b"two", b"x" * 3000])
VALUES = {
    "status": st.sampled_from(["drafted", "active", "deactivated", "deleted", "queued", None]),
    "visibility": st.sampled_from(["public", "private"]),
    "name": NAMES,
    "blob": st.none(),
    "fixed": st.sampled_from(["x", None]),
    "string": st.sampled_from(["x", None]),
    "metadata": st.just({"k": "v"}),
    "id": st.just("00000000-0000-4000-8000-000000000000"),
    "activated_at": st.none(),
}
STEPS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.builds(
        lambda op, value: {"op": op, "path": f"/{name}", "value": value},
        st.sampled_from(["add", "replace", "replace"]),
        VALUES[name],
    )
)
MOVES = st.sampled_from(
    [
        {"op": "move", "from": "/metadata/k", "path": "/labels/k"},
        {"op": "copy", "from": "/fixed", "path": "/string"},
        {"op": "remove", "path": "/folder/k"},
        {"op": "move", "from": "/blob", "path": "/loose"},
        {"op": "copy", "from": "/loose", "path": "/blob"},
    ]
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Walk(RuleBasedStateMachine):
    """Everybody does everything, and remembers what each id held when it first was active."""

    ids = Bundle("ids")

    def __init__(self, deployment, url):
        super().__init__()
        self.url = url
        self.clients = {
            "owner": deployment.client(),
            "admin": deployment.admin(),
            "stranger": deployment.client("elsewhere"),
        }
        self.known: dict[str, tuple] = {}
        self.gone: set[str] = set()
        self.versions = count()

    def ask(self, who, method, id, path="", *, version="1.2", headers=None, **more):
        sent = {"OpenStack-API-Version": f"artifact {version}", **(headers or {})}
        answer = self.clients[who].simulate_request(
            method, f"/artifacts/samples/{id}{path}", headers=sent, **more
        )
        assert answer.status_code < 500, answer.text
        return answer

    @rule(target=ids, name=NAMES, fixed=st.sampled_from(["f", None]), filled=st.booleans())
    def create(self, name, fixed, filled):
        document = {"name": name, "fixed": fixed, "version": f"{next(self.versions)}.0.0"}
        made = self.clients["owner"].simulate_post("/artifacts/samples", json=document)
        assert made.status_code == 201
        if filled:
            self.ask("owner", "PUT", made.json["id"], "/blob", body=b"original")
        return made.json["id"]

    @rule(target=ids, data=BODIES)
    def create_active(self, data):
        id = self.create("a", "f", True)
        self.ask("owner", "PUT", id, "/folder/k", body=data)
        self.patch(id, "owner", [{"op": "replace", "path": "/status", "value": "active"}])
        return id

    @rule(id=ids, who=WHO, slot=st.sampled_from(SLOTS), data=BODIES, version=VERSIONS)
    def upload(self, id, who, slot, data, version):
        self.ask(who, "PUT", id, f"/{slot}", version=version, body=data)

    @rule(id=ids, who=WHO, slot=st.sampled_from(SLOTS), way=st.sampled_from("mlb"))
    def fail_to_upload(self, id, who, slot, way):
        """The bytes are not as declared, too many, or fewer than there should be."""
        headers = {"X-Checksum-Sha256": "0" * 64, "Content-MD5": "0" * 32} if way == "m" else {}
        headers |= {"Content-Range": "bytes 0-2/10"} if way == "b" else {}
        body = b"y" * (1001 * 1024) if way == "l" else b"other bytes"
        self.ask(who, "PUT", id, f"/{slot}", headers=headers, body=body)

    @rule(
        id=ids,
        who=WHO,
        slot=st.sampled_from(SLOTS),
        kind=st.sampled_from(["external", "internal"]),
        wrong=st.booleans(),
    )
    def link(self, id, who, slot, kind, wrong):
        document = {"url": self.url, "location_type": kind}
        if wrong:
            document["sha256"] = "0" * 64
        self.ask(who, "PUT", id, f"/{slot}", headers=LOCATION, body=json.dumps(document))

    @rule(id=ids, who=WHO, slot=st.sampled_from(SLOTS), version=VERSIONS)
    def delete_blob(self, id, who, slot, version):
        self.ask(who, "DELETE", id, f"/{slot}", version=version)

    @rule(id=ids, who=WHO, steps=st.lists(STEPS | MOVES, min_size=1, max_size=4))
    def patch(self, id, who, steps):
        self.ask(who, "PATCH", id, headers=PATCH, body=json.dumps(steps))

    @rule(id=ids, who=WHO, status=st.sampled_from(["active", "deactivated", "drafted"]))
    def move(self, id, who, status):
        self.patch(id, who, [{"op": "replace", "path": "/status", "value": status}])

    @rule(id=ids, who=st.sampled_from(["admin", "owner"]))
    def publish(self, id, who):
        self.patch(id, who, [{"op": "replace", "path": "/visibility", "value": "public"}])

    @rule(target=ids, id=consumes(ids), who=WHO, data=BODIES)
    def delete_and_create_again(self, id, who, data):
        """Under the same name and version, which whoever knows the old id might take for it."""
        before = self.ask("admin", "GET", id).json
        deleted = self.ask(who, "DELETE", id).status_code == 204
        if not deleted:
            return id
        self.gone.add(id)
        same = {name: before[name] for name in ("name", "version", "fixed")}
        made = self.clients["owner"].simulate_post("/artifacts/samples", json=same)
        if made.status_code != 201:  # its name was taken meanwhile
            return multiple()
        self.ask("owner", "PUT", made.json["id"], "/blob", body=data)
        return made.json["id"]

    @rule(id=ids)
    def create_under_an_id_that_is_taken(self, id):
        document = {"name": "c", "version": f"{next(self.versions)}.0.0", "id": id}
        made = self.clients["admin"].simulate_post("/artifacts/samples", json=document)

        assert made.status_code == 403

    @invariant()
    def what_was_active_is_what_it_was(self):
        found = self.clients["admin"].simulate_get("/artifacts/samples", params={"limit": "1000"})
        for shown in found.json["artifacts"]:
            now = self.fixed(shown)
            if shown["status"] == "drafted":
                assert shown["id"] not in self.known  # there is no way back
                continue
            assert self.known.setdefault(shown["id"], now) == now

    def fixed(self, shown):
        """Return what may never change of an artifact: its fields, digests and bytes."""
        blob = shown["blob"]
        data = None
        if blob is not None and not blob["external"]:
            data = self.ask("admin", "GET", shown["id"], "/blob").content
            assert (len(data), sha256(data)) == (blob["size"], blob["sha256"])
        fields = ("id", "name", "version", "owner", "fixed", "metadata", "created_at")
        return (*(json.dumps(shown[name]) for name in fields), json.dumps(blob), data)

    @invariant()
    def what_is_gone_stays_gone(self):
        for id in self.gone:
            for path in ("", "/blob"):
                assert self.ask("admin", "GET", id, path).status_code == 404

    def teardown(self):
        """Leave nothing that the next walk might meet."""
        listed = self.clients["admin"].simulate_get("/artifacts/samples", params={"limit": "1000"})
        for shown in listed.json["artifacts"]:
            assert self.ask("admin", "DELETE", shown["id"]).status_code == 204


@pytest.fixture
def walk(deploy, origin):
    url, options = origin
    deployment = deploy(options)
    return lambda: Walk(deployment, url)


def run(walk, examples, steps):
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_walk_changes_what_is_behind_an_id_that_was_active(walk):
    """D18."""
    run(walk, examples=15, steps=30)


@pytest.mark.long
def test_no_long_walk_does_either(walk):
    """D18."""
    run(walk, examples=40, steps=60)
