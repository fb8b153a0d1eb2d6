"""Large bytes: little memory, and a server that is killed in the middle of them."""

import hashlib
import threading
import uuid

import boto3
import pytest
from botocore.config import Config

from artifacts.client import ClientError

MiB = 1024**2
GROWTH = 64 * MiB  # what the memory of all processes together may grow by
SIZES = [
    pytest.param(256 * MiB, id="256MiB"),
    pytest.param(4096 * MiB, id="4GiB", marks=pytest.mark.long),
]

OBJECTS_GROWTH = 128 * MiB
OBJECT_SIZES = [
    pytest.param(1024 * MiB, id="1GiB"),
    pytest.param(10 * 1024 * MiB, id="10GiB", marks=pytest.mark.long),
]
OBJECTS = """\
[DEFAULT]
enabled_stores = s3
default_store = s3
[store:s3]
bucket = {bucket}
endpoint = {server.url}
access_key_id = {server.access_key_id}
secret_access_key = {server.secret_access_key}
"""


class Made:
    """A file of *size* bytes that exists only while it is read; at *when*, *event* happens."""

    def __init__(self, size, *, when=None, event=None):
        self.size = size
        self.sha256 = hashlib.sha256()
        self._place = 0
        self._when = when
        self._event = event
        self._block = hashlib.shake_256(b"seed").digest(MiB)

    def read(self, size=-1):
        if self._when is not None and self._place >= self._when:
            self._when = None
            self._event()
        number = self._place // MiB
        block = (number.to_bytes(8, "big") + self._block)[: min(size, MiB, self.size - self._place)]
        self._place += len(block)
        self.sha256.update(block)
        return block


class Sink:
    """Somewhere to write a download to, and to forget it."""

    def __init__(self):
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, block):
        self.size += len(block)
        self.sha256.update(block)
        return len(block)


@pytest.fixture
def memory():
    """Watch the memory of a server: `watch(server)` returns what says how much it grew at most."""
    stopped = threading.Event()
    watchers = []

    def watch(server):
        before = server.memory()
        peak = before

        def look():
            nonlocal peak
            while not stopped.wait(0.05):
                peak = max(peak, server.memory())

        watchers.append(threading.Thread(target=look))
        watchers[-1].start()
        return lambda: peak - before

    yield watch
    stopped.set()
    for watcher in watchers:
        watcher.join()


@pytest.fixture
def warm_server(make_server):
    """A server whose every process has done once what it will do: what it imports is there."""
    return warmed(make_server(config="[blobs]\nupload_lease = 1\n").start(workers=2))


def warmed(server):
    for number in range(16):
        with server.client() as client:  # a new connection, which may reach another process
            draft = client.create("images", name=f"warm-{number}")
            client.upload("images", draft["id"], "image", Made(2 * MiB), size=2 * MiB)
            client.download("images", draft["id"], "image", Sink())
            client.delete("images", draft["id"])
    return server


@pytest.fixture
def bucket(objects):
    """The name of a new bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=objects.url,
        region_name=objects.region,
        aws_access_key_id=objects.access_key_id,
        aws_secret_access_key=objects.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    name = f"large-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize("size", SIZES)
def test_a_large_upload_and_download_take_little_memory(warm_server, memory, size):
    grown = memory(warm_server)
    source, sink = Made(size), Sink()

    with warm_server.client() as client:
        draft = client.create("images", name="large")
        blob = client.upload("images", draft["id"], "image", source, size=size)["image"]
        client.download("images", draft["id"], "image", sink)

    assert blob["size"] == sink.size == size
    assert blob["sha256"] == sink.sha256.hexdigest() == source.sha256.hexdigest()
    print(f"{size} bytes: memory grew by {grown() / MiB:.1f} MiB")
    assert grown() < GROWTH


@pytest.mark.parametrize("size", OBJECT_SIZES)
def test_a_large_upload_to_s3_takes_little_memory(make_server, objects, bucket, memory, size):
    """Its parts are in memory one after the other, and its bytes read back have its digest."""
    config = OBJECTS.format(bucket=bucket, server=objects)
    server = warmed(make_server(config=config).start(workers=2))
    before = objects.kept()
    grown = memory(server)
    source, sink = Made(size), Sink()

    with server.client() as client:
        draft = client.create("images", name="large")
        blob = client.upload("images", draft["id"], "image", source, size=size)["image"]
        uploaded = grown()
        client.download("images", draft["id"], "image", sink)
        kept = objects.kept() - before
        client.delete("images", draft["id"])

    assert blob["size"] == sink.size == size
    assert kept >= size  # with the list of parts
    assert blob["sha256"] == sink.sha256.hexdigest() == source.sha256.hexdigest()
    print(f"{size} bytes: memory grew by {uploaded / MiB:.1f}, then {grown() / MiB:.1f} MiB")
    assert grown() < OBJECTS_GROWTH
    assert objects.kept() == before


def test_many_uploads_and_downloads_at_once_take_little_memory(warm_server, memory):
    grown = memory(warm_server)
    size = 32 * MiB
    broken = []

    def carry(number):
        sink = Sink()
        with warm_server.client() as client:
            draft = client.create("images", name=f"large-{number}")
            blob = client.upload("images", draft["id"], "image", Made(size), size=size)["image"]
            client.download("images", draft["id"], "image", sink)
        if sink.sha256.hexdigest() != blob["sha256"]:
            broken.append(number)

    carriers = [threading.Thread(target=carry, args=[number]) for number in range(8)]
    for carrier in carriers:
        carrier.start()
    for carrier in carriers:
        carrier.join()

    assert broken == []
    print(f"memory grew by {grown() / MiB:.1f} MiB")
    assert grown() < 8 * 8 * MiB + GROWTH  # a few MiB for each of eight


@pytest.mark.parametrize("size", SIZES)
def test_an_upload_that_was_killed_succeeds_after_the_lease_and_its_bytes_are_found(
    make_server, wait_until, size
):
    """D31, at a kill of every process in the middle of the bytes."""
    server = make_server(config="[blobs]\nupload_lease = 1\n").start()
    path = server.create()
    id_ = path.rpartition("/")[2]

    with server.client() as client, pytest.raises(ClientError):
        client.upload(
            "images", id_, "image", Made(size, when=size // 2, event=server.kill), size=size
        )
    (left,) = server.stored()
    written = left.stat().st_size
    server.start()
    wait_until(lambda: server.ask("GET", path).json["image"] is None, seconds=5)
    with server.client() as client:
        blob = client.upload("images", id_, "image", Made(size), size=size)["image"]
    found = server.manage("audit")
    repaired = server.manage("audit", "--repair")
    again = server.manage("audit")

    assert written > size // 4
    assert blob["status"] == "active"
    assert (found.returncode, repaired.returncode) == (0, 0), found  # no five minutes have passed
    assert left.name in repaired.stdout
    assert (again.returncode, again.stderr) == (0, ""), again
    assert [file.stat().st_size for file in server.stored()] == [size]
