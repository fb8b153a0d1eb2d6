"""The three pools of docs/operating.md: bytes are where they say, and move while they are read."""

import hashlib
import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from artifacts import config
from artifacts.caller import Caller
from artifacts.db import tables
from artifacts.model import Blob, Slot
from artifacts.parts import build

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
OCTETS = "application/octet-stream"
COUNT, EACH = 1000, 10  # contents, and those of one artifact
READERS = 2
MANAGE = str(Path(sys.executable).with_name("artifacts-manage"))


@pytest.fixture
def pools(tmp_path):
    """The page's block, with its stores in a folder of the test."""
    found = re.search(r"<!-- example pools -->\n\n```ini\n(.*?)```", PAGE.read_text(), re.S)
    return found[1].replace("/srv/", f"{tmp_path}/srv/")


@pytest.fixture
def projects(pools):
    return re.search(r"projects = (\w+), (\w+)", pools).groups()


@pytest.fixture
def server(make_server, pools):
    config = f"{pools}\n[api]\nauth = headers\n"
    return make_server(config=config).start()


def of(project, roles="member"):
    return {
        "X_Identity_Status": "Confirmed",
        "X_User_Id": "user",
        "X_Project_Id": project,
        "X_Roles": roles,
    }


@pytest.fixture
def make(server):
    def make(project, type_name, slot, data, name="name"):
        body = f'{{"name": "{name}"}}'
        headers = of(project)
        made = server.ask(
            "POST", f"/artifacts/{type_name}", body, Content_Type="application/json", **headers
        )
        path = f"{made.headers['location']}/{slot}"
        stored = server.ask("PUT", path, data, Content_Type=OCTETS, **headers)

        assert (made.status, stored.status) == (201, 200)
        return path

    return make


def kept(folder):
    """Return the files of a store, without those that are still being written."""
    return [path for path in folder.rglob("?" * 32) if path.parent.name != "unfinished"]


@pytest.fixture
def files(tmp_path):
    def files(store):
        return sorted(path.read_bytes() for path in kept(tmp_path / "srv" / store))

    return files


@pytest.fixture
def moving(server):
    """Start a move as a process."""

    def moving(*arguments):
        return subprocess.Popen(
            [MANAGE, *server.location, "pool", "move", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=server.folder,
            env={k: v for k, v in os.environ.items() if not k.startswith(("ARTIFACTS_", "OS_"))},
        )

    return moving


class Reader(threading.Thread):
    """Reads blobs in turn until it is told to stop, and keeps what was not as it should be."""

    def __init__(self, server, project, paths):
        super().__init__(daemon=True)
        self._server, self._project, self._paths = server, project, paths
        self.stop = threading.Event()
        self.done, self.wrong = 0, []

    def run(self):
        while not self.stop.is_set():
            for path, data in self._paths.items():
                if self.stop.is_set():
                    return
                try:
                    answer = self._server.ask("GET", path, **of(self._project))
                    if (answer.status, answer.body) != (200, data):
                        self.wrong.append((path, answer.status, answer.body))
                except (OSError, http.client.HTTPException) as error:
                    self.wrong.append((path, error))
                self.done += 1


def test_bytes_are_found_where_the_pool_says(make, files, projects):
    make("anybody", "images", "image", b"an image")
    make("anybody", "heat_templates", "template", b"a template")
    make(projects[0], "images", "image", b"a critical image")
    make(projects[1], "heat_templates", "template", b"a critical template")

    assert files("disks") == [b"an image"]
    assert files("archive") == [b"a template"]
    assert files("vault") == [b"a critical image", b"a critical template"]


def test_an_endpoint_serves_the_images_alone(make_server, make, server, pools):
    path = make("anybody", "images", "image", b"an image")
    other = make("anybody", "heat_templates", "template", b"a template")
    text = pools.replace("default_pool", "enabled_pools = images\ndefault_pool")
    config = f"{text}\n[api]\nauth = headers\n"
    endpoint = make_server(config=config, data=server.data).start(workers=1)

    assert endpoint.ask("GET", path, **of("anybody")).body == b"an image"
    assert endpoint.ask("GET", other, **of("anybody")).status == 404
    listed = endpoint.ask("GET", "/artifacts/all", **of("anybody")).json["artifacts"]
    assert [each["type_name"] for each in listed] == ["images"]


@contextmanager
def opened(server):
    """Yield the parts of the same service in this process."""
    conf = config.load([str(server.ground_file), str(server.config_file)])
    conf.set_override("data", str(server.data))
    parts = build(conf, create=False)
    try:
        yield parts
    finally:
        parts.database.close()


@pytest.fixture
def thousand(server):
    """Make images with a few blobs each, in few transactions; return what is at each path."""
    caller, made = Caller("user", "anybody", frozenset({"member"})), {}
    with opened(server) as parts:
        for number in range(COUNT // EACH):
            image = parts.artifacts.create(caller, "images", {"name": f"n{number}"})
            slots = {Slot("mirrors", str(each)): b"%d/%d" % (number, each) for each in range(EACH)}
            keys = {slot: uuid.uuid4().hex for slot in slots}
            for slot, data in slots.items():
                parts.pools.store("disks").save(keys[slot], io.BytesIO(data))
            parts.database.write(lambda tx, which=(image, slots, keys): fill(tx, *which))
            made |= {f"/artifacts/images/{image.id}/{slot}": data for slot, data in slots.items()}
    return made


def fill(tx, image, slots, keys):
    record = tx.artifacts.lock(image.id)
    for slot, data in slots.items():
        digests = {name: hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256")}
        content = tx.contents.refer(record.owner, digests["sha256"], len(data))
        tx.contents.place(content, "disks", keys[slot])
        blob = Blob(size=len(data), digests=digests, content_type=OCTETS)
        tx.blobs.put(record.order_key, slot, blob, content)
    kept = sum(map(len, slots.values()))
    tx.usage.settle(record.owner, record.type, reserved=0, kept=kept)


def test_a_thousand_contents_move_while_they_are_read(
    server, thousand, moving, files, wait_until, tmp_path
):
    """No read fails, also when the move is killed and stopped; run again, it ends clean."""
    readers = [Reader(server, "anybody", thousand) for _ in range(READERS)]
    for each in readers:
        each.start()
    killed = moving("images", "general")
    wait_until(lambda: len(kept(tmp_path / "srv" / "archive")) > COUNT // 4, seconds=300)
    killed.kill()
    killed.communicate(timeout=120)
    stopped = moving("images", "general")
    wait_until(lambda: len(kept(tmp_path / "srv" / "archive")) > COUNT // 2, seconds=300)
    stopped.send_signal(signal.SIGTERM)
    told = stopped.communicate(timeout=120)[0]

    assert (stopped.returncode, told.count("Stopped; run it again")) == (3, 1), told
    assert server.manage("audit", "--repair").stdout == "Nothing was found.\n"

    told = (last := moving("images", "general")).communicate(timeout=300)[0]
    assert last.returncode == 0, told
    assert "Artifacts that stay in images: 0." in told
    let_all_have_waited(server)
    assert server.manage("scrub").returncode == 0
    for each in readers:
        each.stop.set()
        each.join(timeout=120)

    assert [each.wrong for each in readers] == [[]] * READERS
    assert min(each.done for each in readers) > 0
    assert server.manage("audit").stdout == "Nothing was found.\n"
    assert files("disks") == []
    assert files("archive") == sorted(thousand.values())
    listed = json.loads(server.manage("pool", "list", "--json").stdout)
    assert {each["name"]: each["artifacts"] for each in listed} == {
        "critical-data": 0, "default": 0, "general": COUNT // EACH, "images": 0,
    }  # fmt: skip


def let_all_have_waited(server):
    """Let the grace of old copies, and the lease of that which was being made, be over."""
    row = tables.placements.c
    over = tables.placements.update().where(row.state == "waiting").values(waits_until=0)
    with opened(server) as parts:
        parts.database.write(lambda tx: tx.copies._connection.execute(over))
