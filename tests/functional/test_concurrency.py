"""Many clients at once, against several workers, on SQLite: no 5xx, and nothing is lost."""

import contextlib
import hashlib
import http.client
import json
import random
import threading
from collections import Counter
from urllib.parse import quote

CLIENTS = 32
TURNS = 40
HEADERS = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = {"Content-Type": "application/json-patch+json"}


class Visitor(threading.Thread):
    """One client on one connection, which remembers everything that it was told is done."""

    def __init__(self, number, server, shared):
        super().__init__()
        self.number = number
        self.statuses = Counter()
        self.complaints = []
        self.values = {}  # by path: what our own key of `properties` was set to last
        self.tags = {path: set() for path in shared}
        self.bytes = {}  # by path of a slot: the digest of what it was filled with last
        self.own = f"{shared[0].rpartition('/')[0]}/"
        self._shared = shared
        self._random = random.Random(number)
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=60)

    def run(self):
        with contextlib.closing(self._connection):
            for turn in range(TURNS):
                act = (self.count, self.upload, self.count, self.tag, self.read)[turn % 5]
                try:
                    act(turn)
                except (OSError, ValueError, http.client.HTTPException) as error:
                    self.complaints.append(f"{act.__name__}: {error!r}")
                    return

    def ask(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, {**HEADERS, **named})
        response = self._connection.getresponse()
        body = response.read()
        self.statuses[method, response.status] += 1
        if response.status >= 500 or response.status not in (200, 201, 409):
            self.complaints.append(f"{method} {path}: {response.status} {body[:300]!r}")
        return response.status, body

    def patch(self, path, *operations):
        return self.ask("PATCH", path, json.dumps(operations), **PATCH)[0] == 200

    def count(self, turn):
        """Set our own key in a dict that everybody writes to."""
        path = self._random.choice(self._shared)
        key = f"/properties/client-{self.number}"
        if self.patch(path, {"op": "add", "path": key, "value": str(turn)}):
            self.values[path] = str(turn)

    def tag(self, turn):
        """Append to a list that everybody appends to."""
        path = self._random.choice(self._shared)
        if len(self.tags[path]) < 7:  # 32 of us may add 255 in all
            tag = f"{self.number}-{turn}"
            if self.patch(path, {"op": "add", "path": "/tags/-", "value": tag}):
                self.tags[path].add(tag)

    def upload(self, turn):
        """Fill a slot in a folder that everybody fills, again and again."""
        path = f"{self._random.choice(self._shared)}/mirrors/client-{self.number}-{turn % 3}"
        data = self._random.randbytes(self._random.choice((0, 1, 1000, 70_000, 300_000)))
        if self.ask("PUT", path, data)[0] == 200:
            self.bytes[path] = hashlib.sha256(data).hexdigest()

    def read(self, turn):
        """Read what we know that nobody else changes."""
        if not self.bytes:
            return
        path, digest = self._random.choice(sorted(self.bytes.items()))
        status, body = self.ask("GET", path)
        if status == 200 and hashlib.sha256(body).hexdigest() != digest:
            self.complaints.append(f"GET {path}: other bytes than were put there")


def test_many_clients_uploading_and_patching_at_once_lose_nothing(make_server):
    server = make_server().start(workers=4)
    shared = [server.create(name=f"shared-{number}") for number in range(6)]
    visitors = [Visitor(number, server, shared) for number in range(CLIENTS)]

    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    statuses = sum((visitor.statuses for visitor in visitors), Counter())
    print(statuses)
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
    assert statuses["PATCH", 200] > TURNS / 4 * CLIENTS
    assert statuses["PUT", 200] > TURNS / 10 * CLIENTS
    check_fields(server, shared, visitors)
    check_bytes(server, shared, visitors)
    audit = server.manage("audit")
    assert audit.returncode == 0, audit.stdout


def check_fields(server, shared, visitors):
    for path in shared:
        found = server.ask("GET", path).json
        assert found["properties"] == {
            f"client-{visitor.number}": visitor.values[path]
            for visitor in visitors
            if path in visitor.values
        }
        assert sorted(found["tags"]) == sorted(tag for v in visitors for tag in v.tags[path])


def check_bytes(server, shared, visitors):
    put = {path: digest for visitor in visitors for path, digest in visitor.bytes.items()}
    for path, digest in put.items():
        answer = server.ask("GET", path)
        assert answer.status == 200
        assert hashlib.sha256(answer.body).hexdigest() == digest
    for path in shared:
        blobs = server.ask("GET", path).json["mirrors"]
        assert {f"{path}/mirrors/{key}": blob["sha256"] for key, blob in blobs.items()} == {
            slot: digest for slot, digest in put.items() if slot.startswith(f"{path}/")
        }


def test_of_many_uploads_to_one_slot_one_is_kept_whole(make_server):
    server = make_server().start(workers=4)
    path = server.create()
    bodies = [bytes([number]) * 200_000 for number in range(16)]
    answers = {}

    def put(body):
        answers[body] = server.ask("PUT", f"{path}/image", body).status

    threads = [threading.Thread(target=put, args=[body]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = server.ask("GET", f"{path}/image").body

    assert set(answers.values()) <= {200, 409}
    assert answers[kept] == 200
    assert len(server.stored()) == 1
    assert server.manage("audit").returncode == 0


def test_of_many_artifacts_with_one_name_and_version_one_is_made(make_server):
    server = make_server().start(workers=4)
    body = json.dumps({"name": "the one", "version": "1.0.0"})
    statuses = []

    def create():
        answer = server.ask("POST", "/artifacts/images", body, Content_Type="application/json")
        statuses.append(answer.status)

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [409] * 15
    found = server.ask("GET", f"/artifacts/images?name={quote('the one')}").json
    assert len(found["artifacts"]) == 1


def test_two_server_processes_share_one_folder(make_server, tmp_path):
    """Promise 11: what one is told, the other answers, from the first moment on."""
    data = tmp_path / "shared-data"
    first, second = make_server(data=data), make_server(data=data)
    starts = [threading.Thread(target=server.start) for server in (first, second)]
    for start in starts:  # both at once: one of them makes the schema
        start.start()
    for start in starts:
        start.join()

    path = first.create(name="in common")
    filled = second.ask("PUT", f"{path}/image", b"bytes")
    changed = first.patch(path, {"op": "add", "path": "/tags/-", "value": "seen"})
    clash = second.ask(
        "POST", "/artifacts/images", '{"name": "in common"}', Content_Type="application/json"
    )

    assert (filled.status, changed.status, clash.status) == (200, 200, 409)
    assert first.ask("GET", f"{path}/image").body == b"bytes"
    assert second.ask("GET", path).json == first.ask("GET", path).json
    assert second.ask("GET", path).json["tags"] == ["seen"]
    assert first.ask("DELETE", path).status == 204
    assert second.ask("GET", path).status == 404
