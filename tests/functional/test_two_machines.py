"""Two machines over one database and one object store: either dies, and nothing is lost."""

import hashlib
import http.client
import json
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
import ports
import pytest
from botocore.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

CLIENTS, TURNS = 8, 25  # which make 200 operations
LEAST_KILLS = 4
LEASE = 3.0
PATIENCE = 120.0  # seconds in which an operation must come to an end, however often it is sent
BUCKET = "machines"
PATCH = "application/json-patch+json"
LOCATION = "application/vnd+openstack.glare-custom-location+json"
DATABASES = {
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "mariadb": "mariadb+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4",
}


@dataclass
class Owned:
    """An artifact, as its one client was told that it is."""

    path: str
    name: str
    description: str = ""
    status: str = "drafted"
    visibility: str = "private"
    tags: set[str] = field(default_factory=set)
    blobs: dict[str, str] = field(default_factory=dict)  # by slot: the SHA-256
    linked: set[str] = field(default_factory=set)  # slots that hold a URL


class Kills:
    """How many there were. Clients that are quick wait for the next, so that there are enough."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def one_more(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait_for_turn(self, turn: int) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: turn * (LEAST_KILLS + 1) < (self.count + 1) * TURNS, PATIENCE
            )


class Shopper(threading.Thread):
    """A client that sends each request until it is answered, to one machine or the other.

    After an answer that was lost it looks what became of the request.
    """

    def __init__(
        self, number: int, seed: int, machines: list[Any], origin: Any, kills: Kills
    ) -> None:
        super().__init__()
        self.owned: list[Owned] = []
        self.gone: list[str] = []
        self.done: Counter[str] = Counter()
        self.lost = 0
        self.complaints: list[str] = []
        self._number = number
        self._random = random.Random(f"{seed}-{number}")
        self._machines = machines
        self._origin = origin
        self._kills = kills

    def run(self) -> None:
        act = self.create
        try:
            for turn in range(TURNS):
                self._kills.wait_for_turn(turn)
                act = self.create if turn == 0 else self._choose()
                act()
                self.done[act.__name__] += 1
        except Exception as error:  # noqa: BLE001 - told to the test, which is another thread
            self.complaints.append(f"{act.__name__}: {error!r}")

    def _choose(self) -> Callable[[], None]:
        acts = {
            self.create: 3,
            self.upload: 6,
            self.replace: 3,
            self.link: 1,
            self.describe: 3,
            self.activate: 2,
            self.publish: 1,
            self.tag: 2,
            self.untag: 1,
            self.empty: 1,
            self.delete: 1,
            self.read: 3,
            self.find: 2,
        }
        possible = {act: weight for act, weight in acts.items() if self._ready_for(act)}
        return self._random.choices(list(possible), list(possible.values()))[0]

    def _ready_for(self, act: Callable[[], None]) -> bool:
        needed: dict[Callable[[], None], Callable[[Owned], Any]] = {
            self.upload: lambda each: each.status == "drafted",
            self.replace: lambda each: each.status == "drafted" and self._own_bytes(each),
            self.link: lambda each: each.status == "drafted",
            self.empty: lambda each: each.status == "drafted" and each.blobs,
            self.activate: lambda each: each.status == "drafted",
            self.publish: lambda each: each.status == "active" and each.visibility == "private",
            self.untag: lambda each: each.tags,
            self.read: lambda each: self._own_bytes(each),
        }
        self._possible = [each for each in self.owned if needed.get(act, bool)(each)]
        return act == self.create or bool(self._possible)

    def _one(self, act: Callable[[], None]) -> Owned:
        assert self._ready_for(act)
        return self._random.choice(self._possible)

    @staticmethod
    def _own_bytes(artifact: Owned) -> list[str]:
        return [slot for slot in artifact.blobs if slot not in artifact.linked]

    def insist(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        came_to_pass: Callable[[], Any] = lambda: None,
        **headers: str,
    ) -> Any:
        """Ask until it is answered with a 2xx, or is known to have come to pass; return either.

        No answer is to be a 500, nor a refusal that an earlier try of ours does not explain.
        """
        deadline, tried = time.monotonic() + PATIENCE, False
        while True:
            machine = self._random.choice(self._machines)
            try:
                answer = machine.ask(method, path, body, **headers)
            except (OSError, http.client.HTTPException):
                tried = True
                self.lost += 1
                time.sleep(0.05)
            else:
                if answer.status < 300:
                    return answer
                if tried and (found := came_to_pass()):
                    return found
                assert answer.status == 503 or is_held(answer), (method, path, answer)
                time.sleep(0.2)
            assert time.monotonic() < deadline, f"{method} {path} does not come to an end"

    def shown(self, path: str) -> Any:
        return self.insist("GET", path).json

    def is_now(self, path: str, name: str, value: Any) -> bool:
        return bool(self.shown(path)[name] == value)

    def create(self) -> None:
        name = f"{self._number}-{len(self.owned) + len(self.gone)}-{uuid.uuid4().hex}"
        fields = {"name": name, "disk_format": "iso", "container_format": "bare"}
        body = json.dumps(fields)
        found = self.insist(
            "POST",
            "/artifacts/images",
            body,
            came_to_pass=lambda: self.named(name),
            Content_Type="application/json",
        )
        document = found if isinstance(found, dict) else found.json
        self.owned.append(Owned(f"/artifacts/images/{document['id']}", name))

    def named(self, name: str) -> Any:
        found = self.insist("GET", f"/artifacts/images?name={name}").json["artifacts"]
        return found[0] if found else None

    def upload(self) -> None:
        self._put(self._one(self.upload), f"mirrors/m{self._random.randrange(1000)}")

    def replace(self) -> None:
        artifact = self._one(self.replace)
        self._put(artifact, self._random.choice(self._own_bytes(artifact)))

    def _put(self, artifact: Owned, slot: str) -> None:
        if slot in artifact.linked:
            return
        size = self._random.choice((0, 10, 10_000, 300_000, 300_000, 6 * 1024**2))
        body = self._random.randbytes(size)
        if self._random.random() < 0.2:
            body = b"what several keep, and one may delete"
        self.insist("PUT", f"{artifact.path}/{slot}", body)
        artifact.blobs[slot] = hashlib.sha256(body).hexdigest()

    def link(self) -> None:
        artifact, slot = self._one(self.link), f"mirrors/l{self._random.randrange(10**6)}"
        bytes_there = self._random.randbytes(1000)
        url = self._origin.serve(bytes_there, name=uuid.uuid4().hex)
        digest = hashlib.sha256(bytes_there).hexdigest()
        self.insist(
            "PUT",
            f"{artifact.path}/{slot}",
            json.dumps({"url": url}),
            came_to_pass=lambda: self._blob(artifact, slot).get("sha256") == digest,
            Content_Type=LOCATION,
        )
        artifact.blobs[slot] = digest
        artifact.linked.add(slot)

    def _blob(self, artifact: Owned, slot: str) -> dict[str, Any]:
        return self.shown(artifact.path)["mirrors"].get(slot.partition("/")[2]) or {}

    def empty(self) -> None:
        artifact = self._one(self.empty)
        slot = self._random.choice(list(artifact.blobs))
        self.insist(
            "DELETE",
            f"{artifact.path}/{slot}",
            came_to_pass=lambda: not self._blob(artifact, slot),
        )
        del artifact.blobs[slot]
        artifact.linked.discard(slot)

    def _patch(self, artifact: Owned, name: str, value: str) -> None:
        self.insist(
            "PATCH",
            artifact.path,
            json.dumps([{"op": "replace", "path": f"/{name}", "value": value}]),
            came_to_pass=lambda: self.is_now(artifact.path, name, value),
            Content_Type=PATCH,
        )
        setattr(artifact, name, value)

    def describe(self) -> None:
        self._patch(self._one(self.describe), "description", str(self._random.random()))

    def activate(self) -> None:
        artifact = self._one(self.activate)
        body = self._random.randbytes(100)
        self.insist("PUT", f"{artifact.path}/image", body)
        artifact.blobs["image"] = hashlib.sha256(body).hexdigest()
        self._patch(artifact, "status", "active")

    def publish(self) -> None:
        self._patch(self._one(self.publish), "visibility", "public")

    def tag(self) -> None:
        artifact, tag = self._one(self.tag), f"tag-{self._random.randrange(50)}"
        self.insist("PUT", f"{artifact.path}/tags/{tag}")
        artifact.tags.add(tag)

    def untag(self) -> None:
        artifact = self._one(self.untag)
        tag = self._random.choice(sorted(artifact.tags))
        self.insist(
            "DELETE",
            f"{artifact.path}/tags/{tag}",
            came_to_pass=lambda: tag not in self.shown(artifact.path)["tags"],
        )
        artifact.tags.discard(tag)

    def delete(self) -> None:
        artifact = self._one(self.delete)
        self.insist("DELETE", artifact.path, came_to_pass=lambda: self.named(artifact.name) is None)
        self.owned.remove(artifact)
        self.gone.append(artifact.path)

    def read(self) -> None:
        artifact = self._one(self.read)
        slot = self._random.choice(self._own_bytes(artifact))
        answer = self.insist("GET", f"{artifact.path}/{slot}")
        assert hashlib.sha256(answer.body).hexdigest() == artifact.blobs[slot]

    def find(self) -> None:
        artifact = self._one(self.find)
        assert self.named(artifact.name)["id"] == artifact.path.rpartition("/")[2]


def is_held(answer: Any) -> bool:
    """Whether an upload that died holds the slot, or took too long for its lease."""
    said = ("upload is under way", "upload was given up")
    return answer.status == 409 and any(each in answer.message for each in said)


@pytest.fixture
def database(request, scratch) -> str:
    url = DATABASES[request.param]
    try:
        create_engine(url).connect().close()
    except SQLAlchemyError:
        pytest.skip(f"needs {request.param} on loopback")
    return scratch(url)


def patiently(options: str) -> str:
    """Give origins more time than tests of slow ones do."""
    return re.sub(r"_timeout = \d+", "_timeout = 20", options)


@pytest.fixture(scope="module")
def bucket(objects) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=objects.url,
        region_name=objects.region,
        aws_access_key_id=objects.access_key_id,
        aws_secret_access_key=objects.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture
def machines(make_server, database, objects, bucket, remote_options) -> list[Any]:
    config = f"""
[DEFAULT]
enabled_stores = bucket
default_store = bucket
[database]
connection = {database}
[blobs]
upload_lease = {LEASE}
[store:bucket]
kind = s3
bucket = {bucket}
prefix = {uuid.uuid4().hex}
part_size = 5
endpoint = {objects.url}
access_key_id = {objects.access_key_id}
secret_access_key = {objects.secret_access_key}
{patiently(remote_options)}"""
    machines = [make_server(config=config) for _ in range(2)]
    for machine, port in zip(machines, ports.free(2), strict=True):
        machine.start(port=port, workers=1)
    return machines


@pytest.mark.parametrize(
    ("database", "seed"),
    [
        ("postgresql", 1),
        pytest.param("mariadb", 1, marks=pytest.mark.long),
        *(
            pytest.param(name, seed, marks=pytest.mark.long)
            for name in DATABASES
            for seed in range(2, 6)
        ),
    ],
    indirect=["database"],
)
def test_either_may_die_at_any_moment_and_nothing_that_was_answered_is_lost(
    machines, origin, seed, wait_until
):
    """D31, promises 3 and 11."""
    kills = Kills()
    shoppers = [Shopper(number, seed, machines, origin, kills) for number in range(CLIENTS)]
    kill_at_random(machines, shoppers, kills, random.Random(seed))
    complaints = [complaint for each in shoppers for complaint in each.complaints]
    machine, owned = machines[0], [artifact for each in shoppers for artifact in each.owned]
    wait_until(lambda: not any(saving(machine, artifact) for artifact in owned))
    repaired = machine.manage("audit", "--repair")
    audit = machine.manage("audit")

    assert complaints == []
    assert sum(each.done.total() for each in shoppers) == CLIENTS * TURNS
    assert kills.count >= LEAST_KILLS
    assert sum(each.lost for each in shoppers) > 0
    assert audit.returncode == 0, (repaired.stdout, audit.stdout)
    for place, artifact in enumerate(owned):
        check(machines[place % 2], artifact)
    for path in (path for each in shoppers for path in each.gone):
        assert machine.ask("GET", path).status == 404


def kill_at_random(
    machines: list[Any], shoppers: list[Shopper], kills: Kills, chance: random.Random
) -> None:
    """Kill one machine or the other while the clients work, and start it again."""
    for each in shoppers:
        each.start()
    while any(each.is_alive() for each in shoppers):
        time.sleep(chance.uniform(0.0, 0.8))
        victim = chance.choice(machines)
        victim.kill()
        kills.one_more()
        victim.start(port=victim.port, workers=1)
    for each in shoppers:
        each.join()


def saving(machine: Any, artifact: Owned) -> bool:
    """Whether a slot is held for an upload, as it is until the lease of one that died is over."""
    shown = machine.ask("GET", artifact.path).json
    blobs = [shown["image"] or {}, *shown["mirrors"].values()]
    return any(blob.get("status") == "saving" for blob in blobs)


def check(machine: Any, artifact: Owned) -> None:
    """All of it is as its client was told, and every blob has the bytes that it was given."""
    shown = machine.ask("GET", artifact.path).json
    for name in ("name", "description", "status", "visibility"):
        assert shown[name] == getattr(artifact, name)
    assert set(shown["tags"]) == artifact.tags
    blobs = {f"mirrors/{key}": blob for key, blob in shown["mirrors"].items()}
    blobs |= {"image": shown["image"]} if shown["image"] else {}
    assert {slot: blob["sha256"] for slot, blob in blobs.items()} == artifact.blobs
    for slot, digest in artifact.blobs.items():
        answer = machine.ask("GET", f"{artifact.path}/{slot}")
        if slot in artifact.linked:
            assert answer.status == 302
        else:
            assert (answer.status, hashlib.sha256(answer.body).hexdigest()) == (200, digest)
